"""The database: whole, of this version, open to several at once; what stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from digest.config import Config
from digest.doctor.diagnosis import Diagnosis, ill, well
from digest.doctor.vitals import standing_still
from digest.errors import DigestError
from digest.store import Database, incarnation, open_database
from digest.store.migrations import HEAD
from subscribers import outgoing

BACKUP = "restore the last backup: digest db backup makes them"


def opened(config: Config) -> tuple[Database | None, list[Diagnosis]]:
    """The open database; or None, and why not."""
    try:
        return open_database(config.database_url), []
    except DigestError as error:
        way_out = "see [database] url in digest.toml"
        return None, [ill("database", str(error), way_out)]


def look(database: Database, now: datetime) -> list[Diagnosis]:
    """What is the matter with one that could be opened."""
    try:
        with database.read() as connection:
            faults = list(_stranger(database))
            faults += _faults(connection) if database.file else []
            well_ = well("database", f"{database.place}, version {HEAD}")
            return [
                *(faults or [well_]),
                _outgoing(outgoing.standing(connection, now=now)),
                *_still(connection, now),
            ]
    except DigestError as error:
        return [ill("database", str(error), BACKUP)]


def _stranger(database: Database) -> Iterator[Diagnosis]:
    if not incarnation.may_send(database):
        yield ill(
            "database",
            f"{database.place}: is a copy or was restored, and does not send",
            "it does once it is adopted; if the original is no more: digest db adopt",
        )


def _faults(connection: Connection) -> Iterator[Diagnosis]:
    """What SQLite says of its file: https://sqlite.org/pragma.html"""
    found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if found != "ok":
        yield ill("database", f"the file is damaged: {found}", BACKUP)
    journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if journal != "wal":
        yield ill(
            "database",
            f"its journal is {journal}, so readers and writers wait for each other",
            "put it on a disk of this machine: WAL needs shared memory",
        )


def _outgoing(standing: outgoing.Standing) -> Diagnosis:
    reason = f": {standing.reason}" if standing.reason else ""
    message = f"{standing.waiting} wait, {standing.failed} failed{reason}"
    if standing.failed or standing.reason:
        way_out = "what waits is tried again by digest run, send and sync"
        return ill("single mails and calls", message, way_out)
    return well("single mails and calls", message)


def _still(connection: Connection, now: datetime) -> Iterator[Diagnosis]:
    for line in standing_still(connection, now):
        yield ill("running", line, "is digest run running? then its log says why")
