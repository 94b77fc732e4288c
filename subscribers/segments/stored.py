"""Segments with a name: kept, found, listed, taken away."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import NoReturn

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from subscribers.errors import (
    InvalidName,
    InvalidSegment,
    SegmentExists,
    UnknownSegment,
)
from subscribers.lists import find_list
from subscribers.names import BREAKING, clean_list_name, new_list_name
from subscribers.segments.expression import (
    SPECIAL,
    Expression,
    Kind,
    Term,
    formatted,
    terms,
)
from subscribers.segments.parsing import parse
from subscribers.segments.sql import anybody_has, attributes
from subscribers.tables import segment as table

#: what no expression is without
OF_AN_EXPRESSION = re.compile(rf"[{SPECIAL}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of an audience; one that was only given as an expression has no name."""

    name: str
    expression: Expression

    def __str__(self) -> str:
        return self.name or formatted(self.expression)


def add_segment(
    connection: Connection, name: str, text: str, *, now: datetime
) -> Segment:
    """Keep an expression under a name.

    Raises:
        InvalidName: the name could be taken for an expression.
        InvalidSegment: the text is no expression, or asks for what nobody has.
        UnknownList: it names a list that is not there.
        SegmentExists: there is one of that name already.
    """
    name = new_list_name(name)
    if OF_AN_EXPRESSION.search(name):
        raise InvalidName(f"the name {name[:60]!a} of a segment must be one word")
    expression = _checked(connection, text)
    # as it was typed: the usual way of writing it can be longer than may be read
    row = insert(table).values(name=name, expression=text, created_at=now)
    try:
        connection.execute(row)
    except IntegrityError as error:
        raise SegmentExists(
            f"there is a segment {name} already; to change it, first: "
            f"digest segments remove {shlex.quote(name)}"
        ) from error
    return Segment(name=name, expression=expression)


def find_segment(connection: Connection, text: str) -> Segment:
    """The segment of that name, or the one that the text says itself.

    A name is one word, and no expression is.

    Raises:
        UnknownSegment: it is a word, and there is no segment of that name.
        InvalidSegment: it is no expression, or asks for what nobody has.
        UnknownList: it names a list that is not there.
    """
    name = text.strip()
    if not name or BREAKING.search(name) or OF_AN_EXPRESSION.search(name):
        return Segment(name="", expression=_checked(connection, text))
    stored = connection.scalar(select(table.c.expression).where(table.c.name == name))
    if stored is None:
        raise UnknownSegment(
            f"there is no segment {name[:60]}; {_there_are(connection)}"
        )
    return Segment(name=name, expression=parse(stored))


def segments(connection: Connection) -> list[Segment]:
    """All that are kept, by name."""
    rows = connection.execute(select(table).order_by(table.c.name))
    return [Segment(name=row.name, expression=parse(row.expression)) for row in rows]


def remove_segment(connection: Connection, name: str) -> str:
    """Forget a segment; its name.

    Raises:
        UnknownSegment: there is none of that name.
    """
    name = clean_list_name(name)
    if not connection.execute(delete(table).where(table.c.name == name)).rowcount:
        raise UnknownSegment(f"there is no segment {name}; {_there_are(connection)}")
    return name


def _there_are(connection: Connection) -> str:
    names = list(connection.scalars(select(table.c.name).order_by(table.c.name)))
    if not names:
        return "there are none yet; make one with: digest segments add NAME EXPRESSION"
    return "there is " + _some(names)


def _some(names: list[str]) -> str:
    return ", ".join(names[:10]) + (", …" if names[10:] else "")


def _checked(connection: Connection, text: str) -> Expression:
    """An expression whose lists are there, and whose bare attributes somebody has."""
    expression = parse(text)
    for term in terms(expression):
        if term.subject.kind is Kind.LIST and term.value is not None:
            find_list(connection, str(term.value))
        if term.bare and not anybody_has(connection, term.subject.name):
            _fail(connection, term)
    return expression


def _fail(connection: Connection, term: Term) -> NoReturn:
    """A bare name that nobody has is taken for a slip."""
    name = term.subject.name
    known = attributes(connection)
    near = get_close_matches(name, known, 1)
    there_are = f"there is {_some(known)}" if known else "nobody has any"
    meant = f"did you mean {near[0]}?" if near else f"{there_are};"
    raise InvalidSegment(
        f"unknown attribute {name[:40]!r} at {term.at}; {meant} "
        f"if somebody will have it, write attr.{name[:40]}"
    )
