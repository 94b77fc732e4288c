"""Where sentences end: a regular expression and each language's abbreviations.

Measured on 765 human sentence boundaries of Wikinews this does better than
the libraries tried (docs/decisions), and it needs nothing. Languages whose
abbreviations we do not know are left to sentencex.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.summary.languages import Language

#: an end mark, what may close behind it, and white space or the end; the mark alone
#: comes first, for then the engine runs over all that is none
END = re.compile(
    r"[.!?…。！？।؟۔]"
    r"(?:(?<=[.!?…])(?<![.!?…]{2})[.!?…]*+[\"”“’»«)\]']*+(?=(\s++)|$)"
    r"|(?<=[。！？])[」』）]*+|(?<=[।؟۔]))"
)
#: what a sentence may start with
START = re.compile(r"[\"“„‟«»‹›‘'`(\[—–¿¡-]*\s?(.)", re.DOTALL)
#: the word before a full stop
LAST_WORD = re.compile(r"[^\s\"“”„‘’«»()\[\]—–]+$")
NEXT_WORD = re.compile(r"[^\w\s]*+\s++[^\w\s]*+(\w+)")
#: how far back the word before a full stop is looked for
LONGEST_WORD = 30
#: the most that is handed to sentencex at once: its time grows with the square
#: of what stands between quotation marks
PIECE = 1000
#: whose rules stand in: sentencex 1.0.32 takes 0.2 s for 1,000 characters of "a.a.a."
#: in Catalan and Danish
STAND_INS = {"ca": "es", "da": "sv"}
#: half characters, which cannot be handed to it
SURROGATE = re.compile(r"[\ud800-\udfff]")
#: a mark that opens behind the end of a sentence, which sentencex takes for its end
OPENING = re.compile(r"\s[\"“”„«»‘’'(\[]+\s*$")


def sentence_ends(text: str, language: Language, start: int, end: int) -> list[int]:
    """The offsets behind each sentence of `text[start:end]`; the last is `end`.

    Linear in the text. Quotations are not looked at: whoever must not cut
    one drops the ends within it.
    """
    if not language.code:
        return [*_ends_by_library(text, language, start, end), end]
    ends = []
    for match in END.finditer(text, start, end):
        if match.end() >= end:
            break
        if _is_end(text, language, match, start, end):
            ends.append(match.end())
    ends.append(end)
    return ends


def _ends_by_library(
    text: str, language: Language, start: int, end: int
) -> Iterator[int]:
    """The ends within `text[start:end]` that sentencex finds, but the last."""
    from sentencex import segment

    code = STAND_INS.get(language.other, language.other)
    for first, last in _pieces(text, start, end):
        behind = least = first
        for sentence in segment(code, SURROGATE.sub("�", text[first:last])):
            behind += len(sentence)
            stop = _without_opening(text, least, behind)
            goes_on = behind == first + PIECE or text[behind : behind + 1].islower()
            if least < stop < end and not goes_on:
                yield stop
                least = stop


def _without_opening(text: str, start: int, end: int) -> int:
    """The end of `text[start:end]` but for space and a mark that opens the next."""
    opening = OPENING.search(text, max(start, end - LONGEST_WORD), end)
    stop = opening.start() if opening else end
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    return stop


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The passage in pieces of bounded length, cut behind end marks if there are."""
    while end - start > PIECE:
        found = [match.end() for match in END.finditer(text, start, start + PIECE)]
        cuts = [cut for cut in found if cut < start + PIECE]
        cut = cuts[-1] if cuts else start + PIECE
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _is_end(
    text: str, language: Language, match: re.Match[str], start: int, end: int
) -> bool:
    if match[1] is None:  # an end mark of a script without spaces
        return True
    following = START.match(text, match.end(1), min(end, match.end(1) + 6))
    first = following[1] if following else ""
    spaced = match.start() > start and text[match.start() - 1] == " "
    if spaced and text[max(start, match.start() - 200) : match.start()].islower():
        return True  # tokenised text without capitals: " . " ends a sentence
    if first.islower():
        return False
    if match[0][0] != "." or len(match[0].rstrip("\"”“’»«)]'")) > 1:
        return True
    return not _is_abbreviated(text, language, match.start(), start, first)


def _is_abbreviated(
    text: str, language: Language, stop: int, start: int, first: str
) -> bool:
    """Whether the full stop at `stop` belongs to the word before it."""
    found = LAST_WORD.search(text, max(start, stop - LONGEST_WORD), stop)
    if not found:
        return False
    word = found[0]
    folded = word.lower()
    if folded in language.maybe_end:
        return not _opens_sentence(text, language, stop)
    if folded in language.abbreviations:
        return True
    if len(word) == 1 and word.isalpha() and word != "I":
        return word.isupper()
    if "." in word and len(word) <= 5 and word.replace(".", "").isalpha():
        return not _opens_sentence(text, language, stop)
    return word.isdigit() and len(word) <= 2 and language.capital_nouns


def _opens_sentence(text: str, language: Language, stop: int) -> bool:
    """Whether the word after an abbreviation is one that opens sentences."""
    following = NEXT_WORD.match(text, stop + 1, stop + 41)
    return following is not None and following[1].lower() in language.openers
