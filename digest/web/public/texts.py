"""What the public pages say, in the languages that they speak; texts.toml has it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from digest.rendering.words import direction, words


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """The texts of each language, by its name in BCP 47 and their keys."""
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Texts:
    """One language's texts; `language` is its tag, `newsletter` fills in its name."""

    language: str
    newsletter: str
    _texts: Mapping[str, str]

    @classmethod
    def of(cls, newsletter: str, *languages: str) -> Texts:
        """In the first of these languages that the pages speak, else in English."""
        for language in languages:
            tag = language.replace("_", "-")
            if found := table().get(tag.partition("-")[0].lower()):
                return cls(tag, newsletter, found)
        return cls("en", newsletter, table()["en"])

    @property
    def direction(self) -> str:
        return direction(self.language)

    def __call__(self, key: str, **values: str) -> str:
        """The text of a key, with what is filled in."""
        return self._texts[key].format(newsletter=self.newsletter, **values)

    def on(self, moment: datetime) -> str:
        """A date in words."""
        return words(self.language).on(moment)


def languages() -> Mapping[str, str]:
    """Each language that the pages speak, by its tag, as it calls itself."""
    return {tag: texts["called"] for tag, texts in table().items()}
