"""Where a text names somebody's address: found as a whole, however it is written there,
and taken out of what is kept about others and about the work.
"""

from __future__ import annotations

import json
import operator
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce

from sqlalchemy import Column, Connection, func, or_, select, update

from subscribers.model import Address
from subscribers.tables import (
    confirmation,
    consent,
    import_run,
    magic_link,
    mailing_list,
    outgoing,
    segment,
    subscriber,
    suppression,
)

#: stands for the address; one word, so that a segment stays an expression
ERASED = "erased"
#: texts that somebody types, or that come with a file: a segment `email:…`, a file that
#: is called by an address, a friend who is an attribute of another person; and why
#: something could not be carried out
TEXTS = (
    segment.c.expression,
    *import_run.c["file", "statement", "operator", "mapping"],
    *consent.c["source", "statement", "ip", "user_agent", "wording"],
    confirmation.c.choices,
    magic_link.c.email,
    mailing_list.c.title,
    outgoing.c.reason,
    suppression.c.source,
    *subscriber.c["name", "zone", "language", "frequency", "topics", "attributes"],
)


def naming(address: Address) -> re.Pattern[str]:
    """What finds an address in a text; not as a part of a longer one:
    joann@example.org is not ann@example.org.
    """
    either = "|".join(map(re.escape, sorted(_forms(address))))
    return re.compile(rf"(?<![\w.+-])(?:{either})(?![\w-]|\.\w)", re.IGNORECASE)


def blank(
    connection: Connection, address: Address, columns: Sequence[Column[str]] = TEXTS
) -> int:
    """Write another word for an address wherever columns name it; how many texts.

    Few texts are the same in many rows, so each is looked at once; and each table is
    gone through once, for there may be millions of rows.
    """
    names, count = naming(address), 0
    for of_one in _by_table(columns):
        together = func.lower(reduce(operator.add, of_one))
        there = (together.contains(each, autoescape=True) for each in _forms(address))
        found = connection.execute(select(*of_one).where(or_(*there)).distinct()).all()
        for place, column in enumerate(of_one):
            for old in {row[place] for row in found if names.search(row[place])}:
                row = update(column.table).where(column == old)
                connection.execute(row.values({column: names.sub(ERASED, old)}))
                count += 1
    return count


def _by_table(columns: Sequence[Column[str]]) -> Iterable[list[Column[str]]]:
    by_table = defaultdict(list)
    for column in columns:
        by_table[column.table].append(column)
    return by_table.values()


def _forms(address: Address) -> set[str]:
    shown = address.display.lower()
    return {address.key, shown, json.dumps(shown)[1:-1].lower()}
