"""The tables of people, and the one MetaData that all tables share.

Ids are never used again (AUTOINCREMENT): an id in an old e-mail or in a log must
not come to mean another person.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    text,
    true,
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
    #: IANA time zone and BCP 47 language; empty where not known
    Column("zone", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default=""),
    #: how often they want to hear from us, in the newsletter's own words
    Column("frequency", Text, nullable=False, server_default=""),
    #: what they chose, as a sorted JSON array of texts
    Column("topics", Text, nullable=False, server_default="[]"),
    #: what else is known, as a JSON object: texts, numbers, booleans
    Column("attributes", Text, nullable=False, server_default="{}"),
    Column("created_at", UtcDateTime, nullable=False),
    #: they wanted a break, and get nothing until then
    Column("paused_until", UtcDateTime),
    sqlite_autoincrement=True,
)

mailing_list = Table(
    "mailing_list",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    #: what readers see it called; empty for its name
    Column("title", Text, nullable=False, server_default=""),
    #: SendGrid's unsubscribe group of this list; null for that of the settings
    Column("asm_group", Integer),
    #: whether who signs up is asked by mail before they get any (double opt-in)
    Column("confirmed_opt_in", Boolean, nullable=False, server_default=true()),
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

#: a file of people brought onto a list: what consent from it rests on, and where a
#: run that was broken off goes on
import_run = Table(
    "import_run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("list_id", ForeignKey(mailing_list.c.id), nullable=False),
    #: as it was named, and the BLAKE2b of its bytes (of standard input at its end)
    Column("file", Text, nullable=False),
    Column("file_hash", Text, nullable=False),
    #: the statement of consent, and who made it
    Column("statement", Text, nullable=False),
    Column("operator", Text, nullable=False),
    #: the mapping of columns, as JSON
    Column("mapping", Text, nullable=False),
    #: where the rejected rows are; empty where nobody asked for them
    Column("rejects", Text, nullable=False),
    #: rows that are done, and what became of them, as JSON
    Column("done", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    #: null while it runs, or was broken off
    Column("ended_at", UtcDateTime),
    sqlite_autoincrement=True,
)

#: of the consent log, what says where a reader was
BY_WEB = text("(ip <> '' OR user_agent <> '')")

#: append-only: what a person agreed to, when, and how we know
consent = Table(
    "consent",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscription_id", ForeignKey(subscription.c.id), nullable=False),
    Column("state", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    #: where from: a form, a link, a command; of an import, its run says more
    Column("source", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("import_id", ForeignKey(import_run.c.id)),
    #: of a web form: the reader's address and browser, the version of its wording
    Column("ip", Text, nullable=False, server_default=""),
    Column("user_agent", Text, nullable=False, server_default=""),
    Column("wording", Text, nullable=False, server_default=""),
    Index(None, "subscription_id"),
    #: only of those few that came by a web form, so that these can be forgotten
    Index(None, "at", sqlite_where=BY_WEB, postgresql_where=BY_WEB),
    sqlite_autoincrement=True,
)

#: somebody who was asked by mail whether they want this
confirmation = Table(
    "confirmation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscription_id", ForeignKey(subscription.c.id), nullable=False),
    #: SHA-256 of the token, which only the mail holds
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    #: the name and the choices that are theirs once they confirm, as JSON
    Column("choices", Text, nullable=False, server_default="{}"),
    Index(None, "subscription_id"),
    sqlite_autoincrement=True,
)

#: a link that was mailed to the owner of an address, good for an hour: to what is
#: kept about them, or to take another address, which it was mailed to
magic_link = Table(
    "magic_link",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_id", ForeignKey(subscriber.c.id), nullable=False),
    #: SHA-256 of the token, which only the mail holds
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    #: the address to take; empty where it leads to what is kept
    Column("email", Text, nullable=False, server_default=""),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index(None, "subscriber_id"),
    sqlite_autoincrement=True,
)

#: addresses that get no mail, whether they are anybody's here or not
suppression = Table(
    "suppression",
    metadata,
    #: the address's key
    Column("key", Text, primary_key=True),
    #: the list that it is for; 0 for all of them
    Column("list_id", Id, primary_key=True, autoincrement=False),
    Column("reason", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    #: of a soft reason; null for ever
    Column("expires_at", UtcDateTime),
    Column("source", Text, nullable=False),
)

#: the suppressions of people who were erased: only somebody who knows the address and
#: the key in `digest.key` can tell whose they are
erased = Table(
    "erased",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("list_id", Id, primary_key=True, autoincrement=False),
    Column("reason", Text, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

#: single mails and calls, written in the transaction that wants them, sent at least
#: once. What is done, or has nobody any more, keeps no payload
outgoing = Table(
    "outgoing",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    #: the key of the address that it is for or about, so that erasing finds it
    Column("key", Text, nullable=False),
    #: all that is needed to carry it out, as JSON
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    #: how often it was tried, why it failed, and when it is tried (again)
    Column("tries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index(None, "state", "due_at"),
    Index(None, "key"),
    sqlite_autoincrement=True,
)

#: parts of audiences with a name
segment = Table(
    "segment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("expression", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

#: what is known of the world outside: how far a list at SendGrid was read, the
#: fingerprint of the key that erased people are hashed with
mark = Table(
    "mark",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
