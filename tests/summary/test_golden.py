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

GOLDEN = Path(__file__).parents[1] / "data" / "summaries"
NAMES = ("council-ferry", "storm-warning", "walking-group", "school-kitchen")


def taken(name: str) -> dict[str, Any]:
    """All that a summary says of an article, as plain data."""
    [article] = read_path(sample_folder() / f"{name}.txt")
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
    assert taken(name) == golden


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for each in NAMES:
        written = json.dumps(taken(each), indent=2, ensure_ascii=False) + "\n"
        (GOLDEN / f"{each}.json").write_text(written, "utf-8")
