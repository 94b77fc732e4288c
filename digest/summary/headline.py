"""What a headline speaks of, and which passages speak of it too."""

from __future__ import annotations

import re

from digest.summary.languages import WORD, Language

BETWEEN = re.compile(r"[\W_]+")

#: so many letters of a word tell what it is about
STEM = 5
#: so much of a passage is looked at, in characters
SAMPLE = 2000
#: a line of fewer letters repeats nothing, it only happens to be in the headline
LINE = 20


class Headline:
    """A headline, to compare the sentences of its story with."""

    def __init__(self, title: str, language: Language) -> None:
        self.stems = stems(title, language)
        self._language = language
        self._letters = _letters(title)

    def shared(self, text: str) -> frozenset[str]:
        """What both speak of."""
        return stems(text, self._language) & self.stems if self.stems else frozenset()

    def repeats(self, text: str) -> bool:
        """Whether the headline, or its second line, says the same word for word."""
        if not self._letters:
            return False
        line = _letters(text)
        return len(line) >= LINE and line in self._letters


def stems(text: str, language: Language) -> frozenset[str]:
    """The beginnings of the words that say something: "repair" of "repairs"."""
    words = WORD.findall(text[:SAMPLE].lower())
    return frozenset(
        word[:STEM]
        for word in words
        if len(word) >= STEM - 1 and word not in language.stopwords
    )


def _letters(text: str) -> str:
    return BETWEEN.sub("", text[:SAMPLE].casefold())
