"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def written_whole(contents: Mapping[Path, bytes]) -> Iterator[None]:
    """Write files beside their places, and move them there once the block is done.

    What can go wrong with them does so before the block begins; where the block
    fails, every file is as it was. No reader and no crash sees half of one.
    """
    with ExitStack() as parts:
        moves = {}
        for file, content in contents.items():
            if file.is_dir():  # it would be found out only when it is moved
                raise IsADirectoryError(errno.EISDIR, "is a folder", str(file))
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f".{file.name}.{os.getpid()}")
            parts.callback(part.unlink, missing_ok=True)
            part.write_bytes(content)
            moves[part] = file
        yield
        for part, file in moves.items():
            part.replace(file)
