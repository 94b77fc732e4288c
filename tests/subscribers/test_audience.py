"""The audience: the confirmed of some lists, each once, never a suppressed one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from digest.store import Database
from subscribers import (
    SuppressionReason,
    UnknownList,
    add_list,
    add_subscriber,
    audience,
    find_list,
    find_segment,
    import_file,
    left_out,
    members,
    not_reached,
    parse_address,
    recipients,
    suppress,
    unsubscribe,
)
from subscribers.audience import CONFIRMED, END_OF_PAGE, PAGE_OF
from subscribers.driver import fetch
from subscribers.tables import mailing_list, subscriber, subscription

Secret = Callable[[], bytes]


class Undone(Exception):
    """Takes back what an example did, so that the next finds nothing of it."""


def join(
    connection: Connection, list_name: str, address: str, state: str, now: datetime
) -> None:
    """Bring a person onto a list in a given state."""
    add_subscriber(
        connection,
        list_name,
        address,
        consent=None if state == "unconfirmed" else "asked",
        source="test",
        now=now,
        secret=lambda: sha256(f"{list_name} {address}".encode()).digest()[:12],
    )
    if state == "unsubscribed":
        everybody = audience(connection, [list_name], now=now)
        token = {each.email: each.token for each in everybody}[address]
        assert unsubscribe(connection, token, source="test", now=now)


NAMES = ["daily", "weekly", "events"]
STATES = st.sampled_from(["unconfirmed", "confirmed", "unsubscribed"])
PEOPLE = st.integers(0, 6).map("{}@example.org".format)
#: who is on which list, in which state
MEMBERS = st.dictionaries(
    st.sampled_from(NAMES), st.dictionaries(PEOPLE, STATES), max_size=3
)
CHOSEN = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
#: a list, or all of them; and the days until it is over, where it is not for ever
NEVER = st.dictionaries(
    st.tuples(
        PEOPLE,
        st.sampled_from([*NAMES, None]),
        st.sampled_from([SuppressionReason.BOUNCE, SuppressionReason.MANUAL]),
    ),
    st.sampled_from([None, -1, 0, 1]),
    max_size=8,
)


@dataclass(frozen=True, kw_only=True)
class World:
    """Who is on which list, who is suppressed where and until when, and lives where."""

    members: Mapping[str, Mapping[str, str]]
    never: Mapping[tuple[str, str | None, SuppressionReason], int | None]
    europeans: set[str]
    #: days from now until they want to hear of us again
    breaks: Mapping[str, int]

    def build(self, connection: Connection, now: datetime) -> None:
        for name in NAMES:
            add_list(connection, name, now)
            for address, state in self.members.get(name, {}).items():
                join(connection, name, address, state, now)
        for (address, where, reason), days in self.never.items():
            suppress(
                connection,
                parse_address(address),
                reason,
                source="test",
                now=now,
                on=find_list(connection, where) if where else None,
                until=None if days is None else now + timedelta(days=days),
            )
        for address in self.europeans:
            row = update(subscriber).where(subscriber.c.key == address)
            connection.execute(row.values(zone="Europe/Paris"))
        for address, days in self.breaks.items():
            row = update(subscriber).where(subscriber.c.key == address)
            until = now + timedelta(days=days)
            connection.execute(row.values(paused_until=until))

    def fate(self, address: str, name: str, *, segment: bool) -> str | None:
        """What becomes of a person on a list; None where they are not on it."""
        state = self.members.get(name, {}).get(address)
        in_force = (
            days is None or days > 0
            for (whose, on, _), days in self.never.items()
            if whose == address and on in {name, None}
        )
        if state and any(in_force):
            return "suppressed"
        if state == "confirmed" and segment and address not in self.europeans:
            return "outside_segment"
        if state == "confirmed" and self.breaks.get(address, 0) > 0:
            return "paused"
        return state


#: who comes farther on one list than on another counts for that
FATES = [
    *("confirmed", "outside_segment", "paused"),
    *("suppressed", "unsubscribed", "unconfirmed"),
]
WORLDS = st.builds(
    World,
    members=MEMBERS,
    never=NEVER,
    europeans=st.sets(PEOPLE, max_size=7),
    breaks=st.dictionaries(PEOPLE, st.sampled_from([-1, 0, 1])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=WORLDS, chosen=CHOSEN, asked=st.booleans())
def test_who_gets_it(
    database: Database, now: datetime, world: World, chosen: list[str], asked: bool
) -> None:
    """Exactly the confirmed on any chosen list who are not suppressed there now, and
    are in the segment, each once; everybody else on those lists is counted."""
    with contextlib.suppress(Undone), database.write() as connection:
        world.build(connection, now)
        segment = find_segment(connection, "tz:Europe/*") if asked else None
        found = list(audience(connection, chosen, now=now, segment=segment))
        out = left_out(connection, chosen, now=now, segment=segment)
        fates = fates_of(world, chosen, segment=asked)
        gets = [address for address, fate in fates.items() if fate == "confirmed"]
        assert [each.id for each in found] == sorted({each.id for each in found})
        assert {each.email for each in found} == set(gets)
        reasons = FATES[1:] if asked else FATES[2:]
        assert out == {each: list(fates.values()).count(each) for each in reasons}
        missed = not_reached(connection, chosen, now=now, segment=segment)
        assert {email: why for _, email, why in missed} == {
            address: fate
            for address, fate in fates.items()
            if fate not in {"confirmed", "outside_segment"}
            and (not asked or address in world.europeans)
        }
        again = recipients(connection, [each.id for each in found], chosen, now=now)
        assert again == tuple(found)
        if segment:
            counted = members(connection, segment, chosen, now=now)
            assert counted.count == len(found)
            assert counted.first == tuple((each.email, "") for each in found)
        raise Undone


def fates_of(world: World, chosen: list[str], *, segment: bool) -> dict[str, str]:
    """What becomes of everybody on the lists: the plainest way to say it."""
    found: dict[str, str] = {}
    for name in chosen:
        for address in world.members.get(name, {}):
            fate = world.fate(address, name, segment=segment)
            assert fate
            found[address] = min(fate, found.get(address, fate), key=FATES.index)
    return found


def test_token_of_the_first_list(database: Database, now: datetime) -> None:
    """Who is on several lists gets the token of the list that was named first."""
    with database.write() as connection:
        for name in ("daily", "weekly"):
            add_list(connection, name, now)
            join(connection, name, "ann@example.org", "confirmed", now)
        (first,) = audience(connection, ["weekly", "daily"], now=now)
        assert unsubscribe(connection, first.token, source="test", now=now)
        left = connection.scalar(
            select(mailing_list.c.name)
            .join_from(subscription, mailing_list)
            .where(subscription.c.state == "unsubscribed")
        )
        assert left == "weekly"
        (second,) = audience(connection, ["weekly", "daily"], now=now)
        assert second.token != first.token


def test_over_many_pages(database: Database, now: datetime, secret: Secret) -> None:
    """More people than fit on a page come in the order of their ids, each once."""
    rows = [
        json.dumps({"email": f"{n}@example.org", "name": f"N {n}"}) for n in range(2500)
    ]
    with database.write() as connection:
        add_list(connection, "daily", now)
        add_list(connection, "weekly", now)
    for name, part in (("daily", rows), ("weekly", rows[::-2])):
        import_file(
            database.write,
            BytesIO("\n".join(part).encode()),
            name,
            consent="asked",
            now=now,
            secret=secret,
        )
    with database.read() as connection:
        found = list(audience(connection, ["weekly", "daily"], now=now))
    assert [each.email for each in found] == [f"{n}@example.org" for n in range(2500)]
    assert [each.name for each in found] == [f"N {n}" for n in range(2500)]
    assert len({each.token for each in found}) == 2500


def test_recipients_of_these_ids(database: Database, now: datetime) -> None:
    """Of given ids only those come back who still may get mail to these lists."""
    with database.write() as connection:
        add_list(connection, "daily", now)
        for n in range(4):
            join(connection, "daily", f"{n}@example.org", "confirmed", now)
        planned = [each.id for each in audience(connection, ["daily"], now=now)]
        (leaver,) = recipients(connection, planned[:1], ["daily"], now=now)
        unsubscribe(connection, leaver.token, source="test", now=now)
        still = recipients(connection, [*planned[:3], 10**9], ["daily"], now=now)
        assert [each.id for each in still] == planned[1:3]
        assert recipients(connection, [], ["daily"], now=now) == ()


def test_unknown_list(database: Database, now: datetime) -> None:
    """A list that is not there is an error before anybody is read."""
    with database.write() as connection:
        add_list(connection, "daily", now)
        for asked in (audience, left_out):
            with pytest.raises(UnknownList, match="there is no list nope"):
                asked(connection, ["daily", "nope"], now=now)
        with pytest.raises(UnknownList):
            recipients(connection, [1], ["nope"], now=now)


@pytest.mark.parametrize("segment", ["true", "s.zone LIKE 'Europe/%'"])
def test_by_index(sqlite_database: Database, segment: str) -> None:
    """A page is found by the index, without sorting or going through a table."""
    page = CONFIRMED + PAGE_OF.format(segment=segment)
    with sqlite_database.read() as connection:
        explain = "EXPLAIN QUERY PLAN "
        plan = list(
            fetch(connection, explain + page, 1, "2026-11-20", "2026-11-20", 0, 9)
        )
        plan += fetch(connection, explain + END_OF_PAGE, 1, 0, 9)
    steps = " ".join(str(row[-1]) for row in plan)
    assert "SCAN" not in steps.replace("SCAN page", "")
    assert "TEMP B-TREE" not in steps
    assert "subscription_1 (list_id=? AND subscriber_id>? AND subscriber_id<?)" in steps
