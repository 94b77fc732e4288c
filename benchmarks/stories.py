"""5,000 articles of 2,000 events put into stories; at most 5 seconds.

The articles are made of invented words, as frequent as those of a language are (Zipf):
each event has some of its own.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

from benchmarks.harness import Case, measure, table
from digest.config import IssueSettings
from digest.issue import Offer, select
from digest.issue.clustering import clusters, likenesses
from digest.model import Article

ARTICLES, EVENTS, PUBLISHERS = 5_000, 2_000, 300
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def articles(count: int, chance: random.Random) -> list[Article]:
    """So many articles, each on one of the events."""
    words = ["".join(chance.choices("abdeiklmnoprstu", k=7)) for _ in range(40_000)]
    commonness = [1 / (rank + 3) for rank in range(len(words))]
    events = [
        chance.choices(words[500:], k=25) for _ in range(EVENTS * count // ARTICLES)
    ]

    def told(event: Sequence[str], length: int) -> str:
        common = iter(chance.choices(words, commonness, k=length))
        return " ".join(
            word if chance.random() < 0.7 else chance.choice(event) for word in common
        )

    def made() -> Iterator[Article]:
        for number in range(count):
            event = chance.choice(events)
            publisher = chance.randrange(PUBLISHERS)
            yield Article(
                id=str(number),
                text=told(event, 250),
                title=told(event, 9),
                url=f"https://paper{publisher}.example/{number}",
                published=NOW - timedelta(hours=chance.randrange(48)),
            )

    return list(made())


def main() -> None:
    chance = random.Random(7)
    found = articles(ARTICLES, chance)
    offers = [Offer(article=article) for article in found]
    began = time.process_time()
    groups = clusters(found)
    seconds = time.process_time() - began
    several = sum(len(group) > 1 for group in groups)
    compared = len(likenesses(found))
    pairs = sum(1 for _ in combinations(range(ARTICLES), 2))
    print(f"{ARTICLES:,} articles in {len(groups):,} stories, {several:,} of several")
    print(f"{seconds:.1f} s of one processor; {compared:,} of {pairs:,} pairs alike")
    cases: dict[str, Case] = {
        "clusters": lambda: clusters(found),
        "select": lambda: select(offers, settings=IssueSettings(), now=NOW),
        "clusters, a tenth": lambda: clusters(found[: ARTICLES // 10]),
    }
    print(table("stories", measure(cases, rounds=3), unit="run"))


if __name__ == "__main__":
    main()
