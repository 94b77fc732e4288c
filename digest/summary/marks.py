"""Quotations: what stands between quotation marks, whatever the marks.

One pass over each paragraph, with the mark that is open as the only state,
so odd numbers of marks, mixed closers and nesting cost nothing and cannot
reach beyond their paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from digest.model import Span
from digest.summary.clauses import cues
from digest.summary.languages import UNKNOWN, WORD, Language
from digest.summary.sentences import sentence_ends
from digest.summary.tokens import Part, Token, tokens

#: any character that may be a mark, or half of one
HALF = re.compile("[\"“”„‟«»‹›「」『』‘’‚'＂`´]")
#: characters of which two make one mark
DOUBLED = frozenset("'`´")
APOSTROPHES = frozenset("'’")

#: each opening mark, with what may close it
CLOSERS: dict[str, frozenset[str]] = {
    "“": frozenset(["”", '"', "''", "“", "‟"]),
    "”": frozenset(["”", '"']),
    "„": frozenset(["“", "”", '"', "‟", "''"]),
    "‟": frozenset(["”", "“"]),
    '"': frozenset(['"', "”", "“", "''"]),
    "＂": frozenset(["＂"]),
    "``": frozenset(["''", '"', "”"]),
    "''": frozenset(["''", '"']),
    "´´": frozenset(["´´", "''"]),
    "«": frozenset(["»"]),
    "»": frozenset(["«", "»"]),
    "‹": frozenset(["›"]),
    "›": frozenset(["‹", "›"]),
    "「": frozenset(["」"]),
    "『": frozenset(["』"]),
    "‘": frozenset(["’", "'"]),
    "‚": frozenset(["‘", "’", "'"]),
    "'": frozenset(["'", "’"]),
}
#: marks that are apostrophes as well
SINGLE = frozenset(["‘", "’", "'"])
#: marks whose shape says on which side they stand, in most languages
ALWAYS_OPEN = frozenset(["„", "``", "「", "『", "‚"])

#: what closes a mark within which the same mark may open again
PAIRS = {"“": "”", "‘": "’", '"': '"', "'": "'"}
#: words that begin with an apostrophe
CLIPPED = re.compile(r"(?:em|tis|twas|til|cause|cos|bout|n)\b", re.IGNORECASE)

BEFORE_OPEN = frozenset(
    " \t\u00a0\u202f\u2009([{—–-/:|>…\"“”„«»'‘,\n\u2028\u200b\ufeff"
)
AFTER_CLOSE = frozenset(
    " \t\u00a0\u202f\u2009)]}—–-/:;|<,.!?…\"”“»«'’\n\u2028[(\u200b\ufeff"
)
SPACE = frozenset(" \t\u00a0\u202f\u2009\n\r\u2028")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """One quoted passage of one paragraph: offsets within and with its marks."""

    paragraph: int
    start: int
    end: int
    #: with the marks
    outer_start: int
    outer_end: int
    mark: str
    #: whether it is known to end within the paragraph
    closed: bool = True
    #: whether it goes on from the paragraph before
    continued: bool = False


#: the dash that opens direct speech, and those around who speaks
DASH = re.compile(r"[—–―]")
#: where direct speech behind a dash may end
BREAK = re.compile(r"\s?[—–―]|[,?!…](?=\s)")
#: so many words before a verb of saying may be who speaks
FEW = 4
#: speech between dashes has more words than the items of a list
ITEM = 3


def _after_dashes(
    text: str, index: int, paragraph: Span, language: Language
) -> list[Quotation]:
    """Direct speech that a dash opens, if it is told behind who speaks."""
    if not DASH.match(text, paragraph.start, paragraph.end):
        return []
    begin = paragraph.start
    for found in BREAK.finditer(text, begin + 1, paragraph.end):
        dash = found[0].strip() in "—–―"
        told = _told_between if dash else _told_behind
        if told(text, found.end(), paragraph, language):
            end = found.start() if dash else found.end()
            passages = [(begin, end)]
            again = DASH.search(text, found.end(), paragraph.end) if dash else None
            if again:
                passages.append((again.start(), paragraph.end))
            spoken = (_behind_dash(text, index, *passage) for passage in passages)
            return [each for each in spoken if each is not None]
    return []


def _told_between(text: str, at: int, paragraph: Span, language: Language) -> bool:
    """Whether a dash begins an attribution: "—Ven —dijo Ana—", "– A – said Ana."."""
    tight = text[at : at + 1] not in SPACE
    small = text[at : at + 2].strip()[:1].islower()
    if language.dialogue and small and (tight or text[at - 1] == "—"):
        return True  # "— Vem — disse Ana"; a short dash with blanks may be only a dash
    if not language.code:
        return _looks_told(text, at, paragraph)
    clause = _sentence(text, at, paragraph, language)
    return any(
        cue < FEW
        and _says(clause[cue], language)
        and all(token.part is not Part.MARK for token in clause[:cue])
        for cue in cues(clause, language)[:1]
    )


def _looks_told(text: str, at: int, paragraph: Span) -> bool:
    """Whether words and not an item stand before, a small letter and a stop behind."""
    words = WORD.findall(text, max(paragraph.start, at - NEAR), at)
    small = text[at : at + 2].strip()[:1].islower()
    return len(words) > ITEM and small and text[paragraph.end - 1] in ".?!…"


def _told_behind(text: str, at: int, paragraph: Span, language: Language) -> bool:
    """Whether nothing but an attribution stands up to the end: "…, said Ana."."""
    clause = _sentence(text, at, paragraph, language)
    if not clause or clause[-1].word not in (".", "…"):
        return False
    return _attributes(clause[:-1], language)


def _sentence(text: str, at: int, paragraph: Span, language: Language) -> list[Token]:
    """The tokens of the sentence that goes on here, as far as it matters."""
    end = sentence_ends(text, language, at, min(paragraph.end, at + NEAR))[0]
    return tokens(text, at, end, language)


def _behind_dash(text: str, index: int, outer: int, outer_end: int) -> Quotation | None:
    start, end = outer + 1, _trimmed(text, outer + 1, outer_end)
    while start < end and not text[start].isalnum() and text[start] not in "¿¡":
        start += 1
    if end <= start:
        return None
    return Quotation(
        paragraph=index, start=start, end=end,
        outer_start=outer, outer_end=outer_end, mark=text[outer],
    )  # fmt: skip


class Mark(NamedTuple):
    """A quotation mark and where it stands."""

    mark: str
    start: int
    end: int


def quotations(
    text: str, paragraphs: Iterable[Span], language: Language = UNKNOWN
) -> list[Quotation]:
    """Every quoted passage of these paragraphs, outermost marks, in order.

    The language tells of direct speech behind a dash, "—Ven —dijo Ana—. No
    tardes.", and where a quotation ends that was never closed.
    """
    found: list[Quotation] = []
    unclosed: Quotation | None = None
    for index, paragraph in enumerate(paragraphs):
        first = len(found)
        spoken = _after_dashes(text, index, paragraph, language)
        found += spoken or _in_paragraph(text, index, paragraph, unclosed)
        last = found[-1] if len(found) > first else None
        if last and not last.closed:
            found[-1] = last = _before_attribution(text, last, language)
        unclosed = last if last and not last.closed else None
    return found


#: an attribution behind a quotation has at most so many words and characters
SHORT, NEAR = 5, 60
#: what parts an attribution from the words of a quotation
PARTING = re.compile(r"[,?!…]\s+")


def _before_attribution(text: str, last: Quotation, language: Language) -> Quotation:
    """The passage without the attribution it ends with: "…, Quill said."."""
    start = max(last.start, last.end - NEAR)
    for match in PARTING.finditer(text, start, last.end):
        clause = tokens(text, match.end(), last.end, language)
        if clause and clause[-1].word == "." and _attributes(clause[:-1], language):
            end = _trimmed(text, last.start, match.end())
            return replace(last, end=end, outer_end=end, closed=True)
    return last


def _attributes(clause: list[Token], language: Language) -> bool:
    """Whether this is only a verb of saying and who says it."""
    if not 1 < len(clause) <= SHORT or any(t.part is Part.MARK for t in clause):
        return False
    first_or_last = any(
        cue == 0 or (cue == len(clause) - 1 and _says(clause[cue], language))
        for cue in cues(clause, language)
    )
    return first_or_last and any(
        token.part is Part.NAME or token.word in language.singular_pronouns
        for token in clause
    )


def _says(token: Token, language: Language) -> bool:
    return token.word in language.cues and token.word not in language.weak


def _marks(text: str, paragraph: Span) -> list[Mark]:
    """The marks of a paragraph, but no apostrophe within a word."""
    marks: list[Mark] = []
    for match in HALF.finditer(text, paragraph.start, paragraph.end):
        char, start = match[0], match.start()
        if char in DOUBLED and marks and marks[-1][0::2] == (char, start):
            marks[-1] = Mark(char * 2, start - 1, start + 1)
        elif char not in APOSTROPHES or not _in_word(text, start, paragraph):
            marks.append(Mark(char, start, start + 1))
    return marks


def _in_word(text: str, at: int, paragraph: Span) -> bool:
    between = paragraph.start < at < paragraph.end - 1
    return between and text[at - 1].isalnum() and text[at + 1].isalnum()


@dataclass(frozen=True, slots=True)
class _Open:
    """The mark that is open, and where it and the passage behind it begin."""

    mark: str
    outer: int
    inner: int
    continued: bool = False


def _in_paragraph(
    text: str, index: int, paragraph: Span, unclosed: Quotation | None
) -> Iterator[Quotation]:
    marks = _marks(text, paragraph)
    if not marks:
        return
    opened = _still_open(text, marks, paragraph, unclosed)
    closable = _closable(text, marks, paragraph)
    nests = _nests(text, marks, paragraph)
    until = 0
    for position, match in enumerate(marks):
        if opened is None:
            if _opens(text, match, paragraph, closable[position]):
                outer, inner = match[1:]
                continued = unclosed is not None and outer == paragraph.start
                opened = _Open(match.mark, outer, inner, continued)
                until = nests.get(position, 0)
        elif position < until:
            continue
        elif match.mark in CLOSERS[opened.mark] and _closes(
            text, match, paragraph, opened.mark
        ):
            yield from _passage(text, index, opened, match.start, match.end)
            opened = None
        elif match.mark == opened.mark and _reopens(text, match, paragraph):
            # the one before was never closed: it is not known where it ends
            opened = _Open(match.mark, *match[1:])
    if opened is not None and opened.mark not in SINGLE:
        yield from _passage(text, index, opened, paragraph.end, paragraph.end)


def _nests(text: str, marks: list[Mark], paragraph: Span) -> dict[int, int]:
    """Where the mark ends that has the same mark within: "‘A ‘b’ c’".

    By position; only where all marks of that kind show their side and each that
    opens is closed, for else one of them was forgotten.
    """
    found: dict[int, int] = {}
    kinds = [match.mark for match in marks]
    for mark, closer in PAIRS.items():
        if kinds.count(mark) > 1:
            found |= _nests_of(text, marks, paragraph, mark, closer)
    return found


def _nests_of(
    text: str, marks: list[Mark], paragraph: Span, mark: str, closer: str
) -> dict[int, int]:
    found: dict[int, int] = {}
    opened: list[int] = []
    inner = -1
    for position, match in enumerate(marks):
        if match.mark not in (mark, closer):
            continue
        if match.mark == mark and _shows_open(text, match, paragraph):
            opened.append(position)
        elif match.mark == closer and _shows_close(text, match, paragraph):
            if opened:
                start = opened.pop()
                if inner > start:
                    found[start] = position
                inner = start if opened else -1
        elif mark not in SINGLE:
            return {}
    return {} if opened and mark not in SINGLE else found


def _shows_open(text: str, match: Mark, paragraph: Span) -> bool:
    """Whether white space or a bracket before, a word behind say that it opens."""
    if match.end >= paragraph.end or CLIPPED.match(text, match.end):
        return False
    behind = text[match.end]
    first = match.start == paragraph.start
    begins = first or text[match.start - 1] in SPACE or text[match.start - 1] in "(["
    return begins and behind not in AFTER_CLOSE and not behind.isdigit()


def _shows_close(text: str, match: Mark, paragraph: Span) -> bool:
    """Whether a word or a point before, white space or a point behind say it closes."""
    before = text[match.start - 1] if match.start > paragraph.start else " "
    behind = text[match.end] if match.end < paragraph.end else " "
    return before not in SPACE and behind in AFTER_CLOSE


def _passage(
    text: str, index: int, opened: _Open, end: int, outer_end: int
) -> Iterator[Quotation]:
    start, inner_end = opened.inner, _trimmed(text, opened.inner, end)
    while start < inner_end and text[start] in SPACE:
        start += 1
    if inner_end > start:
        yield Quotation(
            paragraph=index,
            start=start,
            end=inner_end,
            outer_start=opened.outer,
            outer_end=outer_end,
            mark=opened.mark,
            closed=end < outer_end,
            continued=opened.continued,
        )


def _reopens(text: str, match: Mark, paragraph: Span) -> bool:
    return match.mark not in SINGLE and _can_open(text, match, paragraph)


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in SPACE:
        end -= 1
    return end


def _still_open(
    text: str,
    marks: list[Mark],
    paragraph: Span,
    unclosed: Quotation | None,
) -> _Open | None:
    """The mark of the paragraph before, if this one's first mark closes it."""
    if unclosed is None or not marks:
        return None
    first = marks[0]
    closes = first.mark in CLOSERS[unclosed.mark] and first.start > paragraph.start
    if not closes or _can_open(text, first, paragraph):
        return None
    return _Open(unclosed.mark, paragraph.start, paragraph.start, continued=True)


def _opens(text: str, match: Mark, paragraph: Span, closable: bool) -> bool:
    mark = match.mark
    if mark not in CLOSERS or (mark in SINGLE and not closable):
        return False
    return mark in ALWAYS_OPEN or _can_open(text, match, paragraph)


def _can_open(text: str, match: Mark, paragraph: Span) -> bool:
    """Whether white space or a dash stands before this mark, and a word behind."""
    start, end = match[1:]
    if end >= paragraph.end:
        return False
    before = text[start - 1] if start > paragraph.start else " "
    behind = text[end]
    if behind == ">":  # the end of an attribute in markup
        return False
    if before not in BEFORE_OPEN:
        return match.mark == "“" and behind not in AFTER_CLOSE
    if match.mark in SINGLE:
        return behind not in SPACE and not behind.isdigit()
    if match.mark in ("“", "«", "``"):
        return True
    # marks with white space on both sides (tokenised text) open when none is open
    return behind not in SPACE or before in SPACE


def _closes(text: str, match: Mark, paragraph: Span, opened: str) -> bool:
    start, end = match[1:]
    before = text[start - 1]
    behind = text[end] if end < paragraph.end else " "
    if match.mark in SINGLE:
        return behind in AFTER_CLOSE and before not in SPACE
    if match.mark == opened and opened in ('"', "''", "“"):
        opens = before in SPACE and behind not in AFTER_CLOSE
        return not opens
    return True


def _closable(text: str, marks: list[Mark], paragraph: Span) -> list[bool]:
    """For each single mark, whether one that may close it stands behind it."""
    closable, later = [False] * len(marks), False
    for position in range(len(marks) - 1, -1, -1):
        match = marks[position]
        closable[position] = later
        if match.mark in ("’", "'") and match.start > paragraph.start:
            later = later or _closes(text, match, paragraph, "‘")
    return closable
