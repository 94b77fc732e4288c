"""The driver's own SQL, for what is done to millions of rows.

SQLAlchemy's constructs cost twice as much on the way in, and its rows six times as
much on the way out, as the drivers' own. All that differs between SQLite and
PostgreSQL is here; statements are written with `?`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Text,
    any_,
    func,
    literal,
    literal_column,
    select,
)

from subscribers.tables import UtcDateTime

MOMENT = UtcDateTime()


def is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def fetch(
    connection: Connection, sql: str, *values: object
) -> Sequence[tuple[Any, ...]]:
    """All rows of a query, as plain tuples."""
    if not is_sqlite(connection):
        sql = sql.replace("?", "%s")
    result = connection.exec_driver_sql(sql, values)
    assert result.cursor is not None  # noqa: S101 (of a query, it is there)
    return result.cursor.fetchall()


def run_many(connection: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """One statement for each of the rows."""
    if not is_sqlite(connection):
        sql = sql.replace("?", "%s")
    if rows:
        connection.exec_driver_sql(sql, list(rows))


def insert_many(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """New rows, none of which is there; `table` and `columns` are our own names."""
    names = ", ".join(columns)
    if is_sqlite(connection):
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        run_many(connection, statement, rows)
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def column(
    connection: Connection, values: Iterable[object], kind: Literal["text", "bigint"]
) -> tuple[str, object]:
    """A table of one column `value`: what stands for it in FROM, and its argument."""
    if is_sqlite(connection):
        return "json_each(?)", json.dumps(list(values))
    return f"unnest(?::{kind}[]) AS given(value)", list(values)


def table(
    connection: Connection, rows: Sequence[tuple[Any, ...]], **columns: str
) -> tuple[str, tuple[object, ...]]:
    """A table `given` of these rows: what stands for it in FROM, and its arguments.

    `columns` are names with PostgreSQL's types; SQLite takes what JSON can hold.
    """
    names = ", ".join(columns)
    if is_sqlite(connection):
        fields = ", ".join(
            f"json_extract(value, '$[{place}]') AS {name}"
            for place, name in enumerate(columns)
        )
        given = f"(SELECT {fields} FROM json_each(?)) AS given"  # noqa: S608 (ours)
        return given, (json.dumps(rows),)
    kinds = ", ".join(f"?::{kind}[]" for kind in columns.values())
    each = zip(*rows, strict=True) if rows else [()] * len(columns)
    return f"unnest({kinds}) AS given({names})", tuple(list(one) for one in each)


def among(
    connection: Connection, which: ColumnElement[int], numbers: Iterable[int]
) -> ColumnElement[bool]:
    """That a column is one of many numbers: one argument, however many they are."""
    if is_sqlite(connection):
        given = func.json_each(json.dumps(list(numbers)))
        return which.in_(select(literal_column("value")).select_from(given))
    return which == any_(literal(list(numbers), ARRAY(BigInteger)))


def new_ids(connection: Connection, table: str, count: int) -> Iterable[int]:
    """Ids that no row of `table` has or had; the caller is its only writer."""
    if is_sqlite(connection):
        last = fetch(
            connection, "SELECT seq FROM sqlite_sequence WHERE name = ?", table
        )
        first = last[0][0] + 1 if last else 1
        return range(first, first + count)
    if not count:
        return ()
    named = "SELECT pg_get_serial_sequence(?, 'id')"  # once: it is slow
    sql = "SELECT array_agg(nextval(?::regclass)) FROM generate_series(1, ?)"
    [[name]] = fetch(connection, named, table)
    ids: Iterable[int] = fetch(connection, sql, name, count)[0][0]
    return ids


def moment(connection: Connection, at: datetime) -> Any:
    """A moment as the driver takes it, just as SQLAlchemy would store it."""
    dialect = connection.dialect
    process = MOMENT.dialect_impl(dialect).bind_processor(dialect)
    return process(at) if process else at


#: characters of a moment as SQLite keeps it, and PostgreSQL's pattern for as many
_CUTS = {"minute": (16, "YYYY-MM-DD HH24:MI"), "day": (10, "YYYY-MM-DD")}


def since(
    connection: Connection, at: ColumnElement[datetime], unit: Literal["minute", "day"]
) -> ColumnElement[str]:
    """The minute or the day (UTC) that a moment is of, as ISO 8601 writes it."""
    length, pattern = _CUTS[unit]
    if is_sqlite(connection):
        return func.substr(at, 1, length, type_=Text())
    return func.to_char(func.timezone("UTC", at), pattern, type_=Text())


def domain_of(connection: Connection, key: ColumnElement[str]) -> ColumnElement[str]:
    """What stands behind the @ of an address's key; the text itself without one."""
    if is_sqlite(connection):
        return func.substr(key, func.instr(key, "@") + 1, type_=Text())
    return func.substr(key, func.strpos(key, "@") + 1, type_=Text())


def iso_moment(connection: Connection) -> Callable[[Any], str]:
    """What makes a moment, as the driver gives it, a text of ISO 8601."""
    dialect = connection.dialect
    process = MOMENT.dialect_impl(dialect).result_processor(dialect, None)

    @lru_cache(maxsize=4096)  # an import joins many people at the same moment
    def text(value: Any) -> str:
        at: Any = process(value) if process else value
        return str(at.isoformat())

    return text


def keep_pages(connection: Connection) -> None:
    """Have SQLite hold 16 MB of pages: an import is all over the index of addresses."""
    if is_sqlite(connection):
        connection.exec_driver_sql("PRAGMA cache_size = -16000")


def take_stock(connection: Connection) -> None:
    """Let PostgreSQL see at once that tables have grown: it plans by their size.

    By itself it looks once a minute; until then it sorts a whole list for each of
    its pages. https://www.postgresql.org/docs/current/sql-analyze.html
    """
    if not is_sqlite(connection):
        connection.exec_driver_sql("ANALYZE subscriber, subscription, suppression")


def only_writer(connection: Connection) -> None:
    """Be the only one who adds people, until the transaction's end.

    On SQLite a writer always is; on PostgreSQL the others wait their turn, which
    is as short. Who only changes a subscription does not wait.
    """
    if not is_sqlite(connection):
        connection.exec_driver_sql("LOCK TABLE subscriber IN SHARE ROW EXCLUSIVE MODE")
