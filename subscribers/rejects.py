"""A file of rejected rows (line, reason, row), without somebody who was erased."""

from __future__ import annotations

import csv
from typing import TextIO

from subscribers.model import Address
from subscribers.reading import LONGEST
from subscribers.traces import naming

#: as an import writes it
HEADER = ["line", "reason", "row"]
ERASED = "[erased]"


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
