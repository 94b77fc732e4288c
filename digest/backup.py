"""A backup of all that cannot be made again: the database, the settings, the key."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from digest.config import Config
from digest.errors import UsageError
from digest.files import opened_whole
from digest.store import Database, incarnation
from subscribers.secret_key import SecretKey

DUMP = "digest.dump"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Where the copies are; None for what there is not.

    PostgreSQL's data is not among them: `command` is what copies it.
    """

    database: Path | None
    command: str
    settings: Path | None
    key: Path | None


def back_up(database: Database, config: Config, folder: Path) -> Backup:
    """Copy everything into a folder, each file whole, while others go on writing.

    Raises:
        UsageError: the folder is the one that they lie in.
        KeyMissing, WrongKey: the key of erased people is not there to be copied;
            everything else was.
    """
    key = SecretKey(config.at(config.subscribers.key_file))
    found = [file for file in (database.file, config.file, key.file) if file]
    copies = dict(_copies(found, folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if database.file:
        with _private(copies[database.file]) as stream:
            database.copy_into(Path(stream.name))
            incarnation.mark_copy(Path(stream.name))
    if config.file:
        _copy(config.file, copies[config.file])
    with database.read() as connection:  # a wrong key replaces no right one
        key.check(connection)
    if key.file.exists():
        _copy(key.file, copies[key.file])
    return Backup(
        database=copies[database.file] if database.file else None,
        command="" if database.file else _dump(database, folder),
        settings=copies[config.file] if config.file else None,
        key=copies[key.file] if key.file.exists() else None,
    )


def _copies(files: list[Path], folder: Path) -> Iterator[tuple[Path, Path]]:
    for file in files:
        copy = folder / file.name
        if copy.resolve() == file.resolve():
            raise UsageError(f"{folder}: {file.name} lies there; name another folder")
        yield file, copy


def _copy(file: Path, copy: Path) -> None:
    with _private(copy) as stream:
        stream.write(file.read_bytes())


@contextmanager
def _private(file: Path) -> Iterator[BinaryIO]:
    """A file to write, for nobody else to read: there are secrets in each of them."""
    with opened_whole(file, private=True) as stream:
        Path(stream.name).chmod(0o600)
        yield stream


def _dump(database: Database, folder: Path) -> str:
    dump = ["pg_dump", "--format=custom", f"--file={folder / DUMP}", database.address]
    return shlex.join(dump)
