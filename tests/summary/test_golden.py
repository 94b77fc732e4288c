"""The sample articles and all that is taken from them, as golden pairs.

After a change that is meant: `python tests/summary/test_golden.py` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from digest.demo import sample_folder
from digest.sources import read_path
from digest.summary import summarize
from digest.summary.languages import recognise

GOLDEN = Path(__file__).parents[1] / "data" / "summaries"
#: our own articles in the other languages, each with several kinds of attribution
LANGUAGES = GOLDEN / "languages"
CODES = ("de", "es", "fr", "it", "nl", "pt")
NAMES = ("council-ferry", "storm-warning", "walking-group", "school-kitchen")


def taken(path: Path) -> dict[str, Any]:
    """All that a summary says of an article, as plain data."""
    [article] = read_path(path)
    summary = summarize(article)
    return {
        "language": summary.language,
        "lede": [span.text for span in summary.lede.sentences],
        "quotes": [
            {
                "text": quote.span.text,
                "speaker": said.speaker if said else None,
                "role": said.role if said else None,
                "cue": said.cue if said else None,
                "rule": said.rule if said else None,
                "utterance": quote.utterance,
                "selected": quote.selected,
            }
            for quote in summary.quotes
            for said in [quote.attribution]
        ],
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_summary_is_the_golden_one(name: str) -> None:
    """Lede, quotes, speakers, roles and choice: the whole value."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    assert taken(sample_folder() / f"{name}.txt") == golden


@pytest.mark.parametrize("code", CODES)
def test_other_languages(code: str) -> None:
    """The same of an article in each of them, and what is left out of it."""
    golden = json.loads((LANGUAGES / f"{code}.json").read_text("utf-8"))
    assert taken(LANGUAGES / f"{code}.txt") == golden
    [article] = read_path(LANGUAGES / f"{code}.txt")
    assert len(article.boilerplate) == 5  # headline, byline, and the last three lines


@pytest.mark.parametrize("code", CODES)
def test_any_300_characters_of_it_tell_the_language(code: str) -> None:
    """A news item is short."""
    text = (LANGUAGES / f"{code}.txt").read_text("utf-8")
    parts = [text[at : at + 300] for at in range(0, len(text) - 300, 100)]
    assert {recognise(part) for part in parts} == {code}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    texts = {GOLDEN / name: sample_folder() / f"{name}.txt" for name in NAMES}
    texts |= {LANGUAGES / code: LANGUAGES / f"{code}.txt" for code in CODES}
    for to, text in texts.items():
        written = json.dumps(taken(text), indent=2, ensure_ascii=False) + "\n"
        to.with_suffix(".json").write_text(written, "utf-8")
