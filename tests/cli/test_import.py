"""`digest subscribers import`: what it shows before, meanwhile and after."""

from __future__ import annotations

import getpass
import gzip
import io
import sqlite3
import sys
from pathlib import Path

import pytest

from digest.cli.subscribers import importing
from subscribers import ImportReport, Tally
from tests.cli.conftest import Digest

PEOPLE = """\
Email Address,First Name,Last Name,MEMBER_RATING,TIMEZONE,TAGS,Town\x1b
ann@example.org,Ann,Lee,2,Europe/Brussels,"b, a",Ghent
x@,,,,,,
bob@example.org,,,,,,
"""
IMPORT = ("subscribers", "import", "people.csv", "--list", "weekly")


@pytest.fixture(autouse=True)
def people(folder: Path, digest: Digest) -> Path:
    """A file of people, and a list for them."""
    file = folder / "people.csv"
    file.write_text(PEOPLE, encoding="utf-8")
    assert digest("lists", "add", "weekly").code == 0
    return file


def test_dry_run(digest: Digest) -> None:
    """It shows what each column is taken for and the people, and writes nothing."""
    shown = digest(*IMPORT, "--dry-run", "--map", "city=Town\x1b")
    assert shown.code == 0
    *lines, figures = shown.out.splitlines()
    assert lines == [
        "CSV with commas, UTF-8",
        "  Email Address  email",
        "  First Name     first_name",
        "  Last Name      last_name",
        "  MEMBER_RATING  ignored",
        "  TIMEZONE       zone",
        "  TAGS           tags",
        r"  'Town\x1b'     attribute city",
        "ann@example.org, name Ann Lee, state unconfirmed, zone Europe/Brussels, "
        "topics a|b, city Ghent",
        "bob@example.org, state unconfirmed",
    ]
    assert figures.startswith("3 rows, 2 added, 0 updated, 0 unchanged, 1 rejected")
    assert "line 3: x@: there must be something after" in shown.err
    assert digest("subscribers", "list").out == ""


def test_dry_run_as_json(digest: Digest) -> None:
    """The same in one object, beside the keys of every import."""
    shown = digest(*IMPORT, "--dry-run", "--json", "--consent", "form").object
    assert list(shown)[:10] == [
        "rows",
        "added",
        "updated",
        "unchanged",
        "rejected",
        "suppressed",
        "duplicates",
        "skipped",
        "suspicious",
        "seconds",
    ]
    assert (shown["form"], shown["encoding"]) == ("CSV with commas", "UTF-8")
    assert shown["columns"][4] == {"column": "TIMEZONE", "taken_for": "zone"}
    assert shown["people"][0] == {
        "email": "ann@example.org",
        "name": "Ann Lee",
        "state": "confirmed",
        "zone": "Europe/Brussels",
        "language": "",
        "frequency": "",
        "topics": ["a", "b"],
        "joined": None,
        "attributes": {},
    }


def test_operator_is_recorded(digest: Digest, folder: Path) -> None:
    """Consent rests on who ran the import, with which file."""
    assert digest(*IMPORT, "--consent", "form").code == 0
    with sqlite3.connect(folder / "digest.db") as connection:
        query = "SELECT file, statement, operator FROM import_run"
        assert connection.execute(query).fetchall() == [
            ("people.csv", "form", getpass.getuser())
        ]
    connection.close()


def test_nameless_operator(monkeypatch: pytest.MonkeyPatch, digest: Digest) -> None:
    """In a container the user may have no name; it imports all the same."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert digest(*IMPORT).code == 0


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        (["city"], "write FIELD=COLUMN"),
        (["=Town"], "write FIELD=COLUMN"),
        (["email=a", "email=b"], "email is in one column, not in several"),
    ],
)
def test_bad_mapping(digest: Digest, pairs: list[str], message: str) -> None:
    """A mapping that says nothing, or two things, is an error of usage."""
    options = [word for pair in pairs for word in ("--map", pair)]
    ran = digest(*IMPORT, *options)
    assert ran.code == 2
    assert message in ran.err


def test_cut_off_file(digest: Digest, people: Path) -> None:
    """Of a file that breaks off, what came before is kept, and the command failed."""
    people.write_bytes(gzip.compress(PEOPLE.encode(), mtime=0)[:-6])
    ran = digest(*IMPORT)
    assert ran.code == 1
    assert "is damaged or cut off" in ran.err
    assert "the 3 rows before it were read" in ran.err
    assert len(digest("subscribers", "list").out.splitlines()) == 2


def test_spreadsheet(digest: Digest, people: Path) -> None:
    """A spreadsheet is refused with what to do in which program."""
    people.write_bytes(b"PK\x03\x04\x14\x00\x06\x00")
    ran = digest(*IMPORT)
    assert ran.code == 1
    assert "Excel: File, Save As, CSV UTF-8" in ran.err
    assert "soffice --headless --convert-to csv" in ran.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress(monkeypatch: pytest.MonkeyPatch, people: Path) -> None:
    """On a terminal a bar has the rows, their rate and the time left."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    tally = Tally()
    with importing.progress_bar(people, tally) as progress:
        tally.bytes = people.stat().st_size // 2
        progress(ImportReport(rows=1234))
    shown = terminal.getvalue()
    assert "%" in shown
    assert "1,234 rows" in shown
    assert "/s" in shown


def test_nobody_at_all(digest: Digest, people: Path) -> None:
    """Where every row is rejected something is wrong with the file, or its columns."""
    people.write_text("email\nann@\nbob@\n")
    assert digest(*IMPORT).code == 1
    people.write_text("email\n")
    assert digest(*IMPORT).code == 0


def test_what_may_not_be_what_it_seems(digest: Digest, people: Path) -> None:
    """Look-alikes and attributes that were left out are said, and counted in --json."""
    people.write_text(
        '{"email": "p\\u0430ul@example.org", "attributes": {"a": [], "b": {}}}\n'
    )
    ran = digest(*IMPORT, "--json")
    assert (ran.object["skipped"], ran.object["suspicious"]) == (2, 1)
    assert "2 attributes are no text, number, true or false, and left out" in ran.err
    assert "1 address mixes alphabets in a word, as look-alikes of others do" in ran.err
