"""A clause as tokens: names, words and marks."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from digest.summary.languages import Language
from digest.summary.names import Mention, elided, mention_of, name_pattern


class Part(StrEnum):
    """What a token is."""

    NAME = "name"
    WORD = "word"
    MARK = "mark"


class Token(NamedTuple):
    part: Part
    start: int
    end: int
    #: the word in lower case, or the mark
    word: str
    #: of a name
    mention: Mention | None = None


@cache
def _token(language: Language) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<name>{name_pattern(language)})|(?P<elided>{elided(language)})"
        r"|(?P<word>\w++(?:[-'’‑]\w++)*+)|(?P<mark>--|[^\w\s])"
    )


def tokens(text: str, start: int, end: int, language: Language) -> list[Token]:
    """The tokens of `text[start:end]`; a capitalised word may still be no name."""
    found: list[Token] = []
    for match in _token(language).finditer(text, start, end):
        part = match.lastgroup
        if part == "name":
            found += _name_tokens(text, match, language)
        elif part == "mark":
            found.append(Token(Part.MARK, *match.span(), match[0]))
        elif part == "elided":
            word = match[0].lower().replace("’", "'")
            found.append(Token(Part.WORD, *match.span(), word))
        elif language.clitics and "-" in match[0]:
            found += _verb_and_clitic(match, language)
        else:
            found.append(Token(Part.WORD, *match.span(), match[0].lower()))
    return found


def _name_tokens(text: str, match: re.Match[str], language: Language) -> list[Token]:
    mention = mention_of(match, language)
    if mention is None:
        return _words(text, match.start(), match.end())
    start, end = mention.start, mention.end
    name = Token(Part.NAME, start, end, match[0].lower(), mention)
    if start == match.start() and end == match.end():
        return [name]
    before = _words(text, match.start(), start)
    return [*before, name, *_words(text, end, match.end())]


def _verb_and_clitic(match: re.Match[str], language: Language) -> list[Token]:
    """A verb and the pronoun that hangs on it: "a-t-il"."""
    word, start, end = match[0].lower(), match.start(), match.end()
    for clitic in language.clitics:
        if word.endswith(clitic):
            cut = start + word.rindex("-")
            verb = Token(Part.WORD, start, end - len(clitic), word[: -len(clitic)])
            return [verb, Token(Part.WORD, cut + 1, end, word[word.rindex("-") + 1 :])]
    return [Token(Part.WORD, start, end, word)]


#: a word among those cut off a name
CUT_OFF = re.compile(r"\w+(?:[-'’]\w+)*")


def _words(text: str, start: int, end: int) -> list[Token]:
    return [
        Token(Part.WORD, found.start(), found.end(), found[0].lower())
        for found in CUT_OFF.finditer(text, start, end)
    ]
