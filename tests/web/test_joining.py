"""Signing up on the page, and from the form of another site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

import subscribers as people
from digest.config import PublicSettings
from digest.pipeline import Desk
from digest.service.loop import serving
from digest.web.public import joining
from digest.web.public.app import public_app
from subscribers.model import SuppressionReason
from subscribers.tables import consent, outgoing, subscriber, subscription
from tests.web.test_public import NOW, Answer, Visitor, desk

__all__ = ["desk"]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def opened(desk: Desk, *lists: str, **newsletter: Any) -> Desk:
    """A desk whose lists anybody may sign up for."""
    config = replace(
        desk.config,
        public=PublicSettings(lists=lists),
        newsletter=replace(desk.config.newsletter, **newsletter),
    )
    return replace(desk, config=config)


@pytest.fixture
def visitor(desk: Desk) -> Iterator[Visitor]:
    with serving(public_app(opened(desk, "weekly")), "127.0.0.1", 0) as address:
        yield Visitor(address)


def sign_up(visitor: Visitor, **fields: str) -> Answer:
    body = urlencode({"email": "ann@example.org"} | fields).encode()
    return visitor.ask("POST", "/subscribe", body, **FORM)


def rows(desk: Desk) -> dict[str, int]:
    """How much there is of what a sign-up writes."""
    with desk.database.read() as connection:
        return {
            table.name: len(connection.execute(select(table)).all())
            for table in (subscriber, subscription, consent, outgoing)
        }


def links(desk: Desk) -> list[str]:
    """The links of the mails that wait."""
    with desk.database.read() as connection:
        payloads = connection.scalars(select(outgoing.c.payload)).all()
    return [re.findall(r"/confirm/[\w-]+", payload)[0] for payload in payloads]


def test_signing_up(desk: Desk, visitor: Visitor) -> None:
    """A form, a mail that asks back, its link, its button: then they get the list."""
    assert 'name="email"' in visitor.ask("GET", "/subscribe").text
    answer = sign_up(visitor, name="Ann Moss")
    assert (answer.status, "Look into your mailbox" in answer.text) == (200, True)
    assert "set-cookie" not in answer.headers

    (link,) = links(desk)
    assert "Yes, I want it" in visitor.ask("GET", link).text
    with desk.database.read() as connection:
        assert not list(people.audience(connection, ["weekly"], now=NOW))
        entry = connection.execute(select(consent)).one()
    assert (entry.source, entry.wording) == ("sign-up form", joining.WORDING)
    assert entry.ip == "127.0.0.1"

    answer = visitor.ask("POST", link)
    assert answer.status == 303
    welcome = visitor.ask("GET", answer.headers["location"]).text
    assert "Welcome" in welcome
    assert '<a href="/">All issues</a>' in welcome
    with desk.database.read() as connection:
        (person,) = people.audience(connection, ["weekly"], now=NOW)
    assert (person.email, person.name) == ("ann@example.org", "Ann Moss")


def test_a_link_speaks_its_readers_language(desk: Desk, visitor: Visitor) -> None:
    sign_up(visitor)
    with desk.database.write() as connection:
        connection.execute(update(subscriber).values(language="nl-BE"))
    (link,) = links(desk)
    assert "Bevestig uw aanmelding" in visitor.ask("GET", link).text
    there = visitor.ask("POST", link).headers["location"]
    assert "Welkom" in visitor.ask("GET", there).text


def confirmed(desk: Desk) -> None:
    with desk.database.write() as connection:
        people.add_subscriber(
            connection,
            "weekly",
            "ann@example.org",
            consent="by form",
            source="test",
            now=NOW,
            secret=lambda: b"twelve bytes",
        )


def complained(desk: Desk) -> None:
    with desk.database.write() as connection:
        ann = people.parse_address("ann@example.org")
        people.suppress(
            connection, ann, SuppressionReason.COMPLAINT, source="test", now=NOW
        )


def left(desk: Desk) -> None:
    confirmed(desk)
    with desk.database.write() as connection:
        people.leave(connection, "ann@example.org", source="test", now=NOW)


@pytest.mark.parametrize("known", [lambda desk: None, confirmed, complained, left])
def test_no_answer_tells_of_an_address(
    desk: Desk, visitor: Visitor, known: Callable[[Desk], None]
) -> None:
    """It is the same for strangers, subscribers, who left, and who may not be asked;
    and the same again when it is sent twice.
    """
    nobody = sign_up(visitor, email="not-ann@example.org")
    known(desk)
    for _ in range(2):
        answer = sign_up(visitor)
        assert answer.status == nobody.status == 200
        assert answer.text.replace("ann@", "not-ann@") == nobody.text
        same = {**answer.headers, "date": "", "content-length": ""}
        assert same == {**nobody.headers, "date": "", "content-length": ""}


def test_every_answer_takes_the_same_time(desk: Desk) -> None:
    """What there was to do does not show: an answer is held back until its time."""
    import asyncio

    from starlette.responses import Response

    async def timed() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await joining.steadily(Response)
        return loop.time() - began

    assert asyncio.run(timed()) >= joining.STEADY - 0.01


def test_programs_fall_into_a_trap(desk: Desk, visitor: Visitor) -> None:
    """Who fills in what no person sees is answered as ever, and nothing comes of it."""
    before = rows(desk)
    fair = sign_up(visitor, email="bob@example.org")
    after = rows(desk)
    assert after != before
    answer = sign_up(visitor, email="cat@example.org", website="https://spam.example")
    assert (answer.status, answer.text.replace("cat@", "bob@")) == (200, fair.text)
    assert rows(desk) == after


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"email": ""}, "no e-mail address"),
        ({"email": "ann"}, "no e-mail address"),
        ({"email": "ann@example.org\r\nBcc: x@y.org"}, "no e-mail address"),
        ({"email": "x" * 2000 + "@example.org"}, "no e-mail address"),
        ({"name": "x" * 201}, "name cannot be taken"),
        ({"name": "a\x00b"}, "name cannot be taken"),
        ({"list": "other"}, "Choose at least one"),
    ],
)
def test_what_cannot_be(
    desk: Desk, visitor: Visitor, fields: dict[str, str], says: str
) -> None:
    """It is said at its place, with what was typed still there; nothing is kept."""
    before = rows(desk)
    answer = sign_up(visitor, **fields)
    assert (answer.status, says in answer.text) == (400, True)
    assert rows(desk) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe%ff%00=&&&",
        b"email=" + b"&a=1" * 2000,
        b'{"email": "ann@example.org"}',
        b"--x\r\nContent-Disposition: form-data; name=email\r\n\r\nann@example.org",
    ],
)
def test_what_is_no_form(desk: Desk, visitor: Visitor, body: bytes) -> None:
    before = rows(desk)
    assert visitor.ask("POST", "/subscribe", body, **FORM).status == 400
    assert rows(desk) == before


def test_what_was_typed_is_text(visitor: Visitor) -> None:
    answer = sign_up(visitor, email='"><script>x</script>', name='" autofocus="')
    assert "<script>" not in answer.text
    assert 'value="&#34; autofocus=&#34;"' in answer.text


def test_from_one_place_only_so_many(visitor: Visitor) -> None:
    """Then it says when to come again; a look still works, and so does leaving."""
    for number in range(joining.BURST):
        assert sign_up(visitor, email="", name=str(number)).status == 400
    answer = sign_up(visitor)
    assert (answer.status, int(answer.headers["retry-after"]) > 0) == (429, True)
    assert visitor.ask("GET", "/subscribe").status == 200
    assert visitor.ask("POST", "/u/" + "A" * 24).status == 200


def test_several_lists_are_to_choose_from(desk: Desk) -> None:
    """The one of the address is chosen; one that is not offered cannot be taken."""
    app = public_app(opened(desk, "weekly", "daily"))
    with serving(app, "127.0.0.1", 0) as address:
        visitor = Visitor(address)
        page = visitor.ask("GET", "/subscribe?list=daily").text
        assert re.findall(r'value="(\w+)" checked', page) == ["daily"]
        assert sign_up(visitor).status == 400
        assert sign_up(visitor, list="other").status == 400
        assert sign_up(visitor, list="daily").status == 200
    with desk.database.read() as connection:
        people_on = people.subscribers(connection, "daily")
        assert [each.email for each in people_on] == ["ann@example.org"]


@pytest.mark.parametrize("settings", [{"lists": ()}, {"base_url": ""}])
def test_where_nobody_may_sign_up(desk: Desk, settings: dict[str, object]) -> None:
    """No list is named, or a mail could not link back: there is no page."""
    closed = opened(
        desk,
        *(() if "lists" in settings else ("weekly",)),
        **({"base_url": ""} if "base_url" in settings else {}),
    )
    with serving(public_app(closed), "127.0.0.1", 0) as address:
        visitor = Visitor(address)
        assert visitor.ask("GET", "/subscribe").status == 404
        assert sign_up(visitor).status == 404


def test_the_page_speaks_the_newsletters_language(desk: Desk) -> None:
    german = opened(desk, "weekly", language="de-AT")
    with serving(public_app(german), "127.0.0.1", 0) as address:
        page = Visitor(address).ask("GET", "/subscribe").text
    assert '<html lang="de-AT" dir="ltr">' in page
    assert "The Tide abonnieren" in page
