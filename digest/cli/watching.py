"""`digest status --watch`: a campaign's figures as they change, until it has ended."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from digest.cli.talk import say, to_person
from digest.model import CampaignState

if TYPE_CHECKING:
    from rich.console import Group

    from digest.ledger import Status

Look = Callable[[], "Status"]

#: states that change by themselves
UNDER_WAY = (
    CampaignState.SCHEDULED,
    CampaignState.RUNNING,
    CampaignState.CANCELLING,
)
#: seconds between two looks, and that a pace is measured over
EVERY, OVER = 1.0, 30.0


def watch(look: Look) -> None:
    """Show the figures until nothing of the campaign is under way, or Ctrl-C.

    On a terminal in place; elsewhere, and in a log, as a line whenever something has
    changed.
    """
    with suppress(KeyboardInterrupt):
        if sys.stderr.isatty() and to_person():
            _live(look)
        else:
            _lines(look)


def _looks(look: Look, sleep: Callable[[float], None]) -> Iterator[Status]:
    while (found := look()).state in UNDER_WAY:
        yield found
        sleep(EVERY)


def _lines(look: Look, sleep: Callable[[float], None] = time.sleep) -> None:
    before = ""
    for found in _looks(look, sleep):
        line = line_of(found)
        if line != before:
            say(line)
        before = line


def line_of(found: Status) -> str:
    """The figures in a line."""
    failed = sum(found.failed.values())
    return (
        f"issue {found.issue}: {found.state}, {found.accepted:,} of {found.planned:,} "
        f"accepted, {found.pending:,} pending, {failed:,} failed, "
        f"{found.unsettled:,} unsettled"
    )


# --- On a terminal ----------------------------------------------------------------


def _live(look: Look) -> None:
    from rich.console import Console
    from rich.live import Live

    pace = Pace()
    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for found in _looks(look, time.sleep):
            pace.note(time.monotonic(), found.planned - found.pending)
            live.update(panel(found, pace.left(found.pending)), refresh=True)


class Pace:
    """How fast people are handed over, by the last half minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, at: float, done: int) -> None:
        """So many are done at a moment, in seconds."""
        self._seen.append((at, done))
        while at - self._seen[0][0] > OVER:
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        return (now - before) / (last - first) if last > first else 0

    def left(self, pending: int) -> str:
        """How fast it goes, and how long the rest takes at that; empty at a stand."""
        rate = self.per_second
        if rate <= 0:
            return ""
        minutes, seconds = divmod(round(pending / rate), 60)
        return f"{rate:,.0f} people a second, {minutes}:{seconds:02} left"


def panel(found: Status, pace: str) -> Group:
    """A heading, a bar of how far it is, the figures, and what is in doubt."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    heading = Text(f"issue {found.issue}  {found.state}", style="bold")
    if found.reason:
        heading.append(f"  {found.reason}", style="yellow")
    figures = Table.grid(padding=(0, 3, 0, 0))
    figures.add_column()
    figures.add_column(justify="right")
    for name, people, colour in _figures(found):
        figures.add_row(name, Text(f"{people:,}", style=colour))
    done = found.planned - found.pending
    bar = ProgressBar(total=max(found.planned, 1), completed=done, width=60)
    return Group(heading, bar, figures, Text(pace), *map(Text, _doubts(found)))


def _figures(found: Status) -> Iterator[tuple[str, int, str]]:
    yield "planned", found.planned, "default"
    yield "pending", found.pending, "default"
    yield "accepted", found.accepted, "green"
    for why, people in found.excluded.items():
        yield f"excluded: {why}", people, "default"
    for why, people in found.failed.items():
        yield f"failed: {why}", people, "red"
    yield "unsettled", found.unsettled, "yellow" if found.unsettled else "default"


def _doubts(found: Status) -> Sequence[str]:
    """The batches that nobody can say anything of, the first of them."""
    lines = [
        f"batch {doubt.batch}: {doubt.recipients:,} people, {doubt.state}"
        for doubt in found.doubts[:5]
    ]
    more = len(found.doubts) - len(lines)
    return [*lines, *([f"and {more:,} batches more"] if more else [])]
