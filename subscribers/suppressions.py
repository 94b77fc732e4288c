"""Addresses that get no mail, from any list or from one; for ever, or for a while."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from subscribers.driver import fetch, moment, table
from subscribers.model import Address, MailingList, Provider, SuppressionReason
from subscribers.secret_key import SecretKey
from subscribers.tables import erased, subscriber, suppression
from subscribers.telling import mailed, tell_left, tell_returned

#: stands for every list
ALL_LISTS = 0
#: what a provider finds out by itself needs no telling
KNOWN_TO_PROVIDERS = (SuppressionReason.BOUNCE, SuppressionReason.INVALID)

#: the first of a reason stays, but for one that ends sooner
SUPPRESS = """
    INSERT INTO suppression (key, list_id, reason, at, expires_at, source)
    SELECT key, ?, ?, at, ends, ? FROM {rows} WHERE true
    ON CONFLICT (key, list_id, reason) DO UPDATE
    SET at = excluded.at, expires_at = excluded.expires_at, source = excluded.source
    WHERE suppression.expires_at IS NOT NULL AND (
        excluded.expires_at IS NULL OR excluded.expires_at > suppression.expires_at
    )
    RETURNING key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address's key that gets no mail since `at`; until when, or for ever."""

    key: str
    at: datetime
    until: datetime | None = None


def suppress(
    connection: Connection,
    address: Address,
    reason: SuppressionReason,
    *,
    source: str,
    now: datetime,
    on: MailingList | None = None,
    until: datetime | None = None,
) -> bool:
    """Send nothing more to an address, from `on` or from any list.

    Nobody needs to be on a list for it. `until` is when a soft reason is over. False
    where that was so already: the first of a reason stays, but for one that ends
    sooner.
    """
    one = Suppression(key=address.key, at=now, until=until)
    return bool(suppress_many(connection, [one], reason, source=source, on=on))


def suppress_many(
    connection: Connection,
    entries: Iterable[Suppression],
    reason: SuppressionReason,
    *,
    source: str,
    on: MailingList | None = None,
) -> list[str]:
    """As `suppress`, some thousand at a time; the keys for which it changed anything.

    Of several entries for one key the one that lasts longest counts.
    """
    longest: dict[str, Suppression] = {}
    for each in entries:
        known = longest.get(each.key)
        if known is None or _outlasts(each, known):
            longest[each.key] = each
    rows = [
        (
            each.key,
            moment(connection, each.at),
            moment(connection, each.until) if each.until else None,
        )
        # in one order, so that two who write the same do not wait for each other
        for _, each in sorted(longest.items())
    ]
    given, arguments = table(
        connection, rows, key="text", at="timestamptz", ends="timestamptz"
    )
    scope = on.id if on else ALL_LISTS
    sql = SUPPRESS.format(rows=given)
    return [key for (key,) in fetch(connection, sql, scope, reason, source, *arguments)]


def _outlasts(one: Suppression, other: Suppression) -> bool:
    if other.until is None or one.until is None:
        return other.until is not None
    return one.until > other.until


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What an operator wants of some addresses: from where, since and until when.

    `on` is the list that they get no mail from, None stands for all.
    """

    source: str
    now: datetime
    secret_key: SecretKey
    provider: Provider | None
    on: MailingList | None = None
    until: datetime | None = None


def suppress_by_hand(
    connection: Connection,
    addresses: Collection[Address],
    reason: SuppressionReason,
    how: ByHand,
) -> list[str]:
    """As `suppress_many`, for addresses that an operator names.

    Who was erased stays so, and is not written down again. The provider is told of
    those whom it may hold mail for.
    """
    known = {address.key for address in addresses}
    keys = known - erased_of(connection, known, how.secret_key)
    entries = [Suppression(key=key, at=how.now, until=how.until) for key in keys]
    changed = suppress_many(connection, entries, reason, source=how.source, on=how.on)
    if how.provider and how.until is None and reason not in KNOWN_TO_PROVIDERS:
        tell_left(
            connection,
            how.provider,
            mailed(connection, changed),
            lists=[how.on.id] if how.on else None,
            now=how.now,
        )
    return changed


def lift(
    connection: Connection,
    address: Address,
    reason: SuppressionReason,
    *,
    now: datetime,
    provider: Provider | None,
    on: MailingList | None = None,
) -> bool:
    """Take back one suppression; False where there is none of that reason and scope.

    Other reasons stay in force. Where there is none, the provider lets mail through.
    """
    taken = delete(suppression).where(
        suppression.c.key == address.key,
        suppression.c.list_id == (on.id if on else ALL_LISTS),
        suppression.c.reason == reason,
    )
    if not connection.execute(taken).rowcount:
        return False
    if not is_suppressed(connection, address, now=now, on=on):
        lists = [on.id] if on else []
        tell_returned(connection, provider, address, lists=lists, now=now)
    return True


def is_suppressed(
    connection: Connection,
    address: Address,
    *,
    now: datetime,
    on: MailingList | None = None,
) -> bool:
    """Whether an address gets no mail now, from `on` or from any list."""
    return bool(reasons(connection, address, now=now, on=on))


def reasons(
    connection: Connection,
    address: Address,
    *,
    now: datetime,
    on: MailingList | None = None,
) -> list[SuppressionReason]:
    """Why an address gets no mail now, from `on` or from any list."""
    scopes = (ALL_LISTS, on.id) if on else (ALL_LISTS,)
    query = select(suppression.c.reason).where(
        suppression.c.key == address.key,
        suppression.c.list_id.in_(scopes),
        in_force(now),
    )
    found = connection.scalars(query.order_by(suppression.c.reason).distinct())
    return [SuppressionReason(reason) for reason in found]


def in_force(now: datetime) -> ColumnElement[bool]:
    """That a suppression is not over."""
    ends = suppression.c.expires_at
    return or_(ends.is_(None), ends > now)


def erased_of(
    connection: Connection, keys: Collection[str], secret_key: SecretKey
) -> set[str]:
    """Those of the keys that are nobody's, because whose they were was erased.

    Where nobody was erased no key file is needed.

    Raises:
        KeyMissing, WrongKey: the hashes of erased people cannot be compared.
    """
    if connection.scalar(select(erased.c.hash).limit(1)) is None:
        return set()
    secret_key.agree(connection)
    hashes = {secret_key.hash(key): key for key in keys}
    found = connection.scalars(
        select(erased.c.hash).where(erased.c.hash.in_(list(hashes)))
    )
    gone = {hashes[bytes(one)] for one in found}
    back = select(subscriber.c.key).where(subscriber.c.key.in_(gone))
    return gone - set(connection.scalars(back))
