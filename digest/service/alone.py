"""Being the only one that runs on a SQLite file."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.errors import TryAgain
from digest.store import Database


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Be the only one that runs on a SQLite file; PostgreSQL may have many.

    Raises:
        TryAgain: there is one; says its process id.
    """
    if database.file is None:
        yield
        return
    with _locked(database.file.with_name(f"{database.file.name}.pid")):
        yield


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
            raise TryAgain(
                f"digest run or db copy is there already, as process {pid}; "
                "stop it first"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
