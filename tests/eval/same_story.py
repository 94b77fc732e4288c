"""How well articles on one event are found: pairs, against labels made by hand.

    python -m tests.eval.same_story             the figures; fails below the floors

The labels (`same_story.json`) are pairs of ids, made by reading titles and openings;
every pair that is not listed is of two events, those called unclear count for nothing.
Three sets, each read in place from the shared data:

pages       a week's web pages of ordinary news, with their few true pairs
polnear     an American election by seven publishers: one topic, and hardly one event
            twice, which asks for precision alone
summaries   articles and what others wrote as their highlights, without titles: the
            same event in fewer words. It is kept aside: nothing was chosen by it.

A share is given with Wilson's 95 % interval, for the true pairs of the pages are few.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from digest.issue.clustering import SAME, Pair, clusters, likenesses
from digest.model import Article, Span
from digest.sources import read_page

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LABELS = Path(__file__).with_name("same_story.json")
#: what it was built to reach on the pages, and what the others reach by now
FLOORS = {
    "pages precision": 0.95,
    "pages recall": 0.65,
    "pages best f1": 0.88,
    "polnear joined in error": 0,
    "summaries precision": 0.98,
    "summaries recall": 0.72,
}
LESS_IS_BETTER = frozenset({"polnear joined in error"})

Pairs = Collection[Pair]


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Articles, which pairs of them tell one event, and which are not told apart."""

    articles: Sequence[Article]
    same: Pairs
    unclear: Pairs = ()


def pages() -> Labelled:
    """The shared web pages, as they would be collected."""
    folder = DATA / "pages"
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    return _labelled("pages", [_page(folder, key, truth[key]) for key in truth])


def _page(folder: Path, key: str, page: Mapping[str, Any]) -> Article:
    html = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes())
    return read_page(html, id=key, url=page["url"])


def polnear() -> Labelled:
    """The annotated election news; publisher and day are in their ids."""
    return _labelled("polnear", list(map(_election, _lines("quotes/polnear.jsonl"))))


def _election(line: Mapping[str, Any]) -> Article:
    publisher, day, _ = line["id"].removeprefix("polnear/").split("_", 2)
    text = line["text"].removeprefix(line["title"])
    return Article(
        id=line["id"],
        text=text,
        paragraphs=tuple(_paragraphs(text)),
        title=line["title"],
        url=f"https://{publisher}.example/{line['id']}",
        published=datetime.fromisoformat(day).replace(tzinfo=UTC),
    )


def _paragraphs(text: str) -> Iterator[Span]:
    start = 0
    for part in text.split("\n\n"):
        if part.strip():
            yield Span.of(text, start, start + len(part))
        start += len(part) + 2


def summaries() -> Labelled:
    """Articles, each followed by its highlights."""
    lines = [*_lines("summaries/realsumm.jsonl"), *_lines("summaries/cnndm100.jsonl")]
    articles = [
        Article(id=f"{line['id']} {key}", text=line[key])
        for line in lines
        for key in ("text", "summary")
    ]
    return Labelled(
        articles=articles,
        same={(place, place + 1) for place in range(0, len(articles), 2)},
    )


def _lines(name: str) -> list[Any]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def _labelled(name: str, articles: Sequence[Article]) -> Labelled:
    labels = json.loads(LABELS.read_text("utf-8"))[name]
    place = {article.id: number for number, article in enumerate(articles)}
    same, unclear = (
        {(min(a, b), max(a, b)) for a, b in ((place[x], place[y]) for x, y in pairs)}
        for pairs in (labels["same"], labels["unclear"])
    )
    return Labelled(articles=articles, same=same, unclear=unclear)


@dataclass(frozen=True, kw_only=True)
class Score:
    """Pairs that were joined: rightly, in error, and not though they should be."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / ((self.right + self.wrong) or 1)

    @property
    def recall(self) -> float:
        return self.right / ((self.right + self.missed) or 1)

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.wrong + self.missed or 1)


def score(labelled: Labelled, joined: Pairs) -> Score:
    """How pairs that were joined compare with the labels."""
    counted = set(joined) - set(labelled.unclear)
    right = len(counted & set(labelled.same))
    missed = len(labelled.same) - right
    return Score(right=right, wrong=len(counted) - right, missed=missed)


def joined(articles: Sequence[Article]) -> Pairs:
    """The pairs that stand in one story."""
    return {pair for group in clusters(articles) for pair in combinations(group, 2)}


def best(labelled: Labelled) -> tuple[float, Score]:
    """The likeness from which pairs, each by itself, are joined best, and how well."""
    found = likenesses(labelled.articles)
    scores = (
        (least, score(labelled, {p for p, alike in found.items() if alike >= least}))
        for least in sorted(set(found.values()))
    )
    return max(scores, key=lambda each: each[1].f1)


def wilson(right: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (E. B. Wilson, JASA 22, 1927)."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, right / count
    middle = share + z * z / (2 * count)
    wide = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (middle - wide) / scale), min(1.0, (middle + wide) / scale)


def report(name: str, labelled: Labelled) -> tuple[str, dict[str, float]]:
    """What is told of one set, and its figures."""
    found = score(labelled, joined(labelled.articles))
    least, at_best = best(labelled)
    count = len(labelled.articles)
    lines = [
        f"{name}: {count} articles, {count * (count - 1) // 2} pairs, "
        f"{len(labelled.same)} of one event",
        f"  joined from {SAME}: {found.right} rightly, {found.wrong} in error, "
        f"{found.missed} missed",
    ]
    if labelled.same:
        lines += [
            f"  precision {_share(found.right, found.right + found.wrong)}",
            f"  recall    {_share(found.right, len(labelled.same))}",
            f"  best F1   {at_best.f1:.3f} from {least:.2f}",
        ]
    figures = {
        f"{name} precision": found.precision,
        f"{name} recall": found.recall,
        f"{name} best f1": at_best.f1,
        f"{name} joined in error": found.wrong,
    }
    return "\n".join(lines), figures


def _share(right: int, count: int) -> str:
    low, high = wilson(right, count)
    return f"{right / (count or 1):.3f} ({low:.2f} to {high:.2f} by {count} pairs)"


def failures(figures: Mapping[str, float]) -> list[str]:
    """One line for each figure beyond its floor."""
    return [
        f"{name} is {figures[name]:.3f}, the floor is {floor}"
        for name, floor in FLOORS.items()
        if (
            figures[name] > floor
            if name in LESS_IS_BETTER
            else round(figures[name], 3) < floor
        )
    ]


SETS: Mapping[str, Callable[[], Labelled]] = {
    "pages": pages,
    "polnear": polnear,
    "summaries": summaries,
}


def main() -> int:
    figures: dict[str, float] = {}
    for name, read in SETS.items():
        told, found = report(name, read())
        sys.stdout.write(told + "\n")
        figures |= found
    failed = failures(figures)
    sys.stdout.write("".join(f"{line}\n" for line in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
