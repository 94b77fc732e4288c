"""From the text of a segment to what it says.

    expression = and ("or" and)*
    and        = not ("and" not)*
    not        = "not" not | "(" expression ")" | term
    term       = subject ("exists" | operator value)
    subject    = tz | language | email | … | NAME | attr.NAME | attr."NAME"
    operator   = : | = | != | < | <= | > | >= | has
    value      = a word | "a text" | 'a text'

Words of the language are known in any case. Whatever is wrong is told with the place
of its first character, and the nearest thing that is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import NamedTuple, NoReturn

from subscribers.errors import InvalidSegment
from subscribers.names import BREAKING
from subscribers.segments.expression import (
    FIELDS,
    KEYWORDS,
    OPERATORS,
    ORDER,
    SPECIAL,
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
    Value,
)

#: characters; and how deep brackets and `not` go into each other. Databases and
#: Python's own stack take several times as much
LONGEST = 2000
DEEPEST = 50

TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
    | (?P<word>[^{SPECIAL}]+)
    | (?P<text>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
    | (?P<operator>[<>=!:]+)
    | (?P<bracket>[()])
    """,
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPED = frozenset("\"'\\*")
#: what takes up to 15 digits, so that every database reads the same number
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
#: a number only where it must be one: a code of a product may look like it
POWER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?e\+?[0-9]{1,2}", re.IGNORECASE)
LONGEST_NUMBER = 15
FIRST_YEAR, LAST_YEAR = 1900, 2999
AGO = re.compile(r"([0-9]{1,4})(h|d|w|mo)", re.IGNORECASE)
#: a word and nothing else: it can only be the name of a segment
NAME_AT_MOST = re.compile(rf"[^{SPECIAL}]*")

ATTRIBUTE = "attr."
LONGEST_ATTRIBUTE = 200
#: as files of people call it
SAME = {"zone": "tz"}
#: what is often written for the words of the language
SLIPS = {
    "timezone": "tz",
    "time_zone": "tz",
    "lang": "language",
    "locale": "language",
    "mail": "email",
    "address": "email",
    "topic": "topics",
    "tag": "topics",
    "tags": "topics",
    "lists": "list",
    "created": "joined",
    "since": "joined",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "==": "=",
    "<>": "!=",
    "=<": "<=",
    "=>": ">=",
    "!": "not",
    "contains": "has",
    "is": "=",
}


class Token(NamedTuple):
    """A word, a text between its quotes, an operator, a bracket, or the end."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """A word of the language; empty where it is none."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def shown(self) -> str:
        """What to call it in a message."""
        return repr(self.text[:40]) if self.kind != "end" else "the end"


def parse(text: str) -> Expression:
    """What the text of a segment says.

    Raises:
        InvalidSegment: it is none; says what is wrong, where, and what could be meant.
    """
    if len(text) > LONGEST:
        raise InvalidSegment(f"a segment is at most {LONGEST:,} characters long")
    if breaking := BREAKING.search(re.sub(r"[\t\r\n]", " ", text)):
        _fail(f"{breaking[0]!a} cannot stand in a segment", breaking.start() + 1)
    return _Parser(tuple(_tokens(text))).whole()


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            _no_token(text[place], place + 1)
        kind = str(found.lastgroup)
        if kind == "text":
            yield Token(kind, found[0][1:-1], place + 1)
        elif kind != "space":
            yield Token(kind, found[0], place + 1)
        place = found.end()
    yield Token("end", "", len(text) + 1)


def _no_token(sign: str, at: int) -> NoReturn:
    if sign in "\"'":
        _fail(f"the quote {sign} is never closed", at)
    if sign in "“”„":
        _fail(f"unexpected {sign}", at, 'write "')
    _fail(f"unexpected {sign!a}", at, "put what holds such a sign in quotes")


def _fail(what: str, at: int, way_out: str = "") -> NoReturn:
    raise InvalidSegment(f"{what} at {at}" + (f"; {way_out}" if way_out else ""))


def _meant(word: str, right: Iterable[str], near: float = 0.6) -> str:
    """The nearest of the words that would be right; empty where none is near."""
    right, word = list(right), word.lower()
    found = [SLIPS[word]] if SLIPS.get(word) in right else []
    found += get_close_matches(word, right, 1, near)
    return f"did you mean {found[0]}?" if found else ""


class _Parser:
    """Reads the tokens from left to right, each once."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.next
        self.place += 1
        return token

    def taken(self, *words: str) -> bool:
        """Whether the next token is one of these words or brackets; it is taken."""
        token = self.next
        found = (token.word or token.text) in words and token.kind != "text"
        self.place += found
        return found

    def whole(self) -> Expression:
        if self.next.kind == "end":
            raise InvalidSegment(
                "a segment cannot be empty; write one like tz:Europe/*"
            )
        expression = self.either()
        if self.next.kind != "end":
            _unexpected(self.next, ("and", "or"))
        return expression

    def either(self) -> Expression:
        parts = [self.every()]
        while self.taken("or"):
            parts.append(self.every())
        return _joined(Or, parts)

    def every(self) -> Expression:
        parts = [self.no()]
        while self.taken("and"):
            parts.append(self.no())
        return _joined(And, parts)

    def no(self) -> Expression:
        at = self.next.at
        self.depth += 1
        if self.depth > DEEPEST:
            _fail(f"brackets and `not` go deeper than {DEEPEST}", at)
        if self.taken("not"):
            inner: Expression = Not(self.no())
        elif self.taken("("):
            inner = self.either()
            if not self.taken(")"):
                what = f"the bracket at {at} is still open before"
                _unexpected(self.next, ("and", "or", ")"), what)
        else:
            inner = self.term()
        self.depth -= 1
        return inner

    def term(self) -> Expression:
        token = self.take()
        subject, bare = self.subject(token)
        operator = _operator(self.take(), OPERATORS[subject.kind])
        value = None
        if operator is not Operator.EXISTS:
            value = _value(self.take(), subject, operator)
        return Term(
            subject=subject, operator=operator, value=value, at=token.at, bare=bare
        )

    def subject(self, token: Token) -> tuple[Subject, bool]:
        """What a term is about, and whether it is an attribute without `attr.`."""
        if token.kind != "word" or token.word in KEYWORDS:
            _unexpected(token, (*FIELDS, "not"), "a term is needed, not")
        name = SAME.get(token.word, token.word)
        if name in FIELDS:
            return Subject(name), False
        if name.startswith(ATTRIBUTE):
            return Subject(self.attribute(token), attribute=True), False
        if meant := _meant(name, FIELDS, near=0.75):
            way_out = f"{meant} An attribute is written attr.{token.text}"
            _fail(f"unknown term {token.text!r}", token.at, way_out)
        return Subject(token.text, attribute=True), True

    def attribute(self, token: Token) -> str:
        name = token.text[len(ATTRIBUTE) :]
        if not name and self.next.kind == "text":
            name = _plain(self.take())
        if not 0 < len(name) <= LONGEST_ATTRIBUTE:
            _fail("attr. needs the name of an attribute", token.at)
        return name


def _joined(kind: type[And] | type[Or], parts: list[Expression]) -> Expression:
    """Several parts as one expression; one of the same kind is no part of its own."""
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) else [part]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _unexpected(token: Token, right: Iterable[str], what: str = "") -> NoReturn:
    right = list(right)
    way_out = _meant(token.text, right) or f"there can be {_listed(right)}"
    _fail(f"{what or 'unexpected'} {token.shown}", token.at, way_out)


def _listed(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _operator(token: Token, allowed: tuple[Operator, ...]) -> Operator:
    if token.kind in {"word", "operator"} and token.text.lower() in allowed:
        return Operator(token.text.lower())
    _unexpected(token, allowed, "an operator is needed, not")


# --- Values -----------------------------------------------------------------------


def _value(token: Token, subject: Subject, operator: Operator) -> Value:
    if token.kind not in {"word", "text"} or token.word in KEYWORDS:
        way_out = "a text of such a word stands in quotes"
        _fail(f"a value is needed, not {token.shown}", token.at, way_out)
    if not token.text:
        _fail("a value cannot be empty", token.at, f"ask: not {subject.name} exists")
    if subject.kind is Kind.MOMENT:
        return _moment(token)
    if operator is Operator.LIKE:
        return _pattern(token)
    if token.kind == "word" and "*" in token.text and operator is not Operator.HAS:
        _fail(f"{operator} compares the whole text", token.at, "a pattern follows :")
    if subject.attribute and operator is not Operator.HAS and token.kind == "word":
        return _typed(token, operator)
    return _plain(token)


def _plain(token: Token) -> str:
    """A word as it stands; a text without the backslashes before its signs."""
    if token.kind == "word":
        return token.text
    for escape in ESCAPE.finditer(token.text):
        if escape[1] not in ESCAPED:
            at = token.at + 1 + escape.start()
            _fail(f"{escape[0]} means nothing", at, r"a backslash is \\")
    return ESCAPE.sub(r"\1", token.text)


def _pattern(token: Token) -> Pattern:
    if token.kind == "word":
        parts = token.text.split("*")
    else:
        _plain(token)
        parts = [""]
        for piece in re.findall(r"\\.|.", token.text, re.DOTALL):
            if piece == "*":
                parts.append("")
            else:
                parts[-1] += piece[-1]
    if len(parts) == 1:
        return Pattern(tuple(parts))
    return Pattern((parts[0], *filter(None, parts[1:-1]), parts[-1]))


def _typed(token: Token, operator: Operator) -> Value:
    """A word beside an attribute: a number, true or false, or a text."""
    if token.word in {"true", "false"}:
        if operator in ORDER:
            _fail(f"nothing is {operator} {token.word}", token.at, "compare with =")
        return token.word == "true"
    power = operator in ORDER and POWER.fullmatch(token.text)
    if power or NUMBER.fullmatch(token.text):
        number = Decimal(token.text)
        if len(f"{number:f}") > LONGEST_NUMBER:
            way_out = "put it in quotes if it is a text"
            _fail(f"a number has at most {LONGEST_NUMBER} digits", token.at, way_out)
        return number
    return token.text


def _moment(token: Token) -> Value:
    """A while ago, a day, or a moment; without a zone it is UTC."""
    text = _plain(token)
    if found := AGO.fullmatch(text):
        return Ago(int(found[1]), Unit(found[2].lower()))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        way_out = "write 90d, 12h, 3w, 6mo or 2026-01-31"
        _fail(f"{token.shown} is no time", token.at, way_out)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        _fail(f"{token.shown} is no year of ours", token.at)
    if len(text) <= len("2026-01-31"):
        return moment.date()
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
