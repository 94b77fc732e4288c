"""What the link of any mail lets its holder do, and what only a mailed link does."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import subscribers as people
from digest.store import Database
from subscribers import Choices, InvalidName, InvalidValue, LetterKind, Provider
from subscribers.magic_links import GOOD_FOR, LIMITS, MOVES
from subscribers.model import Answer, SuppressionReason
from subscribers.preferences import Preferences
from subscribers.tables import magic_link, subscriber
from tests.subscribers.office import LINK, Office

ANN = "ann@example.org"


@pytest.fixture
def office(
    database: Database, now: datetime, secret: Callable[[], bytes], tmp_path: Path
) -> Office:
    office = Office(database, now, secret, tmp_path, Provider())
    for name in ("daily", "weekly"):
        office.add_list(name)
    office.add(ANN, "daily", consent="by form")
    return office


def token(office: Office) -> str:
    return office.reached("daily", "weekly")[ANN]


def seen(office: Office, token: str) -> Preferences | None:
    with office.database.read() as connection:
        return people.preferences_of(connection, token, now=office.now)


def known(office: Office, token: str) -> Preferences:
    found = seen(office, token)
    assert found
    return found


def test_what_is_seen(office: Office) -> None:
    """What they chose and their lists, and of the address what only they know again."""
    found = known(office, token(office))
    assert found.masked == "a•••@e•••.org"
    assert found.lists == {"daily": True}
    assert (found.paused_until, found.topics) == (None, ())
    assert ANN not in found.masked


@pytest.mark.parametrize("wrong", ["", "x", "A" * 24, "ünï" * 8])
def test_a_token_of_nobody(office: Office, wrong: str) -> None:
    assert seen(office, wrong) is None


def test_who_left_all_lists_gets_none(office: Office) -> None:
    """Whatever they had confirmed: it says what is true."""
    theirs = token(office)
    office.add(ANN, "weekly", consent="by form")
    office.leave(ANN)
    assert known(office, theirs).lists == {"daily": False, "weekly": False}


def test_changing_what_was_chosen(office: Office) -> None:
    theirs = token(office)
    person = known(office, theirs).subscriber
    chosen = Choices(zone="europe/paris", language="fr", topics=("nato",))
    with office.database.write() as connection:
        people.change_preferences(connection, person, " Ann  Moss ", chosen)
    found = known(office, theirs)
    assert (found.name, found.zone, found.language) == (
        "Ann Moss",
        "Europe/Paris",
        "fr",
    )
    assert found.topics == ("nato",)


@pytest.mark.parametrize(
    ("name", "choices", "error"),
    [
        ("a\x00b", Choices(), InvalidName),
        ("Ann", Choices(zone="Mars/Olympus"), InvalidValue),
        ("Ann", Choices(language="???"), InvalidValue),
    ],
)
def test_what_cannot_be_is_not_kept(
    office: Office, name: str, choices: Choices, error: type[Exception]
) -> None:
    theirs = token(office)
    before = known(office, theirs)
    with pytest.raises(error), office.database.write() as connection:
        people.change_preferences(connection, before.subscriber, name, choices)
    assert known(office, theirs) == before


def test_topics_that_were_not_offered_stay() -> None:
    """What an operator or an import knows of them is not on the page."""
    chosen = people.chosen_topics(("vip", "nato"), ("nato", "sport"), ("sport", "evil"))
    assert set(chosen) == {"vip", "sport"}


def test_a_break(office: Office) -> None:
    """Until it is over they are in no audience, and are named as paused."""
    theirs = token(office)
    person, until = known(office, theirs).subscriber, office.now + people.BREAK
    with office.database.write() as connection:
        people.pause(connection, person, until=until)
    assert known(office, theirs).paused_until == until
    assert office.reached("daily") == {}
    with office.database.read() as connection:
        assert people.left_out(connection, ["daily"], now=office.now)["paused"] == 1
        assert list(people.not_reached(connection, ["daily"], now=office.now)) == [
            (person, ANN, "paused")
        ]
        segment = people.find_segment(connection, "pause exists")
        assert people.members(connection, segment, now=office.now).count == 1
    office.later(days=30)
    assert known(office, theirs).paused_until is None
    assert set(office.reached("daily")) == {ANN}


def test_a_break_is_ended(office: Office) -> None:
    person = known(office, token(office)).subscriber
    for until in (office.now + people.BREAK, None):
        with office.database.write() as connection:
            people.pause(connection, person, until=until)
    assert set(office.reached("daily")) == {ANN}


# --- Links that are mailed ----------------------------------------------------------


def ask_link(office: Office, new: str = "") -> str:
    """Ask for a link to what is kept, or to move to a new address; its token."""
    person = next(row.id for row in office.rows(subscriber))
    asked = office.token()
    with office.database.write() as connection:
        if new:
            people.ask_move(
                connection,
                person,
                people.parse_address(new),
                token=asked,
                write=office.write,
                now=office.now,
            )
        else:
            people.ask_link(
                connection, person, token=asked, write=office.write, now=office.now
            )
    return asked


def find(office: Office, asked: str) -> people.MagicLink | None:
    with office.database.read() as connection:
        return people.find_link(connection, asked, now=office.now)


def move(office: Office, asked: str) -> bool:
    with office.database.write() as connection:
        return people.move(
            connection,
            asked,
            origin=LINK,
            now=office.now,
            secret=office.secret,
            key=office.key,
            provider=office.provider,
        )


def test_a_link_is_mailed_to_its_owner(office: Office) -> None:
    """It is good for an hour, any number of times; only its hash is kept."""
    asked = ask_link(office)
    assert office.mails() == [(ANN, asked)]
    assert office.written[-1].kind is LetterKind.OWN
    found = find(office, asked)
    assert found
    assert (found.address.display, found.new) == (ANN, None)
    assert asked.encode() not in repr(office.rows(magic_link)).encode()
    office.now += GOOD_FOR
    assert find(office, asked) is None


def test_links_are_few(office: Office) -> None:
    """Whoever holds a forwarded mail fills nobody's mailbox."""
    (_, short), (most, _) = LIMITS
    for _ in range(most + 3):
        ask_link(office)
        ask_link(office)
        office.now += short
    assert len(office.mails()) == most


def test_moving_to_another_address(office: Office) -> None:
    """Its owner confirms; then mail goes there, old links are dead, and it is on
    record.
    """
    theirs = token(office)
    asked = ask_link(office, "Ann@new.example")
    assert office.mails() == [("Ann@new.example", asked)]
    assert office.written[-1].kind is LetterKind.MOVE
    assert set(office.reached("daily")) == {ANN}

    assert move(office, asked)
    assert set(office.reached("daily")) == {"Ann@new.example"}
    assert seen(office, theirs) is None
    assert office.log()[-1]["source"] == LINK.source
    assert not move(office, asked)


def test_no_link_outlives_a_move(office: Office) -> None:
    """What was mailed to the old address, or for another new one, does nothing."""
    office.subscribe(ANN, "weekly")
    question = office.mails()[-1][1]
    theirs, other = ask_link(office), ask_link(office, "ann@other.example")
    assert move(office, ask_link(office, "ann@new.example"))
    assert (find(office, theirs), find(office, other)) == (None, None)
    assert office.confirm(question) is Answer.EXPIRED
    assert set(office.reached("daily", "weekly")) == {"ann@new.example"}


@pytest.mark.parametrize("reason", [SuppressionReason.COMPLAINT, None])
def test_an_address_that_cannot_be_taken(
    office: Office, reason: SuppressionReason | None
) -> None:
    """It takes no mail, or is somebody's: nothing changes."""
    asked = ask_link(office, "bob@example.org")
    if reason:
        office.suppress("bob@example.org", reason)
    else:
        office.add("bob@example.org", "weekly")
    assert not move(office, asked)
    assert set(office.reached("daily")) == {ANN}


def test_an_address_that_had_left(office: Office) -> None:
    """Whoever confirms there wants mail there: it is as if they signed up again."""
    office.add("bob@example.org", "daily", consent="by form")
    office.leave("bob@example.org")
    office.erase("bob@example.org")
    asked = ask_link(office, "bob@example.org")
    assert move(office, asked)
    assert set(office.reached("daily")) == {"bob@example.org"}


def test_new_addresses_are_few(office: Office) -> None:
    """A subscriber cannot have strangers mailed without end."""
    ((most, period),) = MOVES
    for number in range(most + 3):
        ask_link(office, f"{number}@new.example")
    assert len(office.mails()) == most
    office.now += period
    ask_link(office, "later@new.example")
    assert len(office.mails()) == most + 1


def test_who_is_erased_has_no_links(office: Office) -> None:
    """Theirs are gone, and those of others that name them are good for nothing."""
    office.add("bob@example.org", "daily", consent="by form")
    theirs, naming = ask_link(office), ask_link(office, "bob@example.org")
    office.erase("bob@example.org")
    assert (find(office, naming), move(office, naming)) == (None, False)
    assert "bob@example.org" not in repr(office.rows(magic_link))
    office.erase(ANN)
    assert find(office, theirs) is None
    assert office.rows(magic_link) == []


def test_all_that_is_held(office: Office) -> None:
    """The break and the links are part of what they may ask for."""
    ask_link(office, "ann@new.example")
    with office.database.write() as connection:
        people.pause(connection, 1, until=office.now + timedelta(days=1))
    with office.database.read() as connection:
        held = people.personal_data(
            connection, people.parse_address(ANN), key=office.key, now=office.now
        )
    assert held.paused_until == office.now + timedelta(days=1)
    assert [link.email for link in held.links] == ["ann@new.example"]


def test_a_break_moves_along(office: Office) -> None:
    """An export has it, an import keeps it, and one that says nothing ends none."""
    until = office.now + people.BREAK
    with office.database.write() as connection:
        people.pause(connection, 1, until=until)
    out = io.BytesIO()
    people.export_people(office.database.read, out, "daily")
    assert until.isoformat() in out.getvalue().decode()
    for file in (out.getvalue(), b"email,name\nann@example.org,Ann Moss\n"):
        people.import_file(
            office.database.write,
            io.BytesIO(file),
            "weekly",
            consent="by form",
            now=office.now,
            secret=office.secret,
        )
        assert office.reached("daily", "weekly") == {}
    new = f"email,paused_until\nbob@example.org,{until.isoformat()}\n".encode()
    people.import_file(
        office.database.write,
        io.BytesIO(new),
        "weekly",
        consent="by form",
        now=office.now,
        secret=office.secret,
    )
    assert office.reached("weekly") == {}
    office.later(days=30)
    assert set(office.reached("weekly")) == {ANN, "bob@example.org"}
