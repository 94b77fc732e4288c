"""SendGrid's lists of who gets no mail, read into ours.

Its five lists count for all mail, an unsubscribe group for the lists that are mailed
under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from digest.config import Config
from digest.delivery.account import Account
from digest.delivery.errands import provider_of
from digest.store import Database
from subscribers.model import SuppressionReason
from subscribers.secret_key import SecretKey
from subscribers.syncing import (
    Reading,
    TakenOver,
    read_from,
    take_over,
    take_over_group,
)
from subscribers.telling import lists_by_group

#: A block is about the mail or the sender rather than the mailbox, and SendGrid itself
#: goes on sending. It holds for ten days: a weekly leaves one issue out, and tries.
BLOCKED = timedelta(days=10)

LISTS: Mapping[str, tuple[SuppressionReason, timedelta | None]] = {
    "spam_reports": (SuppressionReason.COMPLAINT, None),
    "unsubscribes": (SuppressionReason.UNSUBSCRIBE, None),
    "bounces": (SuppressionReason.BOUNCE, None),
    "invalid_emails": (SuppressionReason.INVALID, None),
    "blocks": (SuppressionReason.BOUNCE, BLOCKED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What came of reading one of SendGrid's lists."""

    name: str
    taken: TakenOver


Progress = Callable[[str, TakenOver], None]


def sync(
    database: Database,
    config: Config,
    *,
    clock: Callable[[], datetime],
    full: bool = False,
    progress: Progress = lambda name, taken: None,
) -> Iterator[Synced]:
    """Take over each list since it was last read, or with `full` all of it.

    What was read of a list is kept, whatever becomes of the next one.

    Raises:
        TryAgain: SendGrid does not answer, or takes no calls for now.
        DeliveryError: there is no key, or SendGrid refuses it.
    """
    account = Account(config)
    secret_key = SecretKey(config.at(config.subscribers.key_file))
    for name, (reason, lasts) in LISTS.items():
        reading = _reading(f"sendgrid: {name}", clock, secret_key)
        with database.read() as connection:
            start = None if full else read_from(connection, reading.source)
        taken = take_over(
            database.write,
            account.listed(name, start, reading.at),
            reason,
            reading,
            lasts=lasts,
            progress=partial(progress, name),
        )
        yield Synced(name=name, taken=taken)
    with database.read() as connection:
        groups = lists_by_group(connection, provider_of(config))
    for number, lists in groups.items():
        name = f"group {number}"
        reading = _reading(f"sendgrid: {name}", clock, secret_key)
        taken = take_over_group(
            database.write,
            account.group(number),
            number,
            lists,
            reading,
            progress=partial(progress, name),
        )
        yield Synced(name=name, taken=taken)


def _reading(
    source: str, clock: Callable[[], datetime], secret_key: SecretKey
) -> Reading:
    return Reading(source=source, at=clock(), secret_key=secret_key)
