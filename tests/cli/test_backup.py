"""The key that is made once, and the backup that it belongs into."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine

from digest.backup import back_up
from digest.cli.exits import DONE, FAILED, TRY_AGAIN, USAGE
from digest.config import Config
from digest.service.alone import alone
from digest.store import HEAD, Database, open_database
from subscribers import add_list, add_subscriber
from tests.cli.conftest import Digest, Ran

ANN = "ann@example.com"


def key_of(doctor: Ran) -> dict[str, object]:
    (found,) = [each for each in doctor.objects if each["name"] == "key"]
    return found


@pytest.fixture
def erased(digest: Digest, folder: Path) -> Digest:
    """A newsletter from which somebody was erased."""
    assert digest("lists", "add", "weekly").code == DONE
    for address in (ANN, "bob@example.com"):
        digest("subscribers", "add", address, "--list", "weekly", "--consent", "asked")
    assert digest("subscribers", "erase", ANN, "--yes").code == DONE
    return digest


def test_init_makes_a_key(digest: Digest, folder: Path) -> None:
    """Nobody else can read it; one that is there stays as it is."""
    assert digest("init", "new").code == DONE
    key = folder / "new" / "digest.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(key.read_text())) == 32
    before = key.read_text()
    (folder / "new" / "digest.toml").unlink()
    again = digest("init", "new")
    assert f"kept {key.relative_to(folder)}" in again.err
    assert key.read_text() == before


def test_the_doctor_knows_the_key(erased: Digest, folder: Path) -> None:
    """There, readable by others, another, gone: each with what to do."""
    key = folder / "digest.key"
    found = key_of(erased("doctor", "--json"))
    assert found["ok"]
    assert "belongs into the backup" in str(found["help"])
    key.chmod(0o640)
    found = key_of(erased("doctor", "--json"))
    assert (found["ok"], found["help"]) == (False, f"chmod 600 {key}")
    key.chmod(0o600)
    content = key.read_text()
    for other, words in (("ab" * 32, "not the key of this"), ("x", "holds no key")):
        key.write_text(other)
        doctor = erased("doctor", "--json")
        assert doctor.code == FAILED
        assert words in str(key_of(doctor)["message"])
    key.unlink()
    found = key_of(erased("doctor", "--json"))
    assert (found["ok"], "put it back" in str(found["message"])) == (False, True)
    key.write_text(content)


def test_a_key_that_nobody_needs_yet(digest: Digest, folder: Path) -> None:
    """Where nobody was erased, a missing key is no fault."""
    found = key_of(digest("doctor", "--json"))
    assert found["ok"]
    assert "not there yet" in str(found["message"])
    assert not (folder / "digest.key").exists()


def test_back_up_and_restore(erased: Digest, folder: Path) -> None:
    """The three files, for nobody else to read; put back, all is as it was."""
    backup = erased("db", "backup", "safe", "--json").object
    names = {"database": "digest.db", "settings": "digest.toml", "key": "digest.key"}
    for kind, name in names.items():
        file = folder / "safe" / name
        assert backup[kind] == f"safe/{name}"
        assert file.stat().st_mode & 0o777 == 0o600
        assert not list(folder.glob("safe/.*"))
    for file in folder.glob("digest.*"):
        file.unlink()
    shutil.copytree(folder / "safe", folder, dirs_exist_ok=True)
    assert "erased" in erased("subscribers", "show", ANN).out
    assert erased("subscribers", "show", "bob@example.com").code == DONE
    assert erased("db", "backup", "safe").code == DONE


def test_not_where_the_originals_are(erased: Digest, folder: Path) -> None:
    """A backup never writes over what it copies."""
    before = (folder / "digest.toml").read_bytes()
    for place in (".", str(folder)):
        refused = erased("db", "backup", place)
        assert (refused.code, "name another folder" in refused.err) == (USAGE, True)
    assert (folder / "digest.toml").read_bytes() == before


def test_a_missing_or_wrong_key_is_a_failure(erased: Digest, folder: Path) -> None:
    """What there is, is copied, over no right key; but cron must hear of it."""
    assert erased("db", "backup", "safe").code == DONE
    before = (folder / "safe" / "digest.key").read_text()
    (folder / "digest.key").write_text("ab" * 32)
    assert erased("db", "backup", "safe").code == FAILED
    (folder / "digest.key").unlink()
    assert erased("db", "backup", "safe").code == FAILED
    assert (folder / "safe" / "digest.key").read_text() == before
    assert erased("db", "backup", "other").code == FAILED
    assert (folder / "other" / "digest.db").exists()


def test_no_copy_beside_a_run(erased: Digest, folder: Path) -> None:
    """What it writes meanwhile would be missing there: its process is named."""
    with alone(open_database(f"sqlite:///{folder}/digest.db")):
        refused = erased("db", "copy", "--to", f"sqlite:///{folder}/other.db")
    assert (refused.code, f"process {os.getpid()}" in refused.err) == (TRY_AGAIN, True)
    assert not (folder / "other.db").exists()
    assert erased("db", "copy", "--to", f"sqlite:///{folder}/other.db").code == DONE


def test_migrate(digest: Digest) -> None:
    """It says where the database is, and at which version."""
    assert digest("db", "migrate", "--json").object["version"] == HEAD


def test_while_others_write(
    sqlite_database: Database,
    tmp_path: Path,
    now: datetime,
    secret: Callable[[], bytes],
) -> None:
    """Each copy is a whole of one moment: everybody in it has their subscription."""
    with sqlite_database.write() as connection:
        add_list(connection, "weekly", now)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with sqlite_database.write() as connection:
                add_subscriber(
                    connection,
                    "weekly",
                    f"reader{number}@example.org",
                    consent="form",
                    source="test",
                    now=now,
                    secret=secret,
                )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            folder = tmp_path / f"safe{number}"
            back_up(sqlite_database, Config(folder=tmp_path), folder)
            copy = sqlite3.connect(folder / "digest.db")
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = ("subscriber", "subscription", "consent")
            counts = {
                copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in tables
            }
            copy.close()
            assert len(counts) == 1
    finally:
        stop.set()
        writer.join()


@pytest.mark.needs("postgres")
def test_postgres_is_dumped_by_its_own(
    postgres_database: Database, tmp_path: Path
) -> None:
    """Its command is given, without a password; settings and key are copied."""
    settings = tmp_path / "digest.toml"
    settings.write_text("")
    config = Config(folder=tmp_path, file=settings)
    done = back_up(postgres_database, config, tmp_path / "safe")
    assert done.database is None
    assert done.command.startswith(f"pg_dump --format=custom --file={tmp_path}/safe/")
    assert done.settings == tmp_path / "safe" / "digest.toml"
    assert (done.settings.exists(), done.key) == (True, None)


@pytest.mark.needs("postgres")
def test_the_dump_can_be_run(postgres_database: Database, tmp_path: Path) -> None:
    """libpq, which pg_dump asks, finds the database by the address in the line."""
    given = postgres_database.engine.url
    for url in (given, given.set(password="secret-1")):
        database = open_database(url.render_as_string(hide_password=False))
        command = back_up(database, Config(folder=tmp_path), tmp_path / "safe").command
        database.close()
        assert "secret-1" not in command
        assert "***" not in command
        with closing(psycopg.connect(shlex.split(command)[-1])) as connection:
            assert connection.info.dbname == given.database


@pytest.mark.needs("postgres")
def test_the_dump_names_everything_but_passwords(tmp_path: Path) -> None:
    """What is behind the question mark belongs to the address."""
    url = "postgresql+psycopg://me:one@/digest?host=%2Fx&password=two&sslmode=require"
    address = Database(create_engine(url)).address
    assert address == "postgresql://me@/digest?host=%2Fx&sslmode=require"
