"""Rows of a file that are about nobody: told, and put aside with the reason."""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from subscribers.errors import ImportFailed
from subscribers.reading import Line

#: takes note of a row that is nobody, and why
Reject = Callable[[Line, str], None]


@contextmanager
def rejecting(path: Path | None, tell: Callable[[int, str], None]) -> Iterator[Reject]:
    """Tells of rejected rows, and writes them to a file that is there in the end.

    Until then they are in a file without a name: if the import is killed, no
    addresses are left lying about.

    Raises:
        ImportFailed: the file cannot be written.
    """
    if path is None:
        yield lambda line, reason: tell(line.number, reason)
        return
    with _nameless(path) as stream:
        writer = csv.writer(stream)
        writer.writerow(("line", "reason", "row"))

        def reject(line: Line, reason: str) -> None:
            writer.writerow((line.number, reason, line.text.rstrip("\r\n")))
            tell(line.number, reason)

        try:
            yield reject
        finally:
            stream.seek(0)
            with (
                _written(path),
                open(path, "w", encoding="utf-8", newline="", opener=_private) as out,
            ):
                shutil.copyfileobj(stream, out)


def _private(file: str, flags: int) -> int:
    """A new one can be read by nobody else: there are addresses in it."""
    return os.open(file, flags, 0o600)


def _nameless(path: Path) -> IO[str]:
    """A file in the folder of another, that goes when it is closed."""
    with _written(path):
        return tempfile.TemporaryFile(
            "w+",
            dir=path.parent,
            encoding="utf-8",
            errors="backslashreplace",
            newline="",
        )


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ImportFailed(f"{path}: cannot be written: {error.strerror}") from error
