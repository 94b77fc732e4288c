"""Files that a command writes: never one that the newsletter cannot do without."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path

import pytest

from digest.cli.exits import DONE, USAGE
from tests.cli.conftest import Digest

ANN = "ann@example.com"
IMPORT = ("subscribers", "import", "people.csv", "--list", "weekly", "--rejects")
EXPORT = ("subscribers", "export", "--out")
PERSON = ("subscribers", "export", "--person", ANN, "--out")
KEPT = ("digest.db", "digest.db-wal", "digest.db-shm", "digest.db.epoch", "digest.key")


@pytest.fixture
def office(digest: Digest, folder: Path) -> Digest:
    """A list with Ann on it, a file of people, and all that is to be kept."""
    (folder / "people.csv").write_text(f"email\n{ANN}\nbob@\n")
    digest("lists", "add", "weekly")
    digest("subscribers", "add", ANN, "--list", "weekly", "--consent", "asked")
    for name in ("digest.db.epoch", "digest.key"):
        (folder / name).write_text("kept")
    return digest


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("command", [IMPORT, EXPORT, PERSON])
@pytest.mark.parametrize("name", [*KEPT, "digest.toml"])
def test_nothing_is_written_over(
    office: Digest, folder: Path, command: tuple[str, ...], name: str
) -> None:
    """Not by its name, not by a link of either kind: one line, and all is as it was."""
    names = [name]
    if (folder / name).exists():
        os.link(folder / name, folder / "hard")
        (folder / "soft").symlink_to(folder / name)
        names += ["hard", "soft"]
    before = contents(folder)
    for each in names:
        refused = office(*command, each)
        assert refused.code == USAGE
        assert refused.err.startswith(f"digest: {command[-1]} {each}: is the ")
        assert len(refused.err.splitlines()) == 1
    assert contents(folder) == before


def test_what_is_read_is_not_written_over(
    office: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import's own file stays, also where it comes by stdin."""
    os.link(folder / "people.csv", folder / "hard")
    before = contents(folder)
    assert "is what is read" in office(*IMPORT, "hard").err
    with (folder / "people.csv").open("rb") as stdin:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
        piped = ("subscribers", "import", "-", "--list", "weekly", "--rejects")
        assert office(*piped, "people.csv").code == USAGE
    assert contents(folder) == before


@pytest.mark.parametrize("command", [IMPORT, EXPORT, PERSON])
def test_a_folder_that_is_not_there(office: Digest, command: tuple[str, ...]) -> None:
    """It is not made: it may be a slip, or a disk that is missing."""
    refused = office(*command, "nowhere/a.csv")
    assert (refused.code, "no folder nowhere" in refused.err) == (USAGE, True)


def test_rejects_are_no_stdout(office: Digest, folder: Path) -> None:
    """- is what import reads from, and no file to write to."""
    assert office(*IMPORT, "-").code == USAGE
    assert not (folder / "-").exists()


@pytest.mark.parametrize("command", [IMPORT, EXPORT, PERSON])
def test_only_we_can_read_it(
    office: Digest, folder: Path, command: tuple[str, ...]
) -> None:
    """A new file of addresses is private; one that is there is replaced, and keeps
    the permissions that somebody gave it."""
    assert office(*command, "new").code == DONE
    assert (folder / "new").stat().st_mode & 0o777 == 0o600
    (folder / "old").write_text("before")
    (folder / "old").chmod(0o640)
    assert office(*command, "old").code == DONE
    assert (folder / "old").stat().st_mode & 0o777 == 0o640
    assert "before" not in (folder / "old").read_text()


def test_an_export_is_what_its_name_says(office: Digest, folder: Path) -> None:
    """Gzipped, JSON lines, or both; --format has the last word."""
    for name, form in (
        ("a.csv.gz", ()),
        ("a.jsonl.gz", ()),
        ("a.json", ()),
        ("b.json", ("--format", "csv")),
    ):
        assert office(*EXPORT, name, *form).code == DONE
    assert gzip.decompress((folder / "a.csv.gz").read_bytes()).startswith(b"email,")
    lines = gzip.decompress((folder / "a.jsonl.gz").read_bytes())
    assert json.loads(lines)["email"] == ANN
    assert json.loads((folder / "a.json").read_bytes())["email"] == ANN
    assert (folder / "b.json").read_bytes().startswith(b"email,")
    assert office(*PERSON, "ann.json.gz").code == DONE
    held = json.loads(gzip.decompress((folder / "ann.json.gz").read_bytes()))
    assert held["email"] == ANN
