"""Lead-3 without boilerplate, and whether our ledes are worse than it.

The baseline that no ranker has beaten: the first three sentences, once the crumbs
of bylines, dates and captions are dropped. A difference of means says little at
this size, so it is drawn again and again from the same documents (the paired
bootstrap).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.eval.scoring import SETS, documents, prediction, scorer

END = re.compile(r"\s\.(?:\s+|$)|(?<=[.!?])\s+")
#: a piece of fewer words is a crumb
CRUMB = 6
DRAWS = 5_000


@dataclass(frozen=True, slots=True)
class Difference:
    """Ours less Lead-3, in points of ROUGE-1, with where 95 of 100 draws lie."""

    mean: float
    low: float
    high: float

    @property
    def worse(self) -> bool:
        """Whether ours is below it beyond what chance explains."""
        return self.high < 0

    def __str__(self) -> str:
        return f"{self.mean:+.2f} ({self.low:+.2f} to {self.high:+.2f})"


def lead3(text: str) -> list[str]:
    """The first three sentences that are no crumbs."""
    pieces = END.split(" ".join(text.split()))
    return [piece for piece in pieces if len(piece.split()) >= CRUMB][:3]


def difference(name: str) -> Difference:
    """How our ledes of three sentences compare on a set of human highlights."""
    return bootstrap([_less(document) for document in documents(name)])


def _less(document: dict[str, str]) -> float:
    ours = prediction(document, sentences=SETS["realsumm"][1])["lede"]["sentences"]
    theirs = [{"text": piece} for piece in lead3(document["text"])]
    return _rouge(document, ours) - _rouge(document, theirs)


def _rouge(document: dict[str, str], sentences: Sequence[dict[str, str]]) -> float:
    predicted = {document["id"]: {"lede": {"sentences": sentences}}}
    scored: float = scorer().summ_eval([document], predicted)["rouge1"]
    return scored


def bootstrap(differences: Sequence[float]) -> Difference:
    """The mean of these, and the interval of the means of 5,000 draws of them."""
    chance, count = random.Random(3), len(differences)
    means = sorted(
        sum(chance.choices(differences, k=count)) / count for _ in range(DRAWS)
    )
    low, high = means[int(0.025 * DRAWS)], means[int(0.975 * DRAWS) - 1]
    return Difference(sum(differences) / count, low, high)
