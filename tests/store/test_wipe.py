"""What is deleted leaves no trace in SQLite's file."""

from __future__ import annotations

import random
from contextlib import closing

import pytest
from sqlalchemy import delete, insert, update

from digest.store import Database, open_database
from subscribers.tables import subscriber


def traces(database: Database, text: str) -> int:
    """How often a text stands in the file, its log or its index of it."""
    file = database.file
    assert file
    files = [file.with_name(file.name + end) for end in ("", "-wal", "-shm")]
    contents = (each.read_bytes().lower() for each in files if each.exists())
    return sum(content.count(text.lower().encode()) for content in contents)


@pytest.fixture
def filled(sqlite_database: Database, now: object) -> Database:
    """2,000 people in random order, some of them changed and moved since."""
    chance = random.Random(7)
    people = [f"reader{n:05}x@example.org" for n in range(2000)]
    chance.shuffle(people)
    for start in range(0, len(people), 100):
        rows = [
            {"key": key, "email": key.upper(), "name": "", "created_at": now}
            for key in people[start : start + 100]
        ]
        with sqlite_database.write() as connection:
            connection.execute(insert(subscriber), rows)
            for row in chance.sample(rows, 10):
                connection.execute(
                    update(subscriber)
                    .where(subscriber.c.key == row["key"])
                    .values(name="n" * chance.randrange(400))
                )
    return sqlite_database


def test_nothing_is_left_of_what_was_deleted(filled: Database) -> None:
    """Not in the file, whatever its pages went through, and not in its log."""
    gone = [f"reader{n:05}x@example.org" for n in range(0, 2000, 20)]
    with filled.write() as connection:
        for key in gone:
            connection.execute(delete(subscriber).where(subscriber.c.key == key))
    assert filled.wipe(gone)
    assert [key for key in gone if traces(filled, key)] == []
    assert traces(filled, "reader00001x@example.org")


def test_a_copy_that_was_left_is_found(filled: Database) -> None:
    """Where an older program deleted without overwriting, the file is written anew."""
    key = "reader00020x@example.org"
    with filled.write() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        connection.execute(delete(subscriber).where(subscriber.c.key == key))
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    assert filled.wipe({"nobody@example.org"})
    assert traces(filled, key)
    assert filled.wipe({key})
    assert not traces(filled, key)


def test_what_is_kept_on_purpose_writes_nothing_anew(filled: Database) -> None:
    """Rows that still hold the text are no copies that were left."""
    key = "reader00001x@example.org"
    file = filled.file
    assert file
    assert filled.wipe({key}, [key, key, key])  # the address, its key, the index
    before = file.stat().st_mtime_ns
    assert filled.wipe({key}, [key, key, key])
    assert file.stat().st_mtime_ns == before


def test_a_reader_keeps_the_log(filled: Database) -> None:
    """Where somebody still reads what was there before, that is said."""
    url = filled.engine.url.render_as_string()
    with closing(open_database(url, wait=0.05)) as impatient, filled.read() as reading:
        reading.exec_driver_sql("SELECT count(*) FROM subscriber").scalar()
        with filled.write() as connection:
            connection.exec_driver_sql("DELETE FROM subscriber WHERE id = 1")
        assert not impatient.wipe({"nobody@example.org"})
    assert filled.wipe({"nobody@example.org"})


def test_postgres_has_its_own_vacuum(database: Database) -> None:
    """On either database it can be asked for."""
    assert database.wipe({"nobody@example.org"})
