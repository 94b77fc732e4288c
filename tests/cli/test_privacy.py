"""show, export and erase: what is held about people, and that it goes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from digest.cli.exits import DONE, FAILED, NOTHING_TO_DO, USAGE
from digest.store import open_database
from subscribers.tables import import_run, outgoing
from tests.cli.conftest import Digest
from tests.delivery.fake_sendgrid import fake_sendgrid, refusal

ANN = "Ann@Example.com"


@pytest.fixture
def office(digest: Digest, folder: Path, now: datetime) -> Digest:
    """Ann and Bob on a list; Ann is in the outbox and among rejected rows, too."""
    people = f"email,name\n{ANN},Ann\nbob@example.com,Bob\n{ANN} ,\nann@example.com@\n"
    (folder / "people.csv").write_text(people)
    assert digest("lists", "add", "weekly").code == DONE
    imported = digest(
        *("subscribers", "import", "people.csv", "--list", "weekly"),
        *("--consent", "asked", "--rejects", "bad.csv"),
    )
    assert imported.code == DONE
    database = open_database(f"sqlite:///{folder}/digest.db")
    with database.write() as connection:
        connection.execute(
            insert(import_run).values(
                list_id=1,
                file="people.csv",
                file_hash="",
                statement="",
                operator="",
                mapping="{}",
                rejects=str(folder / "bad.csv"),
                done=3,
                report="{}",
                began_at=now,
            )
        )
    database.close()
    assert digest("build", "ferry.txt").code == DONE
    assert digest("send", "1", "--list", "weekly", "--yes").code == DONE
    return digest


def traces(folder: Path, address: str) -> set[str]:
    """The files that name an address, but for the one that people came from."""
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file()
        and address.lower().encode() in file.read_bytes().lower()
        and file.name != "people.csv"
    }


def test_show(office: Digest) -> None:
    """A person's row, lists and consent, for reading and as JSON."""
    shown = office("subscribers", "show", "ANN@example.COM")
    assert shown.out.startswith("Ann@example.com (Ann)\n  id: 1\n")
    assert "list weekly: confirmed since" in shown.out
    assert "asked" in shown.out
    held = office("subscribers", "show", ANN, "--json").object
    assert (held["id"], held["name"], held["issues"]) == (1, "Ann", [])
    (weekly,) = held["subscriptions"]
    assert (weekly["list"], weekly["state"]) == ("weekly", "confirmed")


def test_show_a_stranger(office: Digest) -> None:
    """Of nobody there is nothing; of who is suppressed, why; what is none is said."""
    stranger = office("subscribers", "show", "eve@example.com")
    assert stranger.code == NOTHING_TO_DO
    assert "eve@example.com: nothing is held" in stranger.err
    assert office("subscribers", "show", "eve@").code == USAGE


def test_export_person(office: Digest, folder: Path) -> None:
    """The same as `show --json`, in a file to hand over."""
    exported = office("subscribers", "export", "--person", ANN, "--out", "ann.json")
    assert exported.code == DONE
    shown = office("subscribers", "show", ANN, "--json").object
    assert json.loads((folder / "ann.json").read_text()) == shown
    wrong = office("subscribers", "export", "--person", ANN, "--list", "weekly")
    assert wrong.code == USAGE
    nobody = office("subscribers", "export", "--person", "eve@x.org", "--out", "x")
    assert nobody.code == NOTHING_TO_DO
    assert not (folder / "x").exists()


def test_export(office: Digest, folder: Path) -> None:
    """To stdout or into a file, as CSV or JSON lines, by its name or as it is said."""
    to_stdout = office("subscribers", "export", "--list", "weekly", "--fields", "email")
    assert to_stdout.out.split() == ["email", "Ann@example.com", "bob@example.com"]
    lines = office("subscribers", "export", "--json").objects
    assert [line["list"] for line in lines] == ["weekly", "weekly"]
    for out, option in (("a.jsonl", ()), ("a.txt", ("--format", "jsonl"))):
        ran = office("subscribers", "export", "--out", out, *option, "--json")
        assert ran.object == {"rows": 2, "out": out}
        first = (folder / out).read_text().splitlines()[0]
        assert json.loads(first)["email"] == "Ann@example.com"


def test_a_failed_export_leaves_the_file(office: Digest, folder: Path) -> None:
    """Under its name there is a whole file or the one before, and nothing beside it."""
    (folder / "a.csv").write_text("before")
    before = sorted(folder.iterdir())
    for wrong, code in (
        (("--fields", "nme"), USAGE),
        (("--fields", ""), USAGE),
        (("--list", "wekly"), FAILED),
        (("--list", ""), FAILED),
        (("--person", ""), USAGE),
    ):
        assert office("subscribers", "export", "--out", "a.csv", *wrong).code == code
    assert (folder / "a.csv").read_text() == "before"
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("address", [ANN, "ann@example.com"])
def test_erased_from_everything(office: Digest, folder: Path, address: str) -> None:
    """No file names her: database, outbox, rejected rows; her name is gone, too."""
    assert traces(folder, ANN) >= {"digest.db", "bad.csv", "outbox/issue-1-1-1.eml"}
    erased = office("subscribers", "erase", address, "--yes", "--json")
    assert erased.code == DONE
    assert erased.object["subscriptions"] == 1
    assert ANN.lower() not in (erased.out + erased.err).lower()
    assert traces(folder, ANN) == set()
    for file in ("digest.db", "outbox/issue-1-1.json"):
        assert b"Ann" not in (folder / file).read_bytes()
    assert traces(folder, "bob@example.com") >= {"digest.db"}
    shown = office("subscribers", "show", ANN)
    assert "erased, and suppressed: unsubscribe" in shown.out


def test_erased_twice(office: Digest) -> None:
    """A second time says kindly that it was done; a stranger is nobody."""
    assert office("subscribers", "erase", ANN, "--yes").code == DONE
    again = office("subscribers", "erase", ANN, "--yes")
    assert (again.code, "was erased before" in again.err) == (DONE, True)
    stranger = office("subscribers", "erase", "eve@example.com", "--yes")
    assert stranger.code == NOTHING_TO_DO
    assert "nothing is held" in stranger.err


def test_erasing_asks(office: Digest, folder: Path) -> None:
    """Without --yes and nobody to ask, nothing happens; nor by --dry-run."""
    before = traces(folder, ANN)
    assert office("subscribers", "erase", ANN).code == FAILED
    dry = office("subscribers", "erase", ANN, "--dry-run", "--json")
    assert (dry.code, dry.object["erased"], dry.object["consent"]) == (DONE, False, 1)
    assert traces(folder, ANN) == before
    assert not (folder / "digest.key").exists()


def test_known_only_by_a_rejected_row(office: Digest, folder: Path) -> None:
    """Who is in no table is taken out of our files all the same."""
    (folder / "bad.csv").write_text("line,reason,row\n7,bad,eve@example.com x\n")
    assert office("subscribers", "erase", "eve@example.com", "--yes").code == DONE
    assert traces(folder, "eve@example.com") == set()


def test_a_file_that_cannot_be_mended(office: Digest, folder: Path) -> None:
    """It is named; once it can be written, erasing again does the rest."""
    (folder / "outbox" / "issue-1-1.json").rename(folder / "outbox" / "kept")
    (folder / "outbox" / "issue-1-1.json").mkdir()
    failed = office("subscribers", "erase", ANN, "--yes")
    assert failed.code == FAILED
    assert "issue-1-1.json" in failed.err
    (folder / "outbox" / "issue-1-1.json").rmdir()
    (folder / "outbox" / "kept").rename(folder / "outbox" / "issue-1-1.json")
    assert office("subscribers", "erase", ANN, "--yes").code == DONE
    assert traces(folder, ANN) == set()


def test_sendgrid_is_told(
    office: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row waits until SendGrid is told; done, nothing names her."""
    with fake_sendgrid() as fake:
        monkeypatch.setenv("SENDGRID_API_KEY", "SG.key")
        monkeypatch.setenv("DIGEST_SENDGRID_HOST", fake.url)
        fake.will(refusal(503, "down"))
        assert office("subscribers", "erase", ANN, "--yes").code == DONE
        assert traces(folder, ANN) == {"digest.db"}
        waiting = office("subscribers", "show", ANN, "--json").object["outgoing"]
        assert [row["kind"] for row in waiting] == ["suppress"]
        due(folder)
        office("run", "--once")
        assert len(fake.everywhere) == 1
    assert traces(folder, ANN) == set()


def due(folder: Path) -> None:
    """What waits is due."""
    database = open_database(f"sqlite:///{folder}/digest.db")
    with database.write() as connection:
        connection.execute(update(outgoing).values(due_at=outgoing.c.created_at))
    database.close()


def test_sendgrid_is_told_at_once(
    office: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An erasure that SendGrid hears of leaves nothing that names her."""
    with fake_sendgrid() as fake:
        monkeypatch.setenv("SENDGRID_API_KEY", "SG.key")
        monkeypatch.setenv("DIGEST_SENDGRID_HOST", fake.url)
        assert office("subscribers", "erase", ANN, "--yes").code == DONE
        assert len(fake.everywhere) == 1
    assert traces(folder, ANN) == set()


def test_the_key(office: Digest, folder: Path) -> None:
    """The first erasure makes it; without it, or with another, nobody is erased."""
    assert office("subscribers", "erase", ANN, "--yes").code == DONE
    key = folder / "digest.key"
    assert key.stat().st_mode & 0o777 == 0o600
    for content, words in (("ab" * 32, "is not the key of this database"), ("", "key")):
        key.write_text(content)
        refused = office("subscribers", "erase", "bob@example.com", "--yes")
        assert (refused.code, words in refused.err) == (FAILED, True)
        assert office("subscribers", "show", "bob@example.com").code == FAILED
    key.unlink()
    refused = office("subscribers", "erase", "bob@example.com", "--yes")
    assert "put it back from the backup" in refused.err
    assert traces(folder, "bob@example.com") >= {"digest.db"}


def test_a_file_of_people(office: Digest, folder: Path) -> None:
    """Who is unknown is said, and stops nobody after; run again, it is as it was."""
    (folder / "erase.txt").write_text(f"eve@example.com\n\n {ANN}\n", "utf-8")
    command = ("subscribers", "erase", "--file", "erase.txt")
    assert office(*command).code == FAILED
    assert office(*command, "--dry-run").code == DONE
    assert traces(folder, ANN) >= {"digest.db"}
    erased = office(*command, "--yes", "--json")
    assert (erased.code, len(erased.objects)) == (DONE, 1)
    assert "eve@example.com: nothing is held" in erased.err
    assert traces(folder, ANN) == {"erase.txt"}
    assert office(*command, "--yes").code == DONE


def test_a_file_with_no_address(office: Digest, folder: Path) -> None:
    """The others are erased; a line that is none is an error, lest it be missed."""
    (folder / "erase.txt").write_text(f"ann at example.com\n{ANN}\n")
    erased = office("subscribers", "erase", "--file", "erase.txt", "--yes")
    assert (erased.code, "ann at example.com" in erased.err) == (FAILED, True)
    assert traces(folder, ANN) == {"erase.txt"}
    for wrong in ((), (ANN, "--file", "erase.txt")):
        assert office("subscribers", "erase", *wrong, "--yes").code == USAGE


def test_an_address_like_an_option(office: Digest) -> None:
    """Behind --, as everywhere; or in a file."""
    digest = office
    add = ("subscribers", "add", "--list", "weekly", "--consent", "x")
    assert digest(*add, "--", "-eve@example.com").code == DONE
    erase = ("subscribers", "erase", "--yes")
    assert digest(*erase, "--", "-eve@example.com").code == DONE
