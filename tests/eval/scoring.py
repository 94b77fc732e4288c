"""Runs the summarizer over annotated news and has the shared scorer judge it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from digest.cli.summarize import as_quote
from digest.model import Summary
from digest.sources import read_text
from digest.summary import summarize

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SCORER = SHARED / "eval" / "summaries.py"
WIKINEWS = ROOT / "tests" / "data" / "gum_news" / "gum_news.jsonl"
#: the data, and how many sentences the lede gets (None: what fits a hero)
SETS: Mapping[str, tuple[Path, int | None]] = {
    "polnear": (SHARED / "data" / "quotes" / "polnear.jsonl", None),
    "dewikinews": (SHARED / "data" / "quotes" / "dewikinews.jsonl", None),
    "gum_news": (WIKINEWS, 3),
    "realsumm": (SHARED / "data" / "summaries" / "realsumm.jsonl", 3),
    "cnndm100": (SHARED / "data" / "summaries" / "cnndm100.jsonl", 3),
}

Document = dict[str, Any]


def documents(name: str) -> list[Document]:
    """The annotated articles of a set."""
    lines = SETS[name][0].read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def fingerprint(path: Path) -> str:
    """What is written beside the floors, to see that the data is the same."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def summary_of(document: Document, *, sentences: int | None = None) -> Summary:
    """The summary of a document as `digest summarize --jsonl` makes it."""
    article = read_text(
        document["text"], id=document["id"], title=document.get("title") or None
    )
    return summarize(article, sentences=sentences)


def prediction(document: Document, *, sentences: int | None = None) -> Document:
    """What the scorer reads, in the words of design/surface.md."""
    summary = summary_of(document, sentences=sentences)
    lede = [
        {"text": span.text, "start": span.start, "end": span.end}
        for span in summary.lede.sentences
    ]
    return {
        "id": document["id"],
        "lede": {"sentences": lede},
        "quotes": [as_quote(quote) for quote in summary.quotes],
    }


@cache
def scorer() -> ModuleType:
    """The shared scorer, as it is."""
    spec = importlib.util.spec_from_file_location("shared_summaries", SCORER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(name: str) -> dict[str, float]:
    """The figures of one set, by the names they have in baseline.json."""
    found = documents(name)
    sentences = SETS[name][1]
    predictions = {d["id"]: prediction(d, sentences=sentences) for d in found}
    scored: dict[str, float] = {}
    if "quotes" in found[0]:
        scored |= _quotes(found, predictions)
    if "summary" in found[0]:
        scored |= _ledes(found, predictions)
    return scored


def _quotes(
    found: Sequence[Document], predictions: Mapping[str, Document]
) -> dict[str, float]:
    quotes = scorer().quotes_eval(found, predictions, 4)
    key = scorer().key_eval(found, predictions)
    speaker = quotes["speaker"]
    scored = {
        "detection precision": quotes["overlap0.3"]["P"],
        "detection recall": quotes["overlap0.3"]["R"],
        "detection F": quotes["overlap0.3"]["F"],
        "exact F": quotes["exact"]["F"],
        "speaker": speaker["acc_recalled"],
        "speaker named": speaker["name"],
        "speaker pronoun": speaker["pronoun_silver"],
        "speaker nominal": speaker["nominal"],
        "key right": key["right"],
        "key covered": key["covered"],
    }
    return {name: value for name, value in scored.items() if value is not None}


def _ledes(
    found: Sequence[Document], predictions: Mapping[str, Document]
) -> dict[str, float]:
    rouge = scorer().summ_eval(found, predictions)
    return {
        "ROUGE-1": rouge["rouge1"],
        "ROUGE-2": rouge["rouge2"],
        "ROUGE-L": rouge["rougeLsum"],
    }
