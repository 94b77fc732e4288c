"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(contents: Mapping[Path, bytes]) -> Iterator[None]:
    """Write files beside their places, and move them there once the block is done.

    What can go wrong with them does so before the block begins; where the block
    fails, every file is as it was. No reader and no crash sees half of one.
    """
    with ExitStack() as files:
        for file, content in contents.items():
            with files.enter_context(opened_whole(file)) as stream:
                stream.write(content)
        yield


@contextmanager
def opened_whole(file: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write to in the block, for what is too large to hold; as above.

    One that is there keeps its permissions; a new one that is `private` can be read
    by nobody else.
    """
    if file.is_dir():  # it would be found out only when it is moved
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with open(part, "wb", opener=_private if private else None) as stream:
            if file.exists():
                shutil.copymode(file, part)
            yield stream
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _private(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)
