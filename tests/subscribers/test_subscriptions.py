"""People on lists: who gets mail, who never again, and what is on record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from digest.store import Database
from subscribers import (
    Change,
    Choices,
    InvalidAddress,
    InvalidName,
    ListExists,
    ListInUse,
    SubscriptionState,
    SuppressionReason,
    UnknownList,
    add_list,
    add_subscriber,
    audience,
    find_list,
    import_file,
    is_suppressed,
    lists,
    parse_address,
    remove_list,
    set_list,
    subscribers,
    suppress,
    unsubscribe,
)
from subscribers.tables import consent as consent_log

Secret = Callable[[], bytes]
STATEMENT = "ticked the box on the paper form"


class Readers:
    """The list `readers` in a transaction of its own for each step."""

    def __init__(self, database: Database, now: datetime, secret: Secret) -> None:
        self.database = database
        self.now = now
        self.secret = secret

    def add(self, address: str, name: str = "", consent: str | None = None) -> Change:
        with self.database.write() as connection:
            return add_subscriber(
                connection,
                "readers",
                address,
                name,
                consent=consent,
                source="test",
                now=self.now,
                secret=self.secret,
            )

    def token(self, address: str) -> str:
        with self.database.read() as connection:
            everybody = audience(connection, ["readers"], now=self.now)
            found = {each.email: each for each in everybody}
        return found[address].token

    def leave(self, token: str) -> bool:
        with self.database.write() as connection:
            return unsubscribe(connection, token, source="test", now=self.now)

    def state(self, address: str) -> SubscriptionState:
        with self.database.read() as connection:
            return next(
                each.state
                for each in subscribers(connection, "readers")
                if each.email == address
            )

    def log(self) -> list[tuple[str, str]]:
        with self.database.read() as connection:
            rows = connection.execute(
                select(consent_log.c.state, consent_log.c.statement).order_by(
                    consent_log.c.id
                )
            )
            return [(state, statement) for state, statement in rows]


@pytest.fixture
def readers(database: Database, now: datetime, secret: Secret) -> Readers:
    with database.write() as connection:
        add_list(connection, "readers", now)
    return Readers(database, now, secret)


def test_unconfirmed_without_consent(readers: Readers) -> None:
    """Without a statement of consent a person is on the list, but gets no mail."""
    assert readers.add("ann@example.org", "Ann") == Change.ADDED
    assert readers.state("ann@example.org") == SubscriptionState.UNCONFIRMED
    with readers.database.read() as connection:
        assert list(audience(connection, ["readers"], now=readers.now)) == []


def test_consent_confirms_and_is_recorded(readers: Readers) -> None:
    """A statement given later confirms, once, and both states are on record."""
    readers.add("ann@example.org")
    assert readers.add("ann@example.org", consent=STATEMENT) == Change.UPDATED
    assert readers.add("ann@example.org", consent="another") == Change.UNCHANGED
    assert readers.log() == [("unconfirmed", ""), ("confirmed", STATEMENT)]


def test_empty_consent_is_none(readers: Readers) -> None:
    """A statement without words confirms nobody."""
    readers.add("ann@example.org", consent="  ")
    assert readers.state("ann@example.org") == SubscriptionState.UNCONFIRMED


def test_choices(readers: Readers, now: datetime) -> None:
    """What is known of a person is kept, and listed; said again it changes nothing."""
    told = Choices(
        zone="europe/amsterdam",
        language="pt_br",
        topics=("nato", "eu"),
        frequency="weekly",
        attributes={"city": "Ghent", "age": 40, "vip": True},
    )

    def add(choices: Choices) -> Change:
        with readers.database.write() as connection:
            return add_subscriber(
                connection,
                "readers",
                "ann@example.org",
                choices=choices,
                consent=None,
                source="test",
                now=now,
                secret=readers.secret,
            )

    assert [add(told), add(told), add(Choices())] == [
        Change.ADDED,
        Change.UNCHANGED,
        Change.UNCHANGED,
    ]
    assert add(Choices(frequency="daily")) is Change.UPDATED
    with readers.database.read() as connection:
        (ann,) = subscribers(connection)
    assert (ann.zone, ann.language, ann.frequency, ann.joined) == (
        "Europe/Amsterdam",
        "pt-BR",
        "daily",
        now,
    )
    assert ann.topics == ("eu", "nato")
    assert ann.attributes == {"age": 40, "city": "Ghent", "vip": True}


def test_added_again(readers: Readers) -> None:
    """A person added again is unchanged, or gets the new name; never is there two."""
    readers.add("Ann@example.org", "Ann")
    assert readers.add("ann@EXAMPLE.org", "Ann") == Change.UNCHANGED
    assert readers.add("ann@example.org") == Change.UNCHANGED
    assert readers.add("ann@example.org", "Ann Lee") == Change.UPDATED
    with readers.database.read() as connection:
        (only,) = subscribers(connection)
    assert (only.email, only.name, only.list) == (
        "Ann@example.org",
        "Ann Lee",
        "readers",
    )


def test_who_left_stays_away(readers: Readers) -> None:
    """Nobody but the person brings back who unsubscribed, consent or not."""
    readers.add("ann@example.org", consent=STATEMENT)
    assert readers.leave(readers.token("ann@example.org"))
    assert readers.add("ann@example.org", "Ann", consent=STATEMENT) == Change.SUPPRESSED
    assert readers.state("ann@example.org") == SubscriptionState.UNSUBSCRIBED


def test_suppressed_is_not_added(readers: Readers, now: datetime) -> None:
    """A suppressed address does not come onto a list, however it is written."""
    address = parse_address("Ann@Example.org")
    with readers.database.write() as connection:
        kind = SuppressionReason.COMPLAINT
        assert suppress(connection, address, kind, source="test", now=now)
        assert not suppress(connection, address, kind, source="test", now=now)
        assert is_suppressed(connection, parse_address("ann@EXAMPLE.ORG"), now=now)
        assert not is_suppressed(connection, parse_address("bob@example.org"), now=now)
    assert readers.add("ann@example.org", consent=STATEMENT) == Change.SUPPRESSED
    with readers.database.read() as connection:
        assert list(subscribers(connection)) == []


def test_unsubscribe_any_number_of_times(readers: Readers) -> None:
    """A link works each time it is followed, and is recorded once."""
    readers.add("ann@example.org", consent=STATEMENT)
    token = readers.token("ann@example.org")
    readers.now += timedelta(days=1)
    assert [readers.leave(token) for _ in range(3)] == [True, True, True]
    assert readers.log() == [("confirmed", STATEMENT), ("unsubscribed", "")]
    with readers.database.read() as connection:
        (only,) = subscribers(connection)
    assert only.since == readers.now


@pytest.mark.parametrize(
    "garbage", ["", "x", "A" * 24, "é" * 24, "\ud800", "a" * 10**6]
)
def test_unsubscribe_with_garbage(readers: Readers, garbage: str) -> None:
    """A token that is nobody's does nothing."""
    readers.add("ann@example.org", consent=STATEMENT)
    assert not readers.leave(garbage)
    assert readers.state("ann@example.org") == SubscriptionState.CONFIRMED


def test_another_secret_is_no_token(readers: Readers) -> None:
    """The id alone is not enough: any other secret is refused."""
    readers.add("ann@example.org", consent=STATEMENT)
    token = readers.token("ann@example.org")
    for place in range(8, 24):
        other = "A" if token[place] != "A" else "B"
        assert not readers.leave(token[:place] + other + token[place + 1 :])


def test_refused(readers: Readers) -> None:
    """What cannot be added is refused before anything is written."""
    with pytest.raises(InvalidAddress):
        readers.add("ann@")
    with pytest.raises(InvalidName):
        readers.add("ann@example.org", "Ann\x00Lee")
    with pytest.raises(InvalidName):
        readers.add("ann@example.org", "Ann " * 60)
    with readers.database.read() as connection:
        assert list(subscribers(connection)) == []


def test_lists(database: Database, now: datetime) -> None:
    """Lists have one name each, and an unknown one says which there are."""
    with database.write() as connection:
        with pytest.raises(UnknownList, match="there are none yet"):
            list(subscribers(connection, "readers"))
        add_list(connection, "weekly", now)
        add_list(connection, " daily   news ", now)
        assert [each.name for each in lists(connection)] == ["daily news", "weekly"]
        with pytest.raises(UnknownList, match="no list wekly; there is daily news, "):
            list(subscribers(connection, "wekly"))


def test_list_exists(database: Database, now: datetime) -> None:
    """A second list of one name is refused, and the first is untouched."""
    with database.write() as connection:
        add_list(connection, "weekly", now)
    with pytest.raises(ListExists), database.write() as connection:
        add_list(connection, "weekly", now)
    with database.read() as connection:
        assert len(lists(connection)) == 1


@pytest.mark.parametrize(
    "name", ["", " \n", "a\tb", "a\nb", "a\x00", "\x1b[31m", "a" * 201, "\ud800"]
)
def test_no_name_for_a_list(database: Database, now: datetime, name: str) -> None:
    """A name is one line of text that a terminal and a database can take."""
    with database.write() as connection, pytest.raises(InvalidName):
        add_list(connection, name, now)


def test_removed_list(readers: Readers, now: datetime) -> None:
    """A list goes while nobody has been on it; who has left it keeps it."""
    with readers.database.write() as connection:
        add_list(connection, "wekly", now)
        remove_list(connection, " wekly ")
        with pytest.raises(UnknownList):
            remove_list(connection, "wekly")
    readers.add("ann@example.org", consent=STATEMENT)
    readers.leave(readers.token("ann@example.org"))
    with readers.database.write() as connection, pytest.raises(ListInUse):
        remove_list(connection, "readers")


def test_settings_of_a_list(readers: Readers, now: datetime) -> None:
    """A list keeps its group and how people join it, and can be changed."""
    with readers.database.write() as connection:
        made = add_list(connection, "weekly", now, asm_group=9, confirmed_opt_in=False)
        assert find_list(connection, "weekly") == made
        set_list(connection, replace(made, asm_group=None))
        changed = find_list(connection, "weekly")
        assert (changed.asm_group, changed.confirmed_opt_in) == (None, False)
        plain = find_list(connection, "readers")
        assert (plain.asm_group, plain.confirmed_opt_in) == (None, True)
        assert set(lists(connection)) == {changed, plain}


def test_counts(readers: Readers, now: datetime) -> None:
    """A list tells how many of its people are in which state."""
    for number in range(3):
        readers.add(f"{number}@example.org", consent=STATEMENT)
    readers.add("ann@example.org")
    readers.leave(readers.token("0@example.org"))
    with readers.database.read() as connection:
        (counts,) = lists(connection).values()
    assert counts == {
        SubscriptionState.CONFIRMED: 2,
        SubscriptionState.UNCONFIRMED: 1,
        SubscriptionState.UNSUBSCRIBED: 1,
    }


def test_listed_by_list(readers: Readers, now: datetime) -> None:
    """Everybody is listed list by list, more than fit on one page."""
    with readers.database.write() as connection:
        add_list(connection, "daily", now)
    _fill(readers, "daily", 2)
    _fill(readers, "readers", 1005)
    with readers.database.read() as connection:
        everybody = [(each.list, each.email) for each in subscribers(connection)]
        on_one = [each.email for each in subscribers(connection, "readers")]
    expected = [f"{number}@example.org" for number in range(1005)]
    assert on_one == expected
    assert everybody == [("daily", each) for each in expected[:2]] + [
        ("readers", each) for each in expected
    ]


def _fill(readers: Readers, name: str, people: int) -> None:
    rows = "".join(f"{number}@example.org\n" for number in range(people))
    import_file(
        readers.database.write,
        BytesIO(b"email\n" + rows.encode()),
        name,
        consent=None,
        now=readers.now,
        secret=readers.secret,
    )
