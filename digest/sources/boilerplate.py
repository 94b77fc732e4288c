"""What is the article and what only stands around it: rules on single lines.

A rule sees one line and says whether that line, wherever it stands, is
boilerplate. `digest.sources.text` adds what only the place can tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.sources.words import tokens, words

_LONGEST = 450  # characters; what is longer is read as part of the article
_CLAUSE = 7  # words from which what ends as a sentence is one
_QUOTES = frozenset('"“”„«»‟『「')
_ENDS = ".!?…。！？｡؟।"
_CLOSERS = "\"'”’»«“‘)]』」›*_ "
_NUMBERED = re.compile(r"\d{1,2}[.)]\s")
_BULLETS = "-–—•*·▪●◦‣"
# Writing without spaces between words: one character is about half a word.
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
)
_COLON = re.compile(r"([^:|]{2,40})[:|]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_CLAUSES = re.compile("[(),;]")
_PARTS = re.compile(r"[/|,;:—–-]| via ")
_STEPS = re.compile(r"\s+[»›>/|]\s*")
_ACCOUNT = re.compile(r"@\w+\W*$|[—–-]\s?[^@]{2,60}\(@\w+\)|pic\.twitter\.com/\S+$")
_SIGNS = "—–- ("
_OPENERS = "\"'“‘(*_"
_BETWEEN_NAMES = re.compile(r"\s*[,|;•·/(]\s*|\s+(?:and|und|et|y|en|e|&)\s+")
_CAPITAL = r"[A-ZÀ-Þ][\w.'’-]*"
_NAME = re.compile(
    rf"{_CAPITAL}(?: (?:(?:van|von|der|den|de|du|la|le|di|da|dos|bin|al) ){{0,2}}"
    rf"{_CAPITAL}){{1,4}}"
)
# What stands after a comma, or goes on with "is what": "…, the mayor said."
_REPORTED = re.compile(r"(?:,|\b(?:is|was) what\b)(.*)", re.DOTALL)
_SIGNED = re.compile(
    r"[\"“„«»‘‚'].{12,}[.!?…,][\"”“»«’'‘]\s*"
    rf"(?:[—–-]+\s?{_CAPITAL}|\({_CAPITAL}).{{0,80}}",
    re.DOTALL,
)
_QUOTATION = re.compile(r"[\"“„«»‘‚'].{12,}[.!?…][\"”“»«’'‘]", re.DOTALL)
_LAST_PARENTHESIS = re.compile(r"[(\[]([^()\[\]]{2,120})[)\]]\W*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with what the rules ask of it, looked up once.

    A line longer than any rule reads has no tokens.
    """

    text: str
    tokens: tuple[str, ...]
    #: how many words, as far as the rules care
    length: int

    @classmethod
    def of(cls, text: str) -> Line:
        if len(text) > _LONGEST:
            return cls(text, (), _LONGEST)
        found = tuple(tokens(text))
        dense = 0 if text.isascii() else len(_DENSE.findall(text)) // 2
        return cls(text, found, len(found) + dense)

    @property
    def ended(self) -> bool:
        """Whether it ends as a sentence ends."""
        return self.text.rstrip(_CLOSERS)[-1:] in tuple(_ENDS)

    @property
    def quoting(self) -> bool:
        return not _QUOTES.isdisjoint(self.text)

    @property
    def listed(self) -> bool:
        return (
            self.text[:1] in tuple(_BULLETS) or _NUMBERED.match(self.text) is not None
        )


def is_boilerplate(line: Line) -> bool:
    """Whether this is a line of boilerplate wherever it stands."""
    if len(line.text) > _LONGEST:
        return False
    return (
        line.tokens in words().lines
        or not line.tokens
        or _ADDRESS.fullmatch(line.text) is not None
        or _is_bar(line)
        or _leads_elsewhere(line)
        or _is_trail(line)
        or _is_account(line)
        or _is_credit(line)
        or addresses_reader(line)
    )


def addresses_reader(line: Line) -> bool:
    """ "Follow us on …", "Sign up for …": asks something of the reader.

    What stands in quotation marks, or before "he said", was said to somebody else.
    """
    known = words()
    if _is_said(line):
        return False
    starts = line.length <= 60 and known.starts.begin(line.tokens) > 0
    if starts and line.text[0] not in _QUOTES:
        return True
    return line.length <= 70 and not line.quoting and known.anywhere.within(line.tokens)


def is_byline(line: Line) -> bool:
    """ "By Jane Doe, staff writer": names who wrote it and is no sentence."""
    if line.length > 40 or not line.tokens:
        return False
    known, parts = words(), line.text.split()
    taken = known.by.begin(line.tokens)
    if taken and taken < len(line.tokens) and (taken > 1 or line.length <= 20):
        return _is_name(parts[taken:])
    beside = (
        None if line.ended or line.length > 20 else known.authors.beside(line.tokens)
    )
    return beside is not None and (
        beside[0] == beside[1] or _is_name(parts[slice(*beside)])
    )


def authors(line: Line) -> list[tuple[str, ...]]:
    """The names in a byline, of two words at least."""
    taken = words().by.begin(line.tokens)
    parts = _BETWEEN_NAMES.split(" ".join(line.text.split()[taken:]))
    names = [tuple(tokens(part)) for part in parts if part and _is_name(part.split())]
    return [name for name in names if 1 < len(name) < 5]


def is_biography(line: Line) -> bool:
    """ "Jane Doe is the author of …": begins with a name and says what she does.

    Only for the end of a text, of somebody who was not spoken of before.
    """
    name = len(_named(line))
    if line.length > 60 or line.quoting or name < 2:
        return False
    return words().about.begin(line.tokens, name) > 0


def is_signed(line: Line) -> bool:
    """ "“We had enough.” — Jane Doe": a quotation, and behind it who said it."""
    return _SIGNED.fullmatch(line.text) is not None


def is_signature(line: Line, before: Line) -> bool:
    """ "Jane Doe, baker", under a quotation that is a paragraph of its own."""
    return _QUOTATION.fullmatch(before.text) is not None and is_name(line)


def is_name(line: Line) -> bool:
    """ "Jane Doe, baker", "— Jane Doe": a short line that begins with a name."""
    return line.length <= 12 and _NAME.match(line.text.lstrip(_SIGNS)) is not None


def surname(line: Line) -> str:
    """The last of the names that a line begins with, or ""."""
    return "".join(_named(line)[-1:])


def _named(line: Line) -> list[str]:
    """The words with a capital that a line begins with, in lower case."""
    match = _NAME.match(line.text[:100].lstrip(_OPENERS))
    return tokens(match[0]) if match else []


def is_caption(line: Line) -> bool:
    """Words under a picture: "(pictured)", "left", "Scam: Jane Doe took …".

    Only for lines of which the place or the form says already that they are no
    paragraph: articles use these words, too.
    """
    label = _COLON.match(line.text)
    return line.length <= 50 and (
        (label is not None and len(label[1].split()) <= 3)
        or any(_points(part) for part in _CLAUSES.split(line.text))
    )


def _points(clause: str) -> bool:
    """ "left", "second left", "pictured with …": where somebody is to be seen."""
    found = tokens(clause)
    known = words().captions
    return bool(found) and (
        found[0] in known or (len(found) <= 3 and found[-1] in known)
    )


def is_appeal(line: Line) -> bool:
    """It offers the reader something: a newsletter, a podcast, a subscription.

    Only for the end of a text: an article may speak of such things, and to "us".
    """
    known = words()
    return (
        line.length <= 60
        and not line.quoting
        and not _is_said(line)
        and not known.offers.isdisjoint(line.tokens)
        and not known.reader.isdisjoint(line.tokens)
    )


def is_end(line: Line) -> bool:
    """ "Related stories", "12 comments": a heading of what comes after the article."""
    counted = bool(line.tokens) and line.tokens[0].isdigit()
    return line.tokens[1 if counted else 0 :] in words().after


def is_time(line: Line) -> bool:
    """A date, a time of day, a reading time, and nothing else."""
    known = words()
    return _only(line, known.times, known.glue) and any(
        token[0].isdigit() for token in line.tokens
    )


def is_figures(line: Line) -> bool:
    """Years, numbers, times: what stands in the cells of an article's table."""
    known = words()
    return bool(line.tokens) and all(
        token[0].isdigit() or token in known.times for token in line.tokens
    )


def _is_name(parts: Sequence[str]) -> bool:
    """Whether most words have a capital, the first among them."""
    capitals = [part.lstrip(_OPENERS)[:1].isupper() for part in parts]
    return bool(capitals) and capitals[0] and sum(capitals) > len(parts) / 2


def _is_bar(line: Line) -> bool:
    """Share buttons, dates and counts: only such words, none of an article's."""
    if len(line.tokens) > 25:
        return False
    known = words()
    return (
        _only(line, known.bars, known.glue)
        or (_only(line, known.times, known.glue) and not line.ended)
        or is_time(line)
        or _only(line, known.counts, frozenset())
        or all(token[0].isdigit() for token in line.tokens)
    )


def _only(line: Line, kind: frozenset[str], glue: frozenset[str]) -> bool:
    """Whether a line has words of one kind, small words, numbers, no others."""
    found = False
    for token in line.tokens:
        if token in kind:
            found = True
        elif token not in glue and not token[0].isdigit():
            return False
    return found


def _leads_elsewhere(line: Line) -> bool:
    """ "Related: …", "Photo: …": a word for it before a colon or a bar.

    A sentence that goes on with a small letter leads to no title and no name.
    """
    if line.length > 40 or (head := _COLON.match(line.text)) is None:
        return False
    goes_on = line.text[head.end() :].lstrip()[:1].islower()
    sentence = goes_on and line.ended and line.length > _CLAUSE
    return not sentence and words().more.match(tokens(head[1]))


def _is_trail(line: Line) -> bool:
    """ "Home » News » Harbour": where the page stands in its site."""
    first, *others = _STEPS.split(line.text[:200])
    return bool(others) and not line.ended and tuple(tokens(first)) in words().lines


def _is_credit(line: Line) -> bool:
    """A caption: it ends in its photographer and agency."""
    if line.length > 80:
        return False
    if match := _LAST_PARENTHESIS.search(line.text[-200:]):
        parts = _PARTS.split(match[1])
        several = len(parts) > 1 or _mentions(match[1])
        return (several or line.length <= 30) and any(
            tuple(tokens(part)) in words().credits for part in (*parts, match[1])
        )
    tail = line.text[-60:]
    return "/" in tail and not line.ended and _names_agency(_PARTS.split(tail))


def _names_agency(parts: Sequence[str]) -> bool:
    return len(parts) > 1 and tuple(tokens(parts[-1])) in words().credits


def _mentions(credit: str) -> bool:
    found = tokens(credit)
    return any((token,) in words().credits for token in found[:1] + found[-1:])


def _is_account(line: Line) -> bool:
    """ "@janedoe", or what stands under a tweet: "— Jane Doe (@janedoe) March 5"."""
    return line.length <= 14 and _ACCOUNT.match(line.text) is not None


def _is_said(line: Line) -> bool:
    """Whether a clause says that this was said: ", he said", "is what it says"."""
    if not line.ended:
        return False
    clause = _REPORTED.search(line.text)
    return clause is not None and not words().said.isdisjoint(tokens(clause[1]))
