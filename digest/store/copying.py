"""A database into another, row by row: from SQLite's file to PostgreSQL, or back.

Each table is read in the order of its key, so that one that was stopped goes on behind
the last row that is there; and at the end every row is compared with what it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select, text, tuple_

from digest.errors import DatabaseError
from digest.store import (
    incarnation,
    tables,  # noqa: F401  (it adds its own to the metadata)
)
from digest.store.database import Database
from subscribers.tables import mark, metadata

#: rows of a transaction
CHUNK = 5000

#: (table, rows of it that are there by now)
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How many rows there are, by the names of their tables."""

    rows: dict[str, int]


def copy(source: Database, target: Database, progress: Progress) -> Copied:
    """Copy everything; what is there already of it is not copied again.

    The copy does not send, until `digest db adopt` says that the original is no more;
    from then on nothing is copied into it, though it began as this.

    Raises:
        DatabaseError: the target was adopted, or holds something else; nothing was
            written there.
    """
    rows = {}
    with source.read() as here:
        _begin(source, here, target)
        for table in metadata.sorted_tables:
            if table is not mark:
                rows[table.name] = _copy(here, target, table, progress)
        _copy_marks(here, target)
        for table in metadata.sorted_tables:
            if table is not mark:
                _compare(here, target, table)
    _count_on(target)
    return Copied(rows=rows)


def _begin(source: Database, here: Connection, target: Database) -> None:
    """Look whether the target is empty, or a copy of this that was stopped; only then
    note in it of what it is one."""
    mine = incarnation.name_of(source, here)
    with target.read() as there:
        begun = incarnation.copy_of(there) == mine
        if not begun and incarnation.has_sent(there):
            raise DatabaseError(
                f"{target.place}: was adopted, or has sent; copy into an empty database"
            )
    for table in metadata.sorted_tables:
        if table is not mark:
            _compare(here, target, table, so_far=True)
    with target.read() as there:
        if not begun and any(_last(there, table) for table in metadata.sorted_tables):
            raise DatabaseError(
                f"{target.place}: is not empty, and no copy of {source.place} that was "
                "stopped; copy into an empty database"
            )
        _compare_marks(here, there, target)
    with target.write() as there:
        incarnation.write_copy_of(there, mine)


def _copy(here: Connection, target: Database, table: Table, progress: Progress) -> int:
    with target.read() as there:
        last = _last(there, table)
        count = there.scalar(select(func.count()).select_from(table)) or 0
    while rows := _after(here, table, last):
        with target.write() as there:
            there.execute(table.insert(), [_values(table, row) for row in rows])
        last = tuple(getattr(rows[-1], each.name) for each in table.primary_key)
        count += len(rows)
        progress(table.name, count)
    return count


def _values(table: Table, row: Row[Any]) -> dict[str, Any]:
    return dict(zip((column.name for column in table.c), row, strict=True))


def _last(there: Connection, table: Table) -> tuple[Any, ...] | None:
    """The key of the last row that is there."""
    keys = list(table.primary_key)
    query = select(*keys).order_by(*(key.desc() for key in keys)).limit(1)
    row = there.execute(query).one_or_none()
    return None if row is None else tuple(row)


def _after(
    connection: Connection, table: Table, last: tuple[Any, ...] | None
) -> Sequence[Row[Any]]:
    keys = list(table.primary_key)
    query = select(table).order_by(*keys).limit(CHUNK)
    if last is not None:
        query = query.where(tuple_(*keys) > tuple_(*last))
    return connection.execute(query).all()


def _all(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    last = None
    while rows := _after(connection, table, last):
        yield from rows
        last = tuple(getattr(rows[-1], each.name) for each in table.primary_key)


def _compare(
    here: Connection, target: Database, table: Table, *, so_far: bool = False
) -> None:
    """Every row with its original; with `so_far`, those that are there by now."""
    with target.read() as there:
        pairs = zip_longest(_all(here, table), _all(there, table))
        for one, other in pairs:
            if so_far and other is None:
                return
            if one != other:
                key = [str(each) for each in table.primary_key]
                raise _another(target, table, ", ".join(key))


def _another(target: Database, table: Table, key: str) -> DatabaseError:
    return DatabaseError(
        f"{target.place}: a row of {table.name} is not the original's "
        f"(by {key}); copy into an empty database"
    )


def _marks(connection: Connection) -> dict[str, str]:
    """All but who it is: a copy is another."""
    return {
        row.name: row.value
        for row in connection.execute(select(mark))
        if not row.name.startswith(incarnation.OWN)
    }


def _compare_marks(here: Connection, there: Connection, target: Database) -> None:
    if not _marks(there).items() <= _marks(here).items():
        raise _another(target, mark, str(mark.c.name))


def _copy_marks(here: Connection, target: Database) -> None:
    with target.write() as there:
        known = _marks(there)
        new = [
            {"name": name, "value": value}
            for name, value in _marks(here).items()
            if name not in known
        ]
        if new:
            there.execute(mark.insert(), new)


def _count_on(target: Database) -> None:
    """PostgreSQL's counters go on behind the ids that were copied."""
    if target.file is not None:
        return
    with target.write() as there:
        for table in metadata.sorted_tables:
            sequence = (
                there.scalar(
                    text("SELECT pg_get_serial_sequence(:name, 'id')"),
                    {"name": table.name},
                )
                if "id" in table.c
                else None
            )
            last = there.scalar(select(func.max(table.c.id))) if sequence else None
            if last:
                there.execute(
                    text("SELECT setval(:sequence, :last)"),
                    {"sequence": sequence, "last": last},
                )
