"""Where sentences end: a regular expression and each language's abbreviations.

Measured on 765 human sentence boundaries of Wikinews this does better than
the libraries tried (docs/decisions), and it needs nothing.
"""

from __future__ import annotations

import re

from digest.summary.languages import Language

#: an end mark, what may close behind it, and white space or the end
END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"”“’»«)\]']*+(?=(\s++)|$)|[。！？][」』）]*+|[।؟۔]"
)
#: what a sentence may start with
START = re.compile(r"[\"“„‟«»‹›‘'`(\[—–¿¡-]*\s?(.)", re.DOTALL)
#: the word before a full stop
LAST_WORD = re.compile(r"[^\s\"“”„‘’«»()\[\]—–]+$")
NEXT_WORD = re.compile(r"[^\w\s]*+\s++[^\w\s]*+(\w+)")
#: how far back the word before a full stop is looked for
LONGEST_WORD = 30


def sentence_ends(text: str, language: Language, start: int, end: int) -> list[int]:
    """The offsets behind each sentence of `text[start:end]`; the last is `end`.

    Linear in the text. Quotations are not looked at: whoever must not cut
    one drops the ends within it.
    """
    ends = []
    for match in END.finditer(text, start, end):
        if match.end() >= end:
            break
        if _is_end(text, language, match, start, end):
            ends.append(match.end())
    ends.append(end)
    return ends


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
