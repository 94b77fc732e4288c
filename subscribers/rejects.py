"""A file of rejected rows (line, reason, row), without somebody who was erased."""

from __future__ import annotations

import csv
from typing import TextIO

from sqlalchemy import Connection, delete, insert, select

from subscribers.model import Address
from subscribers.reading import LONGEST
from subscribers.tables import import_run, mark
from subscribers.traces import naming

#: as an import writes it
HEADER = ["line", "reason", "row"]
ERASED = "[erased]"
#: stands before the file in the name of a mark
FILE = "rejects: "


def note_file(connection: Connection, file: str) -> None:
    """Remember a file of rejected rows that no import did, so that erasing finds it."""
    name = f"{FILE}{file}"
    connection.execute(delete(mark).where(mark.c.name == name))
    connection.execute(insert(mark).values(name=name, value=""))


def files(connection: Connection) -> list[str]:
    """Every file that rejected rows were put into."""
    imports = connection.scalars(select(import_run.c.rejects).distinct())
    noted = connection.scalars(select(mark.c.name).where(mark.c.name.startswith(FILE)))
    found = {*imports, *(name.removeprefix(FILE) for name in noted)}
    return sorted(found - {""})


def blank_rows(source: TextIO, target: TextIO, address: Address) -> int:
    """Copy rejected rows; of those that name an address, only the line's number.

    How many those are; 0, with nothing copied, for a file that has no rejected rows
    (any more). The name may stand beside the address, so all of the row goes.
    """
    names = naming(address)
    writer = csv.writer(target)
    blanked = 0
    before = csv.field_size_limit(2 * LONGEST)
    try:
        rows = csv.reader(source)
        if (header := next(rows, [])) != HEADER:
            return 0
        writer.writerow(header)
        for row in rows:
            if any(map(names.search, row)):
                blanked += 1
                row[1:] = [ERASED] * len(row[1:])
            writer.writerow(row)
    finally:
        csv.field_size_limit(before)
    return blanked
