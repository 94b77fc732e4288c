"""What a segment says, as values: and, or and not over terms.

Expression = Not | And | Or | Term
Term       = a subject, an operator, a value: tz:Europe/*, city = "Ghent"
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing a subject is: it decides the operators and the values."""

    TEXT = "text"
    TOPICS = "topics"
    LIST = "list"
    MOMENT = "moment"
    #: whether they want a break now
    PAUSE = "pause"
    #: a text, a number, true or false, or not known
    ATTRIBUTE = "attribute"


class Operator(StrEnum):
    LIKE = ":"
    EQUAL = "="
    UNEQUAL = "!="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    HAS = "has"
    EXISTS = "exists"


ORDER = (Operator.BELOW, Operator.AT_MOST, Operator.ABOVE, Operator.AT_LEAST)
TEXTUAL = (Operator.LIKE, Operator.EQUAL, Operator.UNEQUAL, Operator.HAS)

#: what may be asked of each kind
OPERATORS = {
    Kind.TEXT: (*TEXTUAL, Operator.EXISTS),
    Kind.TOPICS: (Operator.HAS, Operator.EXISTS),
    Kind.LIST: (Operator.HAS, Operator.EXISTS),
    Kind.MOMENT: ORDER,
    Kind.PAUSE: (Operator.EXISTS,),
    Kind.ATTRIBUTE: (*TEXTUAL, *ORDER, Operator.EXISTS),
}

#: what everybody has, and its kind
FIELDS = {
    "tz": Kind.TEXT,
    "language": Kind.TEXT,
    "email": Kind.TEXT,
    "domain": Kind.TEXT,
    "name": Kind.TEXT,
    "frequency": Kind.TEXT,
    "topics": Kind.TOPICS,
    "list": Kind.LIST,
    "joined": Kind.MOMENT,
    "pause": Kind.PAUSE,
}
#: what stands between the parts of a text, where a part from the left is enough:
#: `en` is also en-GB, and `America` America/Lima
PARTED = {"language": "-", "tz": "/"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a term is about: a field of everybody, or an attribute of some."""

    name: str
    attribute: bool = False

    @property
    def kind(self) -> Kind:
        return Kind.ATTRIBUTE if self.attribute else FIELDS[self.name]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text with gaps: the parts that stand before, between and behind its stars."""

    parts: tuple[str, ...]


class Unit(StrEnum):
    HOURS = "h"
    DAYS = "d"
    WEEKS = "w"
    MONTHS = "mo"


LASTS = {
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
    Unit.WEEKS: timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Ago:
    """So long before now; a month ago is the same day, or the last of that month."""

    count: int
    unit: Unit

    def before(self, now: datetime) -> datetime:
        """The moment that is meant."""
        if self.unit is not Unit.MONTHS:
            return now - self.count * LASTS[self.unit]
        year, month = divmod(now.year * 12 + now.month - 1 - self.count, 12)
        day = min(now.day, monthrange(year, month + 1)[1])
        return now.replace(year=year, month=month + 1, day=day)


Value = str | Pattern | Decimal | bool | Ago | datetime | date


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that is asked of a person; `exists` asks it without a value.

    `at` is the place of its first character. `bare` is an attribute that was named
    without `attr.`, and so could be a slip.
    """

    subject: Subject
    operator: Operator
    value: Value | None
    at: int = field(default=0, compare=False)
    bare: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    of: Expression


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Expression, ...]


Expression = Not | And | Or | Term


def terms(expression: Expression) -> Iterator[Term]:
    """The terms of an expression, from left to right."""
    match expression:
        case Not(of):
            yield from terms(of)
        case And(parts) | Or(parts):
            for part in parts:
                yield from terms(part)
        case Term():
            yield expression


# --- The one way to write it ----------------------------------------------------

#: what ends a word, and so needs quotes
SPECIAL = r"\s()\"'\\<>=!:“”„"
WORD = re.compile(rf"[^{SPECIAL}]+")
KEYWORDS = frozenset(("and", "or", "not", "has", "exists"))


def formatted(expression: Expression) -> str:
    """An expression as it is usually written; read again, it is the same."""
    match expression:
        case Not(of):
            return f"not {_inside(of, And, Or)}"
        case And(parts):
            return " and ".join(_inside(part, And, Or) for part in parts)
        case Or(parts):
            return " or ".join(_inside(part, Or) for part in parts)
        case Term():
            return _term(expression)


def _inside(part: Expression, *bracketed: type[Expression]) -> str:
    text = formatted(part)
    return f"({text})" if isinstance(part, bracketed) else text


def _term(term: Term) -> str:
    subject, operator = _subject(term.subject), term.operator
    if term.value is None:
        return f"{subject} {operator}"
    gap = "" if operator is Operator.LIKE else " "
    return f"{subject}{gap}{operator}{gap}{written(term.value)}"


def _subject(subject: Subject) -> str:
    if not subject.attribute:
        return subject.name
    return "attr." + (subject.name if _is_word(subject.name) else quoted(subject.name))


def written(value: Value) -> str:
    """A value as it stands in an expression."""
    match value:
        case Pattern(parts):
            text = "*".join(parts)
            if _is_word(text) and all("*" not in part for part in parts):
                return text
            return (
                '"'
                + "*".join(_escaped(part).replace("*", r"\*") for part in parts)
                + '"'
            )
        case str():
            return quoted(value)
        case bool():
            return "true" if value else "false"
        case Ago(count, unit):
            return f"{count}{unit}"
        case datetime():
            return quoted(value.isoformat())
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"


def quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"")


def _is_word(text: str) -> bool:
    return bool(WORD.fullmatch(text)) and text.lower() not in KEYWORDS
