"""The public pages in Chromium, as readers use them: at a desk, on a phone, in the
dark, from the keyboard, and with scripts off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import select

import subscribers as people
from digest.config import PublicSettings
from digest.pipeline import Desk
from digest.service.loop import serving
from digest.web.public.app import public_app
from subscribers.tables import outgoing
from tests.conftest import ROOT
from tests.rendering.issues import week
from tests.web.archived import publish
from tests.web.axe import barriers
from tests.web.test_public import desk as _desk
from tests.web.test_public import joined, on

pytestmark = [pytest.mark.needs("chromium")]
desk = _desk


@dataclass
class Reader:
    """Somebody in front of a browser, at the pages of a newsletter."""

    browser: Any
    address: str
    desk: Desk
    token: str
    issue: int

    def page(self, path: str, **settings: Any) -> Any:
        """A new window at a page; all that it asks for is noted in `asked`."""
        context = self.browser.new_context(
            **{"viewport": {"width": 1100, "height": 800}} | settings
        )
        page = context.new_page()
        page.asked = []
        page.on("request", lambda asked: page.asked.append(asked.url))
        page.goto(self.address + path)
        return page

    def mailed(self, kind: str) -> str:
        """The path that the newest mail of a kind leads to."""
        with self.desk.database.read() as connection:
            rows = connection.scalars(select(outgoing.c.payload))
            found = re.findall(rf"/{kind}/[\w-]+", " ".join(rows))
        return str(found[-1])


@pytest.fixture(params=["sqlite"])
def databases(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    """One kind is enough: what is looked at are pages."""
    from tests.conftest import SqliteDatabases

    return SqliteDatabases(request.getfixturevalue("sqlite_template"), tmp_path)


@pytest.fixture
def reader(desk: Desk, browser: Any) -> Iterator[Reader]:
    public = PublicSettings(lists=("weekly", "daily"), topics=("Harbour", "Sport"))
    desk = replace(desk, config=replace(desk.config, public=public))
    token, issue = joined(desk, "weekly"), publish(desk, week())
    with serving(public_app(desk), "127.0.0.1", 0) as address:
        yield Reader(browser, address, desk, token, issue)
        for context in browser.contexts:
            context.close()


NO_SCRIPTS = {"java_script_enabled": False}


def test_signing_up_without_scripts(reader: Reader) -> None:
    """From the form to the welcome; a mistake is shown where it was made."""
    page = reader.page("/subscribe", **NO_SCRIPTS)
    page.get_by_label("E-mail address").fill("bob@example.org")
    page.get_by_role("button", name="Subscribe").click()
    assert page.get_by_text("Choose at least one newsletter.").is_visible()
    page.get_by_label("daily").check()
    page.get_by_label("Name (optional)").fill("Bob")
    page.get_by_role("button", name="Subscribe").click()
    assert page.get_by_role("heading", name="Look into your mailbox").is_visible()

    page = reader.page(reader.mailed("confirm"), **NO_SCRIPTS)
    page.get_by_role("button", name="Yes, I want it").click()
    assert page.get_by_role("heading", name="Welcome").is_visible()
    assert on(reader.desk, "daily") == ["daily"]


def test_the_form_of_another_site(reader: Reader) -> None:
    """The one in docs/public.md, on a page that is not ours."""
    told = (ROOT / "docs/public.md").read_text("utf-8")
    (form,) = re.findall(r"```html\n(.*?)```", told, re.DOTALL)
    page = reader.browser.new_context(java_script_enabled=False).new_page()
    page.set_content(form.replace("https://news.example.org", reader.address))
    page.get_by_label("E-mail address").fill("cat@example.org")
    page.get_by_role("button", name="Subscribe").click()
    assert page.get_by_role("heading", name="Look into your mailbox").is_visible()
    with reader.desk.database.read() as connection:
        people_on = people.subscribers(connection, "weekly")
        assert "cat@example.org" in {each.email for each in people_on}


def test_a_browser_keeps_what_is_no_address(reader: Reader) -> None:
    """The form asks for one before it is sent; the server asks again."""
    page = reader.page("/subscribe?list=daily")
    page.get_by_label("E-mail address").fill("bob")
    page.get_by_role("button", name="Subscribe").click()
    assert page.url.endswith("/subscribe?list=daily")
    assert page.get_by_role("heading", name="Subscribe to The Tide").is_visible()


def test_choices_from_the_keyboard(reader: Reader) -> None:
    """Everything is reached by Tab, in the order of the page, and taken by a key."""
    page = reader.page(f"/p/{reader.token}", **NO_SCRIPTS)
    reached = []
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "The Tide"  # leads to the issues
    for _ in range(20):
        page.keyboard.press("Tab")
        found = page.locator(":focus")
        if found.count() == 0:
            break
        name = found.evaluate("e => e.id || e.value")
        reached.append(name)
        if name in {"daily", "Sport"}:
            page.keyboard.press("Space")
    assert reached[:12] == [
        *("weekly", "daily", "Harbour", "Sport", "name", "language", "zone"),
        *("save", "pause", "link"),
        *reached[10:12],
    ]
    page.locator("button[value=save]").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("status").get_by_text("Saved.").is_visible()
    assert page.get_by_text("To join daily, press the button").is_visible()
    assert page.get_by_label("Sport").is_checked()


def test_a_break_and_back(reader: Reader) -> None:
    """The button turns into the other, and the browser's back button is no harm."""
    page = reader.page(f"/p/{reader.token}", **NO_SCRIPTS)
    page.get_by_role("button", name="Pause for a month").click()
    assert page.get_by_text("Nothing comes until 23 December 2026.").is_visible()
    page.go_back()  # nothing is kept of the page before: it shows what is so now
    page.get_by_role("button", name="Go on now").click()
    assert page.get_by_role("button", name="Pause for a month").is_visible()
    assert on(reader.desk, "weekly") == ["weekly"]


@pytest.mark.parametrize("button", ["Save", "Pause for a month", "Mail me the link"])
def test_back_to_what_was_saved(reader: Reader, button: str) -> None:
    """From another page, the browser's back button asks for no form to be sent again
    (ERR_CACHE_MISS of Chromium).
    """
    page = reader.page(f"/p/{reader.token}", **NO_SCRIPTS)
    page.get_by_role("button", name=button).click()
    page.get_by_role("link", name="The Tide").click()
    page.go_back()
    assert page.get_by_role("heading", name="Your choices").is_visible()
    assert page.get_by_role("status").is_visible()


def test_back_to_the_welcome(reader: Reader) -> None:
    page = reader.page("/subscribe?list=daily", **NO_SCRIPTS)
    page.get_by_label("E-mail address").fill("bob@example.org")
    page.get_by_role("button", name="Subscribe").click()
    page = reader.page(reader.mailed("confirm"), **NO_SCRIPTS)
    page.get_by_role("button", name="Yes, I want it").click()
    page.get_by_role("link", name="The Tide").click()
    page.go_back()
    assert page.get_by_role("heading", name="Welcome").is_visible()


def test_leaving_and_what_else_there_is(reader: Reader) -> None:
    page = reader.page(f"/u/{reader.token}", **NO_SCRIPTS)
    page.get_by_role("button", name="Your choices").click()
    assert page.get_by_role("heading", name="Your choices").is_visible()
    page.go_back()
    page.get_by_role("button", name="Unsubscribe").click()
    assert page.get_by_role("heading", name="You have left").is_visible()
    assert on(reader.desk, "weekly") == []
    page.get_by_role("button", name="Your choices").click()
    assert not page.get_by_label("weekly").is_checked()


def test_what_only_the_owner_may(reader: Reader) -> None:
    """Download, move, delete: each by its button, from the link of a mail."""
    page = reader.page(f"/p/{reader.token}", **NO_SCRIPTS)
    page.get_by_role("button", name="Mail me the link").click()
    assert page.get_by_role("status").is_visible()

    page = reader.page(reader.mailed("me"), accept_downloads=True, **NO_SCRIPTS)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "my-data.json"
    page.get_by_label("New e-mail address").fill("ann@new.example")
    page.get_by_role("button", name="Mail the new address").click()
    assert page.get_by_text("on its way to ann@new.example").is_visible()

    there = reader.page(reader.mailed("address"), **NO_SCRIPTS)
    there.get_by_role("button", name="Yes, use it").click()
    assert there.get_by_role("heading", name="Done").is_visible()

    page.get_by_role("button", name="Download").click()
    assert page.get_by_role("heading", name="This link is too old").is_visible()


def test_deleting_everything(reader: Reader) -> None:
    """Only with the box ticked, which the browser asks for."""
    page = reader.page(f"/p/{reader.token}", **NO_SCRIPTS)
    page.get_by_role("button", name="Mail me the link").click()
    page = reader.page(reader.mailed("me"), **NO_SCRIPTS)
    page.get_by_role("button", name="Delete").click()
    assert page.get_by_role("heading", name="Delete everything").is_visible()
    page.get_by_label("Yes, delete everything about me").check()
    page.get_by_role("button", name="Delete").click()
    assert page.get_by_role("heading", name="It is deleted").is_visible()
    assert on(reader.desk, "weekly") == []


def test_reading_the_archive(reader: Reader) -> None:
    """From the list to an issue and back; a link to a story opens beside it."""
    page = reader.page("/")
    page.get_by_role("link", name=week().subject).click()
    assert page.url.endswith(f"/i/{reader.issue}")
    heading = page.get_by_role("heading", name=week().stories[0].headline)
    assert heading.is_visible()
    home = page.get_by_role("link", name="All issues").first
    assert home.get_attribute("href") == "https://tide.example.com/"


def test_nobody_else_is_asked(reader: Reader) -> None:
    """But for the issue's own pictures, without saying where they are shown."""
    for path in ("/", "/subscribe", f"/p/{reader.token}", f"/u/{reader.token}"):
        page = reader.page(path)
        assert page.asked == [reader.address + path]
    page = reader.page(f"/i/{reader.issue}")
    pictures = {
        story.article.image.url for story in week().stories if story.article.image
    }
    assert set(page.asked[1:]) <= pictures
    answer = page.request.get(page.url)
    assert answer.headers["referrer-policy"] == "no-referrer"


#: each page, in every state that it can be looked at
STATES = [
    "/",
    "/nothing",
    "/subscribe",
    "/subscribe!",
    "/u/{token}",
    "/u/{token}!",
    "/p/{token}",
    "/p/{token}!",
    "/u/cut",
    "/confirm/{asked}",
    "/approve/{token}",
    "/me/{own}",
    "/me/{own}!",
    "/address/{asked}",
    "/i/{issue}",
]


@pytest.mark.needs("axe")
@pytest.mark.parametrize("state", STATES)
def test_nobody_is_kept_out(reader: Reader, state: str) -> None:
    """axe-core finds nothing serious, in light and dark, on a phone and at a desk."""
    own = ""
    if "{own}" in state:
        page = reader.page(f"/p/{reader.token}")
        page.get_by_role("button", name="Mail me the link").click()
        own = reader.mailed("me").removeprefix("/me/")
    path = state.rstrip("!").format(
        token=reader.token, own=own, asked="A" * 32, issue=reader.issue
    )
    for width, scheme in ((390, "light"), (1100, "dark")):
        page = reader.page(
            path,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            bypass_csp=True,
        )
        if state.endswith("!"):
            page.evaluate("document.forms[0].noValidate = true")
            page.locator("main button").first.click()
        found = barriers(page)
        if state.startswith("/i/"):  # an e-mail has no landmarks
            found = [each for each in found if re.search("serious|critical", each)]
        assert found == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
