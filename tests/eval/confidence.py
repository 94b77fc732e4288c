"""Measures how often each rule for speakers is right, as `confidence.toml`.

    python -m tests.eval.confidence             print it
    python -m tests.eval.confidence --write     … into digest/summary

For each quote that people marked, the rule that named its speaker is right if
the shared scorer takes the speaker for theirs. `all` is smoothed as (right + 1)
of (n + 2); a language leans on `all` as if that had been seen twice more.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from digest.model import Quote
from digest.sources import read_text
from digest.summary import summarize
from tests.eval.scoring import ROOT, Document, documents, scorer

FILE = ROOT / "digest" / "summary" / "confidence.toml"
SOURCES = ("polnear", "dewikinews", "gum_news")
#: a rule seen less often in a language is judged by all of them
FEWEST = 3
HEADER = """\
# How often each rule for speakers was right where people had marked them:
# polnear, dewikinews and Wikinews. Written by `python -m tests.eval.confidence`.
# A language in which a rule was seen less than three times is not listed.
"""

Tally = Mapping[str, Counter[tuple[str, bool]]]


def tally() -> Tally:
    """Rights and wrongs by language and rule, and of `all` languages."""
    seen: dict[str, Counter[tuple[str, bool]]] = defaultdict(Counter)
    for name in SOURCES:
        for document in documents(name):
            for language, rule, right in _judged(document):
                seen["all"][rule, right] += 1
                seen[language][rule, right] += 1
    return seen


def _judged(document: Document) -> Iterator[tuple[str, str, bool]]:
    article = read_text(
        document["text"], id=document["id"], title=document.get("title") or None
    )
    summary = summarize(article, quotes=0)
    for quote in summary.quotes:
        names = _marked_names(document, quote)
        if names and quote.attribution:
            speaker = quote.attribution.speaker
            right = any(scorer().same(speaker, name) for name in names)
            yield summary.language or "", quote.attribution.rule, right


def _marked_names(document: Document, quote: Quote) -> list[str]:
    """Who people say said this quote; none where they are not sure."""
    span = quote.span
    for gold in document["quotes"]:
        overlap = sum(
            scorer().ov((span.start, span.end), segment) for segment in gold["segments"]
        )
        if overlap <= (span.end - span.start) / 2:
            continue
        kind, resolved = gold["speaker_kind"], gold.get("speaker_resolved")
        if kind == "name":
            return [gold["speaker"]]
        if kind == "pronoun":
            return [resolved] if resolved else []
        return [gold["speaker"], *([resolved] if resolved else [])] * (
            kind == "nominal"
        )
    return []


def toml(seen: Tally) -> str:
    """The file's content, most frequent rules first."""
    everywhere = {rule: _share(seen["all"], rule, 1, 2) for rule in _rules(seen["all"])}
    lines = [HEADER, "[all]"]
    lines += [_line(seen["all"], rule, share) for rule, share in everywhere.items()]
    for language in sorted(set(seen) - {"all", ""}):
        lines += ["", f"[{language}]"]
        for rule in _rules(seen[language]):
            if _count(seen[language], rule) >= FEWEST:
                share = _share(seen[language], rule, 2 * everywhere[rule], 2)
                lines.append(_line(seen[language], rule, share))
    return "\n".join(lines) + "\n"


def _rules(counts: Counter[tuple[str, bool]]) -> list[str]:
    rules = sorted({rule for rule, _ in counts})
    return sorted(rules, key=lambda rule: -_count(counts, rule))


def _count(counts: Counter[tuple[str, bool]], rule: str) -> int:
    return counts[rule, True] + counts[rule, False]


def _share(
    counts: Counter[tuple[str, bool]], rule: str, right: float, more: int
) -> float:
    return (counts[rule, True] + right) / (_count(counts, rule) + more)


def _line(counts: Counter[tuple[str, bool]], rule: str, share: float) -> str:
    return f'"{rule}" = {share:.3f}  # of {_count(counts, rule)}'


def main(argv: list[str]) -> int:
    measured = toml(tally())
    if "--write" in argv:
        Path(FILE).write_text(measured, "utf-8")
    else:
        sys.stdout.write(measured)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
