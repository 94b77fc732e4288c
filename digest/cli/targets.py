"""Files that a command is told to write, and what they may never be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from digest.config import Config
from digest.errors import UsageError
from digest.store.incarnation import epoch_file


def target(
    file: Path, config: Config, *, option: str, source: Path | BinaryIO | None = None
) -> Path:
    """The file that `option` names, where it may be written: it replaces what is there.

    `source` is what the command reads. Links are seen through, hard ones too.

    Raises:
        UsageError: it would replace the database, the settings, the key, or what is
            read; or there is no folder for it.
    """
    if str(file) == "-":
        raise UsageError(f"{option} -: name a file, for stdout has the figures")
    if file.is_dir():
        raise UsageError(f"{option} {file}: is a folder; name a file in it")
    if not file.parent.is_dir():
        raise UsageError(
            f"{option} {file}: there is no folder {file.parent}; make it first"
        )
    for kept, what in _kept(config):
        if _same(file, kept):
            raise UsageError(f"{option} {file}: is {what}; name another file")
    if source is not None and _is_read(file, source):
        raise UsageError(f"{option} {file}: is what is read; name another file")
    return file


def _kept(config: Config) -> Iterator[tuple[Path, str]]:
    """What a newsletter cannot do without."""
    if database := config.database_file:
        for end in ("", "-wal", "-shm", "-journal"):
            yield database.with_name(database.name + end), "the database's"
        yield epoch_file(database), "the database's"
    yield config.at(config.subscribers.key_file), "the key of erased people"
    if config.file:
        yield config.file, "the settings'"
    if config.sendgrid.api_key_file:
        yield config.at(config.sendgrid.api_key_file), "SendGrid's key"


def _same(one: Path, other: Path) -> bool:
    """Whether two names are one file's, also of one that is still to be made."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def _is_read(file: Path, source: Path | BinaryIO) -> bool:
    if isinstance(source, Path):
        return _same(file, source)
    try:
        return os.path.samestat(os.fstat(source.fileno()), file.stat())
    except OSError:  # no file, or none that has a number
        return False
