"""People from a file onto a list, whatever program wrote it.

Chunk by chunk, each in a transaction of its own: memory stays what it is, other
writers wait a moment at most, and an import that was broken off is run again.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from subscribers.address import parse_address
from subscribers.driver import take_stock
from subscribers.enrolment import Enrolment, Grounds, Person, enrol
from subscribers.errors import ImportFailed, InvalidAddress, InvalidName
from subscribers.lists import find_list
from subscribers.model import Change
from subscribers.names import clean_name, clean_statement
from subscribers.reading import Line, name_of, read_lines
from subscribers.rows import Row, read_rows

CHUNK = 5000

#: opens a transaction that is kept when it is left, like `Database.write`
Connect = Callable[[], AbstractContextManager[Connection]]
#: takes note of a row that is nobody, and why
Reject = Callable[[Line, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: all of them are one of the five after `rows`.

    `unconfirmed` of the people on the list by it can get no mail, for there is no
    statement of their consent.
    """

    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    suppressed: int = 0
    unconfirmed: int = 0

    def after(self, rows: int, done: Enrolment) -> ImportReport:
        """The report with a chunk of so many rows, and what became of its people."""
        counts = Counter(done.changes)
        return ImportReport(
            rows=self.rows + rows,
            added=self.added + counts[Change.ADDED],
            updated=self.updated + counts[Change.UPDATED],
            unchanged=self.unchanged + counts[Change.UNCHANGED],
            rejected=self.rejected + rows - len(done.changes),
            suppressed=self.suppressed + counts[Change.SUPPRESSED],
            unconfirmed=self.unconfirmed + done.unconfirmed,
        )


def import_file(
    connect: Connect,
    file: Path | BinaryIO,
    list_name: str,
    *,
    consent: str | None,
    now: datetime,
    secret: Callable[[], bytes],
    mapping: Mapping[str, str] | None = None,
    rejects: Path | None = None,
    rejected: Callable[[int, str], None] = lambda number, reason: None,
    dry_run: bool = False,
    progress: Callable[[ImportReport], None] | None = None,
) -> ImportReport:
    """Bring the people of a file onto a list; run twice, it changes nothing more.

    CSV, TSV, semicolons or JSON lines, gzipped or not. A row that is nobody goes to
    `rejects`, with its line number and the reason, and stops no other; `rejected` is
    told the two. `consent`, `secret` and who never comes back: as in
    `add_subscriber`. `progress` gets the report so far after each chunk.

    Raises:
        UnknownList: there is no list of that name.
        ImportFailed: the file cannot be read, or has no column of addresses.
    """
    with connect() as connection:
        to = find_list(connection, list_name)
    place = name_of(file)
    statement = clean_statement(consent or "")
    grounds = Grounds(statement=statement, source=f"import: {place}", now=now)
    rows = read_rows(read_lines(file), mapping or {}, place)
    report = ImportReport()
    with _rejecting(rejects, file, rejected) as reject:
        for chunk in _chunks(rows):
            people = list(_people(chunk, reject))
            with connect() as connection:
                done = enrol(
                    connection,
                    to,
                    people,
                    grounds=grounds,
                    secret=secret,
                    dry_run=dry_run,
                )
            report = report.after(len(chunk), done)
            if progress:
                progress(report)
    if report.added:
        with connect() as connection:
            take_stock(connection)
    return report


def _people(rows: Iterable[Row], reject: Reject) -> Iterator[Person]:
    for row in rows:
        if row.fault:
            reject(row.line, row.fault)
            continue
        try:
            yield Person(address=parse_address(row.email), name=clean_name(row.name))
        except (InvalidAddress, InvalidName) as error:
            reject(row.line, str(error))


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Some thousand rows at a time; of a damaged file, those before the damage."""
    chunk: list[Row] = []
    taken, damage = 0, None
    try:
        for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK:
                yield chunk
                taken, chunk = taken + CHUNK, []
    except ImportFailed as error:
        damage = error
    if chunk:
        yield chunk
    if damage:
        taken += len(chunk)
        raise ImportFailed(f"{damage}; the {taken:,} rows before it were read")


@contextmanager
def _rejecting(
    path: Path | None, file: Path | BinaryIO, tell: Callable[[int, str], None]
) -> Iterator[Reject]:
    """Tells of rejected rows, and writes them to a file that is there in the end."""
    if path is None:
        yield lambda line, reason: tell(line.number, reason)
        return
    if path.is_dir() or (isinstance(file, Path) and path.resolve() == file.resolve()):
        raise ImportFailed(f"{path}: the rejected rows need a file of their own")
    part = path.with_name(path.name + ".part")
    try:
        stream = part.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise ImportFailed(f"{path}: cannot be written: {error.strerror}") from error
    try:
        with stream:
            writer = csv.writer(stream)
            writer.writerow(("line", "reason", "row"))

            def reject(line: Line, reason: str) -> None:
                writer.writerow((line.number, reason, line.text.rstrip("\r\n")))
                tell(line.number, reason)

            yield reject
    finally:
        part.replace(path)
