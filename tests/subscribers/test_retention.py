"""What was noted of readers is forgotten in time; that they agreed is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from digest.store import Database
from subscribers import add_list, add_subscriber, retention
from subscribers.outgoing import done, put, take
from subscribers.tables import (
    confirmation,
    consent,
    outgoing,
    subscription,
)

DAY = timedelta(days=1)


@pytest.fixture
def subscribed(
    database: Database, now: datetime, secret: Callable[[], bytes]
) -> Database:
    """Somebody who was asked, agreed and was written to 400, 30 and 0 days ago."""
    with database.write() as connection:
        add_list(connection, "weekly", now)
        add_subscriber(
            connection,
            "weekly",
            "ann@example.org",
            consent="form",
            source="test",
            now=now - 500 * DAY,
            secret=secret,
        )
        (number,) = connection.scalars(select(subscription.c.id))
        for days in (400, 30, 0):
            at = now - days * DAY
            of_web = {"ip": f"192.0.2.{days % 256}", "user_agent": "Browser"}
            add(connection, consent, number, state="confirmed", at=at, **of_web)
            add(
                connection,
                confirmation,
                number,
                token_hash=f"{days:032}".encode(),
                asked_at=at,
                expires_at=at + 2 * DAY,
            )
            waiting = put(connection, "mail", "{}", key="ann@example.org", now=at)
            ended = put(connection, "mail", "{}", key="ann@example.org", now=at)
            take(connection, now=at)
            done(connection, ended, now=at)
            assert waiting != ended
    return database


def add(connection: Any, table: Table, number: int, **values: Any) -> None:
    if table is consent:
        values |= {"source": "form", "statement": ""}
    connection.execute(insert(table).values(subscription_id=number, **values))


def rows(database: Database) -> tuple[list[str], int, int]:
    """Which IP addresses are noted, how many confirmations, and mails."""
    with database.read() as connection:
        query = select(consent.c.ip).where(consent.c.user_agent != "")
        ips = connection.scalars(query.order_by(consent.c.id)).all()
        asked = connection.execute(select(confirmation)).all()
        mails = connection.execute(select(outgoing)).all()
    return list(ips), len(asked), len(mails)


def test_what_is_old_is_forgotten(subscribed: Database, now: datetime) -> None:
    """Of a year ago nothing but the consent itself; what still waits stays."""
    assert rows(subscribed) == (["192.0.2.144", "192.0.2.30", "192.0.2.0"], 3, 6)
    with subscribed.write() as connection:
        assert not retention.forget(connection, before=now - 365 * DAY)
        assert len(connection.execute(select(consent)).all()) == 4
    assert rows(subscribed) == (["192.0.2.30", "192.0.2.0"], 2, 5)


def test_a_few_at_a_time(subscribed: Database, now: datetime) -> None:
    """It says whether there may be more, and comes to an end."""
    calls = 0
    more = True
    while more:
        calls += 1
        with subscribed.write() as connection:
            more = retention.forget(connection, before=now - 10 * DAY, most=1)
    assert calls == 3
    assert rows(subscribed) == (["192.0.2.0"], 1, 4)


def test_asking_reads_no_table(sqlite_database: Database, now: datetime) -> None:
    """Where there is nothing to do, an index says so."""
    with sqlite_database.read() as connection:
        sqlite = connection.dialect
        options = {"literal_binds": True}
        query = retention._noted(now).limit(5)
        sql = str(query.compile(dialect=sqlite, compile_kwargs=options))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
    assert "ix_consent_at" in str(plan)
