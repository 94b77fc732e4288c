"""A segment in words, so that whoever wrote it sees how it was understood."""

from __future__ import annotations

from datetime import date, datetime

from subscribers.segments.expression import (
    Ago,
    And,
    Expression,
    Kind,
    Not,
    Operator,
    Or,
    Term,
    Unit,
    written,
)

SUBJECTS = {
    "tz": "time zone",
    "language": "language",
    "email": "address",
    "domain": "domain",
    "name": "name",
    "frequency": "frequency",
}
COMPARED = {
    Operator.LIKE: "is like",
    Operator.EQUAL: "is",
    Operator.UNEQUAL: "is known and not",
    Operator.HAS: "holds",
    Operator.EXISTS: "is known",
    Operator.BELOW: "is below",
    Operator.AT_MOST: "is at most",
    Operator.ABOVE: "is above",
    Operator.AT_LEAST: "is at least",
}
UNITS = {
    Unit.HOURS: "hour",
    Unit.DAYS: "day",
    Unit.WEEKS: "week",
    Unit.MONTHS: "month",
}
AGO = {
    Operator.BELOW: "less than",
    Operator.AT_MOST: "at most",
    Operator.ABOVE: "more than",
    Operator.AT_LEAST: "at least",
}
WHEN = {
    Operator.BELOW: "before {}",
    Operator.AT_MOST: "{} or before",
    Operator.ABOVE: "after {}",
    Operator.AT_LEAST: "{} or after",
}


def in_words(expression: Expression) -> str:
    """What is asked of a person, as half a sentence."""
    match expression:
        case Not(of):
            return f"not ({in_words(of)})"
        case And(parts):
            return ", and ".join(_inside(part) for part in parts)
        case Or(parts):
            return ", or ".join(_inside(part) for part in parts)
        case Term():
            return _term(expression)


def _inside(part: Expression) -> str:
    text = in_words(part)
    return f"({text})" if isinstance(part, And | Or) else text


def _term(term: Term) -> str:
    value = "" if term.value is None else written(term.value)
    match term.subject.kind:
        case Kind.MOMENT:
            return f"joined {_moment(term)}"
        case Kind.PAUSE:
            return "takes a break"
        case Kind.TOPICS:
            return f"chose the topic {value}" if value else "chose a topic"
        case Kind.LIST:
            return f"confirmed on the list {value}" if value else "confirmed on a list"
        case Kind.ATTRIBUTE:
            subject = term.subject.name
        case Kind.TEXT:
            subject = SUBJECTS[term.subject.name]
    return f"{subject} {COMPARED[term.operator]} {value}".rstrip()


def _moment(term: Term) -> str:
    match term.value:
        case Ago(count, unit):
            units = UNITS[unit] + ("" if count == 1 else "s")
            return f"{AGO[term.operator]} {count} {units} ago"
        case datetime() as moment:
            return WHEN[term.operator].format(f"{moment:%Y-%m-%d %H:%M:%S} UTC")
        case date() as day:
            return WHEN[term.operator].format(f"{day} (UTC)")
    raise TypeError(f"no time: {term.value!r}")
