"""Ctrl-C in the middle of people: what is said of it is true."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from subscribers import exporting, importing
from subscribers.driver import fetch
from subscribers.enrolment import enrol
from subscribers.runs import advance
from tests.cli.conftest import Digest

IMPORT = ("subscribers", "import", "people.csv", "--list", "weekly", "--consent", "x")
INTERRUPTED = 130


@pytest.fixture
def chunks(digest: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Digest:
    """Seven people in a file, brought onto a list two at a time."""
    rows = "".join(f"{n}@example.com\n" for n in range(7))
    (folder / "people.csv").write_text(f"email\n{rows}")
    monkeypatch.setattr(importing, "CHUNK", 2)
    digest("lists", "add", "weekly")
    return digest


def interrupted(after: int, call: Callable[..., Any]) -> Callable[..., Any]:
    """The function, until Ctrl-C is pressed in the call after so many."""
    calls = iter(range(after))

    def pressed(*arguments: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return call(*arguments, **options)

    return pressed


def test_an_import(chunks: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how many rows are in; the same command does the others, none twice."""
    with monkeypatch.context() as patch:
        patch.setattr(importing, "advance", interrupted(2, advance))
        stopped = chunks(*IMPORT)
    assert stopped.code == INTERRUPTED
    assert stopped.err.strip() == (
        "digest: stopped; 4 rows are done and kept, and the same command goes on "
        "from there"
    )
    assert len(chunks("subscribers", "list").out.splitlines()) == 4
    done = chunks(*IMPORT, "--json").object
    assert (done["rows"], done["added"], done["unchanged"]) == (7, 7, 0)


def test_a_dry_run(chunks: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which nothing is ever kept."""
    monkeypatch.setattr(importing, "enrol", interrupted(1, enrol))
    stopped = chunks(*IMPORT, "--dry-run")
    assert (stopped.code, stopped.err.strip()) == (
        INTERRUPTED,
        "digest: stopped; nothing was written",
    )


def test_an_export(
    chunks: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is as it was before, and stdout has not all."""
    chunks(*IMPORT)
    (folder / "a.csv").write_text("before")
    monkeypatch.setattr(exporting, "PAGE", 3)
    for out, words in (("a.csv", "nothing was written to a.csv"), ("-", "is not all")):
        with monkeypatch.context() as patch:
            patch.setattr(exporting, "fetch", interrupted(1, fetch))
            stopped = chunks("subscribers", "export", "--out", out)
        assert (stopped.code, words in stopped.err) == (INTERRUPTED, True)
    assert (folder / "a.csv").read_text() == "before"


def test_a_question(chunks: Digest) -> None:
    """Where nobody answers, nothing was done, and how not to be asked is said."""
    unanswered = chunks("subscribers", "erase", "0@example.com")
    assert (unanswered.code, "nothing was done" in unanswered.err) == (1, True)
