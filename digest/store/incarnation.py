"""Whether this database is the one that sends, and not a copy or a restored backup.

What a copy holds as planned, the original may have handed over since; and nobody can
tell the two by what is in them. So a count stands in the database and beside it, and
both are raised whenever sending begins: a database that comes back from yesterday
finds itself behind (design/delivery.md, 1). PostgreSQL knows itself who it is.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import ProgrammingError

from digest.errors import DatabaseError
from digest.store.database import Database
from subscribers.tables import mark

#: how the names of all of these begin
OWN = "incarnation: "
#: what the database knows of itself: `next` is counted up, then the file, then `epoch`
EPOCH, NEXT = "incarnation: epoch", "incarnation: next"
#: the server, its history and the database that it was last known to be
IDENTITY = "incarnation: identity"
#: set in what `digest db backup` wrote, and by `digest db copy`: of what it is a copy
COPY = "incarnation: copy"
#: as long whatever the number, so that it is overwritten in place
FORM = "{:020}\n"


def claim(database: Database) -> None:
    """Be the one that sends from now on.

    Raises:
        DatabaseError: it is a copy, or was restored.
    """
    with database.write() as connection:
        if _read(connection, COPY) is not None:
            raise _refused(database)
    if database.file is None:
        _claim_server(database)
    else:
        _claim_file(database, database.file)


def check(database: Database) -> None:
    """Whether it is the one that sends; it is left as it is.

    Raises:
        DatabaseError: it is a copy, or was restored.
    """
    if not may_send(database):
        raise _refused(database)


def may_send(database: Database) -> bool:
    """Whether it is neither a copy nor restored."""
    with database.read() as connection:
        if _read(connection, COPY) is not None:
            return False
        if database.file is None:
            return _read(connection, IDENTITY) in (None, _identity(connection))
        epoch = _read(connection, EPOCH)
    beside = epoch_file(database.file)
    if not beside.exists():  # looked for after it was read: it is made before it counts
        return epoch is None
    with _locked(beside) as descriptor, database.read() as connection:
        return _fits(connection, descriptor)


def adopt(database: Database) -> None:
    """Take a copy for the one that sends: the original is no more."""
    with database.write() as connection:
        for name in (COPY, EPOCH, NEXT, IDENTITY):
            connection.execute(mark.delete().where(mark.c.name == name))
    if database.file is not None:
        epoch_file(database.file).unlink(missing_ok=True)
    claim(database)


def mark_copy(file: Path) -> None:
    """Note in a copy of a SQLite file that it is one."""
    from digest.store.database import open_database

    database = open_database(f"sqlite:///{file}")
    with database.write() as connection:
        _write(connection, COPY, "yes")
    database.close()


def name_of(database: Database, connection: Connection) -> str:
    """What tells a database from others while it stays where it is."""
    return str(database.file.resolve()) if database.file else _identity(connection)


def copy_of(connection: Connection) -> str | None:
    """The name of the one that this is a copy of; None where it is none."""
    return _read(connection, COPY)


def write_copy_of(connection: Connection, name: str) -> None:
    """Note of what this is a copy: it does not send."""
    _write(connection, COPY, name)


def has_sent(connection: Connection) -> bool:
    """Whether it was adopted, or has sent: it is somebody by itself."""
    return bool(_read(connection, IDENTITY) or _read(connection, NEXT))


def epoch_file(file: Path) -> Path:
    return file.with_name(f"{file.name}.epoch")


def _claim_file(database: Database, file: Path) -> None:
    """Raise the count: `next`, then the file, then `epoch`; after a crash between any
    two the file is one of both."""
    with _locked(epoch_file(file)) as beside:
        with database.write() as connection:
            if not _fits(connection, beside):
                raise _refused(database)
            new = int(_read(connection, NEXT) or 0) + 1
            _write(connection, NEXT, str(new))
        os.pwrite(beside, FORM.format(new).encode(), 0)
        os.fsync(beside)
        with database.write() as connection:
            _write(connection, EPOCH, str(new))


def _fits(connection: Connection, beside: int) -> bool:
    """Whether the file's count is one of the database's two."""
    known = _plain(os.pread(beside, len(FORM.format(0)), 0).decode())
    counts = (_read(connection, EPOCH), _read(connection, NEXT))
    return known in {_plain(count or "") for count in counts}


def _plain(number: str) -> str:
    return number.strip().lstrip("0")


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    """The file's descriptor, this process's alone; made where there is none."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _claim_server(database: Database) -> None:
    with database.write() as connection:
        identity = _identity(connection)
        known = _read(connection, IDENTITY)
        if known not in (None, identity):
            raise _refused(database)
        if known is None:
            _write(connection, IDENTITY, identity)


def _identity(connection: Connection) -> str:
    """The server's number, its timeline and the database's own number: another after
    a restore into another database, or to another moment."""
    oid = connection.scalar(
        text("SELECT oid FROM pg_database WHERE datname = current_database()")
    )
    try:
        with connection.begin_nested():
            row = connection.execute(
                text(
                    "SELECT s.system_identifier, c.timeline_id "
                    "FROM pg_control_system() s, pg_control_checkpoint() c"
                )
            ).one()
    except ProgrammingError:  # a hosted server may not tell
        return f"database {oid}"
    return f"server {row[0]}, timeline {row[1]}, database {oid}"


def _read(connection: Connection, name: str) -> str | None:
    return connection.scalar(select(mark.c.value).where(mark.c.name == name))


def _write(connection: Connection, name: str, value: str) -> None:
    connection.execute(mark.delete().where(mark.c.name == name))
    connection.execute(mark.insert().values(name=name, value=value))


def _refused(database: Database) -> DatabaseError:
    return DatabaseError(
        f"{database.place}: is a copy or was restored, and does not send, for the "
        "original may; if it takes the original's place: digest db adopt"
    )
