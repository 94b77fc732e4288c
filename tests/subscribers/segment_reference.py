"""What a segment means, said once more in the plainest Python: slow, and no SQL.

And people and expressions to try it on, with much of what could be mistaken in them.
"""

from __future__ import annotations

import operator
import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from subscribers.segments.expression import (
    FIELDS,
    OPERATORS,
    ORDER,
    Ago,
    And,
    Expression,
    Kind,
    Not,
    Operator,
    Or,
    Pattern,
    Subject,
    Term,
    Unit,
)

LISTS = ("daily", "weekly")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """All of a person that a segment can ask for."""

    email: str
    name: str
    tz: str
    language: str
    frequency: str
    topics: tuple[str, ...]
    attributes: Mapping[str, Any]
    joined: datetime
    paused_until: datetime | None = None
    #: those that they are confirmed on
    lists: frozenset[str]


# --- What it means -----------------------------------------------------------------


def means(expression: Expression, person: Somebody, now: datetime) -> bool:
    """Whether a person is in a segment."""
    match expression:
        case Not(of):
            return not means(of, person, now)
        case And(parts):
            return all(means(part, person, now) for part in parts)
        case Or(parts):
            return any(means(part, person, now) for part in parts)
        case Term():
            return _term(expression, person, now)


def _term(term: Term, person: Somebody, now: datetime) -> bool:
    match term.subject.kind:
        case Kind.TOPICS:
            chosen = {fold(topic) for topic in person.topics}
            return bool(chosen) if term.value is None else fold(term.value) in chosen
        case Kind.LIST:
            return (
                bool(person.lists) if term.value is None else term.value in person.lists
            )
        case Kind.MOMENT:
            return _joined(term, person.joined, now)
        case Kind.PAUSE:
            return person.paused_until is not None and person.paused_until > now
        case Kind.ATTRIBUTE:
            return _known(term, person.attributes.get(term.subject.name))
        case Kind.TEXT if term.subject.name == "domain":
            return _known(term, person.email.rpartition("@")[2])
        case Kind.TEXT:
            return _known(term, getattr(person, term.subject.name))


def _known(term: Term, value: Any) -> bool:
    if value == "" or not isinstance(value, str | int | float):
        return False
    if term.operator is Operator.EXISTS:
        return True
    if term.operator is Operator.UNEQUAL:
        return not _compared(term, value, Operator.EQUAL)
    return _compared(term, value, term.operator)


COMPARED: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUAL: operator.eq,
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.ABOVE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


def _compared(term: Term, value: Any, how: Operator) -> bool:
    if isinstance(term.value, bool):
        return value is term.value or fold(value) == str(term.value).lower()
    if isinstance(term.value, Decimal):
        number = _number(value)
        return number is not None and COMPARED[how](number, term.value)
    if not isinstance(value, str):
        return False
    if how in ORDER:
        return COMPARED[how](fold(value), fold(term.value))
    return any(re.fullmatch(each, fold(value), re.DOTALL) for each in _regexes(term))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        plain = re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", value)
        return Decimal(value) if plain and len(value) <= 15 else None
    return Decimal(repr(value))


def _regexes(term: Term) -> list[str]:
    parts = term.value.parts if isinstance(term.value, Pattern) else (term.value,)
    whole = ".*".join(re.escape(fold(part)) for part in parts)
    if term.operator is Operator.HAS:
        return [f".*{whole}.*"]
    between = {"tz": "/", "language": "-"}.get(term.subject.name)
    return [whole, f"{whole}{between}.*"] if between else [whole]


def _joined(term: Term, joined: datetime, now: datetime) -> bool:
    if isinstance(term.value, Ago):
        # so long ago; compared with how long ago they joined
        return COMPARED[term.operator](now - joined, now - term.value.before(now))
    if isinstance(term.value, datetime):
        return COMPARED[term.operator](joined, term.value)
    assert isinstance(term.value, date)
    begins = datetime.combine(term.value, time(), UTC)
    ends = begins + timedelta(days=1)
    return {
        Operator.BELOW: joined < begins,
        Operator.AT_MOST: joined < ends,
        Operator.ABOVE: joined >= ends,
        Operator.AT_LEAST: joined >= begins,
    }[term.operator]


def fold(text: Any) -> str:
    """ASCII letters made small, all others as they are."""
    return "".join(
        each.lower() if each in string.ascii_uppercase else each for each in str(text)
    )


# --- People and expressions to try it on ----------------------------------------------

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
NAMES = ("city", "City", "visits", "Straße", 'a "b" c', "x.y", "$")

#: what LIKE, quotes, marks of SQL, escapes and numbers could make of a text
WORDS = st.sampled_from(
    "a A ab Ab aB b é É 100% 1 12 012 -3 -0 1.5 1.50 .5 5. --1 1e5 0.1 1.5.2 x_y xay "
    "true TRUE false null ! !% % ? %s :x \\ \\* * ' \" '' a*b [a] {} $.city nato NATO "
    "2026-01-31 123456789012345 1234567890123456 and not".split()
)
TEXTS = WORDS | st.text("aAbB%_!*\\'\"? é-", min_size=1, max_size=4)
ZONES = st.sampled_from(
    ["", "Europe/Paris", "Europe/Berlin", "America/Argentina/Salta"]
)
LANGUAGES = st.sampled_from(["", "en", "en-GB", "EN", "eng", "de", "zh-Hant-TW"])
NUMBERS = st.integers(-20, 20) | st.sampled_from([1.5, -0.5, 0.1, 1e20, 10**20, 2**53])
VALUES: st.SearchStrategy[Any] = (
    TEXTS | NUMBERS | st.booleans() | st.sampled_from([None, "", [], {}])
)
HOURS = st.integers(-1, 24 * 400)

PEOPLE = st.lists(
    st.builds(
        Somebody,
        email=st.sampled_from(["Ann", "ann", "a_n", "a%n", "bob", "é"]).flatmap(
            lambda local: st.sampled_from(
                ["x.example", "y.x.example", "münchen.example"]
            ).map(lambda domain: f"{local}@{domain}")
        ),
        name=st.just("") | TEXTS,
        tz=ZONES,
        language=LANGUAGES,
        frequency=st.sampled_from(["", "daily", "Weekly"]),
        topics=st.lists(TEXTS, max_size=3, unique=True).map(sorted).map(tuple),
        attributes=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
        joined=HOURS.map(lambda hours: NOW - timedelta(hours=hours)),
        paused_until=st.sampled_from([None, NOW, NOW - HOUR, NOW + HOUR]),
        lists=st.frozensets(st.sampled_from(LISTS)),
    ),
    min_size=1,
    max_size=6,
)

PLACES = ["Europe", "europe/PARIS", "America/Argentina", "en", "en-gb", "zh", "weekly"]
ADDRESSES = ["ann@x.example", "a_n", "x.example", "MÜNCHEN.example", "@"]
ASKED = TEXTS | st.sampled_from(PLACES + ADDRESSES)
PATTERNS = (
    st.lists(st.just("") | ASKED, min_size=1, max_size=3)
    .map(lambda parts: (parts[0], *filter(None, parts[1:-1]), *parts[1:][-1:]))
    .filter(lambda parts: parts != ("",))
    .map(Pattern)
)
DECIMALS = st.sampled_from("1 12 -3 0 -0.5 1.5 1.50 0.1 999999999999999".split())
UNITS = st.sampled_from(Unit)
MOMENTS = (
    st.builds(Ago, st.integers(0, 500), UNITS)
    | HOURS.map(lambda hours: NOW - timedelta(hours=hours))
    | HOURS.map(lambda hours: (NOW - timedelta(hours=hours)).date())
)


def _values(subject: Subject, how: Operator) -> st.SearchStrategy[Any]:
    if how is Operator.EXISTS:
        return st.none()
    if subject.kind is Kind.MOMENT:
        return MOMENTS
    if subject.kind is Kind.LIST:
        return st.sampled_from(LISTS)
    if how is Operator.LIKE:
        return PATTERNS
    if subject.kind is not Kind.ATTRIBUTE or how is Operator.HAS:
        return ASKED
    typed = ASKED | DECIMALS.map(Decimal)
    return typed if how in ORDER else typed | st.booleans()


@st.composite
def _terms(draw: st.DrawFn) -> Term:
    names = st.sampled_from(NAMES).map(lambda name: Subject(name, attribute=True))
    subject = draw(st.sampled_from(sorted(FIELDS)).map(Subject) | names)
    how = draw(st.sampled_from(OPERATORS[subject.kind]))
    return Term(subject=subject, operator=how, value=draw(_values(subject, how)))


def _several(
    kind: type[And] | type[Or], parts: st.SearchStrategy[Expression]
) -> st.SearchStrategy[Expression]:
    """And and Or as they are read: none holds another of its own kind."""
    others = parts.filter(lambda part: not isinstance(part, kind))
    return st.lists(others, min_size=2, max_size=3).map(
        lambda found: kind(tuple(found))
    )


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    _terms(),
    lambda parts: parts.map(Not) | _several(And, parts) | _several(Or, parts),
    max_leaves=6,
)
