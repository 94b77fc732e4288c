"""Signing up: only a link confirms, and nobody learns who is on a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import subscribers as people
from digest.store import Database
from subscribers import (
    Answer,
    Asked,
    Change,
    Choices,
    InvalidAddress,
    InvalidName,
    InvalidValue,
    Provider,
    SuppressionReason,
    UnknownList,
    find_list,
    parse_address,
    unasked,
)
from subscribers.errors import KeyMissing
from subscribers.opt_in import OPEN_FOR
from subscribers.person import personal_data
from tests.subscribers.office import FORM, LINK, Office

ANN = "ann@example.org"
Reason = SuppressionReason
#: what no wish of a person's own lifts
NEVER = [Reason.BOUNCE, Reason.COMPLAINT, Reason.INVALID, Reason.MANUAL]


@pytest.fixture
def office(
    database: Database, now: datetime, secret: Callable[[], bytes], tmp_path: Path
) -> Office:
    made = Office(database, now, secret, tmp_path)
    made.add_list("daily")
    made.add_list("weekly")
    made.add_list("open", confirmed_opt_in=False)
    return made


def test_at_once(office: Office) -> None:
    """Whoever presses twice, in two windows or by two servers, did so once."""
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(office.subscribe, [ANN] * 8))
        ((to, token),) = office.mails()
        assert (to, token in tokens) == (ANN, True)
        answers = list(pool.map(office.confirm, [token] * 8))
        assert Counter(answers) == {Answer.CONFIRMED: 1, Answer.ALREADY: 7}
        gone = office.reached()[ANN]
        assert all(pool.map(office.unsubscribe, [gone] * 8))
    assert [row["state"] for row in office.log()] == [
        "unconfirmed",
        "confirmed",
        "unsubscribed",
    ]


def test_only_the_link_confirms(office: Office) -> None:
    """A form makes nobody confirmed; the link in their mail does, and is on record."""
    token = office.subscribe(ANN, name="Ann")
    assert office.state(ANN) == "unconfirmed"
    assert office.sent("mail") == [{"to": ANN, "token": token, "requested": True}]
    assert office.reached() == {}
    office.later(hours=1)
    assert office.look(token) is Answer.OPEN
    assert office.confirm(token) is Answer.CONFIRMED
    assert office.state(ANN) == "confirmed"
    assert office.person(ANN).since == office.now
    asked, agreed = office.log()
    assert (asked["state"], asked["source"], asked["ip"]) == (
        "unconfirmed",
        FORM.source,
        FORM.ip,
    )
    assert agreed["state"] == "confirmed"
    assert agreed["at"] == office.now
    assert agreed["source"] == "confirmation link"
    assert (agreed["ip"], agreed["user_agent"]) == (LINK.ip, LINK.user_agent)
    assert agreed["wording"] == "2026-11"


def test_a_link_works_once(office: Office) -> None:
    """The second time says kindly that it is done, and writes nothing."""
    token = office.subscribe(ANN)
    office.confirm(token)
    before = office.everything()
    assert office.confirm(token) is Answer.ALREADY
    assert office.look(token) is Answer.ALREADY
    assert office.everything() == before


def test_looking_changes_nothing(office: Office) -> None:
    """Programs that follow links confirm nobody."""
    token = office.subscribe(ANN)
    before = office.everything()
    for _ in range(3):
        office.look(token)
    assert office.everything() == before


def test_a_link_has_an_end(office: Office) -> None:
    """After a week it is expired, and says so; it may be asked for again."""
    token = office.subscribe(ANN)
    office.now += OPEN_FOR
    assert office.look(token) is Answer.EXPIRED
    assert office.confirm(token) is Answer.EXPIRED
    assert office.state(ANN) == "unconfirmed"
    assert office.confirm(office.subscribe(ANN)) is Answer.CONFIRMED


@pytest.mark.parametrize(
    "token", ["", "token-2", "\ud800", "\0", "x" * 100_000, "TOKEN-1", "token-1 "]
)
def test_unknown_links(office: Office, token: str) -> None:
    """Only the very token is one."""
    office.subscribe(ANN)
    assert office.look(token) is Answer.UNKNOWN
    assert office.confirm(token) is Answer.UNKNOWN
    assert office.state(ANN) == "unconfirmed"


def test_the_token_is_nowhere(office: Office) -> None:
    """Who reads the database, but for the mail that waits, cannot confirm."""
    token = office.subscribe(ANN)
    everything = office.everything()
    del everything["outgoing"]
    assert token not in repr(everything)


def test_who_left_stays_so_until_they_confirm(office: Office) -> None:
    """A form brings nobody back, and an import with consent neither, in between."""
    office.confirm(office.subscribe(ANN))
    office.later(days=2)
    office.leave(ANN)
    office.later(days=2)
    token = office.subscribe(ANN)
    assert office.state(ANN) == "unsubscribed"
    assert office.add(ANN, consent="a list we bought") is Change.SUPPRESSED
    assert office.state(ANN) == "unsubscribed"
    office.later(minutes=1)
    assert office.confirm(token) is Answer.CONFIRMED
    assert list(office.reached()) == [ANN]


def test_leaving_ends_open_links(office: Office) -> None:
    """A link that was mailed before somebody left does not bring them back."""
    first = office.subscribe(ANN)
    office.later(minutes=11)
    second = office.subscribe(ANN)
    office.confirm(first)
    assert office.look(second) is Answer.ALREADY
    office.later(minutes=1)
    office.leave(ANN)
    office.later(minutes=1)
    for token in (first, second):
        assert office.look(token) is Answer.EXPIRED
        assert office.confirm(token) is Answer.EXPIRED
    assert office.state(ANN) == "unsubscribed"


def test_confirming_lifts_that_they_left(office: Office) -> None:
    """Of this list and of all; but the others they left with all of them stay left."""
    daily = office.add_list("second")
    for on in ("daily", "weekly"):
        office.add(ANN, on, consent="paper form")
    office.later(days=1)
    left = office.now
    office.suppress(ANN, Reason.UNSUBSCRIBE)
    office.suppress(ANN, Reason.UNSUBSCRIBE, on=daily)
    assert office.reached("daily", "weekly") == {}
    office.later(days=1)
    assert office.confirm(office.subscribe(ANN)) is Answer.CONFIRMED
    assert list(office.reached("daily")) == [ANN]
    assert office.reached("weekly") == {}
    assert office.state(ANN, "weekly") == "unsubscribed"
    assert office.person(ANN, "weekly").since == left
    last = office.log()[-1]
    assert (last["state"], last["at"]) == ("unsubscribed", left)
    with office.database.read() as connection:
        remaining = connection.exec_driver_sql("SELECT list_id FROM suppression").all()
    assert [tuple(row) for row in remaining] == [(daily.id,)]


@pytest.mark.parametrize("reason", NEVER)
def test_what_no_wish_lifts(office: Office, reason: Reason) -> None:
    """They get no mail; a link they have says sorry, and leaves all as it was."""
    token = office.subscribe(ANN)
    office.suppress(ANN, reason)
    before = office.everything()
    assert office.look(token) is Answer.REFUSED
    assert office.confirm(token) is Answer.REFUSED
    office.later(hours=1)
    office.subscribe(ANN)
    office.subscribe(ANN, "weekly")
    office.subscribe(ANN, "open")
    assert office.everything() == before


def test_a_soft_reason_ends(office: Office) -> None:
    """What was for a while is over; the same link, if it is still good, confirms."""
    token = office.subscribe(ANN)
    ends = office.now.replace(hour=23)
    office.suppress(ANN, Reason.BOUNCE, until=ends)
    assert office.confirm(token) is Answer.REFUSED
    office.now = ends
    assert office.confirm(token) is Answer.CONFIRMED


def test_a_reason_for_one_list(office: Office) -> None:
    """It keeps them from that list, not from another."""
    with office.database.read() as connection:
        daily = find_list(connection, "daily")
    office.suppress(ANN, Reason.MANUAL, on=daily)
    office.subscribe(ANN)
    token = office.subscribe(ANN, "weekly")
    assert office.mails() == [(ANN, token)]


def test_somebody_erased_who_comes_back(office: Office) -> None:
    """They are asked; until they confirm they count as gone, by their address now."""
    office.add(ANN, consent="paper form")
    office.erase(ANN)
    assert office.everything()["subscriber"] == []
    office.later(days=1)
    token = office.subscribe(ANN)
    assert office.mails() == [(ANN, token)]
    assert office.add(ANN, consent="a list we bought") is Change.SUPPRESSED
    assert office.everything()["erased"] == []
    assert office.confirm(token) is Answer.CONFIRMED
    assert list(office.reached()) == [ANN]
    assert office.everything()["suppression"] == []


def test_somebody_erased_for_good(office: Office) -> None:
    """Who complained and was erased is never asked; the hash says so, and stays."""
    office.suppress(ANN, Reason.COMPLAINT)
    office.erase(ANN)
    before = office.everything()
    office.subscribe("Ann@EXAMPLE.org")
    assert office.everything() == before


def test_without_the_key_of_erased_people(office: Office) -> None:
    """Nobody is taken who may have been erased; where nobody was, no key is needed."""
    office.key.file.unlink()
    office.key = type(office.key)(office.key.file)
    office.confirm(office.subscribe(ANN))
    office.key.make(bytes(32))
    office.erase(ANN)
    office.key.file.unlink()
    office.key = type(office.key)(office.key.file)
    with pytest.raises(KeyMissing):
        office.subscribe("bob@example.org")


def test_who_is_on_the_list_is_told_so(office: Office) -> None:
    """A kind mail without a link; as limited as any other."""
    office.add(ANN, consent="paper form")
    for _ in range(3):
        office.subscribe(ANN)
    assert office.mails() == [(ANN, "")]
    assert len(office.log()) == 1
    assert all(office.look(token) is Answer.UNKNOWN for token in office.tokens[1:])


def test_nobody_is_flooded(office: Office) -> None:
    """One mail in ten minutes and three in a day, whatever the lists and spellings."""
    for _ in range(200):
        office.subscribe(ANN)
        office.subscribe("ANN@example.org", "weekly")
        office.later(minutes=7)
    minutes = [row.created_at for row in office.everything()["outgoing"]]
    assert len(minutes) == 3
    office.later(days=1)
    office.subscribe(ANN)
    assert len(office.mails()) == 4
    office.later(minutes=9)
    office.subscribe(ANN)
    assert len(office.mails()) == 4
    office.later(minutes=1)
    office.subscribe(ANN, "weekly")
    assert len(office.mails()) == 5


def test_every_request_takes_the_same_work(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each draws its bytes, hashes its token, sets both mails and asks the same.

    Or the time that an answer takes would tell who is on a list.
    """
    office.add("there@example.org", consent="paper form")
    office.add("left@example.org", consent="paper form")
    office.leave("left@example.org")
    office.suppress("never@example.org", Reason.COMPLAINT)
    office.subscribe("limited@example.org")
    drawn = office.secret
    work: list[str] = []

    def secret() -> bytes:
        work.append("drawn")
        return drawn()

    def counted(name: str) -> None:
        module = "subscribers.opt_in"
        whole = __import__(module, fromlist=[name])
        original = getattr(whole, name)

        def wrapper(*args: object, **kwargs: object) -> object:
            work.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(whole, name, wrapper)

    for name in ("hash_token", "only_writer", "standing", "_is_limited"):
        counted(name)
    office.secret = secret
    for who in ("new", "there", "left", "never", "limited"):
        work.clear()
        office.written.clear()
        token = office.subscribe(f"{who}@example.org")
        assert work == ["drawn", "hash_token", "only_writer", "standing", "_is_limited"]
        assert [letter.token for letter in office.written] == [token, ""]


def test_a_list_without_double_opt_in(office: Office) -> None:
    """Who signs up is on it at once, with the record of the form, and no mail."""
    office.subscribe(ANN, "open", "Ann")
    assert list(office.reached("open")) == [ANN]
    assert office.mails() == []
    (agreed,) = office.log()
    assert (agreed["state"], agreed["ip"], agreed["wording"]) == (
        "confirmed",
        FORM.ip,
        FORM.wording,
    )
    office.subscribe(ANN, "open")
    assert len(office.log()) == 1
    assert office.mails() == []


def test_without_double_opt_in_nobody_is_brought_back(office: Office) -> None:
    """A stranger could fill in the form: who left is asked by mail even there."""
    office.subscribe(ANN, "open")
    office.later(days=1)
    office.leave(ANN, "open")
    office.later(days=1)
    token = office.subscribe(ANN, "open")
    assert office.reached("open") == {}
    assert office.mails() == [(ANN, token)]
    assert office.confirm(token) is Answer.CONFIRMED
    assert list(office.reached("open")) == [ANN]


def test_an_unconfirmed_becomes_confirmed_without_double_opt_in(
    office: Office,
) -> None:
    """Who was added without consent and signs up has given it."""
    office.add(ANN, "open")
    office.subscribe(ANN, "open")
    assert list(office.reached("open")) == [ANN]
    assert [row["state"] for row in office.log()] == ["unconfirmed", "confirmed"]


def test_a_form_changes_nobody(office: Office) -> None:
    """Name and choices of a known person are as they were, until the link is used."""
    wish = Choices(zone="Asia/Tokyo", topics=("b", "a"), attributes={"city": "Ghent"})
    office.subscribe(ANN, name="Ann", choices=Choices(language="nl"))
    assert (office.person(ANN).name, office.person(ANN).language) == ("Ann", "nl")
    office.later(days=1)
    token = office.subscribe(ANN, "weekly", "Rude Name", wish)
    known = office.person(ANN, "weekly")
    assert (known.name, known.zone, known.language) == ("Ann", "", "nl")
    office.confirm(token)
    known = office.person(ANN, "weekly")
    assert (known.name, known.zone, known.language) == ("Rude Name", "Asia/Tokyo", "nl")
    assert known.topics == ("a", "b")
    assert known.attributes == {"city": "Ghent"}


def test_what_waits_is_held_about_a_person(office: Office) -> None:
    """So they are shown it when they ask what we know; once used it is theirs."""
    office.add(ANN)
    token = office.subscribe(ANN, name="Ann", choices=Choices(zone="Asia/Tokyo"))

    def wishes() -> list[object]:
        with office.database.read() as connection:
            held = personal_data(
                connection, parse_address(ANN), key=office.key, now=office.now
            )
        return [asked.wish for asked in held.subscriptions[0].confirmations]

    assert wishes() == [{"name": "Ann", "zone": "Asia/Tokyo"}]
    office.confirm(token)
    assert wishes() == [{}]


def test_the_letter_holds_no_name(office: Office) -> None:
    """What a stranger writes into the form reaches nobody by our mail."""
    office.subscribe(ANN, name="Win a prize at spam.example")
    assert "spam" not in repr(office.sent("mail"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("ann@",), InvalidAddress),
        ((f"{'a' * 308}@example.org",), InvalidAddress),
        ((ANN, "nowhere"), UnknownList),
        ((ANN, "daily", "Ann\x00"), InvalidName),
        ((ANN, "daily", "", Choices(zone="Mars")), InvalidValue),
    ],
)
def test_what_cannot_be_signed_up(
    office: Office, arguments: Any, error: type[Exception]
) -> None:
    """It is refused before anything is written."""
    before = office.everything()
    with pytest.raises(error):
        office.subscribe(*arguments)
    assert office.everything() == before


def test_an_operator_asks(office: Office) -> None:
    """The unconfirmed of a list; nobody who left, is there, or was asked just now."""
    for who in ("one", "two", "three"):
        office.add(f"{who}@example.org")
    office.add(ANN, consent="paper form")
    with office.database.read() as connection:
        on = find_list(connection, "daily")
        waiting = unasked(connection, on, now=office.now, most=2)
    assert waiting == tuple(map(parse_address, ("one@example.org", "two@example.org")))
    assert office.ask("one@example.org") is Asked.ASKED
    assert office.ask("one@example.org") is Asked.LIMITED
    assert office.ask(ANN) is Asked.CONFIRMED
    office.leave("two@example.org")
    assert office.ask("two@example.org") is Asked.SUPPRESSED
    assert office.ask("stranger@example.org") is Asked.SUPPRESSED
    with office.database.read() as connection:
        waiting = unasked(connection, on, now=office.now, most=9)
    assert waiting == (parse_address("three@example.org"),)
    (mail,) = office.sent("mail")
    # not at their own wish, so it stops at who left at the provider
    assert mail == {"to": "one@example.org", "token": (token := mail["token"])}
    assert office.confirm(token) is Answer.CONFIRMED


def test_the_provider_is_told(office: Office) -> None:
    """Who confirms is let through again, by the list's group and for all mail."""
    office.provider = Provider(group=7)
    office.add_list("grouped", asm_group=9)
    office.confirm(office.subscribe(ANN, "grouped"))
    told = sorted(office.sent("allow"), key=repr)
    assert told == [{"email": ANN, "group": 9}, {"email": ANN, "group": None}]


# --- several lists at once ----------------------------------------------------------


def signed_up(office: Office, *lists: str, address: str = "ann@example.org") -> str:
    first, *also = lists
    token = office.token()
    with office.database.write() as connection:
        people.subscribe(
            connection,
            first,
            address,
            also=also,
            origin=FORM,
            now=office.now,
            token=token,
            secret=office.secret,
            write=office.write,
            key=office.key,
        )
    return token


def test_one_mail_for_several_lists(office: Office) -> None:
    """Its link confirms all of them, and each is on record."""
    token = signed_up(office, "daily", "weekly", "weekly")
    assert office.mails() == [("ann@example.org", token)]
    assert office.reached("daily", "weekly") == {}
    assert office.look(token) is Answer.OPEN
    assert office.confirm(token) is Answer.CONFIRMED
    assert set(office.reached("daily")) == set(office.reached("weekly"))
    assert [entry["state"] for entry in office.log()] == 2 * ["unconfirmed"] + 2 * [
        "confirmed"
    ]
    assert office.confirm(token) is Answer.ALREADY


def test_of_several_lists_only_those_that_are_open(office: Office) -> None:
    """Who left one since they asked stays off it, and is on the others; who is on one
    already is asked for the rest.
    """
    office.add_list("other")
    office.add("ann@example.org", "daily", consent="form")
    office.later(hours=1)
    token = signed_up(office, "daily", "weekly", "other")
    office.later(hours=1)
    office.leave("ann@example.org", "other")
    assert office.confirm(token) is Answer.CONFIRMED
    assert [office.state("ann@example.org", on) for on in ("weekly", "other")] == [
        "confirmed",
        "unsubscribed",
    ]


def test_several_lists_of_who_left_all(office: Office) -> None:
    """They come back to those that they asked for, and to no other."""
    office.add_list("other")
    for name in ("daily", "weekly", "other"):
        office.add("ann@example.org", name, consent="form")
    office.later(hours=1)
    office.leave("ann@example.org")
    office.later(hours=1)
    token = signed_up(office, "daily", "weekly")
    office.confirm(token)
    assert [len(office.reached(on)) for on in ("daily", "weekly", "other")] == [1, 1, 0]
