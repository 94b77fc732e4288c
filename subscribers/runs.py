"""Imports as the database knows them: what each rests on, and how far it has come.

The row of a run moves on in the transaction of each chunk. So one that was broken off
goes on where it stopped, and two of the same file at once are one run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select, update

from subscribers.driver import only_writer
from subscribers.model import Change
from subscribers.tables import import_run


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: all of them are one of the five after `rows`.

    `duplicates` of them are about somebody whom an earlier row was about.
    `unconfirmed` of the people on the list by it can get no mail, for there is no
    statement of their consent. `skipped` attributes are lists or objects, and left out;
    `suspicious` rows have an address that mixes alphabets, as look-alikes do.
    """

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    suppressed: int = 0
    duplicates: int = 0
    unconfirmed: int = 0
    skipped: int = 0
    suspicious: int = 0

    def after(
        self, rows: int, changes: Iterable[Change], beside: Mapping[str, int]
    ) -> ImportReport:
        """The report with so many rows more, and what became of their people; `beside`
        are the other counts, by their names.
        """
        counts = Counter(changes)
        return ImportReport(
            rows=self.rows + rows,
            added=self.added + counts[Change.ADDED],
            updated=self.updated + counts[Change.UPDATED],
            unchanged=self.unchanged + counts[Change.UNCHANGED],
            rejected=self.rejected + rows - counts.total(),
            suppressed=self.suppressed + counts[Change.SUPPRESSED],
            **{name: getattr(self, name) + more for name, more in beside.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What an import is, and what the consent from it rests on.

    `hash` is the file's, empty where it is known only in the end; `rejects` is where
    its rejected rows will be, so that whoever is erased is erased there too.
    """

    list_id: int
    file: str
    hash: str
    statement: str
    operator: str
    rejects: str

    def begin(
        self, connection: Connection, mapping: Mapping[str, str], now: datetime
    ) -> int:
        """The id of a run like this that has no end yet; else of a new one.

        `mapping` is what each column is taken for.
        """
        only_writer(connection)
        columns = msgspec.json.encode(mapping).decode()
        begun = self._begun(connection, columns) if self.hash else None
        if begun is not None:
            there = update(import_run).where(import_run.c.id == begun)
            connection.execute(there.values(rejects=self.rejects))
            return begun
        row = insert(import_run).values(
            list_id=self.list_id,
            file=self.file,
            file_hash=self.hash,
            statement=self.statement,
            operator=self.operator,
            mapping=columns,
            rejects=self.rejects,
            done=0,
            report=_encoded(ImportReport()),
            began_at=now,
        )
        return int(connection.execute(row.returning(import_run.c.id)).scalar_one())

    def _begun(self, connection: Connection, columns: str) -> int | None:
        runs = import_run.c
        query = select(runs.id).where(
            runs.list_id == self.list_id,
            runs.file_hash == self.hash,
            runs.statement == self.statement,
            runs.mapping == columns,
            runs.rejects.in_(["", self.rejects]),
            runs.ended_at.is_(None),
        )
        return connection.scalar(query.order_by(runs.id).limit(1))


def so_far(connection: Connection, run_id: int) -> tuple[int, ImportReport]:
    """How many rows of a run are done, and what became of them."""
    query = select(import_run.c.done, import_run.c.report)
    done, report = connection.execute(query.where(import_run.c.id == run_id)).one()
    return done, msgspec.json.decode(report, type=ImportReport)


def advance(
    connection: Connection, run_id: int, done: int, report: ImportReport
) -> None:
    """So many rows of a run are done with this transaction."""
    run = update(import_run).where(import_run.c.id == run_id)
    connection.execute(run.values(done=done, report=_encoded(report)))


def finish(connection: Connection, run_id: int, file_hash: str, now: datetime) -> None:
    """All rows of a run are done."""
    run = update(import_run).where(
        import_run.c.id == run_id, import_run.c.ended_at.is_(None)
    )
    connection.execute(run.values(file_hash=file_hash, ended_at=now))


def _encoded(report: ImportReport) -> str:
    return msgspec.json.encode(asdict(report)).decode()
