"""`digest events import`, and what it leaves for `show`, `export` and `erase`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from digest.store import open_database
from tests.cli.conftest import Digest
from tests.events.samples import CANCELLED, Mailroom, payload, sent

FIGURES = {
    "events": 3,
    "new": 2,
    "duplicates": 0,
    "bad": 1,
    "ignored": 0,
    "settled": 0,
    "suppressed": 1,
    "alarms": 0,
}
ANN = "reader1@example.org"
BODY = payload(sent("bounce", 1, type="bounce"), sent("open", 2))[:-1] + b", 7]"


def test_import_of_a_file(digest: Digest, folder: Path) -> None:
    """What became of the events; again, all are known."""
    (folder / "events.json").write_bytes(BODY)
    ran = digest("events", "import", "events.json", "--json")
    assert (ran.code, ran.object) == (0, FIGURES)
    again = digest("events", "import", "events.json", "--json").object
    assert again == FIGURES | {"new": 0, "duplicates": 2, "suppressed": 0}


def test_import_of_stdin(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """- is stdin; in words where no --json is said."""
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(BODY)))
    monkeypatch.setattr("sys.stdin", stdin)
    ran = digest("events", "import", "-")
    assert ran.out == (
        "3 events, 2 new, 0 duplicates, 1 bad, 0 ignored, 0 settled, 1 suppressed, "
        "0 alarms\n"
    )
    assert "bad_event" in ran.err


def test_a_broken_archive(digest: Digest, folder: Path) -> None:
    """One line, and exit 2."""
    (folder / "events.json.gz").write_bytes(b"\x1f\x8b\x08\x00")
    ran = digest("events", "import", "events.json.gz")
    assert (ran.code, "gzip" in ran.err) == (2, True)


def test_no_such_file(digest: Digest) -> None:
    """One line that names it."""
    ran = digest("events", "import", "nowhere.json")
    assert (ran.code, ran.err) == (
        1,
        "digest: nowhere.json: No such file or directory\n",
    )


def test_an_alarm(digest: Digest, folder: Path) -> None:
    """Mail of what was taken back has gone out: exit 5, and which batch."""
    database = open_database(f"sqlite:///{folder / 'digest.db'}")
    Mailroom(database, folder).hand_over([1], CANCELLED)
    database.close()
    (folder / "events.json").write_bytes(payload(sent("delivered", 1)))
    ran = digest("events", "import", "events.json", "--json")
    assert (ran.code, ran.object["alarms"]) == (5, 1)
    assert "batch 1" in ran.err


def test_all_that_is_held(digest: Digest, folder: Path) -> None:
    """A person's events are shown and exported as they came, and erased with them."""
    (folder / "events.json").write_bytes(BODY)
    digest("events", "import", "events.json")
    assert (
        "2026-11-23 08:01 UTC bounced: hard" in digest("subscribers", "show", ANN).out
    )
    (event,) = json.loads(digest("subscribers", "export", "--person", ANN).out)[
        "events"
    ]
    assert event["event"] == "bounced"
    assert json.loads(event["raw"]) == sent("bounce", 1, type="bounce")
    erased = digest("subscribers", "erase", ANN, "--yes", "--json")
    assert erased.object["events"] == 1
    assert ANN.encode() not in (folder / "digest.db").read_bytes()
    assert (
        digest("subscribers", "show", ANN).out.splitlines()[-1].startswith("  erased")
    )
