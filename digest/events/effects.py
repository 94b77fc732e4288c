"""What events mean for people: who gets no more mail, who left a group or came back.

SendGrid suppresses them by itself, so it is not told. All is done as when its lists are
read (`subscribers.syncing`): who was erased stays so, and who confirmed a new opt-in
since stays on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from digest.config import Config
from digest.events.classing import BounceClass
from digest.events.naming import EventType
from digest.events.payload import OF_A_GROUP, Event
from digest.events.rows import address_key
from digest.store.tables import event as table
from subscribers.model import Provider, SuppressionReason
from subscribers.returning import return_to_group
from subscribers.secret_key import SecretKey
from subscribers.syncing import (
    Listed,
    Reading,
    leave_group,
    take_over_page,
)
from subscribers.telling import lists_by_group

#: A soft bounce or a block is over then: a weekly leaves one issue out, and tries.
#: Blocks that `sync` reads hold for as long
PASSING = timedelta(days=10)

#: what SendGrid says of an address when it drops a copy; that somebody unsubscribed
#: only its list says with a date, which `sync` reads
DROPPED = {
    "bounced address": SuppressionReason.BOUNCE,
    "invalid": SuppressionReason.INVALID,
    "spam reporting address": SuppressionReason.COMPLAINT,
}

Rule = tuple[SuppressionReason, timedelta | None]


def take_effect(
    connection: Connection,
    config: Config,
    events: Sequence[Event],
    secret_key: SecretKey,
    now: datetime,
) -> int:
    """Do what new events ask for; how many suppressions and leavings that is."""
    by_rule: dict[Rule, list[Event]] = defaultdict(list)
    groups: list[Event] = []
    for event in events:
        if rule := _rule(event):
            by_rule[rule].append(event)
        elif event.reason == OF_A_GROUP and event.fields.asm_group_id:
            groups.append(event)
    count = 0
    for (reason, lasts), some in sorted(by_rule.items(), key=str):
        page = [Listed(email=_email(one), at=min(one.at, now)) for one in some]
        reading = Reading(
            source=f"sendgrid: {reason} event", at=now, secret_key=secret_key
        )
        count += take_over_page(connection, page, reason, reading, lasts=lasts).new
    if groups:
        count += _groups(connection, config, groups, secret_key, now)
    return count


def _rule(event: Event) -> Rule | None:
    """Why, and for how long, an address gets no more mail; None where it does."""
    match event.type:
        case EventType.BOUNCED:
            hard = event.bounce is BounceClass.HARD
            return SuppressionReason.BOUNCE, None if hard else PASSING
        case EventType.COMPLAINED:
            return SuppressionReason.COMPLAINT, None
        case EventType.REJECTED:
            reason = DROPPED.get((event.fields.reason or "").lower())
            return (reason, None) if reason else None
        case EventType.UNSUBSCRIBED if event.fields.event == "unsubscribe":
            return SuppressionReason.UNSUBSCRIBE, None
    return None


def _email(event: Event) -> str:
    return event.fields.email or ""


# --- Groups -----------------------------------------------------------------------


def _groups(
    connection: Connection,
    config: Config,
    events: Sequence[Event],
    secret_key: SecretKey,
    now: datetime,
) -> int:
    """Let people leave and come back, the last word of each counting for each group."""
    provider = Provider(group=config.sendgrid.asm_group or None)
    lists = lists_by_group(connection, provider)
    asked = {
        (key, event.fields.asm_group_id or 0)
        for event in events
        if (key := address_key(event.fields.email))
    }
    count = 0
    for key, group in sorted(asked):
        last = _last_word(connection, key, group)
        if last is None:  # of somebody who was erased
            continue
        kind, at = last
        reading = Reading(
            # as `sync` calls it, for they come back from what it read, too
            source=f"sendgrid: group {group}",
            at=min(at, now),
            secret_key=secret_key,
        )
        on = lists.get(group, [])
        if kind == EventType.UNSUBSCRIBED:
            count += leave_group(connection, {key}, group, on, reading)
        else:
            return_to_group(connection, key, on, reading)
    return count


def _last_word(
    connection: Connection, key: str, group: int
) -> tuple[str, datetime] | None:
    """What somebody last did about a group; at one moment, that they left counts."""
    row = connection.execute(
        select(*table.c["event", "at"])
        .where(table.c.key == key, table.c.asm_group == group)
        .where(table.c.reason == OF_A_GROUP)
        .order_by(table.c.at.desc(), table.c.event.desc())
        .limit(1)
    ).one_or_none()
    return (row.event, row.at) if row else None
