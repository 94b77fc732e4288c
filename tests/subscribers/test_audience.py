"""The audience: the confirmed of some lists, each once, never a suppressed one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from digest.store import Database
from subscribers import (
    Recipient,
    SuppressionReason,
    UnknownList,
    add_list,
    add_subscriber,
    audience,
    import_file,
    left_out,
    parse_address,
    recipients,
    suppress,
    unsubscribe,
)
from subscribers.audience import CONFIRMED, PAGE_OF
from subscribers.driver import fetch
from subscribers.tables import mailing_list, subscription

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
        found = {each.email: each for each in audience(connection, [list_name])}
        assert unsubscribe(connection, found[address].token, source="test", now=now)


STATES = st.sampled_from(["unconfirmed", "confirmed", "unsubscribed"])
PEOPLE = st.integers(0, 6).map("{}@example.org".format)
#: who is on which list, in which state
MEMBERS = st.dictionaries(
    st.sampled_from(["daily", "weekly", "events"]),
    st.dictionaries(PEOPLE, STATES),
)
CHOSEN = st.lists(
    st.sampled_from(["daily", "weekly", "events"]), min_size=1, unique=True
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(members=MEMBERS, chosen=CHOSEN, never=st.sets(PEOPLE))
def test_who_gets_it(
    database: Database,
    now: datetime,
    members: Mapping[str, Mapping[str, str]],
    chosen: list[str],
    never: set[str],
) -> None:
    """Exactly the confirmed on any chosen list who are not suppressed, each once;
    everybody else on those lists is counted as left out."""
    with contextlib.suppress(Undone), database.write() as connection:
        for name in ("daily", "weekly", "events"):
            add_list(connection, name, now)
            for address, state in members.get(name, {}).items():
                join(connection, name, address, state, now)
        for address in never:
            reason = SuppressionReason.MANUAL
            key = parse_address(address)
            suppress(connection, key, reason, source="test", now=now)
        found = list(audience(connection, chosen))
        out = left_out(connection, chosen)
        check(found, out, {name: members.get(name, {}) for name in chosen}, never)
        again = recipients(connection, [each.id for each in found], chosen)
        assert again == tuple(found)
        raise Undone


def check(
    found: list[Recipient],
    out: Mapping[str, int],
    members: Mapping[str, Mapping[str, str]],
    never: set[str],
) -> None:
    """Compare with the plainest way to say who gets a mail."""
    states: dict[str, set[str]] = {}
    for people in members.values():
        for address, state in people.items():
            states.setdefault(address, set()).add(state)
    allowed = {a for a, s in states.items() if "confirmed" in s and a not in never}
    assert len(found) == len(allowed)
    assert {each.email for each in found} == allowed
    assert [each.id for each in found] == sorted({each.id for each in found})
    rest = {address: s for address, s in states.items() if "confirmed" not in s}
    left = {address for address, s in rest.items() if "unsubscribed" in s} - never
    assert out == {
        "suppressed": len(never & set(states)),
        "unsubscribed": len(left),
        "unconfirmed": len(set(rest) - left - never),
    }


def test_token_of_the_first_list(database: Database, now: datetime) -> None:
    """Who is on several lists gets the token of the list that was named first."""
    with database.write() as connection:
        for name in ("daily", "weekly"):
            add_list(connection, name, now)
            join(connection, name, "ann@example.org", "confirmed", now)
        (first,) = audience(connection, ["weekly", "daily"])
        assert unsubscribe(connection, first.token, source="test", now=now)
        left = connection.scalar(
            select(mailing_list.c.name)
            .join_from(subscription, mailing_list)
            .where(subscription.c.state == "unsubscribed")
        )
        assert left == "weekly"
        (second,) = audience(connection, ["weekly", "daily"])
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
        found = list(audience(connection, ["weekly", "daily"]))
    assert [each.email for each in found] == [f"{n}@example.org" for n in range(2500)]
    assert [each.name for each in found] == [f"N {n}" for n in range(2500)]
    assert len({each.token for each in found}) == 2500


def test_recipients_of_these_ids(database: Database, now: datetime) -> None:
    """Of given ids only those come back who still may get mail to these lists."""
    with database.write() as connection:
        add_list(connection, "daily", now)
        for n in range(4):
            join(connection, "daily", f"{n}@example.org", "confirmed", now)
        planned = [each.id for each in audience(connection, ["daily"])]
        (leaver,) = recipients(connection, planned[:1], ["daily"])
        unsubscribe(connection, leaver.token, source="test", now=now)
        still = recipients(connection, [*planned[:3], 10**9], ["daily"])
        assert [each.id for each in still] == planned[1:3]
        assert recipients(connection, [], ["daily"]) == ()


def test_unknown_list(database: Database, now: datetime) -> None:
    """A list that is not there is an error before anybody is read."""
    with database.write() as connection:
        add_list(connection, "daily", now)
        for asked in (audience, left_out):
            with pytest.raises(UnknownList, match="there is no list nope"):
                asked(connection, ["daily", "nope"])
        with pytest.raises(UnknownList):
            recipients(connection, [1], ["nope"])


def test_by_index(sqlite_database: Database) -> None:
    """A page is found by the index, without sorting or going through a table."""
    with sqlite_database.read() as connection:
        plan = fetch(connection, f"EXPLAIN QUERY PLAN {CONFIRMED}{PAGE_OF}", 1, 0, 9)
    steps = " ".join(str(row[-1]) for row in plan)
    assert "SCAN" not in steps
    assert "TEMP B-TREE" not in steps
