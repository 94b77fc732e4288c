"""People from a file onto a list, whatever program wrote it.

Chunk by chunk, each in a transaction of its own: memory stays what it is, other
writers wait a moment at most, and an import that was broken off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sqlalchemy import Connection

from subscribers.driver import is_sqlite, keep_pages, only_writer, take_stock
from subscribers.enrolment import Enrolment, enrol
from subscribers.entry import Grounds
from subscribers.errors import (
    ImportFailed,
    InvalidAddress,
    InvalidName,
    InvalidValue,
)
from subscribers.fields import Person, check_moments, person_of
from subscribers.lists import find_list
from subscribers.look_alikes import is_suspicious
from subscribers.model import Change, Provider
from subscribers.names import clean_statement
from subscribers.reading import Tally, hash_of, name_of, read_lines
from subscribers.rejecting import Reject, rejecting
from subscribers.rows import Row, Rows, read_rows
from subscribers.runs import ImportReport, Run, advance, finish, so_far
from subscribers.secret_key import SecretKey
from subscribers.seen import Seen

#: rows of a transaction: few enough that other writers wait for it well under 200 ms
CHUNK = 1500
#: people that a preview shows
SHOWN = 10

#: opens a transaction that is kept when it is left, like `Database.write`
Connect = Callable[[], AbstractContextManager[Connection]]
#: `enrol` with all but the connection and the people
Bring = Callable[..., Enrolment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How a file is read: `columns` are what each is taken for, in their order.

    `delimiter` is empty for JSON lines; `people` are the first, as they would be taken.
    """

    delimiter: str
    encoding: str
    columns: tuple[tuple[str, str], ...]
    people: tuple[Person, ...]


class Chunk(NamedTuple):
    """Some rows: `end` counts all up to here, `again` are people of earlier chunks."""

    end: int
    rows: int
    people: list[Person]
    again: set[str]

    @property
    def duplicates(self) -> int:
        keys = {person.address.key for person in self.people}
        return len(self.people) - len(keys - self.again)

    def counts(self, unconfirmed: int) -> dict[str, int]:
        """What is counted beside what became of each row."""
        return {
            "duplicates": self.duplicates,
            "unconfirmed": unconfirmed,
            "skipped": sum(each.skipped for each in self.people),
            "suspicious": sum(is_suspicious(p.address.display) for p in self.people),
        }


def import_file(
    connect: Connect,
    file: Path | BinaryIO,
    list_name: str,
    *,
    consent: str | None,
    now: datetime,
    secret: Callable[[], bytes],
    key: SecretKey | None = None,
    provider: Provider | None = None,
    operator: str = "",
    mapping: Mapping[str, str] | None = None,
    rejects: Path | None = None,
    rejected: Callable[[int, str], None] = lambda number, reason: None,
    dry_run: bool = False,
    preview: Callable[[Preview], None] | None = None,
    progress: Callable[[ImportReport], None] = lambda report: None,
    tally: Tally | None = None,
) -> ImportReport:
    """Bring the people of a file onto a list; run twice, it changes nothing more.

    CSV with any delimiter or JSON lines, gzipped or not; `mapping` says by hand which
    column is what. A row that is nobody goes to `rejects`, with its line number and
    the reason, and stops no other; `rejected` is told the two. `consent`, `secret`,
    `key` and who never comes back: as in `add_subscriber`. Who a row says has left,
    bounced or complained is written down as that, and `provider` told. `preview` gets
    how the file is read and its first people, `progress` the report so far after each
    chunk; `tally` notes how much of the file was read.

    Raises:
        UnknownList: there is no list of that name.
        ImportFailed: the file cannot be read, or has no column of addresses.
        KeyMissing, WrongKey: somebody was erased, and it cannot be told who.
    """
    with connect() as connection:
        to = find_list(connection, list_name)
    _check_rejects(rejects, file)
    tally = tally or Tally()
    run = Run(
        list_id=to.id,
        file=name_of(file),
        hash="" if dry_run else _hash(file),
        statement=clean_statement(consent or ""),
        operator=operator,
        rejects=name_of(rejects.absolute()) if rejects else "",
    )
    rows = read_rows(read_lines(file, tally), mapping or {}, run.file)
    grounds = Grounds(statement=run.statement, source=f"import: {run.file}", now=now)
    bring = partial(enrol, to=to, secret=secret, key=key, provider=provider)
    person = partial(_person, now=now)
    with rejecting(rejects, rejected) as reject, Seen() as seen:
        chunks = _chunks(rows, person, reject, seen)
        if preview:
            chunks = _previewed(chunks, rows, tally, preview)
        if dry_run:
            try_ = partial(_try, partial(bring, grounds=grounds, dry_run=True))
            return _each(connect, chunks, try_, progress)
        asked = {column: field for field, column in (mapping or {}).items()}
        with connect() as connection:
            run_id = run.begin(connection, asked | rows.columns.mapping, now)
        grounds = replace(grounds, import_id=run_id)
        write = partial(_write, partial(bring, grounds=grounds), run_id)
        report = _each(connect, chunks, write, progress)
        with connect() as connection:
            finish(connection, run_id, tally.hash, now)
            take_stock(connection)
        return report


def _hash(file: Path | BinaryIO) -> str:
    """The hash of what can be read twice; a pipe cannot."""
    return hash_of(file) if isinstance(file, Path) and file.is_file() else ""


def _check_rejects(path: Path | None, file: Path | BinaryIO) -> None:
    if path is None:
        return
    same = (
        isinstance(file, Path)
        and path.exists()
        and file.exists()
        and path.samefile(file)
    )
    if same or path.is_dir():
        raise ImportFailed(f"{path}: the rejected rows need a file of their own")


# --- Chunks into the database ---------------------------------------------------


def _each(
    connect: Connect,
    chunks: Iterator[Chunk],
    take: Callable[[Connection, Chunk, ImportReport], ImportReport],
    tell: Callable[[ImportReport], None],
) -> ImportReport:
    """Each chunk in a transaction, while the next is read: with SQLite as soon as it is
    committed, for until then it needs this processor.
    """
    report = ImportReport()
    with ThreadPoolExecutor(1) as reader:
        read_on = partial(reader.submit, next, chunks, None)
        chunk = next(chunks, None)
        while chunk:
            with connect() as connection:
                coming = None if is_sqlite(connection) else read_on()
                report = take(connection, chunk, report)
                coming = coming or read_on()
            tell(report)
            chunk = coming.result()
    return report


def _write(
    bring: Bring, run_id: int, connection: Connection, chunk: Chunk, _: ImportReport
) -> ImportReport:
    """What became of all rows up to here. Those of the run that are done, by a process
    that was killed or by one beside this, are left as they are.
    """
    only_writer(connection)
    done, report = so_far(connection, run_id)
    if done >= chunk.end:
        return report
    keep_pages(connection)
    new = bring(connection, people=chunk.people, again=chunk.again)
    report = report.after(
        chunk.rows,
        new.changes,
        chunk.counts(new.unconfirmed),
    )
    advance(connection, run_id, chunk.end, report)
    return report


def _try(
    bring: Bring, connection: Connection, chunk: Chunk, report: ImportReport
) -> ImportReport:
    """What would become of the rows; who was in an earlier chunk is unchanged."""
    people = [each for each in chunk.people if each.address.key not in chunk.again]
    new = bring(connection, people=people)
    unchanged = [Change.UNCHANGED] * (len(chunk.people) - len(people))
    return report.after(
        chunk.rows,
        [*new.changes, *unchanged],
        chunk.counts(new.unconfirmed),
    )


# --- Rows into chunks -----------------------------------------------------------


def _chunks(
    rows: Rows, read: Callable[[Row, Reject], Person | None], reject: Reject, seen: Seen
) -> Iterator[Chunk]:
    """Some thousand rows at a time; of a damaged file, those before the damage."""
    end, damage, more = 0, None, True
    while more and not damage:
        people: list[Person] = []
        begin = end
        try:
            for row in islice(rows, CHUNK):
                end += 1
                if person := read(row, reject):
                    people.append(person)
        except ImportFailed as error:
            damage = error
        more = end > begin
        if more:
            again = seen.before({person.address.key for person in people})
            yield Chunk(end, end - begin, people, again)
    if damage:
        raise ImportFailed(f"{damage}; the {end:,} rows before it were read")


def _person(row: Row, reject: Reject, *, now: datetime) -> Person | None:
    """The person that a row is about; a row about nobody is rejected."""
    fault = row.fault
    if not fault:
        try:
            person = person_of(row.cells, row.columns)
            check_moments(person, now)
            return person
        except (InvalidAddress, InvalidName, InvalidValue) as error:
            fault = str(error)
    reject(row.line, fault)
    return None


def _previewed(
    chunks: Iterator[Chunk],
    rows: Rows,
    tally: Tally,
    preview: Callable[[Preview], None],
) -> Iterator[Chunk]:
    """The same chunks; what a preview shows is told before the first."""
    first = next(chunks, None)
    columns = enumerate(rows.columns.names)
    meanings = rows.columns.meanings
    preview(
        Preview(
            delimiter=rows.delimiter,
            encoding=tally.encoding,
            columns=tuple((name, meanings.get(at, "ignored")) for at, name in columns),
            people=tuple(first.people[:SHOWN]) if first else (),
        )
    )
    if first:
        yield first
        yield from chunks
