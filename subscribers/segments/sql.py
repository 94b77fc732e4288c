"""A segment as SQL for SQLite and PostgreSQL, with every value of it bound.

Both databases find the same people. ASCII letters are alike in either case, and all
others are as they stand, for that is what SQLite knows. What is not known of a person
(an empty text, an attribute that is not there) is neither equal nor unequal, below nor
above; so `not` of that is true.
"""

# ruff: noqa: S608 (only our own text is put into statements; all values are bound)

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from subscribers.driver import fetch, is_sqlite, moment
from subscribers.lists import find_list
from subscribers.segments.expression import (
    PARTED,
    Ago,
    And,
    Expression,
    Kind,
    Not,
    Operator,
    Or,
    Pattern,
    Term,
    Value,
)

FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What the two databases write differently; `s` is a row of subscriber."""

    #: a text with its ASCII letters made small, to be compared by code points
    folded: str
    #: each topic, as t.value
    topics: str
    #: the attribute of a name, as a.type and a.value
    attribute: str
    #: that it is a number, or a text that is written as one, and the type to read it as
    is_number: str
    number: str
    #: the name of each attribute of a person, as n.key
    names: str


SQLITE = Dialect(
    folded="lower({})",
    topics="json_each(s.topics) t",
    attribute="json_each(s.attributes) a WHERE a.key = ?",
    is_number="""(
        a.type IN ('integer', 'real')
        OR a.type = 'text' AND length(a.value) <= 15
        AND a.value GLOB '[0-9-]*' AND a.value GLOB '*[0-9]'
        AND substr(a.value, 2) NOT GLOB '*[^0-9.]*'
        AND a.value NOT GLOB '*.*.*' AND a.value NOT GLOB '-.*'
        AND a.value NOT GLOB '0[0-9]*' AND a.value NOT GLOB '-0[0-9]*'
    )""",
    number="REAL",
    names="json_each(s.attributes) n",
)
POSTGRES = Dialect(
    folded='lower({} COLLATE "C")',
    topics="jsonb_array_elements_text(s.topics::jsonb) t(value)",
    attribute="""(
        SELECT CASE jsonb_typeof(v) WHEN 'string' THEN 'text'
            WHEN 'boolean' THEN v::text ELSE jsonb_typeof(v) END AS type,
            v #>> '{}' AS value
        FROM (SELECT s.attributes::jsonb -> CAST(? AS text) AS v) one
    ) a WHERE true""",
    is_number="""(
        a.type = 'number'
        OR a.type = 'text' AND length(a.value) <= 15
        AND a.value ~ '^(-|)(0|[1-9][0-9]*)([.][0-9]+|)$'
    )""",
    number="numeric",
    names="jsonb_object_keys(s.attributes::jsonb) n(key)",
)

#: where the texts of everybody stand; a domain is what follows the one @
COLUMNS = {
    "tz": "s.zone",
    "language": "s.language",
    "email": "s.email",
    "domain": "s.email",
    "name": "s.name",
    "frequency": "s.frequency",
}
KNOWN_ATTRIBUTE = "a.type NOT IN ('null', 'object', 'array') AND a.value <> ''"
CONFIRMED = """EXISTS (
    SELECT 1 FROM subscription q
    WHERE q.subscriber_id = s.id AND q.state = 'confirmed' {}
)"""
#: less time ago is later
LATER = {
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.AT_LEAST: Operator.AT_MOST,
}
#: a whole day: whether its end is meant, and on which side of it
OF_A_DAY = {
    Operator.BELOW: (0, Operator.BELOW),
    Operator.AT_MOST: (1, Operator.BELOW),
    Operator.ABOVE: (1, Operator.AT_LEAST),
    Operator.AT_LEAST: (0, Operator.AT_LEAST),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """That a row `s` of subscriber is meant: true or false, never null."""

    sql: str
    values: tuple[object, ...]


#: of everybody
EVERYBODY = Condition(sql="true", values=())


def condition(
    connection: Connection, expression: Expression, *, now: datetime
) -> Condition:
    """The people of a segment, as a condition.

    Raises:
        UnknownList: it names a list that is not there.
    """
    compiler = _Compiler(connection=connection, dialect=_of(connection), now=now)
    sql = compiler.sql(expression)
    return Condition(sql=sql, values=tuple(compiler.values))


def anybody_has(connection: Connection, attribute: str) -> bool:
    """Whether there is a person with an attribute of that name."""
    has = f"EXISTS (SELECT 1 FROM {_of(connection).attribute} AND {KNOWN_ATTRIBUTE})"
    sql = f"SELECT 1 FROM subscriber s WHERE {has} LIMIT 1"
    return bool(fetch(connection, sql, attribute))


def attributes(connection: Connection) -> list[str]:
    """The names of all attributes that people have."""
    names = _of(connection).names
    sql = f"SELECT DISTINCT n.key FROM subscriber s, {names}"
    return sorted(key for (key,) in fetch(connection, sql))


def _of(connection: Connection) -> Dialect:
    return SQLITE if is_sqlite(connection) else POSTGRES


@dataclass(kw_only=True)
class _Compiler:
    """Writes SQL from left to right, and collects the values of its marks."""

    connection: Connection
    dialect: Dialect
    now: datetime
    values: list[object] = field(default_factory=list)

    def sql(self, expression: Expression) -> str:
        match expression:
            case Not(of):
                return f"NOT {self.sql(of)}"
            case And(parts):
                return f"({' AND '.join(map(self.sql, parts))})"
            case Or(parts):
                return f"({' OR '.join(map(self.sql, parts))})"
            case Term():
                return f"({self.term(expression)})"

    def term(self, term: Term) -> str:
        match term.subject.kind:
            case Kind.TEXT:
                return self.text(term, COLUMNS[term.subject.name])
            case Kind.MOMENT:
                return self.joined(term)
            case Kind.PAUSE:
                self.values.append(moment(self.connection, self.now))
                return "s.paused_until IS NOT NULL AND s.paused_until > ?"
            case Kind.ATTRIBUTE:
                self.values.append(term.subject.name)
                compared = self.attribute(term)
                return f"EXISTS (SELECT 1 FROM {self.dialect.attribute} AND {compared})"
            case Kind.TOPICS:
                return self.topics(term)
            case Kind.LIST:
                return self.confirmed(term)

    def text(self, term: Term, column: str) -> str:
        """Of a text that is perhaps empty."""
        if term.operator is Operator.EXISTS:
            return f"{column} <> ''"
        folded = self.dialect.folded.format(column)
        patterns = _patterns(term)
        self.values += patterns
        like = " OR ".join([f"{folded} LIKE ? ESCAPE '!'"] * len(patterns))
        no = "NOT " if term.operator is Operator.UNEQUAL else ""
        return f"{column} <> '' AND {no}({like})"

    def joined(self, term: Term) -> str:
        operator, at = _moment(term.operator, term.value, self.now)
        self.values.append(moment(self.connection, at))
        return f"s.created_at {operator} ?"

    def confirmed(self, term: Term) -> str:
        if term.operator is Operator.EXISTS:
            return CONFIRMED.format("")
        self.values.append(find_list(self.connection, str(term.value)).id)
        return CONFIRMED.format("AND q.list_id = ?")

    def topics(self, term: Term) -> str:
        chosen = f"SELECT 1 FROM {self.dialect.topics}"
        if term.operator is Operator.HAS:
            self.values.append(str(term.value).translate(FOLD))
            chosen += f" WHERE {self.dialect.folded.format('t.value')} = ?"
        return f"EXISTS ({chosen})"

    def attribute(self, term: Term) -> str:
        match term.operator:
            case Operator.EXISTS:
                return KNOWN_ATTRIBUTE
            case Operator.UNEQUAL:
                return f"{KNOWN_ATTRIBUTE} AND NOT ({self.compared(term, '=')})"
            case _:
                return f"({self.compared(term, term.operator)})"

    def compared(self, term: Term, operator: str) -> str:
        """An attribute beside a value; false where they are of different kinds."""
        folded = self.dialect.folded.format("a.value")
        if isinstance(term.value, bool):
            word = "true" if term.value else "false"
            return f"a.type = '{word}' OR a.type = 'text' AND {folded} = '{word}'"
        if isinstance(term.value, Decimal):
            kind = self.dialect.number
            self.values.append(f"{term.value:f}")
            numbers = f"CAST(a.value AS {kind}) {operator} CAST(? AS {kind})"
            return f"CASE WHEN {self.dialect.is_number} THEN {numbers} ELSE false END"
        if operator in {"=", ":", "has"}:
            self.values += _patterns(term)
            return f"a.type = 'text' AND a.value <> '' AND {folded} LIKE ? ESCAPE '!'"
        self.values.append(str(term.value).translate(FOLD))
        return f"a.type = 'text' AND a.value <> '' AND {folded} {operator} ?"


def _patterns(term: Term) -> Sequence[str]:
    """What a text must be LIKE one of."""
    value, name = term.value, term.subject.name
    parts: tuple[str, ...] = (
        value.parts if isinstance(value, Pattern) else (str(value),)
    )
    if term.operator is Operator.HAS:
        parts = ("", *parts, "")
    pattern = "%".join(map(_escaped, parts)).translate(FOLD)
    if term.subject.attribute:
        return [pattern]
    if name == "domain":
        pattern = f"%@{pattern}"
    if name in PARTED and term.operator is not Operator.HAS:
        return [pattern, f"{pattern}{PARTED[name]}%"]
    return [pattern]


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _moment(
    operator: Operator, value: Value | None, now: datetime
) -> tuple[Operator, datetime]:
    """How the moment of joining is compared, and to which."""
    match value:
        case Ago():
            return LATER[operator], value.before(now)
        case datetime():
            return operator, value
        case date():
            days, side = OF_A_DAY[operator]
            return side, datetime.combine(value, time(), UTC) + timedelta(days=days)
    raise TypeError(f"no time: {value!r}")
