"""Items: articles as they were collected, and which series has used them.

That an item is there means that it was seen; used is a fact of each series, so a
daily digest takes nothing away from the weekly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from digest.errors import SourceError, TryAgain
from digest.model import Article
from digest.store.issues import decode, encode
from digest.store.tables import issue, item, item_use


class Standing(StrEnum):
    """Whether an item may go into an issue."""

    #: it waits for one
    OPEN = "open"
    #: it was there before we came, or beyond what is taken at a time
    PASSED = "passed"
    #: a person is to say whether it is new
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article as collected, with its source's place and section."""

    id: int
    source: str
    section: str
    article: Article
    seen_at: datetime


def unused(connection: Connection, series: str) -> list[Item]:
    """The items that no issue of the series has used, in the order they came."""
    used = select(item_use.c.item_id).where(item_use.c.series == series)
    rows = connection.execute(
        select(item)
        .where(item.c.standing == Standing.OPEN, item.c.id.not_in(used))
        .order_by(item.c.id)
    )
    return [_item(row) for row in rows]


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        source=row.source,
        section=row.section,
        article=decode(row.article, Article, f"item {row.id}"),
        seen_at=row.seen_at,
    )


def get_items(connection: Connection, ids: Sequence[int]) -> list[Item]:
    """The items of these ids, in their order.

    Raises:
        SourceError: there is no item of one of them.
    """
    known = [one for one in ids if 0 < one < 2**63]  # any number may be asked for
    rows = connection.execute(select(item).where(item.c.id.in_(known)))
    found = {row.id: _item(row) for row in rows}
    for one in ids:
        if one not in found:
            raise SourceError(f"there is no item {one} in the database")
    return [found[one] for one in ids]


def used_in(connection: Connection, issue_id: int) -> list[Item]:
    """The items that an issue has used."""
    of = select(item_use.c.item_id).where(item_use.c.issue_id == issue_id)
    rows = connection.execute(select(item).where(item.c.id.in_(of)).order_by(item.c.id))
    return [_item(row) for row in rows]


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


def keep_text(connection: Connection, item_id: int, article: Article) -> None:
    """Put what its page says in the place of what its feed said of it."""
    values = {"article": encode(article), "page": True}
    connection.execute(update(item).where(item.c.id == item_id).values(**values))


def without_page(connection: Connection, items: Iterable[int]) -> set[int]:
    """Those of the items whose page was not read yet."""
    rows = select(item.c.id).where(item.c.id.in_(list(items)), ~item.c.page)
    return set(connection.scalars(rows))


def held(connection: Connection) -> dict[str, int]:
    """How many items of each source are held."""
    rows = connection.execute(
        select(item.c.source).where(item.c.standing == Standing.HELD)
    )
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.source] = counts.get(row.source, 0) + 1
    return counts


def held_of(connection: Connection, source: str) -> list[Item]:
    """The items of a source that are held, in the order they came."""
    where = (item.c.source == source, item.c.standing == Standing.HELD)
    rows = connection.execute(select(item).where(*where).order_by(item.c.id))
    return [_item(row) for row in rows]


def stand(connection: Connection, ids: Sequence[int], standing: Standing) -> None:
    """Let items wait for an issue, or pass."""
    where = item.c.id.in_(ids)
    connection.execute(update(item).where(where).values(standing=standing))


def pass_over(connection: Connection, sources: Sequence[str]) -> int:
    """Let nothing of these sources wait for an issue any more; how many did."""
    waiting = item.c.standing.in_([Standing.OPEN, Standing.HELD])
    unused = item.c.id.not_in(select(item_use.c.item_id))
    return connection.execute(
        update(item)
        .where(item.c.source.in_(sources), waiting, unused)
        .values(standing=Standing.PASSED)
    ).rowcount


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


def used_by(connection: Connection, series: str, items: Sequence[int]) -> int | None:
    """The issue of a series that has used one of the items; None if none has."""
    first: int | None = connection.scalar(
        select(func.min(item_use.c.issue_id)).where(
            item_use.c.series == series, item_use.c.item_id.in_(items)
        )
    )
    return first
