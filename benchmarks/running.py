"""What it takes to run: `digest run` at rest, a look at schedules, commands' starts.

Each is a process of its own, on a database of its own; the bar it should keep stands
beside it. Times are medians; a machine that does other things makes them longer.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.config import Config
from digest.model import Schedule
from digest.pipeline import Desk
from digest.service import due_schedules, run_due
from digest.store import Database, open_database, schedules

SETTINGS = """\
[newsletter]
name = "The Tide"
from_email = "tide@example.com"
postal_address = "1 Lower Quay, Marlhaven"
base_url = "https://tide.example.com"
"""
RULES = (
    "monday 08:00",
    "weekdays 07:30",
    "first tuesday of the month 09:00",
    "cron 30 7 * * 1-5",
)
ZONES = ("Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
SCHEDULES = 1000
#: seconds that a process is watched at rest
WATCHED = 60
ROUNDS = 9
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def main() -> None:
    watched = int(os.environ.get("WATCHED", str(WATCHED)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "digest.toml").write_text(SETTINGS)
        database = open_database(f"sqlite:///{folder / 'digest.db'}")
        for command, bar in (("--help", 250), ("status", 500)):
            wall, cpu = _start(folder, command)
            _row(f"digest {command}", wall, "ms", bar)
            _row(f"digest {command}, of a core", cpu, "ms", bar)
        ready, rest = _at_rest(folder, watched)
        _row("digest run: start to ready", ready * 1e3, "ms", 1500)
        _row("digest run at rest: memory", rest[0], "MB", 80)
        _row(f"digest run at rest: of a core, in {watched} s", rest[1], "%", 0.5)
        _fill(database)
        desk = _desk(database)
        _row(
            f"look at {SCHEDULES:,} schedules, none due",
            _median(lambda: run_due(desk)),
            "ms",
            50,
        )
        over = _all_done(desk)
        _row(
            f"look at {SCHEDULES:,} schedules, all done",
            _median(lambda: due_schedules(over)),
            "ms",
            50,
        )
        database.close()


def _row(what: str, value: float, unit: str, bar: float) -> None:
    mark = "" if value <= bar else "   over"
    print(f"{what:45} {value:9.2f} {unit:3} of {bar:g}{mark}", flush=True)


def _median(do: Callable[[], object]) -> float:
    """Milliseconds of a call; the first warms up."""
    do()
    return statistics.median(_seconds(do) for _ in range(ROUNDS)) * 1e3


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _start(folder: Path, *command: str) -> tuple[float, float]:
    """Milliseconds of a command: by the clock, and of a core; on a machine that does
    nothing else they are the same."""

    def run() -> None:
        subprocess.run(
            [sys.executable, "-m", "digest", *command],
            cwd=folder,
            capture_output=True,
            check=False,
        )

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = _median(run)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, used / (ROUNDS + 1) * 1e3


def _at_rest(folder: Path, watched: int) -> tuple[float, tuple[float, float]]:
    """Seconds until it serves; then its MB, and its share of a core in per cent."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", "run", "--port", "0"],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        line = process.stderr.readline()
        ready = time.perf_counter() - began
        assert "serves" in line, line
        time.sleep(5)  # the first look is over
        before = _cpu(process.pid)
        time.sleep(watched)
        share = (_cpu(process.pid) - before) / watched * 100
        return ready, (_memory(process.pid), share)
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


def _cpu(pid: int) -> float:
    """Seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """Resident MB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) / 1024


def _fill(database: Database) -> None:
    with database.write() as connection:
        for number in range(SCHEDULES):
            schedule = Schedule(
                name=f"schedule {number}",
                every=RULES[number % len(RULES)],
                zone=ZONES[number // 7 % len(ZONES)],
                lists=("weekly",),
            )
            schedules.add_schedule(connection, schedule, NOW)


def _desk(database: Database) -> Desk:
    return Desk(database=database, config=Config(), clock=lambda: NOW, nonce=lambda: "")


def _all_done(desk: Desk) -> Desk:
    """Five weeks later, when each of them has had its last slot."""
    later = NOW + timedelta(days=35)
    with desk.database.write() as connection:
        for number in range(1, SCHEDULES + 1):
            key = "2026-12-28"
            schedules.begin_slot(connection, number, key, later)
            schedules.end_slot(
                connection,
                number,
                key,
                state=schedules.SlotState.SENT,
                reason="",
                now=later,
            )
    return Desk(
        database=desk.database,
        config=desk.config,
        clock=lambda: later,
        nonce=desk.nonce,
    )


if __name__ == "__main__":
    main()
