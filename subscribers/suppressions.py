"""Addresses that never get mail, whatever list they are on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select

from subscribers.model import Address, SuppressionReason
from subscribers.tables import suppression


def suppress(
    connection: Connection,
    address: Address,
    reason: SuppressionReason,
    *,
    source: str,
    now: datetime,
) -> bool:
    """Send nothing more to an address; False where that was so already.

    The first reason stays. Nobody needs to be on a list for it.
    """
    if is_suppressed(connection, address):
        return False
    connection.execute(
        insert(suppression).values(
            key=address.key, reason=reason, at=now, source=source
        )
    )
    return True


def is_suppressed(connection: Connection, address: Address) -> bool:
    """Whether an address never gets mail."""
    query = select(suppression.c.key).where(suppression.c.key == address.key)
    return connection.scalar(query) is not None
