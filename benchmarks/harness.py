"""Times ways of doing the same thing side by side, and says how they compare.

Seconds of one machine mean nothing on another, and little on the same one an hour
later; ratios of one run do. The cases take turns, so that whatever else the
machine does meets all of them.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Case = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds of one call."""

    name: str
    median: float
    fastest: float


def measure(
    cases: Mapping[str, Case],
    *,
    rounds: int = 15,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Timing]:
    """Each case once a round, in turn; the first round only warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, case in cases.items():
            taken = _time(case, clock)
            if number:
                seconds[name].append(taken)
    return [
        Timing(name=name, median=statistics.median(taken), fastest=min(taken))
        for name, taken in seconds.items()
    ]


def _time(case: Case, clock: Callable[[], float]) -> float:
    """One call. The garbage it makes is its own to collect, that of others is not."""
    gc.collect()
    began = clock()
    case()
    return clock() - began


def table(title: str, timings: list[Timing], *, unit: str) -> str:
    """The timings as a table; the first case is what the others are compared to.

    A ratio of 2 means twice as fast as the first.
    """
    first = timings[0].median
    width = max(len(timing.name) for timing in timings)
    lines = [title, f"{'':{width}}  {'ms/' + unit:>12}  {'fastest':>9}  {'ratio':>7}"]
    lines += [
        f"{timing.name:{width}}  {timing.median * 1e3:12.3f}"
        f"  {timing.fastest * 1e3:9.3f}  {first / timing.median:7.2f}"
        for timing in timings
    ]
    return "\n".join(lines)
