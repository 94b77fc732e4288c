"""People into a file that any spreadsheet opens and our import takes back.

Page by page, each read on its own: memory stays what it is, and a slow reader at the
other end of a pipe holds nobody up.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any, BinaryIO, Literal

import msgspec
from sqlalchemy import Connection

from subscribers.driver import fetch, iso_moment
from subscribers.errors import UnknownField
from subscribers.lists import find_list, lists
from subscribers.model import MailingList

PAGE = 5000

#: opens a transaction to read in, like `Database.read`
Read = Callable[[], AbstractContextManager[Connection]]
Form = Literal["csv", "jsonl"]
_Column = Iterable[Any]

#: the columns of a file, by their order in it, and where each stands
COLUMNS = {
    "email": "s.email",
    "name": "s.name",
    "list": "l.name",
    "state": "p.state",
    "zone": "s.zone",
    "language": "s.language",
    "frequency": "s.frequency",
    "topics": "s.topics",
    "attributes": "s.attributes",
    "joined": "s.created_at",
    "paused_until": "s.paused_until",
}
FIELDS = tuple(COLUMNS)

#: what a spreadsheet takes for a formula, and what guards it: one apostrophe more
#: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = re.compile(r"'*[=+\-@\t\r]")
SUSPECT = frozenset("'=+-@\t\r")


def export_people(
    read: Read,
    out: BinaryIO,
    list_name: str | None = None,
    *,
    form: Form = "csv",
    fields: Sequence[str] = (),
) -> int:
    """Write everybody on a list, or on each list by its name; how many rows that are.

    A row is a person on a list. `fields` are columns out of `FIELDS`, in this order;
    by default all of them, without `list` where one is chosen. In CSV, a cell that a
    spreadsheet would take for a formula gets an apostrophe, which an import takes off.

    Raises:
        UnknownList, UnknownField: there is none of that name; nothing was written.
    """
    chosen = tuple(fields) or tuple(
        f for f in FIELDS if not (list_name and f == "list")
    )
    if unknown := [field for field in chosen if field not in COLUMNS]:
        raise UnknownField(
            f"there is no field {unknown[0]!a}; there is {', '.join(FIELDS)}"
        )
    with read() as connection:
        found = (
            lists(connection)
            if list_name is None
            else [find_list(connection, list_name)]
        )
        write = (_csv_writer if form == "csv" else _json_writer)(connection, chosen)
    if form == "csv":
        out.write((",".join(chosen) + "\r\n").encode())
    total = 0
    for page in (page for each in found for page in _pages(read, each, chosen)):
        out.write(write(page))
        total += len(page)
    return total


def guard(cell: str) -> str:
    """The cell as no spreadsheet runs it: one apostrophe before what looks like it."""
    return f"'{cell}" if cell[:1] in SUSPECT and FORMULA.match(cell) else cell


def _pages(
    read: Read, on: MailingList, fields: Sequence[str]
) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The rows of a list in the order of ids; the id is the last of each."""
    sql = _page_of(fields)
    last = 0
    while True:
        with read() as connection:
            rows = fetch(connection, sql, on.id, last, last, PAGE)
        if not rows:
            return
        yield rows
        last = rows[-1][-1]


def _page_of(fields: Sequence[str]) -> str:
    """A page of a list, which begins after an id.

    That is said of both tables: PostgreSQL would read one of them from its start.
    """
    columns = ", ".join(COLUMNS[field] for field in fields)
    return f"""
        SELECT {columns}, p.subscriber_id
        FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id
        JOIN mailing_list l ON l.id = p.list_id
        WHERE p.list_id = ? AND p.subscriber_id > ? AND s.id > ?
        ORDER BY p.subscriber_id LIMIT ?
    """  # noqa: S608  (the columns are our own)


# --- CSV ----------------------------------------------------------------------


def _csv_writer(
    connection: Connection, fields: Sequence[str]
) -> Callable[[Sequence[tuple[Any, ...]]], bytes]:
    """What makes a page into lines of CSV (RFC 4180), column by column."""
    moment = iso_moment(connection)

    def cells(field: str, column: _Column) -> _Column:
        match field:
            case "topics":
                return _guarded(map(_topics_cell, column))
            case "attributes":
                return ("" if text == "{}" else text for text in column)
            case "joined":
                return map(moment, column)
            case "paused_until":
                return (moment(each) if each else "" for each in column)
            case "state":
                return column
        return _guarded(column)

    def write(rows: Sequence[tuple[Any, ...]]) -> bytes:
        text = io.StringIO()
        columns = zip(fields, zip(*rows, strict=True), strict=False)  # not the id
        csv.writer(text).writerows(
            zip(*(cells(field, column) for field, column in columns), strict=True)
        )
        return text.getvalue().encode()

    return write


def _guarded(column: Iterable[str]) -> list[str]:
    suspect = SUSPECT
    return [guard(cell) if cell[:1] in suspect else cell for cell in column]


@lru_cache(maxsize=4096)
def _topics_cell(text: str) -> str:
    """Topics as `a|b`; where one of them would be read as something else, as JSON."""
    topics = json.loads(text)
    plain = "|".join(topics)
    ours = plain.split("|") == topics and not plain.startswith("[")
    stripped = all(topic and topic == topic.strip() for topic in topics)
    return plain if not topics or (ours and stripped) else text


# --- JSON lines ---------------------------------------------------------------


def _json_writer(
    connection: Connection, fields: Sequence[str]
) -> Callable[[Sequence[tuple[Any, ...]]], bytes]:
    """What makes a page into lines of JSON, topics and attributes as such."""
    moment = iso_moment(connection)
    values: dict[str, Callable[[Any], object]] = {
        "topics": msgspec.Raw,
        "attributes": msgspec.Raw,
        "joined": moment,
        "paused_until": lambda each: moment(each) if each else None,
    }

    def write(rows: Sequence[tuple[Any, ...]]) -> bytes:
        columns = [
            map(values[field], column) if field in values else column
            for field, column in zip(fields, zip(*rows, strict=True), strict=False)
        ]
        encoder = msgspec.json.Encoder()
        return encoder.encode_lines(
            [dict(zip(fields, row, strict=True)) for row in zip(*columns, strict=True)]
        )

    return write
