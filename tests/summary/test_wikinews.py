"""Human-marked quotations of Wikinews (in tests/data, with its licence)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from digest.model import Quote
from digest.sources import read_text
from digest.summary import summarize

FILE = Path(__file__).parents[1] / "data" / "gum_news" / "gum_news.jsonl"


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def test_quotes_and_named_speakers_are_found() -> None:
    """19 of 20 direct quotations are found, 4 of 5 named speakers are right."""
    found: list[bool] = []
    right: list[bool] = []
    for line in FILE.read_text("utf-8").splitlines():
        document = json.loads(line)
        article = read_text(
            document["text"], id=document["id"], title=document["title"]
        )
        quotes = summarize(article, quotes=0).quotes
        for gold in document["quotes"]:
            for start, end in gold["segments"] if gold["kind"] == "direct" else ():
                said = words(document["text"][start:end])
                if len(said) < 4:
                    continue
                quote = next((q for q in quotes if words(q.span.text) == said), None)
                found.append(quote is not None)
                if quote and gold["speaker_kind"] == "name":
                    right.append(is_right(quote, gold))
    assert len(found) > 80
    assert sum(found) / len(found) >= 0.94
    assert sum(right) / len(right) >= 0.80


def is_right(quote: Quote, gold: dict[str, Any]) -> bool:
    """Whether the surname stands in what people marked as the speaker."""
    attribution = quote.attribution
    return attribution is not None and (
        words(attribution.speaker)[-1] in words(gold["speaker"])
    )
