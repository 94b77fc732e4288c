"""Moving to another database: all of it, once, whatever stops it on its way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from digest.errors import DatabaseError
from digest.store import Database, copying, incarnation, open_database
from subscribers import add_list, add_subscriber, subscribers
from subscribers.tables import mark, metadata, subscriber
from tests.conftest import new_postgres_database

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def target() -> Iterator[Database]:
    database = open_database(new_postgres_database())
    yield database
    database.close()


@pytest.fixture
def source(sqlite_database: Database) -> Database:
    """Two lists, thirty people on one, and what is on record of them."""
    with sqlite_database.write() as connection:
        for name in ("weekly", "daily"):
            add_list(connection, name, NOW)
        for number in range(30):
            add_subscriber(
                connection,
                "weekly",
                f"reader{number}@example.org",
                consent="asked",
                source="test",
                now=NOW,
                secret=lambda: b"twelve bytes",
            )
    return sqlite_database


def nothing(table: str, rows: int) -> None:
    """Nobody looks on."""


def test_all_of_it(source: Database, target: Database) -> None:
    """Every row of every table, and ids go on behind them."""
    copied = copying.copy(source, target, nothing)
    assert (copied.rows["subscriber"], copied.rows["mailing_list"]) == (30, 2)
    with source.read() as here, target.read() as there:
        assert list(subscribers(here)) == list(subscribers(there))
    with target.write() as connection:
        add_list(connection, "monthly", NOW)
        ids = connection.scalars(select(metadata.tables["mailing_list"].c.id)).all()
    assert sorted(ids) == [1, 2, 3]


def test_stopped_and_gone_on_with(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is not copied again."""
    monkeypatch.setattr(copying, "CHUNK", 7)

    def stop(table: str, rows: int) -> None:
        if (table, rows) == ("subscriber", 14):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copying.copy(source, target, stop)
    with target.read() as connection:
        count = select(func.count()).select_from(subscriber)
        assert connection.scalar(count) == 14
    assert copying.copy(source, target, nothing).rows["subscriber"] == 30
    assert copying.copy(source, target, nothing).rows["subscriber"] == 30


def test_the_copy_does_not_send(source: Database, target: Database) -> None:
    """Until it is adopted: the original may still."""
    incarnation.claim(source)
    copying.copy(source, target, nothing)
    with pytest.raises(DatabaseError, match="digest db adopt"):
        incarnation.claim(target)
    incarnation.adopt(target)
    incarnation.claim(target)


def test_something_else_is_there(source: Database, target: Database) -> None:
    """What is in the target and not in the original is found, and said."""
    with target.write() as connection:
        connection.execute(
            insert(subscriber).values(
                id=1,
                key="x@example.org",
                email="x@example.org",
                name="",
                created_at=NOW,
            )
        )
    with pytest.raises(DatabaseError, match="a row of subscriber is not the original"):
        copying.copy(source, target, nothing)


def test_back_to_a_file(source: Database, target: Database, tmp_path: object) -> None:
    """The same from PostgreSQL to SQLite."""
    copying.copy(source, target, nothing)
    back = open_database(f"sqlite:///{tmp_path}/back.db")
    copying.copy(target, back, nothing)
    with source.read() as here, back.read() as there:
        assert list(subscribers(here)) == list(subscribers(there))
    back.close()


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    select(table).order_by(*table.primary_key)
                )
            ]
            for table in metadata.sorted_tables
        }


def two_more(source: Database) -> None:
    with source.write() as connection:
        add_list(connection, "late", NOW)
        add_list(connection, "later", NOW)


def test_not_into_what_was_adopted(source: Database, target: Database) -> None:
    """It is production by now: nothing of it is touched, and it goes on sending."""
    copying.copy(source, target, nothing)
    incarnation.adopt(target)
    two_more(source)
    before = everything(target)
    with pytest.raises(DatabaseError, match=r"was adopted.*an empty database"):
        copying.copy(source, target, nothing)
    assert everything(target) == before
    incarnation.claim(target)


def test_not_into_what_was_written_to(source: Database, target: Database) -> None:
    """A row of its own, before the last or behind it, is found before we write."""
    copying.copy(source, target, nothing)
    with target.write() as connection:
        add_list(connection, "theirs", NOW)
    two_more(source)
    before = everything(target)
    with pytest.raises(
        DatabaseError, match="a row of mailing_list is not the original"
    ):
        copying.copy(source, target, nothing)
    assert everything(target) == before


def test_not_into_the_copy_of_another(
    source: Database, target: Database, tmp_path: Path
) -> None:
    """Though it holds nothing yet that differs."""
    other = open_database(f"sqlite:///{tmp_path}/other.db")
    copying.copy(other, target, nothing)
    other.close()
    before = everything(target)
    with pytest.raises(DatabaseError, match="is not empty, and no copy of sqlite:///"):
        copying.copy(source, target, nothing)
    assert everything(target) == before


def test_not_over_marks_of_its_own(source: Database, target: Database) -> None:
    """What it noted itself since is not lost."""
    copying.copy(source, target, nothing)
    with target.write() as connection:
        connection.execute(insert(mark).values(name="sendgrid: blocks", value="now"))
    with pytest.raises(DatabaseError, match="a row of mark is not the original"):
        copying.copy(source, target, nothing)
