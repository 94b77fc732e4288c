"""Topics: what an editor counts more, and which section it goes to.

A topic is a line of words and tags: "Sport: #football, handball, cup final".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.model import Article

#: characters of a text that tell what it is about
OPENING = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Words to look for, a tag with a # before it; the section may be empty."""

    section: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, line: str) -> Topic:
        """The topic that a line of the settings says."""
        section, _, words = line.rpartition(":")
        parts = (word.strip() for word in words.split(","))
        return cls(section=section.strip(), words=tuple(filter(None, parts)))

    def found(self, article: Article) -> str:
        """The first of its words that is in the title, the opening or the tags."""
        tags = {tag.casefold() for tag in article.tags}
        text = f"{article.title or ''}\n{article.text[:OPENING]}"
        return next((word for word in self.words if _is_in(word, text, tags)), "")


def _is_in(word: str, text: str, tags: set[str]) -> bool:
    if word.startswith("#"):
        return word[1:].strip().casefold() in tags
    return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE))


def matching(topics: Sequence[Topic], article: Article) -> tuple[Topic, str] | None:
    """The first topic that an article is of, and the word that says so."""
    return next(
        ((topic, word) for topic in topics if (word := topic.found(article))), None
    )
