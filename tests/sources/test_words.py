"""words.toml can be corrected by whoever speaks the language."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from digest.sources.words import Phrases, tokens

DATA = tomllib.loads(files("digest.sources").joinpath("words.toml").read_text("utf-8"))
PACKS = {name: pack for name, pack in DATA.items() if isinstance(pack, dict)}


def test_every_language_has_every_kind_of_words() -> None:
    """A pack that lacks a kind would be weaker without anybody noticing."""
    assert set(PACKS) == {"en", "de", "fr", "es", "nl", "it", "pt"}
    assert {frozenset(pack) for pack in PACKS.values()} == {frozenset(PACKS["en"])}


@pytest.mark.parametrize("language", sorted(PACKS))
def test_no_phrase_stands_twice_or_says_nothing(language: str) -> None:
    """Each phrase has words, in lower case, once."""
    for phrases in PACKS[language].values():
        assert len(set(phrases)) == len(phrases)
        for phrase in phrases:
            assert tokens(phrase)
            words = [word for word in phrase.split() if not word.isupper()]
            assert all(word == word.lower() for word in words)


@pytest.mark.parametrize(
    ("phrase", "line", "found"),
    [
        ("follow us on", "Follow us on Facebook", True),
        ("follow us on", "They follow us on foot", False),
        ("follow * on NETWORK", "Follow Jane Doe on Twitter", True),
        ("follow * on NETWORK", "Follow one two three four five six seven on X", False),
        ("the post ** appeared", "The post " + 30 * "on " + "appeared first", True),
        ("this story|post was", "This post was updated", True),
        ("this story|post was", "This house was sold", False),
        ("NETWORK @", "Twitter: @janedoe", True),
        ("copyright NUMBER", "Copyright 2024 The Post", True),
        ("copyright NUMBER", "Copyright law", False),
        ("editor's note", "Editor’s note", True),
    ],
)
def test_gaps_networks_numbers_and_choices_stand_for_words(
    phrase: str, line: str, found: bool
) -> None:
    """The * is up to six words, ** any number of them, a bar parts choices."""
    phrases = Phrases([phrase], frozenset(["facebook", "twitter", "x"]))
    assert (phrases.begin(tokens(line)) > 0) is found
