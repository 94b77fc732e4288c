"""`digest status --watch`: on a terminal in place, elsewhere in lines."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import update

from digest import ledger
from digest.cli.watching import Pace, line_of, panel, watch
from digest.ledger import Doubt, Status
from digest.ledger.transitions import BatchState
from digest.model import CampaignState
from digest.store import open_database
from digest.store.tables import campaign
from tests.ledger.desk import START, Desk
from tests.report.sent import new_mailroom

RUNNING = Status(
    issue=3,
    state=CampaignState.RUNNING,
    planned=20_000,
    pending=15_000,
    accepted=4_000,
    failed={"400 bad address": 2},
    unsettled=998,
    doubts=(
        Doubt(
            batch=7,
            attempt=7,
            recipients=998,
            state=BatchState.UNKNOWN,
            reason="reset",
            began_at=START,
        ),
    ),
)
LINE = (
    "issue 3: running, 4,000 of 20,000 accepted, 15,000 pending, 2 failed, "
    "998 unsettled"
)


def test_a_line_whenever_something_has_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal; it ends with the campaign."""
    monkeypatch.setattr("digest.cli.watching.EVERY", 0)
    ended = replace(RUNNING, state=CampaignState.FINISHED)
    looks = iter([RUNNING, RUNNING, replace(RUNNING, accepted=5_000), ended])
    watch(lambda: next(looks))
    lines = capsys.readouterr().err.splitlines()
    assert lines == [LINE, LINE.replace("4,000", "5,000")]
    assert line_of(RUNNING) == LINE


def test_ctrl_c_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    """As if it had ended: the figures follow."""

    def look() -> Status:
        raise KeyboardInterrupt

    watch(look)
    assert capsys.readouterr().err == ""


def test_the_pace_is_that_of_the_last_half_minute() -> None:
    """And how long the rest takes at it; nothing while it stands."""
    pace = Pace()
    pace.note(0, 0)
    assert pace.left(100) == ""
    for second in range(1, 101):
        pace.note(second, 5000 + 200 * second)
    assert pace.left(30_000) == "200 people a second, 2:30 left"
    for second in range(101, 140):
        pace.note(second, 25_000)
    assert pace.left(30_000) == ""


def test_what_is_shown_in_place() -> None:
    """All figures, and the batches in doubt."""
    console = Console(width=80, record=True, file=open(os.devnull, "w"))  # noqa: PTH123, SIM115
    console.print(panel(RUNNING, "200 people a second, 1:15 left"))
    text = console.export_text()
    console.file.close()
    for words in ("issue 3  running", "15,000", "failed: 400 bad address", "1:15 left"):
        assert words in text
    assert "batch 7: 998 people, unknown" in text


def test_on_a_terminal(tmp_path: Path) -> None:
    """A real one: the figures are shown in place, and at the end as ever."""
    file = tmp_path / "digest.db"
    database = open_database(f"sqlite:///{file}")
    new_mailroom(database, tmp_path).desk.plan(range(1, 2001))
    ours, theirs = pty.openpty()
    shown: list[bytes] = []

    def read() -> None:
        while True:
            try:
                shown.append(os.read(ours, 4096))
            except OSError:  # the other side is closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    running = subprocess.Popen(
        [sys.executable, "-m", "digest", "status", "--watch"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"},
        text=True,
    )
    os.close(theirs)
    deadline = time.monotonic() + 60
    while b"2,000" not in b"".join(shown) and time.monotonic() < deadline:
        time.sleep(0.05)
    with database.write() as connection:
        connection.execute(update(campaign).values(state=CampaignState.PAUSED))
    out, _ = running.communicate(timeout=60)
    reader.join(10)
    os.close(ours)
    database.close()
    text = b"".join(shown).decode()
    assert re.search(r"\x1b\[", text)
    assert "issue 1  running" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert "issue 1: paused" in out


def test_a_status_is_what_the_ledger_says(tmp_path: Path) -> None:
    """What is watched is what `digest status` prints."""
    database = open_database(f"sqlite:///{tmp_path / 'digest.db'}")
    desk = Desk(database)
    desk.plan(range(1, 4))
    desk.begin()
    with database.read() as connection:
        found = ledger.status(connection, desk.issue)
    database.close()
    assert line_of(found).startswith("issue 1: running, 0 of 3 accepted, 3 pending")
