"""The drivers' own SQL stores what SQLAlchemy would, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, text

from digest.store import Database
from subscribers.driver import fetch, insert_many, moment, new_ids
from subscribers.tables import mailing_list

MOMENTS = [
    datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    datetime(2026, 11, 20, 8, 30, 1, 234567, tzinfo=timezone(timedelta(hours=5.5))),
]


@pytest.mark.parametrize("at", MOMENTS)
def test_moments_are_stored_alike(database: Database, at: datetime) -> None:
    """A moment written by the driver is the same bytes as one by SQLAlchemy."""
    with database.write() as connection:
        row = ("a", moment(connection, at))
        insert_many(connection, "mailing_list", ("name", "created_at"), [row])
        connection.execute(insert(mailing_list).values(name="b", created_at=at))
        sql = "SELECT DISTINCT CAST(created_at AS TEXT) FROM mailing_list"
        assert len(fetch(connection, sql)) == 1


def test_new_ids(database: Database, now: datetime) -> None:
    """Ids handed out are above all there ever were, and are counted as used."""
    names = ("id", "name", "created_at")
    with database.write() as connection:
        at = moment(connection, now)
        first = list(new_ids(connection, "mailing_list", 3))
        rows = [(one, str(one), at) for one in first]
        insert_many(connection, "mailing_list", names, rows)
        connection.execute(text("DELETE FROM mailing_list"))
        second = list(new_ids(connection, "mailing_list", 2))
        row = insert(mailing_list).values(name="x", created_at=now)
        insert_many(
            connection, "mailing_list", names, [(one, str(one), at) for one in second]
        )
        last = connection.execute(row.returning(mailing_list.c.id)).scalar_one()
    everything = [*first, *second, last]
    assert everything == sorted(set(everything))
