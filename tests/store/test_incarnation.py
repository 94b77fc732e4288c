"""A copy of a database, or one that comes back from yesterday, does not send."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from digest.errors import DatabaseError
from digest.store import Database, incarnation, open_database
from subscribers.tables import mark
from tests.conftest import new_postgres_database

REFUSED = "is a copy or was restored.*digest db adopt"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "digest.db"


def opened(file: Path) -> Database:
    return open_database(f"sqlite:///{file}")


def claim(file: Path) -> None:
    """Claim it; whether that is done is what was said before."""
    database = opened(file)
    said = incarnation.may_send(database)
    try:
        incarnation.claim(database)
        assert said
    except DatabaseError:
        assert not said
        raise
    finally:
        database.close()


def copy(file: Path, to: Path) -> None:
    database = opened(file)
    database.copy_into(to)
    database.close()


def test_it_sends_again_and_again(file: Path) -> None:
    """The one that sent goes on sending."""
    for _ in range(3):
        claim(file)


def test_a_copy_does_not(file: Path, tmp_path: Path) -> None:
    """Of the database alone, into another folder."""
    claim(file)
    (tmp_path / "b").mkdir()
    copy(file, tmp_path / "b/digest.db")
    with pytest.raises(DatabaseError, match=REFUSED):
        claim(tmp_path / "b/digest.db")


def test_one_from_yesterday_does_not(file: Path, tmp_path: Path) -> None:
    """A backup that is put in the place of what has sent since."""
    claim(file)
    copy(file, tmp_path / "backup.db")
    claim(file)
    for name in ("-wal", "-shm"):
        file.with_name(f"{file.name}{name}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", file)
    with pytest.raises(DatabaseError, match=REFUSED):
        claim(file)


def test_adopted(file: Path, tmp_path: Path) -> None:
    """It takes the original's place when somebody says so."""
    claim(file)
    copy(file, tmp_path / "copy.db")
    database = opened(tmp_path / "copy.db")
    with pytest.raises(DatabaseError, match=REFUSED):
        incarnation.claim(database)
    incarnation.adopt(database)
    incarnation.claim(database)
    database.close()


def test_a_backup_is_marked(file: Path) -> None:
    """Also one with which the file beside it was copied."""
    claim(file)
    incarnation.mark_copy(file)
    with pytest.raises(DatabaseError, match=REFUSED):
        claim(file)


@pytest.mark.parametrize("at", ["before the file", "before the epoch"])
def test_a_crash_between_the_steps(
    file: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Whichever step was the last, the same database goes on."""
    claim(file)

    def broken(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        name = "pwrite" if at == "before the file" else "fsync"
        patch.setattr(f"digest.store.incarnation.os.{name}", broken)
        with pytest.raises(KeyboardInterrupt):
            claim(file)
    claim(file)
    claim(file)


def test_a_restored_server(
    postgres_database: Database, postgres_copy: Callable[[Database], Database]
) -> None:
    """PostgreSQL tells itself apart: a dump that was restored elsewhere refuses."""
    incarnation.claim(postgres_database)
    incarnation.claim(postgres_database)
    other = postgres_copy(postgres_database)
    with pytest.raises(DatabaseError, match=REFUSED):
        incarnation.claim(other)
    incarnation.adopt(other)
    incarnation.claim(other)


@pytest.fixture
def postgres_copy() -> Iterator[Callable[[Database], Database]]:
    with ExitStack() as copies:

        def made(database: Database) -> Database:
            other = open_database(new_postgres_database())
            copies.callback(other.close)
            with database.read() as here, other.write() as there:
                rows = here.execute(mark.select()).mappings().all()
                there.execute(text("DELETE FROM mark"))
                there.execute(mark.insert(), [dict(row) for row in rows])
            return other

        yield made
