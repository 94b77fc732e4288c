"""The one secret: the key that the addresses of erased people are hashed with.

Without it a hash of an address tells its address, for there are few enough to try
them all. It lies in a file beside the settings, never in the database, and never
changes: the hashes would be nobody's. The database keeps its fingerprint.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, insert, select

from subscribers.errors import KeyMissing, WrongKey
from subscribers.tables import mark

BYTES = 32
FINGERPRINT = "secret key"


class SecretKey:
    """The key in a file; read when it is first needed."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def make(self, random: bytes) -> None:
        """Write a new key, of 32 random bytes, that only its owner can read.

        Raises:
            FileExistsError: there is one, and it stays.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(self.file, flags, 0o600), "w") as stream:
            stream.write(random.hex() + "\n")
            stream.flush()
            os.fsync(stream.fileno())

    def hash(self, key: str) -> bytes:
        """The keyed BLAKE2b (RFC 7693) of an address's key: 32 bytes.

        Raises:
            KeyMissing: the file cannot be read, or holds no key.
        """
        return hashlib.blake2b(key.encode(), key=self._bytes, digest_size=32).digest()

    @property
    def fingerprint(self) -> str:
        """What tells this key from another, and nothing else."""
        return hashlib.blake2b(
            b"fingerprint", key=self._bytes, digest_size=16
        ).hexdigest()

    def agree(self, connection: Connection) -> None:
        """Make sure that this is the database's key; the first one becomes it.

        Raises:
            KeyMissing: the file cannot be read, or holds no key.
            WrongKey: the database's hashes were made with another.
        """
        if not self.check(connection):
            connection.execute(
                insert(mark).values(name=FINGERPRINT, value=self.fingerprint)
            )

    def check(self, connection: Connection) -> bool:
        """Whether the database was begun with this key; False if it has none yet.

        Raises:
            KeyMissing: the database has one, and the file cannot be read.
            WrongKey: it is another.
        """
        known = connection.scalar(
            select(mark.c.value).where(mark.c.name == FINGERPRINT)
        )
        if known is None:
            return False
        if known != self.fingerprint:
            raise WrongKey(
                f"{self.file}: is not the key of this database; put back the one that "
                "it was begun with, or erased people could be mailed again"
            )
        return True

    def begin(self, connection: Connection, random: Callable[[], bytes]) -> None:
        """As `agree`; where neither database nor file has a key yet, one is made.

        `random` gives 32 random bytes.
        """
        if not self.check(connection):
            with suppress(FileExistsError):
                self.make(random())
            self.agree(connection)

    @cached_property
    def _bytes(self) -> bytes:
        try:
            key = bytes.fromhex(self.file.read_text(encoding="ascii"))
        except OSError as error:
            raise KeyMissing(
                f"{self.file}: the key of erased people cannot be read: "
                f"{error.strerror}; put it back from the backup"
            ) from error
        except ValueError:
            raise KeyMissing(f"{self.file}: holds no key; put it back") from None
        if len(key) != BYTES:
            raise KeyMissing(f"{self.file}: holds no key of 32 bytes; put it back")
        return key
