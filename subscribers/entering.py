"""People who are brought onto a list, written: some thousand at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from subscribers.driver import column, insert_many, moment, new_ids, run_many
from subscribers.entry import CONFIRMED, LEFT, Data, Grounds, Known
from subscribers.model import MailingList, Provider, SubscriptionState
from subscribers.suppressions import ALL_LISTS, KNOWN_TO_PROVIDERS
from subscribers.telling import mailed, tell_left

UPDATE = """
    UPDATE subscriber SET name = ?, zone = ?, language = ?, frequency = ?,
        topics = ?, attributes = ?, created_at = ?, paused_until = ?
    WHERE id = ?
"""
MOVE = "UPDATE subscription SET state = ?, since = ? WHERE id = ?"
#: each change of a subscription is noted for ever
CONSENT = """
    INSERT INTO consent (subscription_id, state, at, source, statement, import_id)
    SELECT id, state, since, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT)
    FROM subscription WHERE id IN (SELECT value FROM {ids}) ORDER BY id
"""
#: the first of a reason stays, but for one that would have ended
SUPPRESS = """
    INSERT INTO suppression (key, list_id, reason, at, source) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key, list_id, reason) DO UPDATE
    SET at = excluded.at, expires_at = NULL, source = excluded.source
    WHERE suppression.expires_at IS NOT NULL
"""

AGREED = {
    SubscriptionState.UNCONFIRMED: "signed up there",
    SubscriptionState.CONFIRMED: "confirmed there",
}


def write(
    connection: Connection,
    to: MailingList,
    known: Sequence[Known],
    grounds: Grounds,
    secret: Callable[[], bytes],
) -> None:
    """Keep all that was decided: suppressions, people, subscriptions, their consent."""
    at = moment(connection, grounds.now)
    _write_suppressions(connection, known, grounds, at)
    on_list = [each for each in known if each.changed or each.moved]
    _write_subscribers(connection, on_list)
    moved = [each for each in on_list if each.moved]
    joining = [each for each in moved if each.subscription_id is None]
    rows = [
        (each.state, at, each.subscription_id) for each in moved if each.subscription_id
    ]
    run_many(connection, MOVE, rows)
    _write_subscriptions(connection, to, joining, at, secret)
    _write_agreed(connection, joining, grounds)
    _write_consent(connection, moved, grounds)


def tell(
    connection: Connection,
    provider: Provider | None,
    to: MailingList,
    known: Iterable[Known],
    now: datetime,
) -> None:
    """The provider hears of who got mail and gets none any more, as by hand."""
    if provider is None:
        return
    suppressed, left = [], []
    for each in known:
        if set(each.reasons).difference(KNOWN_TO_PROVIDERS) and not each.never:
            suppressed.append(each.key)
        elif each.was == CONFIRMED and each.state == LEFT:
            left.append(each.key)
    if suppressed:
        suppressed = mailed(connection, suppressed)
    tell_left(connection, provider, suppressed, lists=None, now=now)
    tell_left(connection, provider, left, lists=[to.id], now=now)


def _write_suppressions(
    connection: Connection, known: Iterable[Known], grounds: Grounds, at: object
) -> None:
    """In the order of keys, so that two who write them don't wait for each other."""
    rows = [
        (each.key, ALL_LISTS, reason, at, grounds.source)
        for each in known
        for reason in each.reasons
    ]
    run_many(connection, SUPPRESS, sorted(rows, key=lambda row: row[0]))


def _write_subscribers(connection: Connection, known: Sequence[Known]) -> None:
    there = [each for each in known if each.changed and each.subscriber_id]
    run_many(
        connection, UPDATE, [(*(each.data or ()), each.subscriber_id) for each in there]
    )
    new = [each for each in known if each.subscriber_id is None]
    ids = new_ids(connection, "subscriber", len(new))
    for each, new_id in zip(new, ids, strict=True):
        each.subscriber_id = new_id
    insert_many(
        connection,
        "subscriber",
        ("id", "key", "email", *Data._fields),
        [
            (each.subscriber_id, each.key, each.email, *(each.data or ()))
            for each in new
        ],
    )


def _write_subscriptions(
    connection: Connection,
    to: MailingList,
    new: Sequence[Known],
    at: object,
    secret: Callable[[], bytes],
) -> None:
    ids = new_ids(connection, "subscription", len(new))
    for each, new_id in zip(new, ids, strict=True):
        each.subscription_id = new_id
    insert_many(
        connection,
        "subscription",
        ("id", "list_id", "subscriber_id", "state", "secret", "since"),
        [
            (each.subscription_id, to.id, each.subscriber_id, each.state, secret(), at)
            for each in new
        ],
    )


def _write_agreed(
    connection: Connection, new: Iterable[Known], grounds: Grounds
) -> None:
    """What they agreed to before, where the file is from: older than what we log."""
    rows = [
        (
            *(known.subscription_id, step.state),
            moment(connection, step.at or grounds.now),
            *(
                f"{grounds.source}: {AGREED[step.state]}",
                "",
                grounds.import_id,
                step.ip,
            ),
        )
        for known in new
        for step in known.agreed
    ]
    columns = "subscription_id state at source statement import_id ip".split()
    if rows:
        insert_many(connection, "consent", columns, rows)


def _write_consent(
    connection: Connection, moved: Iterable[Known], grounds: Grounds
) -> None:
    ids, argument = column(
        connection, [each.subscription_id for each in moved], "bigint"
    )
    statement = "" if grounds.import_id else grounds.statement
    row = (grounds.source, statement, grounds.import_id, argument)
    run_many(connection, CONSENT.format(ids=ids), [row])
