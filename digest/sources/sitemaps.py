"""News sitemaps → Articles: addresses, titles and dates of the last two days' news.

https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from digest.errors import SourceError
from digest.model import Article
from digest.sources import fields
from digest.sources.markup import is_overloaded

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def is_sitemap(data: bytes) -> bool:
    """Whether the first bytes are those of a sitemap, or of an index of them."""
    head = data[:4096].lower()
    return b"<urlset" in head or b"<sitemapindex" in head


def read_sitemap(data: bytes, *, id: str, now: datetime | None = None) -> list[Article]:
    """The news that a sitemap names; they have no text but on their pages.

    Raises:
        SourceError: it is damaged, an index of others, or names no news.
    """
    root = parsed_xml(data, id)
    if _name(root) == "sitemapindex":
        others = ", ".join(_texts(root, "loc")[:3])
        raise SourceError(f"{id}: is an index of sitemaps; give one of them: {others}")
    found = [a for url in _children(root, "url") if (a := _article(url, now))]
    if not found:
        raise SourceError(f"{id}: this sitemap names no news; give a news sitemap")
    return found


def parsed_xml(data: bytes, id: str) -> Element:
    """The root of an XML document; entities and addresses in it are left alone.

    Raises:
        SourceError: it is none.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True
    )
    overloaded = is_overloaded(data)
    try:
        root = None if overloaded else etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise SourceError(f"{id}: is damaged XML; fetch it anew")
    return root


def _article(url: Element, now: datetime | None) -> Article | None:
    address = fields.web_address(next(iter(_texts(url, "loc")), ""))
    news = next(iter(_children(url, "news")), None)
    if news is None or address is None:
        return None
    said = {name: next(iter(_texts(news, name)), "") for name in _NEWS}
    return Article(
        id=address,
        text="",
        title=fields.one_line(said["title"]) or address,
        url=address,
        published=_moment(said["publication_date"], now),
        language=fields.language(said["language"]),
        source=fields.one_line(said["name"]),
    )


_NEWS = ("title", "publication_date", "language", "name")


def _moment(text: str, now: datetime | None) -> datetime | None:
    try:
        return fields.moment(datetime.fromisoformat(text.strip()), now=now)
    except ValueError:
        return None


def _name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element.iter() if _name(child) == name)


def _texts(element: Element, name: str) -> list[str]:
    found = ("".join(map(str, child.itertext())) for child in _children(element, name))
    return [text.strip() for text in found if text.strip()]
