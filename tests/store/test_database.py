"""The database: opened, migrated, refused, locked; on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, delete, insert, inspect, make_url, select, text

import digest.store.tables  # noqa: F401 (adds its tables to the metadata)
from digest.errors import DatabaseError, TryAgain
from digest.store import Database, open_database
from digest.store.migrations import HEAD
from digest.store.migrations.run import configuration
from subscribers.tables import mailing_list, metadata, subscriber

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue
    from multiprocessing.synchronize import Barrier

    from tests.conftest import Databases


#: every one that a database may be at, but the newest
VERSIONS = [
    each.revision
    for each in ScriptDirectory.from_config(configuration()).walk_revisions()
    if each.revision != HEAD
]


def test_tables_are_as_declared(databases: Databases) -> None:
    """What the migrations make is what the code declares, to the last index."""
    opened = open_database(databases.empty())
    with opened.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    opened.close()


def test_head_is_the_newest() -> None:
    """HEAD, which is known without Alembic, is the last of the migrations."""
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


def test_opened_again(databases: Databases, now: datetime) -> None:
    """What was written is there when the database is opened the next time."""
    url = databases.empty()
    first = open_database(url)
    with first.write() as connection:
        connection.execute(insert(mailing_list).values(name="daily", created_at=now))
    first.close()
    second = open_database(url)
    with second.read() as connection:
        row = connection.execute(select(mailing_list)).one()
    assert (row.name, row.created_at) == ("daily", now)
    second.close()


def test_all_or_nothing(database: Database, now: datetime) -> None:
    """An error in a transaction takes back all of it, and what is only read too."""
    row = insert(mailing_list).values(name="daily", created_at=now)
    with contextlib.suppress(ZeroDivisionError), database.write() as connection:
        connection.execute(row)
        raise ZeroDivisionError
    with database.read() as connection:
        connection.execute(row)
    with database.read() as connection:
        assert connection.execute(select(mailing_list)).all() == []


def test_ids_are_not_used_again(database: Database, now: datetime) -> None:
    """The id of a row that is gone is nobody else's, not even the last one's."""
    row = insert(subscriber).returning(subscriber.c.id)
    ann, bob = ({"key": x, "email": x, "name": "", "created_at": now} for x in "ab")
    with database.write() as connection:
        first = connection.execute(row.values(ann)).scalar_one()
        connection.execute(delete(subscriber))
    with database.write() as connection:
        assert connection.execute(row.values(bob)).scalar_one() > first


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_id_is_its_own(sqlite_database: Database, table: object) -> None:
    """Each table that counts its rows never counts one number twice."""
    name = str(table)
    with sqlite_database.read() as connection:
        columns = {column["name"] for column in inspect(connection).get_columns(name)}
        made = connection.scalar(
            text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}
        )
    assert ("id" in columns) == ("AUTOINCREMENT" in str(made))


def test_moments_need_a_zone(database: Database) -> None:
    """A moment without a zone is refused, wherever it comes from."""
    naive = datetime(2026, 11, 20, 8, 30)  # noqa: DTZ001 (that is the point)
    row = insert(mailing_list).values(name="daily", created_at=naive)
    with pytest.raises(Exception, match="a moment without a zone"):
        with database.write() as connection:
            connection.execute(row)


# --- Refused --------------------------------------------------------------------


def test_newer_than_the_program(databases: Databases) -> None:
    """A database that a newer program wrote is refused, and left as it is."""
    url = databases.empty()
    opened = open_database(url)
    with opened.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with refused("is of version 9999, which this program does not know; install"):
        open_database(url)


def test_another_programs_tables(databases: Databases) -> None:
    """A database that somebody else's tables are in is refused, and left as it is."""
    url = databases.empty()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE django_session (id INTEGER)"))
    with refused("holds another program's tables (django_session, …)"):
        open_database(url)
    assert inspect(engine).get_table_names() == ["django_session"]
    engine.dispose()


@contextmanager
def refused(message: str) -> Iterator[None]:
    """Expect one line that holds `message`, and no password."""
    with pytest.raises(DatabaseError) as caught:
        yield
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "must be sqlite:///FILE or postgresql://…"),
        ("digest.db", "must be sqlite:///FILE or postgresql://…"),
        (
            "mysql://me:hunter2@host/x",
            "must be sqlite:///FILE or postgresql://…, not my",
        ),
        ("postgresql+asyncpg://me:hunter2@host/x", "not postgresql+asyncpg://…"),
        ("postgresql://me:hunter2@host:port/x", "must be sqlite:///FILE or"),
        ("hunter2", "must be sqlite:///FILE or"),
        ("me:hunter2@host://x", "must be sqlite:///FILE or"),
        ("sqlite://", "for SQLite it must be sqlite:///FILE"),
        ("sqlite://folder/digest.db", "for SQLite it must be sqlite:///FILE"),
        ("sqlite:///digest.db?password=hunter2", "for SQLite it must be"),
    ],
)
def test_wrong_url(url: str, message: str) -> None:
    """A URL that is none says what it must be, and never a password."""
    with refused(message):
        open_database(url)


@pytest.mark.needs("postgres")
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:hunter2@127.0.0.1:1/x",
        "postgres://me@127.0.0.1:1/x?password=hunter2",
        "postgresql://me:hunter2@127.0.0.1:1/x?nonsense=hunter2",
    ],
)
def test_no_server(url: str) -> None:
    """Where no server answers, the message names the place without the password."""
    with refused("postgresql://me"):
        open_database(url)


def test_no_database_there(tmp_path: Path) -> None:
    """A file of something else, a folder, a place that is not there: one line each."""
    file = tmp_path / "notes.txt"
    file.write_text("Nothing here is a database. " * 50)
    with refused("file is not a database"):
        open_database(f"sqlite:///{file}")
    with refused("is a folder; name a file in it"):
        open_database(f"sqlite:///{tmp_path}")
    with refused(f"there is no folder {tmp_path / 'no'}; make it first"):
        open_database(f"sqlite:///{tmp_path / 'no' / 'digest.db'}")
    with refused(f"there is no folder {file}; make it first"):
        open_database(f"sqlite:///{file / 'digest.db'}")
    assert file.read_text().startswith("Nothing here")


def test_may_not_be_written(tmp_path: Path) -> None:
    """A database that may only be read is named in one line when it is written."""
    file = tmp_path / "digest.db"
    open_database(f"sqlite:///{file}").close()
    content = bytearray(file.read_bytes())
    content[18] = (
        3  # by a later SQLite: https://sqlite.org/fileformat.html#file_format_version_numbers
    )
    file.write_bytes(content)
    opened = open_database(f"sqlite:///{file}")
    with refused("attempt to write a readonly database"), opened.write() as connection:
        connection.execute(delete(subscriber))
    opened.close()


def test_broken_file(sqlite_database: Database) -> None:
    """A file that was damaged is named in one line, not traced back."""
    sqlite_database.close()
    file = Path(sqlite_database.engine.url.database or "")
    damaged = bytearray(file.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    file.write_bytes(damaged)
    with refused(str(file)), sqlite_database.read() as connection:
        connection.execute(select(subscriber)).all()


# --- Others at the same time ------------------------------------------------------


def test_locked(databases: Databases) -> None:
    """While another writes, a writer waits, and then says to try again."""
    first = open_database(databases.migrated())
    url = first.engine.url.render_as_string(hide_password=False)
    second = open_database(url, wait=0.1)
    row = text("UPDATE alembic_version SET version_num = version_num")
    with first.write() as connection:
        connection.execute(row)
        with pytest.raises(TryAgain, match="locked by another process; try again$"):
            with second.write() as other:
                other.execute(row)
        with second.read() as other:
            assert other.scalar(text("SELECT version_num FROM alembic_version"))
    first.close()
    second.close()


def test_locked_while_opening(tmp_path: Path) -> None:
    """A database that somebody has locked is said to be so, not to be broken."""
    file = tmp_path / "digest.db"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(TryAgain, match="locked by another process"):
        open_database(f"sqlite:///{file}", wait=0.1)
    holder.close()


def _open(url: str, start: Barrier, versions: SimpleQueue[str | None]) -> None:
    """In a process of its own: open with the others, and say what that gave."""
    start.wait(timeout=60)
    opened = open_database(url)
    with opened.read() as connection:
        versions.put(connection.scalar(text("SELECT version_num FROM alembic_version")))
    opened.close()


def test_opened_by_several_at_once(databases: Databases) -> None:
    """Of two processes that open a new database, one makes it, and both have it."""
    url = make_url(databases.empty()).render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    start, versions = context.Barrier(2), context.SimpleQueue()
    both = [context.Process(target=_open, args=(url, start, versions)) for _ in "ab"]
    for process in both:
        process.start()
    for process in both:
        process.join(timeout=60)
    assert [process.exitcode for process in both] == [0, 0]
    assert [versions.get() for _ in both] == [HEAD, HEAD]


@pytest.mark.parametrize("version", VERSIONS)
def test_migrated_from_every_version(
    databases: Databases, version: str, now: datetime
) -> None:
    """What an older program wrote is there, in tables as they are declared now."""
    url = databases.empty()
    _at_version(url, version)
    opened = open_database(url)
    with opened.read() as connection:
        assert connection.scalar(select(mailing_list.c.name)) == "daily"
        assert connection.scalar(text("SELECT every FROM schedule")) == "monday 08:00"
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == HEAD
    opened.close()


def _at_version(url: str, version: str) -> None:
    """A database as a program of that version made it, with something in it."""
    config = configuration()
    engine = create_engine(url)
    moment = "2026-11-20 08:30:00"
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        for table, values in (
            ("mailing_list (name, created_at)", "'daily'"),
            (
                "schedule (name, every, zone, lists, created_at)",
                "'weekly', 'monday 08:00', 'UTC', '[]'",
            ),
        ):
            row = f"INSERT INTO {table} VALUES ({values}, '{moment}')"
            connection.exec_driver_sql(row)
    engine.dispose()
