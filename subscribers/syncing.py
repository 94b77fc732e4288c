"""A provider's lists of who gets no mail, taken over into ours.

Of HTTP nothing is known here: pages are handed in, and each is a transaction of its
own. A list is remembered as read only once all of it is kept, and the next reading
begins some days earlier, for entries may be late: what is read twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, select

from subscribers import outgoing
from subscribers.address import parse_address
from subscribers.driver import column, fetch, insert_many, moment, run_many, table
from subscribers.errors import InvalidAddress
from subscribers.model import MailingList, SubscriptionState, SuppressionReason
from subscribers.secret_key import SecretKey
from subscribers.suppressions import Suppression, erased_of, suppress_many
from subscribers.tables import mark
from subscribers.telling import ALLOW, GLOBAL, payload

#: how far before its end the last reading is begun again
OVERLAP = timedelta(days=2)
CHUNK = 5000

#: those who confirmed a new opt-in since, for any list or for one
CONFIRMED_SINCE = """
    SELECT key FROM {rows} WHERE EXISTS (
        SELECT 1 FROM subscriber s JOIN subscription p ON p.subscriber_id = s.id
        JOIN confirmation c ON c.subscription_id = p.id
        WHERE s.key = given.key AND c.used_at > given.at AND (? = 0 OR p.list_id = ?)
    )
"""
ON_LIST = """
    SELECT value, p.id
    FROM {keys} LEFT JOIN subscriber s ON s.key = value
    LEFT JOIN subscription p ON p.subscriber_id = s.id AND p.list_id = ?
"""
LEAVE = """
    UPDATE subscription SET state = 'unsubscribed', since = ?
    WHERE id IN (SELECT value FROM {ids}) AND state <> 'unsubscribed' RETURNING id
"""
REMEMBER = """
    INSERT INTO mark (name, value) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""

#: opens a transaction that is kept when it is left, like `Database.write`
Connect = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody on a list of the provider's, and since when."""

    email: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """How many entries were read, how many were news, and how many no address."""

    read: int = 0
    new: int = 0
    rejected: int = 0

    def __add__(self, other: TakenOver) -> TakenOver:
        return TakenOver(
            read=self.read + other.read,
            new=self.new + other.new,
            rejected=self.rejected + other.rejected,
        )


Progress = Callable[[TakenOver], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of a list: its name in our records, and when it was read."""

    source: str
    at: datetime
    secret_key: SecretKey


def take_over(
    connect: Connect,
    pages: Iterable[Sequence[Listed]],
    reason: SuppressionReason,
    reading: Reading,
    *,
    lasts: timedelta | None = None,
    progress: Progress = lambda so_far: None,
) -> TakenOver:
    """Suppress everybody on the pages for all lists.

    That the list is read up to now is remembered once the last page is kept. `lasts`
    is how long a soft reason holds. Who was erased stays so; who has confirmed a new
    opt-in after they unsubscribed there is not suppressed for it.
    """
    taken = TakenOver()
    for page in pages:
        with connect() as connection:
            taken += take_over_page(connection, page, reason, reading, lasts=lasts)
        progress(taken)
    with connect() as connection:
        run_many(connection, REMEMBER, [(reading.source, reading.at.isoformat())])
    return taken


def read_from(connection: Connection, source: str) -> datetime | None:
    """Where the next reading of a list begins; None where it never was read."""
    last = connection.scalar(select(mark.c.value).where(mark.c.name == source))
    return datetime.fromisoformat(last) - OVERLAP if last else None


def take_over_group(
    connect: Connect,
    emails: Iterable[str],
    group: int,
    lists: Collection[MailingList],
    reading: Reading,
    *,
    progress: Progress = lambda so_far: None,
) -> TakenOver:
    """Let everybody in an unsubscribe group leave the lists that are mailed under it.

    Who is on none of the lists is suppressed for each. A group does not say since when
    anybody is in it: all of it is read each time.
    """
    taken = TakenOver()
    for chunk in _chunks(emails):
        keys, rejected = _keys(chunk)
        with connect() as connection:
            new = leave_group(connection, set(keys.values()), group, lists, reading)
        taken += TakenOver(read=len(chunk), new=new, rejected=rejected)
        progress(taken)
    return taken


def take_over_page(
    connection: Connection,
    page: Sequence[Listed],
    reason: SuppressionReason,
    reading: Reading,
    *,
    lasts: timedelta | None = None,
) -> TakenOver:
    """As `take_over`, for a page in the caller's transaction; nothing is remembered."""
    keys, rejected = _keys([listed.email for listed in page])
    newest: dict[str, Suppression] = {}
    for listed in sorted(page, key=lambda each: each.at):
        until = listed.at + lasts if lasts else None
        if (key := keys.get(listed.email)) and not (until and until <= reading.at):
            newest[key] = Suppression(key=key, at=listed.at, until=until)
    entries = newest.values()
    stay = erased_of(connection, newest.keys(), reading.secret_key)
    if reason is SuppressionReason.UNSUBSCRIBE:
        stay |= _came_back(connection, entries, None, GLOBAL)
    wanted = [each for each in entries if each.key not in stay]
    new = suppress_many(connection, wanted, reason, source=reading.source)
    return TakenOver(read=len(page), new=len(new), rejected=rejected)


def leave_group(
    connection: Connection,
    keys: set[str],
    group: int,
    lists: Collection[MailingList],
    reading: Reading,
) -> int:
    """As `take_over_group`, for the keys of some addresses in the caller's transaction.

    `reading.at` is since when they are in the group. Returns how many lists that is
    news for, each person counted for each.
    """
    return sum(_leave(connection, keys, on, group, reading) for on in lists)


def _leave(
    connection: Connection,
    keys: set[str],
    on: MailingList,
    group: int,
    reading: Reading,
) -> int:
    """Take people off one list, or keep them off it; how many that is news for."""
    entries = [Suppression(key=key, at=reading.at) for key in keys]
    keys = keys - _came_back(connection, entries, on, group)
    given, argument = column(connection, keys, "text")
    rows = fetch(connection, ON_LIST.format(keys=given), argument, on.id)
    here = sorted(number for _, number in rows if number)
    left = _unsubscribe(connection, here, reading)
    strangers = {key for key, number in rows if number is None}
    strangers -= erased_of(connection, strangers, reading.secret_key)
    new = suppress_many(
        connection,
        [each for each in entries if each.key in strangers],
        SuppressionReason.UNSUBSCRIBE,
        source=reading.source,
        on=on,
    )
    return left + len(new)


def _unsubscribe(
    connection: Connection, subscriptions: Sequence[int], reading: Reading
) -> int:
    """Those of the subscriptions that were not left yet are, and it is on record."""
    at = moment(connection, reading.at)
    ids, argument = column(connection, subscriptions, "bigint")
    left = fetch(connection, LEAVE.format(ids=ids), at, argument)
    state = SubscriptionState.UNSUBSCRIBED.value
    insert_many(
        connection,
        "consent",
        ("subscription_id", "state", "at", "source", "statement"),
        [(number, state, at, reading.source, "") for (number,) in left],
    )
    return len(left)


def _came_back(
    connection: Connection,
    entries: Collection[Suppression],
    on: MailingList | None,
    group: int | None,
) -> set[str]:
    """Those who opted in anew after they were listed.

    Also those of whom the provider is still to be told that they did: till then its
    list says what was true before.
    """
    rows = [(each.key, moment(connection, each.at)) for each in entries]
    given, arguments = table(connection, rows, key="text", at="timestamptz")
    sql = CONFIRMED_SINCE.format(rows=given)
    scope = on.id if on else 0
    since = {key for (key,) in fetch(connection, sql, *arguments, scope, scope)}
    told = outgoing.waiting(connection, ALLOW)
    for each in entries:
        at = told.get(payload(each.key, group))
        if at and (on or each.at <= at):  # a group says not since when
            since.add(each.key)
    return since


def _keys(emails: Collection[str]) -> tuple[dict[str, str], int]:
    """The key of each that is an address, and how many are none."""
    keys = {}
    rejected = 0
    for email in emails:
        try:
            keys[email] = parse_address(email).key
        except InvalidAddress:
            rejected += 1
    return keys, rejected


def _chunks(emails: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(emails)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
