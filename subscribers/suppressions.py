"""Addresses that get no mail, from any list or from one; for ever, or for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from subscribers.model import Address, MailingList, SuppressionReason
from subscribers.tables import suppression

#: stands for every list
ALL_LISTS = 0


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
    scope = on.id if on else ALL_LISTS
    same = (
        (suppression.c.key == address.key)
        & (suppression.c.list_id == scope)
        & (suppression.c.reason == reason)
    )
    ends = connection.execute(
        select(suppression.c.expires_at).where(same)
    ).one_or_none()
    if ends and (ends[0] is None or (until and until <= ends[0])):
        return False
    connection.execute(delete(suppression).where(same))
    connection.execute(
        insert(suppression).values(
            key=address.key,
            list_id=scope,
            reason=reason,
            at=now,
            expires_at=until,
            source=source,
        )
    )
    return True


def is_suppressed(
    connection: Connection,
    address: Address,
    *,
    now: datetime,
    on: MailingList | None = None,
) -> bool:
    """Whether an address gets no mail now, from `on` or from any list."""
    scopes = (ALL_LISTS, on.id) if on else (ALL_LISTS,)
    query = select(suppression.c.key).where(
        suppression.c.key == address.key,
        suppression.c.list_id.in_(scopes),
        in_force(now),
    )
    return connection.scalars(query.limit(1)).first() is not None


def in_force(now: datetime) -> ColumnElement[bool]:
    """That a suppression is not over."""
    ends = suppression.c.expires_at
    return or_(ends.is_(None), ends > now)
