"""The rows of a file of people: CSV with any delimiter, or JSON lines.

Each row is read on its own: whatever is wrong with one costs no other.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

import msgspec

from subscribers.columns import FIELDS, Columns, find_columns, plain
from subscribers.errors import ImportFailed
from subscribers.reading import LONGEST, Line

DELIMITERS = ",;\t|"
#: lines that a quoted field may go over, before its quote is taken for a slip
LONGEST_QUOTE = 50
#: what a spreadsheet writes for a row with nothing in it
BLANK = ' \t\r\n,;|"'
#: what our export puts before a cell that a spreadsheet would run as a formula
GUARD = re.compile(r"'+[=+\-@\t\r]")
#: Excel's own line before the header, which says what is between columns
SEPARATOR = re.compile(r'"?sep=.?"?', re.IGNORECASE)
NOWHERE = Columns(names=(), fields={"email": 0}, attributes={}, marks=())


class Row(NamedTuple):
    """One row: its cells and what they are, or why it is about nobody."""

    line: Line
    cells: Sequence[object] = ()
    columns: Columns = NOWHERE
    fault: str = ""

    @property
    def email(self) -> str:
        """The address as it stands; empty where there is none."""
        place = self.columns.fields["email"]
        cell = self.cells[place] if place < len(self.cells) else ""
        return cell if isinstance(cell, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a file, to be gone through once, and how it is read.

    `delimiter` is empty for JSON lines, whose columns are those of the first object.
    """

    delimiter: str
    columns: Columns
    rows: Iterator[Row]

    def __iter__(self) -> Iterator[Row]:
        return self.rows


def read_rows(lines: Iterator[Line], mapping: Mapping[str, str], place: str) -> Rows:
    """The rows of a file, from its first line on; blank lines are none, nor are
    comments and Excel's `sep=;` before the header.

    `mapping` names the columns of fields whose names don't give them away.

    Raises:
        ImportFailed: there is no line, or no column of addresses.
    """
    first, filled = first_of(lines, mapping.values())
    if first is None:
        raise ImportFailed(f"{place}: is empty")
    try:
        return _rows(first, filled, mapping)
    except ImportFailed as error:
        raise ImportFailed(f"{place}: {error}") from None


def first_of(
    lines: Iterator[Line], names: Collection[str] = ()
) -> tuple[Line | None, Iterator[Line]]:
    """The first line that says something, and those after it that are not blank.

    A line that begins with # is a comment, unless it is a header: one that has a
    column of addresses, or of `names`.
    """
    filled = (line for line in lines if line.text.strip(BLANK))
    first = next((line for line in filled if not _is_beside(line.text, names)), None)
    return first, filled


def _is_beside(text: str, names: Collection[str]) -> bool:
    text = text.strip()
    if not text.startswith("#"):
        return SEPARATOR.fullmatch(text) is not None
    cells = {cell for each in DELIMITERS for cell in _header(text, each)}
    header = any(FIELDS.get(plain(each)) == "email" for each in cells)
    return not header and cells.isdisjoint(set(names) - {""})


def _rows(first: Line, lines: Iterator[Line], mapping: Mapping[str, str]) -> Rows:
    if first.fault:
        raise ImportFailed(f"is not a list of people: {first.fault}")
    start = first.text.lstrip()
    if start.startswith("["):
        raise ImportFailed("is a JSON array; write one object a line")
    if start.startswith("{"):
        return _json_rows(first, lines, mapping)
    return _csv_rows(first, lines, mapping)


# --- CSV ----------------------------------------------------------------------


def _csv_rows(first: Line, lines: Iterator[Line], mapping: Mapping[str, str]) -> Rows:
    delimiter = max(DELIMITERS, key=lambda each: len(_header(first.text, each)))
    names = _header(first.text, delimiter)
    columns = find_columns(names, mapping)
    rows = (
        _csv_row(line, delimiter, columns)
        for line in _records(lines, delimiter, len(names))
    )
    return Rows(delimiter=delimiter, columns=columns, rows=rows)


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in _fields(text, delimiter)]
    except csv.Error:
        return []


def _csv_row(line: Line, delimiter: str, columns: Columns) -> Row:
    if line.fault:
        return Row(line, fault=line.fault)
    try:
        fields = _fields(line.text, delimiter)
    except csv.Error as error:
        return Row(line, fault=f"is not CSV: {error}")
    width = len(columns.names)
    if len(fields) <= columns.fields["email"]:
        return Row(line, fault=f"has {len(fields)} of {width} columns, and no address")
    if len(fields) > width and any(fields[width:]):
        return Row(line, fault=f"has {len(fields)} columns, the header {width}")
    if "'" in line.text:
        fields = [field[1:] if GUARD.match(field) else field for field in fields]
    return Row(line, fields, columns)


def _fields(text: str, delimiter: str, *, strict: bool = False) -> list[str]:
    """The fields of one record: a reader of its own, so no quote runs on."""
    if '"' not in text and len(text) < csv.field_size_limit():
        return text.rstrip("\r\n").split(delimiter)  # as the reader would, but sooner
    return next(csv.reader((text,), delimiter=delimiter, strict=strict), [])


def _records(lines: Iterator[Line], delimiter: str, width: int) -> Iterator[Line]:
    """Lines, joined where a quoted field goes over several."""
    ahead: deque[Line] = deque()
    while line := ahead.popleft() if ahead else next(lines, None):
        if line.text.count('"') % 2 and not line.fault:
            whole = _closed(line, ahead, lines, delimiter, width)
            yield whole or _slip(line, delimiter)
        else:
            yield line


def _closed(
    line: Line, ahead: deque[Line], lines: Iterator[Line], delimiter: str, width: int
) -> Line | None:
    """The whole of a record whose first line leaves a quote open, taken off `ahead`.

    None where no line near closes it so that one row comes out, and no more than
    one: the quote is a slip then, and the lines after it stand for themselves.
    """
    text = line.text
    for count in range(LONGEST_QUOTE):
        if count == len(ahead):
            ahead.extend(islice(lines, 1))
        if count == len(ahead) or ahead[count].fault or len(text) > LONGEST:
            return None
        text += ahead[count].text
        if ahead[count].text.count('"') % 2:
            break
    try:
        fields = _fields(text, delimiter, strict=True)
    except csv.Error:
        return None
    if len(fields) != width or any(_swallows(f, delimiter, width) for f in fields):
        return None
    for _ in range(count + 1):
        ahead.popleft()
    return line._replace(text=text)


def _swallows(field: str, delimiter: str, width: int) -> bool:
    """Whether a field over several lines holds other rows, with their addresses."""
    return any(
        "@" in line and (delimiter in line or width == 1)
        for line in field.splitlines()[1:]
    )


def _slip(line: Line, delimiter: str) -> Line:
    """A line whose quotes are odd: bad where one of them opens a field."""
    try:
        last = _fields(line.text.rstrip("\r\n") + "\n", delimiter)[-1]
    except csv.Error:
        return line
    if last.endswith("\n"):  # the field would go on
        return line._replace(fault="opens a quote that is never closed")
    return line


# --- JSON lines ---------------------------------------------------------------


def _json_rows(first: Line, lines: Iterator[Line], mapping: Mapping[str, str]) -> Rows:
    @lru_cache(maxsize=256)
    def find(names: tuple[str, ...]) -> Columns:
        # an object need not have what is mapped
        there = {key: name if name in names else "" for key, name in mapping.items()}
        return find_columns(names, there)

    row = _object(first)
    # its first object tells whether it is a list of people
    columns = find(tuple(row)) if isinstance(row, dict) else NOWHERE
    rows = (_json_row(line, find) for line in chain([first], lines))
    return Rows(delimiter="", columns=columns, rows=rows)


def _json_row(line: Line, find: Callable[[tuple[str, ...]], Columns]) -> Row:
    if line.fault:
        return Row(line, fault=line.fault)
    row = _object(line)
    if not isinstance(row, dict):
        return Row(line, fault=row)
    try:
        return Row(line, tuple(row.values()), find(tuple(row)))
    except ImportFailed as error:
        return Row(line, fault=str(error))


def _object(line: Line) -> dict[str, object] | str:
    """The JSON object of a line, or what is wrong with it."""
    try:
        row = msgspec.json.decode(line.text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return f"is not JSON: {error}"
    return row if isinstance(row, dict) else "is not a JSON object"
