"""Items: articles as they were collected, and which series has used them.

That an item is there means that it was seen; used is a fact of each series, so a
daily digest takes nothing away from the weekly.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from digest.errors import SourceError, TryAgain
from digest.model import Article
from digest.store.issues import check_moments, decode, encode
from digest.store.tables import issue, item, item_use

#: characters; PostgreSQL indexes no text much longer than 2,700 bytes
LONGEST_KEY = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article as collected, with its source's place and section."""

    id: int
    source: str
    section: str
    article: Article
    seen_at: datetime


def add_items(
    connection: Connection,
    articles: Sequence[Article],
    *,
    source: str,
    section: str,
    now: datetime,
) -> int:
    """Keep the articles that were not seen before; how many they are.

    Raises:
        DatabaseError: a text holds half of a character (a lone surrogate).
        ValueError: a moment has no zone.
    """
    check_moments(*(article.published for article in articles))
    found = {key_of(article): encode(article) for article in articles}
    known = set(connection.scalars(select(item.c.key).where(item.c.key.in_(found))))
    return sum(
        _added(
            connection,
            key=key,
            source=source,
            section=section,
            seen_at=now,
            article=content,
        )
        for key, content in found.items()
        if key not in known
    )


def _added(connection: Connection, **row: object) -> bool:
    """Whether we were the first: another process may collect at the same time."""
    try:
        with connection.begin_nested():
            connection.execute(insert(item).values(**row))
    except IntegrityError:
        return False
    return True


def key_of(article: Article) -> str:
    """What makes an article the same one: its address, else what it says."""
    if article.url and len(article.url) <= LONGEST_KEY:
        return article.url
    text = (article.url or article.text).encode(errors="surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def unused(connection: Connection, series: str) -> list[Item]:
    """The items that no issue of the series has used, in the order they came."""
    used = select(item_use.c.item_id).where(item_use.c.series == series)
    rows = connection.execute(
        select(item).where(item.c.id.not_in(used)).order_by(item.c.id)
    )
    return [
        Item(
            id=row.id,
            source=row.source,
            section=row.section,
            article=decode(row.article, Article, f"item {row.id}"),
            seen_at=row.seen_at,
        )
        for row in rows
    ]


def get_items(connection: Connection, ids: Sequence[int]) -> list[Item]:
    """The items of these ids, in their order.

    Raises:
        SourceError: there is no item of one of them.
    """
    known = [one for one in ids if 0 < one < 2**63]  # any number may be asked for
    rows = connection.execute(select(item).where(item.c.id.in_(known)))
    found = {
        row.id: Item(
            id=row.id,
            source=row.source,
            section=row.section,
            article=decode(row.article, Article, f"item {row.id}"),
            seen_at=row.seen_at,
        )
        for row in rows
    }
    for one in ids:
        if one not in found:
            raise SourceError(f"there is no item {one} in the database")
    return [found[one] for one in ids]


def give_back(connection: Connection, issue_id: int) -> int:
    """Let the items that an issue used wait for another; how many they are."""
    return connection.execute(
        delete(item_use).where(item_use.c.issue_id == issue_id)
    ).rowcount


def used_since(
    connection: Connection, series: str, number: int
) -> list[tuple[int, Article]]:
    """What the issues of a series from a number on have used, with their numbers."""
    rows = connection.execute(
        select(issue.c.number, item.c.id, item.c.article)
        .join_from(item_use, item, item_use.c.item_id == item.c.id)
        .join(issue, item_use.c.issue_id == issue.c.id)
        .where(item_use.c.series == series, issue.c.number >= number)
        .order_by(issue.c.number.desc(), item.c.id)
    )
    return [
        (row.number, decode(row.article, Article, f"item {row.id}")) for row in rows
    ]


def count_used(connection: Connection, issue_id: int) -> int:
    """How many items an issue has used."""
    where = item_use.c.issue_id == issue_id
    return connection.scalar(select(func.count()).where(where)) or 0


def mark_used(
    connection: Connection, series: str, items: Sequence[int], issue_id: int
) -> None:
    """Say that an issue of a series has used items.

    Raises:
        TryAgain: another issue of the series has used one of them meanwhile.
    """
    rows = [{"series": series, "item_id": one, "issue_id": issue_id} for one in items]
    if not rows:
        return
    try:
        connection.execute(insert(item_use), rows)
    except IntegrityError as error:
        raise TryAgain(
            f"another issue of {series} was built of these items at the same time; "
            "build again"
        ) from error
