"""Opening the database, its transactions and its version."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError

from digest.errors import DatabaseError, TryAgain
from digest.store.migrations import HEAD

#: seconds a writer waits for another; an import holds the lock for well under one
WAIT = 30.0
DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
#: PostgreSQL's codes for: waited too long, deadlock, another was first
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
PASSING = {"55P03", "40P01", "40001"}
#: of a lock, by what it is for
KEY = "hashtextextended(:what, 0)"
#: seconds after which PostgreSQL asks whether a machine is still there, and gives up
KEEPALIVE = {
    "tcp_keepalives_idle": 20,
    "tcp_keepalives_interval": 10,
    "tcp_keepalives_count": 3,
}
#: bytes of a file that are looked through at a time
BLOCK = 1 << 23


class Database:
    """An open database at the newest version."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def place(self) -> str:
        """The URL without what is secret in it, for messages."""
        return _place(self.engine.url)

    @property
    def address(self) -> str:
        """The URL as PostgreSQL's own programs take it, without its passwords.

        https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
        """
        url = self.engine.url
        plain = URL.create(
            url.get_backend_name(),
            username=url.username,
            host=url.host,
            port=url.port,
            database=url.database,
            query=url.difference_update_query(("password", "sslpassword")).query,
        )
        return plain.render_as_string(hide_password=False)

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for PostgreSQL."""
        url = self.engine.url
        return Path(url.database or "") if url.drivername == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read from; what it writes is not kept."""
        with _errors_named(self.engine.url), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, or on an error nothing."""
        options = {"begin": "IMMEDIATE"}
        with _errors_named(self.engine.url), self.engine.connect() as connection:
            with connection.execution_options(**options).begin():
                yield connection

    @contextmanager
    def only(self, what: str) -> Iterator[bool]:
        """Whether nobody else does something at the moment, on whatever machine.

        PostgreSQL knows it of each session, and forgets it with the session: of a
        process that dies at once, of a machine that does within a minute. On SQLite,
        one process runs alone.
        """
        if self.file is not None:
            yield True
            return
        options = {"isolation_level": "AUTOCOMMIT"}
        with _errors_named(self.engine.url), self.engine.connect() as plain:
            connection = plain.execution_options(**options)
            for name, seconds in KEEPALIVE.items():
                connection.exec_driver_sql(f"SET {name} = {seconds}")
            given = {"what": f"digest {what}"}
            mine = connection.scalar(text(f"SELECT pg_try_advisory_lock({KEY})"), given)
            try:
                yield bool(mine)
            finally:
                if mine:
                    with suppress(DBAPIError):  # with the session it is gone as well
                        connection.scalar(
                            text(f"SELECT pg_advisory_unlock({KEY})"), given
                        )

    def wipe(self, erased: Collection[str], kept: Collection[str] = ()) -> bool:
        """Leave nothing of deleted texts in SQLite's file, and nothing in its log.

        What is deleted is overwritten (secure_delete); but where SQLite moved a row
        from page to page before, a copy may be left, and the file is written anew. The
        texts may still stand in `kept`. False where a reader holds the log as it was;
        PostgreSQL has its own VACUUM.
        """
        if self.file is None:
            return True
        words = {text.encode().lower() for text in erased}
        left = sum(text.encode().lower().count(word) for text in kept for word in words)
        clean = self._checkpoint()
        if _occurrences(self.file, words) > left:
            with self._outside() as connection:
                connection.exec_driver_sql("VACUUM")
            clean = self._checkpoint()
        return clean

    def copy_into(self, file: Path) -> None:
        """Write SQLite's database as it is at this moment to a new or empty file."""
        with self._outside() as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(file),))

    def _checkpoint(self) -> bool:
        """Empty the log into the file; False where somebody reads what is in it."""
        with self._outside() as connection:
            checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)"
            return not connection.exec_driver_sql(checkpoint).one()[0]

    @contextmanager
    def _outside(self) -> Iterator[Connection]:
        """A connection to SQLite without a transaction."""
        with _errors_named(self.engine.url), self.engine.connect() as connection:
            yield connection.execution_options(begin=None)

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, *, wait: float = WAIT) -> Database:
    """Open the database at `url`, made or migrated to the newest version.

    A writer waits `wait` seconds for another before it gives up.

    Raises:
        DatabaseError: it cannot be opened, or a newer program has written it.
        TryAgain: another process has it locked.
    """
    engine = _engine(_parsed(url), wait)
    _make_private(engine.url)
    try:
        with _errors_named(engine.url):
            with engine.connect() as connection:
                version = _version(connection)
            if version != HEAD:
                _migrate(engine, version)
    except Exception:
        engine.dispose()
        raise
    return Database(engine)


def _make_private(url: URL) -> None:
    """A new file of SQLite's can be read by nobody else: there are addresses in it.

    What SQLite puts beside it has the same permissions.
    """
    if url.drivername == "sqlite" and url.database:
        with suppress(OSError):  # it is there, or SQLite says better what is wrong
            os.close(os.open(url.database, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


# --- The URL ------------------------------------------------------------------


def _parsed(url: str) -> URL:
    """The URL with the driver that we use; no message ever shows its password."""
    try:
        parsed = make_url(url)
        driver = DRIVERS[parsed.drivername]
    except (ArgumentError, ValueError, KeyError):
        kind = re.match(r"[\w+]{1,30}://", url)
        shown = f", not {kind[0]}…" if kind and kind[0][:-3] not in DRIVERS else ""
        raise DatabaseError(
            f"[database] url: must be sqlite:///FILE or postgresql://…{shown}"
        ) from None
    if driver == "sqlite" and (not parsed.database or parsed.host or parsed.query):
        raise DatabaseError("[database] url: for SQLite it must be sqlite:///FILE")
    return parsed.set(drivername=driver)


def _place(url: URL) -> str:
    shown = url.set(drivername=url.get_backend_name(), query={})
    return shown.render_as_string(hide_password=True)


def _engine(url: URL, wait: float) -> Engine:
    try:
        # a server that was started anew has closed what the pool holds
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise DatabaseError(
            f"[database] url: needs the Python package {error.name}; for PostgreSQL: "
            "pip install 'newsletter-digest[postgres]'"
        ) from error
    prepare = _prepare_sqlite if url.drivername == "sqlite" else _prepare_postgres
    prepare(engine, wait)
    return engine


def _prepare_sqlite(engine: Engine, wait: float) -> None:
    """WAL, full durability, foreign keys, nothing left of what is deleted, and BEGIN
    as we say it.

    The driver's own BEGIN comes late, and cannot be IMMEDIATE:
    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        _into_wal(connection, wait)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        if mode:
            connection.exec_driver_sql(f"BEGIN {mode}")


def _occurrences(file: Path, words: Collection[bytes]) -> int:
    """How often words stand in a file, whatever the case of their ASCII letters."""
    overlap = max(map(len, words)) - 1
    found, tail = 0, b""
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            window = tail + block.lower()
            tail = window[len(window) - overlap :]
            found += sum(window.count(word) - tail.count(word) for word in words)
    return found + sum(tail.count(word) for word in words)


def _into_wal(connection: sqlite3.Connection, wait: float) -> None:
    """Where another process does it at the same time, SQLite doesn't wait by itself."""
    deadline = time.monotonic() + wait
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in BUSY or time.monotonic() >= deadline:
                raise
        time.sleep(0.01)


def _prepare_postgres(engine: Engine, wait: float) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = {int(wait * 1000)}")
        connection.commit()


# --- Errors ---------------------------------------------------------------------


@contextmanager
def _errors_named(url: URL) -> Iterator[None]:
    """The database's own complaints in one line; ours pass unchanged."""
    try:
        yield
    except IntegrityError:
        raise  # of a statement, not of the database: whoever wrote it knows it
    except DBAPIError as error:
        raise _named(url, error) from error


def _named(url: URL, error: DBAPIError) -> DatabaseError | TryAgain:
    reason = str(error.orig).strip().partition("\n")[0]
    busy = getattr(error.orig, "sqlite_errorcode", None) in BUSY
    if busy or getattr(error.orig, "sqlstate", None) in PASSING:
        return TryAgain(f"{_place(url)}: locked by another process; try again")
    return DatabaseError(f"{_place(url)}: {_unopened(url) or reason}")


#: also those where WAL is set up or recovered: https://sqlite.org/rescode.html
BUSY = {5, 5 | 1 << 8, 5 | 2 << 8, 5 | 3 << 8}


def _unopened(url: URL) -> str:
    """Why a file cannot be SQLite's, where SQLite says only that it can't open it."""
    if url.drivername != "sqlite" or not url.database:
        return ""
    file = Path(url.database)
    if file.is_dir():
        return "is a folder; name a file in it"
    if not file.parent.is_dir():
        return f"there is no folder {file.parent}; make it first"
    return ""


# --- The version ----------------------------------------------------------------


def _version(connection: Connection) -> str | None:
    """The migration that the database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)


def _migrate(engine: Engine, version: str | None) -> None:
    # Alembic takes 0.1 s to import, and is needed once a release.
    from digest.store.migrations.run import upgrade

    upgrade(engine, version, _place(engine.url))
