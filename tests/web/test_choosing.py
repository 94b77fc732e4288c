"""Preferences by the link of any mail, and what a link mailed to the owner does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

import subscribers as people
from digest import pipeline
from digest.config import PublicSettings
from digest.model import Placeholder
from digest.pipeline import Desk
from digest.service.loop import serving
from digest.store import issues
from digest.web.public.app import public_app
from subscribers.tables import outgoing
from tests.rendering.issues import week
from tests.web.archived import publish
from tests.web.test_public import NOW, Answer, Visitor, desk, joined, on

__all__ = ["desk"]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOBODY = "A" * 24


@pytest.fixture
def visitor(desk: Desk) -> Iterator[Visitor]:
    public = PublicSettings(lists=("weekly", "daily"), topics=("Harbour", "Sport"))
    open_desk = replace(desk, config=replace(desk.config, public=public))
    with serving(public_app(open_desk), "127.0.0.1", 0) as address:
        yield Visitor(address)


def press(visitor: Visitor, path: str, do: str, *fields: tuple[str, str]) -> Answer:
    body = urlencode([*fields, ("do", do)]).encode()
    answer = visitor.ask("POST", path, body, **FORM)
    if answer.status == 303 and path.startswith("/p/"):
        return visitor.ask("GET", answer.headers["location"])
    return answer


def mailed(desk: Desk, page: str) -> str:
    """The path of the newest mail's link to a page, and whom it went to."""
    with desk.database.read() as connection:
        rows = connection.scalars(select(outgoing.c.payload).order_by(outgoing.c.id))
        payloads = [each for each in rows if f"/{page}/" in each]
    found = re.search(rf"/{page}/[\w-]+", payloads[-1])
    assert found
    return found[0]


def checked(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)" checked', page)


def test_what_is_shown(desk: Desk, visitor: Visitor) -> None:
    """Lists and topics, ticked as they are; the address as only they know it again."""
    page = visitor.ask("GET", f"/p/{joined(desk, 'weekly', 'other')}").text
    assert re.findall(r'name="list" value="(\w+)"', page) == [
        "weekly",
        "daily",
        "other",
    ]
    assert checked(page, "list") == ["weekly", "other"]
    assert re.findall(r'name="topic" value="(\w+)"', page) == ["Harbour", "Sport"]
    assert "a•••@e•••.org" in page
    assert "ann@" not in page


def test_a_list_has_a_title(desk: Desk, visitor: Visitor) -> None:
    """Readers see it, and forms send the name."""
    with desk.database.write() as connection:
        daily = people.find_list(connection, "daily")
        people.set_list(connection, replace(daily, title="Every morning"))
    path = f"/p/{joined(desk, 'weekly')}"
    for page in (path, "/subscribe"):
        assert 'value="daily"> Every morning<' in visitor.ask("GET", page).text
    told = press(visitor, path, "save", ("list", "weekly"), ("list", "daily")).text
    assert "To join Every morning, press" in told


def test_saving(desk: Desk, visitor: Visitor) -> None:
    """What is chosen is kept; a list that is unticked is left at once; one that is
    ticked is asked for by mail, for the link may have been forwarded.
    """
    token = joined(desk, "weekly", "other")
    answer = press(
        visitor,
        f"/p/{token}",
        "save",
        *(("list", "weekly"), ("list", "daily"), ("topic", "Sport")),
        *(("name", "Ann Moss"), ("zone", "Europe/Paris"), ("language", "de")),
    )
    assert (answer.status, "Gespeichert." in answer.text) == (200, True)
    assert "Um daily zu erhalten" in answer.text
    assert on(desk, "weekly", "daily", "other") == ["weekly"]
    page = visitor.ask("GET", f"/p/{token}").text
    assert checked(page, "topic") == ["Sport"]
    assert re.findall(r'value="([^"]+)" selected', page) == ["de", "Europe/Paris"]
    assert 'value="Ann Moss"' in page

    there = visitor.ask("POST", mailed(desk, "confirm")).headers["location"]
    assert "Willkommen" in visitor.ask("GET", there).text
    assert on(desk, "weekly", "daily", "other") == ["weekly", "daily"]


def test_what_was_not_offered_is_not_taken(desk: Desk, visitor: Visitor) -> None:
    """A list or a topic of nobody's page cannot be had by making up a form."""
    token = joined(desk, "weekly")
    fields = (("list", "weekly"), ("list", "other"), ("topic", "evil"))
    assert press(visitor, f"/p/{token}", "save", *fields).status == 200
    assert on(desk, "weekly", "other") == ["weekly"]
    with desk.database.read() as connection:
        (person,) = people.subscribers(connection, "weekly")
        assert person.topics == ()
        assert connection.scalars(select(outgoing.c.id)).all() == []


@pytest.mark.parametrize(
    "field", [("zone", "Mars/X"), ("language", "?"), ("name", "x" * 201)]
)
def test_what_cannot_be(desk: Desk, visitor: Visitor, field: tuple[str, str]) -> None:
    """All of it or nothing is saved, and it is said."""
    token = joined(desk, "weekly")
    answer = press(visitor, f"/p/{token}", "save", field)
    assert (answer.status, "Nothing was saved" in answer.text) == (400, True)
    assert on(desk, "weekly") == ["weekly"]


def test_a_break(desk: Desk, visitor: Visitor) -> None:
    """Nothing for a month; and the button to go on now."""
    token = joined(desk, "weekly")
    answer = press(visitor, f"/p/{token}", "pause")
    assert "Nothing comes until 23 December 2026." in answer.text
    assert on(desk, "weekly") == []
    assert "Pause for a month" in press(visitor, f"/p/{token}", "resume").text
    assert on(desk, "weekly") == ["weekly"]


def test_the_link_to_what_is_kept_goes_to_the_owner(
    desk: Desk, visitor: Visitor
) -> None:
    """The page doesn't show it, and a second press soon after mails no second."""
    token = joined(desk, "weekly")
    for _ in range(2):
        answer = press(visitor, f"/p/{token}", "link")
        assert "on its way to your address" in answer.text
    link = mailed(desk, "me")
    assert link not in answer.text
    with desk.database.read() as connection:
        (payload,) = connection.scalars(select(outgoing.c.payload))
    assert json.loads(payload)["to"] == "ann@example.org"


def own(desk: Desk, visitor: Visitor) -> str:
    press(visitor, f"/p/{joined(desk, 'weekly')}", "link")
    return mailed(desk, "me")


def test_taking_it_along(desk: Desk, visitor: Visitor) -> None:
    """All that is kept, as a file; only a press gets it."""
    link = own(desk, visitor)
    assert "ann@example.org" in visitor.ask("GET", link).text
    answer = press(visitor, link, "export")
    assert (
        answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    )
    held = json.loads(answer.text)
    assert (held["email"], held["subscriptions"][0]["list"]) == (
        "ann@example.org",
        "weekly",
    )


def test_moving(desk: Desk, visitor: Visitor) -> None:
    """The new address is asked; until its button is pressed nothing changes."""
    link = own(desk, visitor)
    answer = press(visitor, link, "move", ("email", "ann@new.example"))
    assert "on its way to ann@new.example" in answer.text
    there = mailed(desk, "address")
    assert "Use this address?" in visitor.ask("GET", there).text
    assert emails(desk) == ["ann@example.org"]
    assert "Done" in visitor.ask("POST", there).text
    assert emails(desk) == ["ann@new.example"]
    assert "too old" in visitor.ask("POST", there).text


def test_no_link_outlives_a_move(desk: Desk, visitor: Visitor) -> None:
    """Whoever reads the old address sees, takes and changes nothing any more."""
    old = own(desk, visitor)
    press(visitor, old, "move", ("email", "ann@other.example"))
    older_move = mailed(desk, "address")
    press(visitor, old, "move", ("email", "ann@new.example"))
    visitor.ask("POST", mailed(desk, "address"))
    for do in ("export", "move", "erase"):
        answer = press(visitor, old, do, ("sure", "yes"), ("email", "eve@x.example"))
        assert "too old" in answer.text
    assert "ann@new" not in visitor.ask("GET", old).text
    assert "too old" in visitor.ask("POST", older_move).text
    assert emails(desk) == ["ann@new.example"]


def emails(desk: Desk) -> list[str]:
    with desk.database.read() as connection:
        return [each.email for each in people.subscribers(connection, "weekly")]


@pytest.mark.parametrize("email", ["", "ann", "x@y@z"])
def test_an_address_that_is_none(desk: Desk, visitor: Visitor, email: str) -> None:
    answer = press(visitor, own(desk, visitor), "move", ("email", email))
    assert (answer.status, "no e-mail address" in answer.text) == (400, True)


def test_an_address_that_is_somebodys(desk: Desk, visitor: Visitor) -> None:
    """The page says the same; only the owner of that address learns it."""
    link = own(desk, visitor)
    with desk.database.write() as connection:
        people.add_subscriber(
            connection,
            "other",
            "bob@example.org",
            consent=None,
            source="test",
            now=NOW,
            secret=lambda: b"other bytes!",
        )
    answer = press(visitor, link, "move", ("email", "bob@example.org"))
    other = press(visitor, link, "move", ("email", "bub@example.org"))
    assert answer.text == other.text.replace("bub@", "bob@")
    with desk.database.write() as connection:
        connection.execute(outgoing.delete().where(outgoing.c.key == "bub@example.org"))
    assert "in use" in visitor.ask("POST", mailed(desk, "address")).text


def test_deleting(desk: Desk, visitor: Visitor) -> None:
    """Only when it is ticked; then nothing is left of them but a hash."""
    link = own(desk, visitor)
    assert press(visitor, link, "erase").status == 400
    assert emails(desk) == ["ann@example.org"]
    answer = press(visitor, link, "erase", ("sure", "yes"))
    assert "We keep nothing more about you." in answer.text
    assert emails(desk) == []
    assert "too old" in press(visitor, link, "export").text


def test_a_link_is_good_for_an_hour(desk: Desk) -> None:
    later = [NOW]
    moving = replace(desk, clock=lambda: later[0])
    with serving(public_app(moving), "127.0.0.1", 0) as address:
        visitor = Visitor(address)
        link = own(moving, visitor)
        later[0] += timedelta(minutes=59)
        assert "Your data" in visitor.ask("GET", link).text
        later[0] += timedelta(minutes=1)
        assert "too old" in visitor.ask("GET", link).text
        assert "too old" in press(visitor, link, "export").text


@pytest.mark.parametrize("do", ["save", "pause", "resume", "link", "", "x"])
def test_a_token_of_nobody_is_answered_like_one(
    desk: Desk, visitor: Visitor, do: str
) -> None:
    """The same status, headers and page, but for what only its owner could know."""
    known = f"/p/{joined(desk, 'weekly')}"
    for one, other in (
        (visitor.ask("GET", known), visitor.ask("GET", f"/p/{NOBODY}")),
        (press(visitor, known, do), press(visitor, f"/p/{NOBODY}", do)),
    ):
        assert one.status == other.status == 200
        hidden = {"date": "", "content-length": ""}
        assert {**one.headers, **hidden} == {**other.headers, **hidden}
        assert abs(len(one.text) - len(other.text)) < 200


@pytest.mark.parametrize("page", ["p", "me", "address", "confirm", "u", "approve"])
@pytest.mark.parametrize("token", ["x", "A" * 23, "A" * 5000, "\u00fc", "%00", "..%2f"])
def test_tokens_that_are_none(visitor: Visitor, page: str, token: str) -> None:
    """Cut, foreign, far too long: a page says so, and that nothing was done."""
    from urllib.parse import quote

    path = f"/{page}/{quote(token, safe='%.')}"
    for answer in (visitor.ask("GET", path), visitor.ask("POST", path)):
        if page == "approve":
            assert (answer.status in {200, 404}, "<h1>" in answer.text) == (True, True)
        else:
            assert answer.status == 404
            assert "<form" not in answer.text
            assert "not whole" in answer.text


@pytest.mark.parametrize("do", ["save", "pause", "resume", "link"])
def test_no_form_is_sent_twice(desk: Desk, visitor: Visitor, do: str) -> None:
    """Whoever goes back, or asks for the page again, gets a page and no question."""
    path = f"/p/{joined(desk, 'weekly')}"
    body = urlencode([("do", do), ("list", "weekly"), ("list", "daily")]).encode()
    answer = visitor.ask("POST", path, body, **FORM)
    assert (answer.status, answer.text) == (303, "")
    told = visitor.ask("GET", answer.headers["location"])
    assert (told.status, 'role="status"' in told.text) == (200, True)
    assert 'role="status"' not in visitor.ask("GET", path).text


@pytest.mark.parametrize("query", ["said=erased_title", "said=", "asked=weekly"])
def test_a_page_tells_only_what_can_be(
    desk: Desk, visitor: Visitor, query: str
) -> None:
    """A made-up address shows no other text of ours, and none of its maker's."""
    path = f"/p/{joined(desk, 'weekly')}"
    assert visitor.ask("GET", f"{path}?{query}").text == visitor.ask("GET", path).text
    made = visitor.ask("GET", f"{path}?said=saved&asked=Evil").text
    assert "Evil" not in made


@pytest.mark.parametrize("page", ["me", "address"])
def test_a_used_link_speaks_its_readers_language(
    desk: Desk, visitor: Visitor, page: str
) -> None:
    link = own(desk, visitor)
    token = joined(desk, "weekly")
    press(visitor, f"/p/{token}", "save", ("list", "weekly"), ("language", "pt"))
    press(visitor, link, "move", ("email", "ann@new.example"))
    there = mailed(desk, "address")
    assert "Feito" in visitor.ask("POST", there).text
    used = {"me": link, "address": there}[page]
    for method in ("GET", "POST"):
        assert "é demasiado antiga" in visitor.ask(method, used).text


def test_a_look_changes_nothing(desk: Desk, visitor: Visitor) -> None:
    """Programs follow every link of a mail, and of the pages behind it."""
    link = own(desk, visitor)
    press(visitor, link, "move", ("email", "ann@new.example"))
    paths = [link, mailed(desk, "address"), f"/p/{joined(desk, 'weekly')}"]
    before = everything(desk)
    for path in paths:
        for method in ("GET", "HEAD", "GET"):
            assert visitor.ask(method, path).status == 200
    assert everything(desk) == before


def test_every_link_of_a_mail(desk: Desk, visitor: Visitor) -> None:
    """A scanner opens all of them, before its reader does, and nothing happens."""
    token = joined(desk, "weekly")
    number = publish(desk, week())
    with desk.database.read() as connection:
        issue = issues.get_issue(connection, number)
    base = desk.config.newsletter.base_url
    values = dict.fromkeys(Placeholder, "")
    values[Placeholder.UNSUBSCRIBE_URL] = f"{base}/u/{token}"
    values[Placeholder.PREFERENCES_URL] = f"{base}/p/{token}"
    mail = pipeline.render(desk, issue).fill(values)
    paths = set(re.findall(rf'{base}(/[^"\s]*)', mail.html + mail.text))
    assert paths == {f"/u/{token}", f"/p/{token}", f"/i/{number}"}
    before = everything(desk)
    for path in paths:
        assert [visitor.ask(m, path).status for m in ("HEAD", "GET")] == [200, 200]
    assert everything(desk) == before


def everything(desk: Desk) -> str:
    from subscribers.tables import metadata

    with desk.database.read() as connection:
        return repr(
            [
                sorted(map(repr, connection.execute(select(table))))
                for table in metadata.sorted_tables
            ]
        )


def test_pages_are_small(desk: Desk, visitor: Visitor) -> None:
    """Under 60 KB, and the largest is that with all time zones."""
    assert len(visitor.ask("GET", f"/p/{NOBODY}").text.encode()) < 60_000


def test_instead_of_leaving(desk: Desk, visitor: Visitor) -> None:
    """The page of an unsubscribe link has a second button, which changes nothing."""
    token = joined(desk, "weekly")
    answer = press(visitor, f"/u/{token}", "choices")
    assert (answer.status, answer.headers["location"]) == (303, f"/p/{token}")
    assert on(desk, "weekly") == ["weekly"]
    press(visitor, f"/u/{token}", "leave")
    assert on(desk, "weekly") == []
