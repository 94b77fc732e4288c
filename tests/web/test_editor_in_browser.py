"""The editor in Chromium: by mouse and by keyboard, with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic, sleep
from typing import Any

import pytest

from digest.pipeline import Desk
from tests.web.axe import barriers
from tests.web.bench import HEADLINES, Bench, open_bench

pytestmark = pytest.mark.needs("chromium")
FERRY, COMET, BAKERY = HEADLINES
LATER = "“Nobody asked those of us who live out on the island,”"
NOW = "“Not this winter, and not the next one.”"


#: what opens a page of the bench in a window of its own
Open = Callable[..., Any]


@pytest.fixture
def window(browser: Any, bench: Bench) -> Iterator[Open]:
    """Opens windows; at the end none of them has complained, or asked another host."""
    contexts, complaints = [], []

    def look(asked: Any) -> None:
        if not asked.url.startswith((bench.origin, "data:")):
            complaints.append(asked.url)

    def opened(path: str = "", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", look)
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(bench.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [one for one in complaints if "status of" not in one] == []


def eventually(holds: Callable[[], object]) -> None:
    """Waits, at most 10 seconds, until something is so."""
    end = monotonic() + 10
    while not holds():
        assert monotonic() < end
        sleep(0.02)


def order(page: Any) -> list[str]:
    headlines: list[str] = page.locator("#sheet h3").all_text_contents()
    return headlines


def is_order(page: Any, told: list[str]) -> bool:
    return order(page) == told


def is_focused(page: Any, label: str) -> bool:
    focused = "document.activeElement.getAttribute('aria-labelledby')"
    return bool(page.evaluate(focused) == label)


def card(page: Any, headline: str) -> Any:
    return page.get_by_role("article", name=headline)


MAIL = "document.getElementById('email').contentWindow"


def mailed(page: Any) -> str:
    """The text of the e-mail in the frame."""
    text = page.evaluate(
        "document.getElementById('email').contentDocument?.body?.innerText"
    )
    return str(text or "")


#: how a window is opened: as is, or without JavaScript
WAYS = [{}, {"java_script_enabled": False}]


@pytest.mark.parametrize("way", WAYS, ids=["script", "plain"])
def test_every_button_does_what_it_says(
    window: Open, bench: Bench, way: dict[str, bool]
) -> None:
    """Move, pin, leave out, take in, another quote: each is written."""
    page = window(**way)
    for headline, button, told in (
        (COMET, "Move up", [COMET, BAKERY, FERRY]),
        (COMET, "Move down", [BAKERY, COMET, FERRY]),
        (FERRY, "Pin", [FERRY, BAKERY, COMET]),
        (FERRY, "Pinned", [BAKERY, COMET, FERRY]),
        (BAKERY, "Leave out", [COMET, FERRY, BAKERY]),
        (BAKERY, "Take in", [BAKERY, COMET, FERRY]),
    ):
        card(page, headline).get_by_role("button", name=button, exact=True).click()
        eventually(partial(is_order, page, told))
        assert bench.shown == told
    card(page, FERRY).get_by_role("link", name=re.compile("3 more quotes")).click()
    row = page.get_by_role("listitem").filter(has_text=LATER)
    row.get_by_role("button", name="Show instead").click()
    eventually(lambda: "quotes = [4]" in bench.text)
    shown = card(page, FERRY).get_by_role("list", name="Quotes that are shown")
    eventually(lambda: LATER in shown.inner_text())
    assert NOW not in shown.inner_text()
    shown.get_by_role("button", name="Hide").click()
    eventually(lambda: "quotes = []" in bench.text)


def test_who_leaves_a_story_out_goes_on_with_the_next(window: Open) -> None:
    """The focus stays among the stories, and not at the foot of the page."""
    page = window()
    for left_out, following in ((BAKERY, COMET), (FERRY, COMET)):
        card(page, left_out).get_by_role("button", name="Leave out").click()
        wanted = card(page, following).get_attribute("aria-labelledby")
        card(page, left_out).get_by_role("button", name="Take in").wait_for()
        eventually(partial(is_focused, page, wanted))


def test_the_header_names_what_is_edited(browser: Any, newsroom: Desk) -> None:
    """After one press the draft, and after another the issue again."""
    with open_bench(newsroom, frozen=True) as frozen:
        page = browser.new_page()
        page.goto(frozen.url)
        card(page, COMET).get_by_role("button", name="Pin", exact=True).click()
        page.get_by_role("heading", name="draft-1.toml").wait_for()
        page.get_by_role("button", name="Back to issue 1").click()
        page.get_by_role("heading", name="Issue 1, frozen").wait_for()
        page.close()


@pytest.mark.parametrize("way", WAYS, ids=["script", "plain"])
def test_words_are_typed_and_saved(
    window: Open, bench: Bench, way: dict[str, bool]
) -> None:
    """And what nobody said is refused, with the words still there to mend."""
    page = window(**way)
    page.get_by_label("Subject").fill("Ferry!")
    page.get_by_label("Subject").press("Enter")
    eventually(lambda: 'subject = "Ferry!"' in bench.text)
    card(page, FERRY).get_by_role("link", name=re.compile("Edit words")).click()
    page.get_by_label("Headline").fill("“We have no money at all left”")
    card(page, FERRY).get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    assert "no article of it says" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Headline").input_value().startswith("“We have no")
    page.get_by_label("Headline").fill("Boats")
    card(page, FERRY).get_by_role("button", name="Save").click()
    eventually(lambda: 'headline = "Boats"' in bench.text)
    eventually(lambda: "Boats" in order(page))


def test_the_email_is_renewed_with_a_change(window: Open, bench: Bench) -> None:
    """Where it was scrolled to, without leaving the page."""
    page = window()
    eventually(lambda: NOW in mailed(page))
    page.evaluate(f"{MAIL}.scrollTo(0, 150)")
    page.evaluate("window.here = true")
    card(page, FERRY).get_by_role("button", name="Hide").click()
    eventually(lambda: FERRY in mailed(page) and NOW not in mailed(page))
    assert page.evaluate("window.here")
    eventually(lambda: page.evaluate(f"{MAIL}.scrollY") == 150)


def test_it_works_from_the_keyboard(window: Open, bench: Bench) -> None:
    """Alt and an arrow move the story; the focus stays on what was pressed."""
    page = window()
    focus = "document.activeElement.id"
    key = bench.keys[COMET]
    card(page, COMET).get_by_role("button", name="Move up").focus()
    page.keyboard.press("Enter")
    eventually(lambda: order(page) == [COMET, BAKERY, FERRY])
    eventually(lambda: page.evaluate(focus) == key)  # it cannot go further up
    page.keyboard.press("Alt+ArrowDown")
    eventually(lambda: order(page) == [BAKERY, COMET, FERRY])
    eventually(lambda: page.evaluate(focus) == f"{key}-down")
    page.keyboard.press("Tab")
    assert page.evaluate(focus) == f"{key}-pin"
    page.keyboard.press("Space")
    eventually(lambda: order(page) == [COMET, BAKERY, FERRY])
    assert page.evaluate(focus) == f"{key}-pin"


def test_a_passage_opens_over_the_stories(window: Open) -> None:
    """And Escape, or the button, leads back to where it was opened."""
    page = window()
    page.get_by_role("link", name=NOW).focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    panel.wait_for()
    assert panel.locator(".told mark.passage").inner_text() == NOW.strip("“”")
    assert panel.locator("mark.mention").last.inner_text() == "Mara Lindqvist"
    assert "Word for word" in panel.inner_text()
    panel.get_by_role("link", name=LATER.strip("“”")).click()
    eventually(
        lambda: panel.locator(".told mark.passage").inner_text() == LATER.strip("“”")
    )
    page.keyboard.press("Escape")
    eventually(lambda: not panel.is_visible())
    assert page.evaluate("document.activeElement.textContent") == NOW


def test_a_quote_is_chosen_in_its_article(window: Open, bench: Bench) -> None:
    """Found while reading, shown at the press of a button."""
    page = window()
    page.get_by_role("link", name=NOW).click()
    page.get_by_role("dialog").get_by_role("link", name=LATER.strip("“”")).click()
    page.get_by_role("button", name="Show instead").click()
    eventually(lambda: "quotes = [4]" in bench.text)
    eventually(lambda: not page.get_by_role("dialog").is_visible())
    eventually(lambda: LATER in card(page, FERRY).inner_text())


def test_the_email_leads_to_the_article(window: Open) -> None:
    """A quote or a lead that is pressed in the e-mail is shown where it was said."""
    page = window()
    eventually(lambda: NOW in mailed(page))
    mail = page.frame_locator("#email")
    mail.get_by_text("Not this winter").click()
    panel = page.get_by_role("dialog")
    panel.wait_for()
    assert panel.locator(".told mark.passage").inner_text() == NOW.strip("“”")
    page.keyboard.press("Escape")
    mail.get_by_text("The bakery on Lower Quay closes").press("Enter")
    panel.wait_for()
    assert "The bakery on Lower Quay closes" in panel.inner_text()


def test_a_change_from_outside_is_taken_in(window: Open, bench: Bench) -> None:
    """By itself; where something is typed, the page asks first."""
    page = window()

    def outside(old: str, new: str) -> None:
        bench.file.write_text(bench.text.replace(old, new, 1), "utf-8")

    outside(FERRY, "From outside")
    eventually(lambda: "From outside" in order(page))
    page.get_by_label("Subject").fill("Mine")
    outside('headline = "From', 'headline = "Again from')
    page.get_by_role("status").get_by_text("changed outside").wait_for()
    assert page.get_by_label("Subject").input_value() == "Mine"
    before = bench.text
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").wait_for()
    assert bench.text == before
    assert page.get_by_label("Subject").input_value() == "Mine"
    page.get_by_role("button", name="Save").first.click()
    eventually(lambda: 'subject = "Mine"' in bench.text)
    assert "Again from outside" in bench.text


def test_a_broken_draft_heals_by_itself(window: Open, bench: Bench) -> None:
    """What is wrong is said as soon as it is saved, and gone when it is mended."""
    page, good = window(), bench.text
    bench.file.write_text("x = [\n", "utf-8")
    page.get_by_role("alert").get_by_text("nothing to edit").wait_for()
    bench.file.write_text(good.replace("[[story]]", "[[storey]]"), "utf-8")
    page.get_by_role("alert").get_by_text("storey").wait_for()
    bench.file.write_text(good, "utf-8")
    card(page, FERRY).wait_for()


def test_going_back_does_no_harm(window: Open, bench: Bench) -> None:
    """After a form without JavaScript, back and its button once more."""
    page = window(java_script_enabled=False)
    with page.expect_navigation():
        card(page, COMET).get_by_role("button", name="Move up").click()
    once = bench.text
    page.go_back()
    page.reload()
    assert bench.text == once
    assert order(page) == [COMET, BAKERY, FERRY]


def test_nothing_of_an_article_runs(window: Open, bench: Bench) -> None:
    """Its text holds a script, which stays text: in the page, the panel, the e-mail."""
    page = window()
    card(page, COMET).locator("a.passage").first.click()
    page.get_by_role("dialog").wait_for()
    eventually(lambda: "thumbprint" in mailed(page))
    assert "<script>parent.bad" in page.get_by_role("dialog").inner_text()
    assert page.evaluate("window.bad") is None


@pytest.mark.parametrize("way", WAYS, ids=["script", "plain"])
def test_a_test_is_asked_about(
    window: Open, bench: Bench, way: dict[str, bool]
) -> None:
    """An address, then the question, then what became of it."""
    page = window(**way)
    page.get_by_role("link", name="Send a test …").click()
    page.get_by_label("Address").fill("ann@example.org")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Send the test").click()
    page.get_by_role("heading", name="Rehearsed for ann@example.org").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Rehearsed for ann@example.org").wait_for()
    outbox = bench.desk.config.folder / "outbox"
    assert len(list(outbox.rglob("*.eml"))) == 1


@pytest.mark.needs("axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_nobody_is_kept_out(
    window: Open, bench: Bench, width: int, scheme: str
) -> None:
    """axe finds nothing on any page, and none is wider than its window."""
    bench.press(BAKERY, "drop yes")
    key = bench.keys[FERRY]
    page = window(viewport={"width": width, "height": 800}, color_scheme=scheme)

    def check() -> None:
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    check()
    card(page, FERRY).get_by_role("link", name=re.compile("Edit words")).click()
    page.get_by_label("Headline").wait_for()
    check()
    page.get_by_role("link", name=NOW).click()
    page.get_by_role("dialog").wait_for()
    check()
    for path in (
        f"story?story={key}",
        f"source?story={key}&quote=3",
        "approve",
        "test",
    ):
        page.goto(bench.url + path)
        check()
    page.get_by_label("Address").fill("ann@example.org")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Send the test").wait_for()
    check()
    bench.file.write_text("series = 1")
    page.goto(bench.url)
    check()
