"""The tables of people, and the one MetaData that all tables share.

Ids are never used again (AUTOINCREMENT): an id in an old e-mail or in a log must
not come to mean another person.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: wide on PostgreSQL, whose counters an import moves on; SQLite counts only INTEGER
Id = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; SQLite keeps no zone, so UTC goes in and comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(
        self, value: Any | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC)


subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

mailing_list = Table(
    "mailing_list",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", Id, primary_key=True),
    Column("list_id", ForeignKey(mailing_list.c.id), nullable=False),
    Column("subscriber_id", ForeignKey(subscriber.c.id), nullable=False),
    Column("state", Text, nullable=False),
    #: 12 random bytes; with the id they are the token of an unsubscribe link
    Column("secret", LargeBinary(12), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    UniqueConstraint("list_id", "subscriber_id"),
    Index(None, "subscriber_id"),
    sqlite_autoincrement=True,
)

#: append-only: what a person agreed to, when, and how we know
consent = Table(
    "consent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscription_id", ForeignKey(subscription.c.id), nullable=False),
    Column("state", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Index(None, "subscription_id"),
    sqlite_autoincrement=True,
)

#: by the address's key, so that it outlives the subscriber
suppression = Table(
    "suppression",
    metadata,
    Column("key", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False),
)
