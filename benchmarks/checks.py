"""All checks of an issue of 25 stories, without a network; at most 500 ms.

The first call pays for what is imported and parsed once in a process.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from itertools import cycle, islice

from benchmarks.harness import Case, measure, table
from digest.checks import CHECKS, Check, Examined, examine
from digest.config import Config, Look
from digest.model import Issue, Section
from digest.rendering import render
from tests.rendering.issues import NEWSLETTER, NONCE, week

STORIES = 25


def issue() -> Issue:
    """The tests' week, over and over."""
    stories = tuple(
        replace(story, headline=f"{story.headline} ({number})")
        for number, story in enumerate(islice(cycle(week().stories), STORIES))
    )
    return replace(week(), sections=(Section(title=None, stories=stories),))


def _alone(check: Check, examined: Examined) -> None:
    list(check(replace(examined)))


def main() -> None:
    examined = Examined(
        issue=issue(),
        email=render(issue(), NEWSLETTER, Look(), nonce=NONCE),
        config=Config(newsletter=NEWSLETTER),
        earlier=[week()] * 5,
    )
    began = time.perf_counter()
    examine(replace(examined))
    first = time.perf_counter() - began
    cases: dict[str, Case] = {"all": lambda: examine(replace(examined))}
    for check in CHECKS:
        cases[check.__module__.rpartition(".")[2]] = partial(_alone, check, examined)
    print(table(f"{STORIES} stories", measure(cases, rounds=5), unit="run"))
    print(f"the first time in a process: {first * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
