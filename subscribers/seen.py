"""Which addresses of a file came before, however many they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from types import TracebackType


class Seen:
    """64 bits of each address: enough to tell billions apart.

    They lie in a database of SQLite without a name, which is in memory while it is
    small, else in a file that is gone when it is closed.
    https://sqlite.org/inmemorydb.html#temp_db
    """

    def __init__(self) -> None:
        # used by one thread after another
        self._database = sqlite3.connect(
            "", isolation_level=None, check_same_thread=False
        )
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE seen (hash INTEGER PRIMARY KEY, call)")
        self._database.execute("BEGIN")
        self._calls = 0

    def __enter__(self) -> Seen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def before(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that came in an earlier call; all are noted."""
        self._calls += 1
        hashes = {hash(key): key for key in keys}
        rows = [(each, self._calls) for each in sorted(hashes)]
        insert = "INSERT OR IGNORE INTO seen VALUES (?, ?)"
        if self._database.executemany(insert, rows).rowcount == len(rows):
            return set()
        there = self._database.execute(
            "SELECT hash FROM json_each(?) JOIN seen ON hash = value WHERE call < ?",
            (json.dumps(list(hashes)), self._calls),
        )
        return {hashes[each] for [each] in there}
