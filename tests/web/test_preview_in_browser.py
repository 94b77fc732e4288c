"""The preview in Chromium, as its reader uses it: at a desk and on a phone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.web.desk import EMAIL, PREVIEW, Desk
from tests.web.looking import Look, eventually

pytestmark = pytest.mark.needs("chromium")


def test_the_email_is_seen_at_each_width(look: Look) -> None:
    """A phone's width gives the frame a phone's media queries."""
    size = "getComputedStyle(mail.querySelector('h1')).fontSize"
    for name, width, font in (("Desktop", 700, "32px"), ("Phone", 375, "17px")):
        look.choose(name)
        eventually(look.width, width)
        eventually(partial(look.email, size), font)


def test_dark_and_back(look: Look) -> None:
    """The e-mail's own dark colours, and its light ones again."""
    eventually(look.background, "rgb(255, 250, 240)")
    look.choose("Dark")
    eventually(look.background, "rgb(10, 20, 30)")
    look.choose("Light")
    eventually(look.background, "rgb(255, 250, 240)")


def test_without_pictures_their_words_are_seen(look: Look) -> None:
    """The picture goes, what stands for it in words stays."""
    width = partial(look.email, "mail.querySelector('img').naturalWidth")
    eventually(width, 640)
    look.choose("No images")
    eventually(width, 0)
    frame = look.page.frame_locator("iframe")
    assert frame.get_by_alt_text("The harbour at dawn").is_visible()


def test_choices_are_kept_together(look: Look) -> None:
    """What was chosen first still holds after the second, and after a reload."""
    look.choose("Dark")
    look.choose("Tablet")
    look.page.reload()

    eventually(look.width, 600)
    eventually(look.background, "rgb(10, 20, 30)")


def test_it_works_from_the_keyboard(look: Look) -> None:
    """Every choice is reached with Tab and taken with Enter."""
    reached = []
    for _ in range(24):  # rooms and the reader's form are among them
        look.page.keyboard.press("Tab")
        value = look.page.evaluate("document.activeElement.dataset.value")
        reached += [value] if value else []
        if value == "dark":
            look.page.keyboard.press("Enter")

    assert (
        reached
        == (
            "email inbox text headers source 375 600 700 light dark gmail outlook "
            "sent gmail outlook on off on off"
        ).split()
    )
    eventually(look.background, "rgb(10, 20, 30)")


def test_any_width_from_the_keyboard(look: Look) -> None:
    """The bar beside it takes arrows, Home and End, and the address keeps the width."""
    look.choose("Phone")
    handle = look.page.get_by_role("separator")
    if not handle.is_visible():  # on a phone there is no room beside it
        return
    handle.focus()
    for keys, width in (("ArrowRight", 385), ("Shift+ArrowLeft", 335), ("Home", 240)):
        look.page.keyboard.press(keys)
        eventually(look.width, width)
        assert handle.get_attribute("aria-valuenow") == str(width)

    look.page.reload()
    eventually(look.width, 240)


def test_any_width_by_the_mouse(look: Look) -> None:
    """Dragged to the right the e-mail grows to both sides."""
    look.choose("Phone")
    eventually(look.width, 375)
    handle = look.page.get_by_role("separator")
    if not handle.is_visible():
        return
    box = handle.bounding_box()
    middle = box["y"] + box["height"] / 2
    look.page.mouse.move(box["x"] + 9, middle)
    look.page.mouse.down()
    look.page.mouse.move(box["x"] + 39, middle + 10, steps=3)
    look.page.mouse.up()

    eventually(look.width, 435)
    eventually(lambda: "width=435" in look.page.url, True)


LONG = "<p>" + "A line of the story.<br>" * 200 + "</p>"


def test_what_is_saved_is_shown_where_one_was(look: Look, desk: Desk) -> None:
    """New words come by themselves; mode, scroll and focus stay."""
    grown = EMAIL.html.replace("</body>", f"{LONG}</body>")
    desk.preview = replace(PREVIEW, email=replace(EMAIL, html=grown))
    look.page.reload()
    look.choose("Dark")
    eventually(look.background, "rgb(10, 20, 30)")
    eventually(
        lambda: look.page.locator("iframe").bounding_box()["height"] > 3000, True
    )
    look.page.evaluate("scrollTo(0, 1500)")
    newer = grown.replace("A line of", "Another line of")
    desk.preview = replace(
        PREVIEW, email=replace(EMAIL, html=newer, subject="A newer subject")
    )
    desk.stamp = "2"

    eventually(partial(look.email, "mail.body.innerText.includes('Another')"), True)
    eventually(look.background, "rgb(10, 20, 30)")
    assert look.page.evaluate("scrollY") == 1500
    assert look.page.title() == "Preview: A newer subject"
    look.page.get_by_text("A newer subject").wait_for()


def test_an_error_comes_and_goes_by_itself(look: Look, desk: Desk) -> None:
    """What cannot be rendered is named in place, above the last good version."""
    desk.problem, desk.stamp = "issue.mjml.j2, line 41: 'stroy' is undefined", "2"
    look.page.get_by_role("alert").get_by_text("line 41").wait_for()
    said = partial(look.email, "mail.body.innerText.includes('Ferry to run')")
    eventually(said, True)

    desk.problem, desk.stamp = "", "3"
    look.page.get_by_role("alert").wait_for(state="detached")


def test_an_error_is_seen_wherever_one_has_scrolled_to(look: Look, desk: Desk) -> None:
    """Above what is looked at, and not above the page."""
    long = EMAIL.html.replace("</body>", f"{LONG}</body>")
    desk.preview = replace(PREVIEW, email=replace(EMAIL, html=long))
    look.page.reload()
    eventually(
        lambda: look.page.locator("iframe").bounding_box()["height"] > 3000, True
    )
    look.page.evaluate("scrollTo(0, 1500)")
    desk.problem, desk.stamp = "issue.mjml.j2, line 41: 'stroy' is undefined", "2"
    said = look.page.get_by_role("alert").get_by_text("line 41")
    said.wait_for()
    assert 0 <= said.bounding_box()["y"] < 400


def test_it_begins_by_itself_once_there_is_something(browser: Any, desk: Desk) -> None:
    """A page that had only an error to show becomes the preview."""
    desk.problem = "issue.mjml.j2, line 41: 'stroy' is undefined"
    page = browser.new_page()
    page.goto(desk.url)
    page.get_by_role("alert").wait_for()
    desk.problem, desk.stamp = "", "2"

    page.locator("iframe").wait_for()
    page.close()


def test_a_form_names_its_origin(look: Look, desk: Desk) -> None:
    """What a page of the preview sends by a form passes the shield."""
    look.page.evaluate(
        """() => {
            const form = document.createElement("form");
            form.method = "post";
            form.action = "echo/";
            form.append(document.createElement("button"));
            document.body.append(form);
            form.requestSubmit();
        }"""
    )
    look.page.wait_for_url(f"{desk.url}echo/")

    assert "403" not in look.page.content()


def test_nothing_in_an_email_runs(look: Look) -> None:
    """Scripts and handlers of the e-mail are dead, in the frame and by themselves."""
    eventually(partial(look.email, "mail.title"), "")
    assert look.page.evaluate("window.bad") is None
    look.page.goto(look.page.url.partition("?")[0] + "email")
    assert look.page.title() == ""


def test_no_other_host_is_asked(look: Look, desk: Desk) -> None:
    """With its pictures at hand, the preview asks nobody but itself."""
    for name in ("Dark", "No images", "Plain text", "Source", "E-mail"):
        look.page.get_by_role("link", name=name, exact=True).click()
    look.page.wait_for_load_state("networkidle")

    own = (desk.url, "data:")
    assert [url for url in look.asked if not url.startswith(own)] == []
    assert [said for said in look.complaints if "script" not in said] == []


def test_links_of_the_email_open_beside_it(look: Look) -> None:
    """A story opens in a window of its own, which is not told where from."""
    seen: list[str | None] = []

    def answer(route: Any) -> None:
        seen.append(route.request.headers.get("referer"))
        route.fulfill(body="the story")

    look.page.context.route("https://www.example.com/ferry", answer)
    with look.page.expect_popup() as popup:
        look.page.frame_locator("iframe").get_by_text("Read the story").click()
    popup.value.wait_for_load_state()

    assert popup.value.url == "https://www.example.com/ferry"
    assert seen == [None]
    assert look.page.locator("iframe").count() == 1


def test_it_works_without_a_script(browser: Any, desk: Desk) -> None:
    """Every choice is a link of its own."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(desk.url)
    page.get_by_role("link", name="Phone").click()
    page.get_by_role("link", name="Dark", exact=True).click()
    width = page.locator("iframe").get_attribute("width")
    source = page.locator("iframe").get_attribute("src")
    context.close()

    assert (width, source) == ("375", "email?width=375&scheme=dark")
