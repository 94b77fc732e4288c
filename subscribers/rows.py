"""The rows of a file of people: CSV with any delimiter, or JSON lines.

Each row is read on its own: whatever is wrong with one costs no other.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

import msgspec

from subscribers.errors import ImportFailed
from subscribers.reading import LONGEST, Line

DELIMITERS = ",;\t"
#: lines that a quoted field may go over, before its quote is taken for a slip
LONGEST_QUOTE = 50
#: what a spreadsheet writes for a row with nothing in it
BLANK = ' \t\r\n,;"'

#: what columns are called, without case, spaces and signs
EMAIL = {"email", "emailaddress", "mail", "mailaddress"}
NAME = {"name", "fullname", "displayname"}
FIRST_NAME = {"firstname", "givenname", "forename"}
LAST_NAME = {"lastname", "surname", "familyname"}
ALIASES = {
    "email": EMAIL,
    "name": NAME,
    "first_name": FIRST_NAME,
    "last_name": LAST_NAME,
}


class Row(NamedTuple):
    """One row: who it is about, or why it is about nobody."""

    line: Line
    email: str = ""
    name: str = ""
    fault: str = ""


class Columns(NamedTuple):
    """Where the address and the parts of the name are."""

    email: int
    name: tuple[int, ...]


def read_rows(
    lines: Iterator[Line], mapping: Mapping[str, str], place: str
) -> Iterator[Row]:
    """The rows of a file, from its first line on; blank lines are none.

    `mapping` names the columns of fields whose names don't give them away.

    Raises:
        ImportFailed: there is no line, or no column of addresses.
    """
    filled = (line for line in lines if line.text.strip(BLANK))
    first = next(filled, None)
    if first is None:
        raise ImportFailed(f"{place}: is empty")
    try:
        return _rows(first, filled, mapping)
    except ImportFailed as error:
        raise ImportFailed(f"{place}: {error}") from None


def _rows(
    first: Line, lines: Iterator[Line], mapping: Mapping[str, str]
) -> Iterator[Row]:
    if first.fault:
        raise ImportFailed(f"is not a list of people: {first.fault}")
    start = first.text.lstrip()
    if start.startswith("["):
        raise ImportFailed("is a JSON array; write one object a line")
    if start.startswith("{"):
        return _json_rows(first, lines, mapping)
    return _csv_rows(first, lines, mapping)


def find_columns(names: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """Which of the columns holds what: as `mapping` says, else by their names."""
    if unknown := set(mapping) - set(ALIASES):
        fields = ", ".join(ALIASES)
        raise ImportFailed(f"there is no field {min(unknown)}; there is {fields}")
    plain = [re.sub(r"[\W_]+", "", name).casefold() for name in names]
    found = {
        field: _named(mapping[field], names)
        if field in mapping
        else [place for place, name in enumerate(plain) if name in aliases]
        for field, aliases in ALIASES.items()
    }
    email = found["email"]
    if not email:
        raise ImportFailed(_no_addresses(names))
    if len(email) > 1:
        several = _shown([names[place] for place in email])
        raise ImportFailed(
            f"could have its addresses in {several}; say --map email=COLUMN"
        )
    parts = found["name"][:1] or found["first_name"][:1] + found["last_name"][:1]
    return Columns(email[0], tuple(parts))


def _named(column: str, names: Sequence[str]) -> list[int]:
    if column not in names:
        raise ImportFailed(f"has no column {column}; there is {_shown(names)}")
    return [names.index(column)]


def _no_addresses(names: Sequence[str]) -> str:
    if any("@" in name for name in names):
        return "has no header; put a line above the first, like: email,name"
    return f"has no column of addresses; say --map email=COLUMN, of {_shown(names)}"


def _shown(names: Sequence[str]) -> str:
    """The first few names, each as far as it fits in a line."""
    few = ", ".join(ascii(name[:30]) for name in names[:8])
    return few + (", …" if len(names) > 8 else "")


# --- CSV ----------------------------------------------------------------------


def _csv_rows(
    first: Line, lines: Iterator[Line], mapping: Mapping[str, str]
) -> Iterator[Row]:
    delimiter = max(DELIMITERS, key=lambda each: len(_header(first.text, each)))
    names = _header(first.text, delimiter)
    columns = find_columns(names, mapping)
    return (
        _csv_row(line, delimiter, columns, len(names))
        for line in _records(lines, delimiter, len(names))
    )


def _header(text: str, delimiter: str) -> list[str]:
    try:
        return [name.strip() for name in _fields(text, delimiter)]
    except csv.Error:
        return []


def _csv_row(line: Line, delimiter: str, columns: Columns, width: int) -> Row:
    if line.fault:
        return Row(line, fault=line.fault)
    try:
        fields = _fields(line.text, delimiter)
    except csv.Error as error:
        return Row(line, fault=f"is not CSV: {error}")
    if len(fields) <= columns.email:
        return Row(line, fault=f"has {len(fields)} of {width} columns, and no address")
    if any(fields[width:]):
        return Row(line, fault=f"has {len(fields)} columns, the header {width}")
    name = [fields[place] for place in columns.name if place < len(fields)]
    return Row(line, fields[columns.email], " ".join(name))


def _fields(text: str, delimiter: str, *, strict: bool = False) -> list[str]:
    """The fields of one record: a reader of its own, so no quote runs on."""
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


def _json_rows(
    first: Line, lines: Iterator[Line], mapping: Mapping[str, str]
) -> Iterator[Row]:
    find = lru_cache(maxsize=64)(lambda names: find_columns(names, mapping))
    if isinstance(row := _object(first), dict):
        find(tuple(row))  # its first object tells whether it is a list of people
    return (_json_row(line, find) for line in chain([first], lines))


def _json_row(line: Line, find: Callable[[tuple[str, ...]], Columns]) -> Row:
    if line.fault:
        return Row(line, fault=line.fault)
    row = _object(line)
    if not isinstance(row, dict):
        return Row(line, fault=row)
    try:
        columns = find(tuple(row))
    except ImportFailed as error:
        return Row(line, fault=str(error))
    values = ["" if value is None else value for value in row.values()]
    places = (columns.email, *columns.name)
    texts = [value for place in places if isinstance(value := values[place], str)]
    if len(texts) < len(places):
        return Row(line, fault="its address or its name is not a text")
    return Row(line, texts[0], " ".join(texts[1:]))


def _object(line: Line) -> dict[str, object] | str:
    """The JSON object of a line, or what is wrong with it."""
    try:
        row = msgspec.json.decode(line.text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        return f"is not JSON: {error}"
    return row if isinstance(row, dict) else "is not a JSON object"
