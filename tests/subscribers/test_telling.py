"""What the provider is told of who left and who came back: rows of `outgoing`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from digest.store import Database
from subscribers import add_list, add_subscriber, outgoing, parse_address
from subscribers.model import Provider
from subscribers.tables import mailing_list
from subscribers.tables import outgoing as rows
from subscribers.telling import tell_left, tell_returned

Secret = Callable[[], bytes]
ANN = parse_address("Ann@example.com")


class Desk:
    """Lists with groups at the provider, and what it is to be told."""

    def __init__(self, database: Database, now: datetime, secret: Secret) -> None:
        self.database = database
        self.now = now
        self.secret = secret
        self.ids: dict[str, int] = {}

    def list(self, name: str, group: int | None = None) -> None:
        with self.database.write() as connection:
            self.ids[name] = add_list(connection, name, self.now).id
            own = mailing_list.c.id == self.ids[name]
            connection.execute(update(mailing_list).where(own).values(asm_group=group))

    def confirm(self, list_name: str) -> None:
        with self.database.write() as connection:
            add_subscriber(
                connection,
                list_name,
                ANN.display,
                consent="asked",
                source="test",
                now=self.now,
                secret=self.secret,
            )

    def left(self, provider: Provider | None, lists: Collection[str] | None) -> None:
        chosen = None if lists is None else [self.ids[each] for each in lists]
        with self.database.write() as connection:
            tell_left(connection, provider, ANN, lists=chosen, now=self.now)

    def returned(self, provider: Provider | None, lists: Collection[str]) -> None:
        chosen = [self.ids[each] for each in lists]
        with self.database.write() as connection:
            tell_returned(connection, provider, ANN, lists=chosen, now=self.now)

    def waiting(self) -> Sequence[tuple[str, int | None]]:
        """The kind and the group of each row that waits."""
        query = select(rows).where(rows.c.state == "waiting").order_by(rows.c.id)
        with self.database.read() as connection:
            found = connection.execute(query).all()
        payloads = [json.loads(row.payload) for row in found]
        assert {each["email"] for each in payloads} <= {"ann@example.com"}
        assert {row.key for row in found} <= {"ann@example.com"}
        told = zip(found, payloads, strict=True)
        return [(row.kind, payload["group"]) for row, payload in told]


@pytest.fixture
def desk(database: Database, now: datetime, secret: Secret) -> Desk:
    return Desk(database, now, secret)


def test_the_lists_own_group_is_told_first(desk: Desk) -> None:
    """A list's own group, else that of the settings, else all mail."""
    desk.list("weekly", group=7)
    desk.list("daily")
    desk.left(Provider(group=3), ["weekly"])
    desk.left(Provider(group=3), ["daily"])
    desk.left(Provider(), ["daily"])
    assert desk.waiting() == [("suppress", 7), ("suppress", 3), ("suppress", None)]


def test_leaving_one_list_does_not_silence_another(desk: Desk) -> None:
    """Whoever stays on a list is not put where its mail would stop, too."""
    desk.list("weekly")
    desk.list("daily")
    desk.list("alerts", group=7)
    desk.confirm("daily")
    desk.left(Provider(), ["weekly"])
    desk.left(Provider(group=3), ["weekly"])
    assert desk.waiting() == []
    desk.left(Provider(), ["alerts"])
    desk.left(Provider(group=3), ["alerts"])
    assert desk.waiting() == [("suppress", 7)]


def test_never_mail_again_is_told_for_all_mail(desk: Desk) -> None:
    """A complaint counts for every list, whatever groups there are."""
    desk.list("weekly", group=7)
    desk.confirm("weekly")
    desk.left(Provider(group=3), None)
    assert desk.waiting() == [("suppress", None)]


def test_a_new_opt_in_is_let_through_everywhere_it_was_stopped(desk: Desk) -> None:
    """The list's group and the global list; what was to be suppressed is not."""
    desk.list("weekly", group=7)
    desk.left(Provider(), ["weekly"])
    desk.left(Provider(), None)
    desk.returned(Provider(), ["weekly"])
    assert sorted(desk.waiting(), key=str) == [("allow", 7), ("allow", None)]
    desk.left(Provider(), ["weekly"])
    assert ("suppress", 7) in desk.waiting()
    assert ("allow", 7) not in desk.waiting()


def test_without_a_provider_nobody_is_told(desk: Desk) -> None:
    """Where no key is set there is nobody to tell."""
    desk.list("weekly")
    desk.left(None, ["weekly"])
    desk.returned(None, ["weekly"])
    assert desk.waiting() == []


def test_what_was_taken_back_is_not_tried_again(desk: Desk) -> None:
    """A row that was under way when the opposite was asked for does not come back."""
    desk.list("weekly")
    desk.left(Provider(), ["weekly"])
    with desk.database.write() as connection:
        [taken] = outgoing.take(connection, now=desk.now)
    desk.returned(Provider(), ["weekly"])
    later = desk.now + timedelta(days=1)
    with desk.database.write() as connection:
        outgoing.failed(connection, taken, "no answer", now=later, final=False)
        [left] = outgoing.take(connection, now=later)
    assert left.kind == "allow"
