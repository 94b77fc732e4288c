"""A newsroom that collects from a server on loopback, with a clock of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from digest import collecting
from digest.collecting import Collected
from digest.config import Config, FetchSettings, Source
from digest.model import Article
from digest.store import Database, items
from tests.collecting.polite_server import PoliteServer

TEXT = "The council voted on Tuesday to close the old harbour bridge to lorries. "


@dataclass(slots=True)
class Newsroom:
    database: Database
    config: Config
    now: datetime = datetime(2026, 11, 20, 8, tzinfo=UTC)
    server: PoliteServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = PoliteServer(lambda: self.now)

    def sources(self, *places: str | Source, **settings: Any) -> None:
        given = [p if isinstance(p, Source) else Source(url=p) for p in places]
        fetch = FetchSettings(allow_private=("127.0.0.0/8",), **settings)
        self.config = replace(self.config, source=tuple(given), fetch=fetch)

    def collect(self, after: timedelta = timedelta(0), **how: Any) -> list[Collected]:
        self.now += after
        return collecting.collect(self.database, self.config, lambda: self.now, **how)

    def waiting(self) -> list[Article]:
        with self.database.read() as connection:
            return [each.article for each in items.unused(connection, "weekly")]

    def titles(self) -> list[str | None]:
        return [article.title for article in self.waiting()]


@pytest.fixture
def newsroom(sqlite_database: Database, tmp_path: Path) -> Iterator[Newsroom]:
    newsroom = Newsroom(sqlite_database, Config(folder=tmp_path))
    with newsroom.server.running():
        yield newsroom


def post(
    name: str,
    *,
    guid: str | None = "",
    link: str | None = "",
    at: datetime | None = None,
    text: str | None = None,
) -> str:
    """An item of RSS; guid and link are its name's, or absent where None."""
    parts = [f"<title>{name}</title>"]
    if guid is not None:
        parts.append(f"<guid isPermaLink='false'>{guid or name}</guid>")
    if link is not None:
        parts.append(f"<link>{link or f'https://a.test/{name}'}</link>")
    if at:
        parts.append(f"<pubDate>{format_datetime(at)}</pubDate>")
    said = f"{name}: {TEXT}" if text is None else text
    return f"<item>{''.join(parts)}<description>{said}</description></item>"


def feed(posts: Sequence[str], title: str = "The Harbour Post") -> bytes:
    inner = f"<title>{title}</title>{''.join(posts)}"
    return f"<rss version='2.0'><channel>{inner}</channel></rss>".encode()
