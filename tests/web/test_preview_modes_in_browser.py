"""What the preview can show of an e-mail, in Chromium: modes, readers, findings."""

from __future__ import annotations

from functools import partial

import pytest

from digest.checks.clients import table
from tests.web.axe import barriers
from tests.web.desk import RICH, Desk
from tests.web.looking import Look, eventually

pytestmark = pytest.mark.needs("chromium")

GROUND = "getComputedStyle(mail.body).backgroundColor"
WORDS = "mail.body.innerText"


@pytest.fixture
def rich(look: Look, desk: Desk) -> Look:
    """A page with something in every part of it, and its checks unfolded."""
    desk.preview = RICH
    look.page.reload()
    unfold(look)
    return look


def unfold(look: Look) -> None:
    """On a phone what the checks found is folded, once the page's script has run."""
    look.page.evaluate("document.getElementById('notes').open = true")


def said(look: Look) -> list[str]:
    """What stands under the choices, as far as it is seen."""
    lines = look.page.locator(".said").all()
    return [line.inner_text() for line in lines if line.is_visible()]


def test_the_dark_of_clients(rich: Look) -> None:
    """Simulated, and said to be."""
    for name, ground in (("Gmail", "rgb(0, 0, 0)"), ("Outlook", "rgb(51, 51, 51)")):
        rich.choose(f"{name}’s dark")
        eventually(partial(rich.email, GROUND), ground)
        (line,) = said(rich)
        assert line.startswith(f"Simulation of {'the ' if name == 'Gmail' else ''}")
    rich.choose("Light")
    eventually(partial(rich.email, GROUND), "rgb(255, 255, 255)")
    assert said(rich) == []


def test_clients_are_simulated(rich: Look) -> None:
    """Outlook takes its comments, and has no round corners; the data has its date."""
    choice = rich.page.get_by_role("list", name="As it is sent")
    corners = "getComputedStyle(mail.querySelector('h1')).borderRadius"
    eventually(partial(rich.email, corners), "4px")
    choice.get_by_role("link", name="Outlook").click()
    eventually(partial(rich.email, f"{WORDS}.includes('only Outlook')"), True)
    eventually(partial(rich.email, corners), "0px")
    (line,) = said(rich)
    assert f"caniemail.com as of {table().date}" in line
    choice.get_by_role("link", name="Gmail").click()
    eventually(partial(rich.email, f"{WORDS}.includes('only Outlook')"), False)


def test_what_is_hard_to_read_is_outlined(rich: Look) -> None:
    """In the e-mail itself, and not once the outlines are off."""
    outline = "getComputedStyle(mail.querySelectorAll('p')[1]).outlineStyle"
    eventually(partial(rich.email, outline), "dashed")
    rich.choose("No outlines")
    eventually(partial(rich.email, outline), "none")


def test_a_finding_leads_to_its_places(rich: Look) -> None:
    """One after the other, by mouse or key; the page scrolls there."""
    finding = rich.page.get_by_role("link", name="two places")
    eventually(partial(rich.email, "mail.querySelectorAll('[data-at]').length"), 2)
    shown = "mail.querySelector('[data-at=\"{}\"]').style.outlineStyle"
    finding.click()
    eventually(partial(rich.email, shown.format(6)), "solid")
    eventually(lambda: rich.page.evaluate("scrollY > 300"), True)
    finding.focus()
    rich.page.keyboard.press("Enter")
    eventually(partial(rich.email, shown.format(7)), "solid")
    eventually(lambda: rich.page.get_by_role("status").inner_text(), "Place 2 of 2")


def test_a_finding_leads_from_another_view(rich: Look) -> None:
    """From the plain text to the e-mail, and to the place in it."""
    rich.choose("Plain text")
    rich.page.wait_for_url("**view=text**")
    unfold(rich)
    rich.page.get_by_role("link", name="two places").click()
    rich.page.locator("iframe").wait_for()
    eventually(lambda: rich.page.evaluate("scrollY > 300"), True)
    eventually(lambda: "view=" in rich.page.url or "#" in rich.page.url, False)


def test_a_finding_about_the_subject_leads_to_the_inbox(rich: Look) -> None:
    rich.page.get_by_role("link", name="too long").click()
    rich.page.get_by_role("heading", name="Gmail on a phone").wait_for()
    assert rich.page.get_by_role("link", name="Inbox").get_attribute("aria-current")


def test_as_somebody(rich: Look) -> None:
    """With a name and without; what is chosen stays."""
    rich.page.get_by_role("link", name="Dark", exact=True).click()
    eventually(lambda: "scheme=dark" in rich.page.url, True)
    rich.page.get_by_label("As", exact=True).fill("Ben <ben@example.org>")
    rich.page.keyboard.press("Enter")
    rich.page.get_by_text("ben@example.org").wait_for()
    eventually(partial(rich.email, f"{WORDS}.includes('Hello Ben,')"), True)
    assert "scheme=dark" in rich.page.url
    rich.page.get_by_role("link", name="Nobody in particular").click()
    eventually(partial(rich.email, f"{WORDS}.includes('Hello,')"), True)
    rich.page.get_by_role("link", name="Somebody with a name").click()
    eventually(partial(rich.email, f"{WORDS}.includes('Hello Ada Example,')"), True)


def test_a_readers_own_link_leads_nowhere(rich: Look) -> None:
    """A click on Unsubscribe says so, and opens nothing."""
    opened: list[str] = []
    rich.page.context.on("page", lambda page: opened.append(page.url))
    rich.page.frame_locator("iframe").get_by_text("Unsubscribe").click()
    rich.page.get_by_text("leads nowhere").wait_for()

    assert rich.page.get_by_text("leads nowhere").is_visible()
    assert opened == []


def test_conditions_go_the_other_way(rich: Look) -> None:
    """Only those that went one way are named; what cannot go another says why."""
    rich.page.get_by_text("Conditions of the templates").click()
    assert not rich.page.get_by_text("story.url").is_visible()
    rich.page.get_by_role("link", name="4 story.image").click()
    eventually(partial(rich.email, WORDS), "a picture")
    assert rich.page.get_by_text("As if parts/hero.j2:4 held").is_visible()
    rich.page.wait_for_load_state()
    unfold(rich)
    rich.page.get_by_role("link", name="2 issue.sponsor").click()
    eventually(partial(rich.email, f"{WORDS}.includes('mjml.j2, line 9')"), True)
    rich.page.get_by_role("link", name="As it is").click()
    eventually(partial(rich.email, f"{WORDS}.includes('Ferry')"), True)


@pytest.mark.needs("axe")
@pytest.mark.parametrize("view", ["email", "inbox", "text", "headers", "source"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(rich: Look, view: str, scheme: str) -> None:
    """axe-core finds nothing serious on any page, in the light or in the dark."""
    rich.page.emulate_media(color_scheme=scheme)
    shown = f"?view={view}&scheme=gmail&reader=x@y.example"
    rich.page.goto(rich.page.url.partition("?")[0] + shown)
    for details in rich.page.locator("details").all():
        details.evaluate("each => each.open = true")

    assert barriers(rich.page) == []


@pytest.mark.needs("axe")
def test_nobody_is_kept_from_an_error(rich: Look, desk: Desk) -> None:
    """Nor where there is something wrong."""
    desk.problem, desk.stamp = "issue.mjml.j2, line 41: 'stroy' is undefined", "2"
    rich.page.get_by_role("alert").wait_for()

    assert barriers(rich.page) == []
