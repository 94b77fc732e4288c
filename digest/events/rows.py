"""The rows of events and of what is none, kept once each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from sqlalchemy import Connection

from digest.events.naming import EventType
from digest.events.payload import BadEvent, Event
from digest.ledger import HandedOver
from subscribers.address import parse_address
from subscribers.driver import fetch, moment, run_many, table
from subscribers.erasure import hold
from subscribers.errors import InvalidAddress
from subscribers.secret_key import SecretKey
from subscribers.suppressions import erased_of

#: what came in an event's place is kept up to here
LONGEST = 100_000

INSERT = """
    INSERT INTO event (
        sg_event_id, event, at, received_at, campaign_id, attempt_id, subscriber_id,
        key, url, reason, asm_group, machine, raw
    )
    SELECT number, kind, happened, came, campaign, attempt, person, address, link,
        why, asm, machine <> 0, content
    FROM {rows} WHERE true
    ON CONFLICT (sg_event_id) DO NOTHING RETURNING sg_event_id
"""
INSERT_BAD = """
    INSERT INTO bad_event (hash, reason, received_at, key, raw) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (hash) DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event that is kept, and the attempt of ours that it is of, if it is."""

    event: Event
    of: HandedOver | None


def keep_rows(
    connection: Connection, rows: Sequence[Row], secret_key: SecretKey, now: datetime
) -> list[Row]:
    """Keep each event once; those of `rows` that were not kept before.

    Of who was erased nothing is kept but the numbers.
    """
    keys = [address_key(row.event.fields.email) for row in rows]
    erased = _erased(connection, keys, secret_key)
    came = moment(connection, now)
    values = [
        (
            row.event.id,
            row.event.type.value,
            moment(connection, row.event.at),
            came,
            *_copy(row),
            *_content(row.event, key, erased),
        )
        for row, key in zip(rows, keys, strict=True)
    ]
    # in one order, so that two who keep the same do not wait for each other
    values.sort(key=itemgetter(0))
    given, arguments = table(
        connection,
        values,
        number="text",
        kind="text",
        happened="timestamptz",
        came="timestamptz",
        campaign="bigint",
        attempt="bigint",
        person="bigint",
        address="text",
        link="text",
        why="text",
        asm="int",
        machine="int",
        content="text",
    )
    found = fetch(connection, INSERT.format(rows=given), *arguments)
    new = {number for (number,) in found}
    return [row for row in rows if row.event.id in new]


def _erased(
    connection: Connection, keys: Iterable[str], secret_key: SecretKey
) -> set[str]:
    """Those who were erased; nobody else is, until the transaction's end."""
    known = set(keys) - {""}
    if not known:
        return known
    hold(connection, known)
    return erased_of(connection, known, secret_key)


def _copy(row: Row) -> tuple[int | None, int | None, int | None]:
    """Campaign, attempt and person, where it is a copy of ours."""
    if row.of is None:
        return None, None, None
    return row.of.campaign, row.of.id, row.event.recipient


def _content(event: Event, key: str, erased: Collection[str]) -> tuple[object, ...]:
    """Address, link, reason, group, whether it is a program's, and all of it."""
    known = key not in erased
    return (
        key if known else "",
        (event.fields.url or "") if known else "",
        str(event.reason),
        event.fields.asm_group_id,
        int(event.type is EventType.OPENED and bool(event.fields.sg_machine_open)),
        event.raw if known else "",
    )


def address_key(email: str | None) -> str:
    """The key of an address; empty where it is none."""
    try:
        return parse_address(email or "").key
    except InvalidAddress:
        return ""


def keep_bad(
    connection: Connection,
    bad: Sequence[BadEvent],
    secret_key: SecretKey,
    now: datetime,
) -> None:
    """Keep what is no event, once each; nothing of who was erased."""
    keys = [address_key(one.email) for one in bad]
    erased = _erased(connection, keys, secret_key)
    came = moment(connection, now)
    rows = [
        (hashlib.blake2b(one.raw, digest_size=32).digest(), _text(one.reason), came)
        + (("", "") if key in erased else (key, _text(one.raw[:LONGEST])))
        for one, key in zip(bad, keys, strict=True)
    ]
    run_many(connection, INSERT_BAD, sorted(rows))


def _text(content: bytes | str) -> str:
    """What PostgreSQL takes for a text, of whatever came."""
    if isinstance(content, str):
        content = content.encode("utf-8", "backslashreplace")
    return content.decode("utf-8", "backslashreplace").replace("\0", "\\0")
