"""Imports for tests: files written, brought onto the list `readers`, and looked at."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from digest.store import Database
from subscribers import ImportReport, SubscriptionState, import_file, subscribers
from subscribers.tables import consent, import_run, subscriber, suppression

Secret = Callable[[], bytes]


class Importer:
    """Imports into the list `readers`, and tells who is on it."""

    def __init__(
        self, database: Database, folder: Path, now: datetime, secret: Secret
    ) -> None:
        self.database = database
        self.folder = folder
        self.now = now
        self.secret = secret

    def write(self, data: bytes | str, name: str = "people.csv") -> Path:
        file = self.folder / name
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return file

    def run(
        self, source: Path | io.BytesIO | bytes | str, **options: Any
    ) -> ImportReport:
        if isinstance(source, bytes | str):
            source = self.write(source)
        options = {"consent": "signed up on paper"} | options
        return import_file(
            self.database.write,
            source,
            "readers",
            now=self.now,
            secret=self.secret,
            **options,
        )

    def people(self) -> dict[str, str]:
        with self.database.read() as connection:
            return {each.email: each.name for each in subscribers(connection)}

    def states(self) -> set[SubscriptionState]:
        with self.database.read() as connection:
            return {each.state for each in subscribers(connection)}

    def rejected(self) -> list[list[str]]:
        text = (self.folder / "rejects.csv").read_text("utf-8")
        usual = csv.field_size_limit(10**7)
        try:
            return list(csv.reader(io.StringIO(text)))[1:]
        finally:
            csv.field_size_limit(usual)

    def known(self, email: str) -> dict[str, Any]:
        """All that the database has of a person, but for ids and times."""
        columns = ("name", "zone", "language", "frequency", "topics", "attributes")
        query = select(*subscriber.c[columns]).where(subscriber.c.key == email)
        with self.database.read() as connection:
            return dict(connection.execute(query).one()._mapping)

    def standing(self) -> dict[str, str]:
        """The state of each person's subscription."""
        with self.database.read() as connection:
            return {each.email: each.state for each in subscribers(connection)}

    def suppressed(self) -> dict[str, str]:
        """Why which addresses get no mail from any list."""
        query = select(suppression.c.key, suppression.c.reason)
        with self.database.read() as connection:
            rows = connection.execute(query.where(suppression.c.list_id == 0))
            return {row.key: row.reason for row in rows}

    def consent(self) -> list[Any]:
        """The log of consent, oldest first."""
        with self.database.read() as connection:
            return list(connection.execute(select(consent).order_by(consent.c.id)))

    def runs(self) -> list[Any]:
        """All imports, oldest first."""
        with self.database.read() as connection:
            return list(
                connection.execute(select(import_run).order_by(import_run.c.id))
            )

    @staticmethod
    def hash_of(source: Path | bytes) -> str:
        data = source if isinstance(source, bytes) else source.read_bytes()
        return hashlib.blake2b(data, digest_size=32).hexdigest()
