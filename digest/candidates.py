"""Candidates of an issue: where a feed tells little, their pages are read in full."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote, urlsplit

from digest.collecting import AT_ONCE
from digest.config import Config
from digest.errors import DigestError
from digest.looking import Office
from digest.model import Article
from digest.sources.fields import FILMS
from digest.sources.fullest import WHOLE, fullest, length
from digest.store import Database, items
from digest.store.items import Item

_FILES = (".mp3", ".m4a", ".ogg", ".mp4", ".pdf", ".jpg", ".png", ".zip")


def in_full(
    database: Database,
    config: Config,
    clock: Callable[[], datetime],
    candidates: Sequence[Item],
) -> list[Item]:
    """The candidates, each with the best text there is; no page is read twice.

    A page that cannot be had, or that robots.txt closes, leaves what the feed told.
    """
    with database.read() as connection:
        unread = items.without_page(connection, [each.id for each in candidates])
    asked = [each for each in candidates if each.id in unread and _is_short(each)]
    if not asked:
        return list(candidates)
    office = Office.of(config, clock())
    selectors = {source.place: source.selector for source in config.source}
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        read = list(pool.map(lambda each: _read(office, each, selectors), asked))
    found = {e.id: a for e, a in zip(asked, read, strict=True) if a is not None}
    with database.write() as connection:
        for item_id, article in found.items():
            items.keep_text(connection, item_id, article)
    return [replace(e, article=found.get(e.id, e.article)) for e in candidates]


def says_something(article: Article) -> bool:
    """Whether a card of it would say more than where it leads."""
    parts = urlsplit(article.url or "")
    if article.text.strip() or parts.netloc in FILMS:
        return True
    file = unquote(parts.path).rstrip("/").rpartition("/")[2]
    made_up = {file, parts.hostname, article.source, None}
    return article.title not in made_up or file.lower().endswith(_FILES)


def _is_short(item: Item) -> bool:
    """Whether its feed leaves it to its page to tell it."""
    parts = urlsplit(item.article.url or "")
    return (
        item.source.startswith(("http://", "https://"))
        and parts.netloc not in FILMS
        and bool(parts.netloc)
        and not parts.path.lower().endswith(_FILES)
        and length(item.article) < WHOLE
    )


def _read(office: Office, item: Item, selectors: Mapping[str, str]) -> Article | None:
    """The article with its page's text; None where the page may yet be had."""
    url = item.article.url or ""
    try:
        if not office.robots.allows(url):
            return item.article
        answer = office.get(url)
        if answer.status >= 500 or answer.status == 429:
            return None
        selector = selectors.get(item.source, "")
        return fullest(item.article, answer, selector=selector)
    except DigestError:
        return None
    except (RecursionError, MemoryError, ValueError, LookupError, TypeError):
        return item.article  # a stranger's bytes that a parser of ours cannot take
