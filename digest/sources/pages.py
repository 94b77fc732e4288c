"""Web pages → Articles: trafilatura finds the region, our rules sort it out."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from html import unescape
from typing import TYPE_CHECKING, Any

from digest.errors import SourceError
from digest.model import Article
from digest.sources import fields
from digest.sources.blocks import lay_out
from digest.sources.markup import Piece, is_overloaded, pieces
from digest.sources.region import of_article
from digest.sources.text import sort_out

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from lxml.html import HtmlElement

CAP = 5_000_000  # bytes: at 19 MB trafilatura takes 7 s and 286 MB
_LAST_PART = re.compile(r"(.+?\S)\s+[-|–—:·•]\s+([^-|–—:·•]+)")
_PUBLISHED = frozenset(("article:published_time", "datepublished", "date"))
_ACCOUNT = re.compile(r"admin|webmaster|^user\b", re.IGNORECASE)
_MOST_ELEMENTS = 60_000  # of which trafilatura takes some 10 s; pages have 3,000
# From here on its search for dates and its second opinion, jusText, take seconds,
# and four times as long for twice as many.
_MANY_ELEMENTS = 4_000
_SHORTEST = 50  # characters of an article; with fewer it is a menu
_LEAST = 0.6  # of what trafilatura found must be found in the page again


# Its complaints about a page are ours to tell, and once.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def read_page(
    html: bytes, *, id: str, url: str | None = None, selector: str = ""
) -> Article:
    """The article of a web page; its text is the kept pieces, parted by blank lines.

    With a `selector` (CSS), it is what that chooses, and nothing is guessed. Title,
    byline, date, language and image are the page's own where they pass for such, else
    None.

    Raises:
        SourceError: the page is over 5 MB, has too many elements, or holds no
            article.
    """
    tree = _tree(html, id)
    chosen = _chosen(tree, selector, id) if selector else None
    all_pieces = list(pieces(tree))
    found = _extracted(tree, id=id, url=url)
    kept = chosen or of_article(all_pieces, _found_texts(found.body))
    if not chosen and _length(kept) < _LEAST * _length(_as_found(found.body)):
        kept = _as_found(found.body)
    text, blocks = lay_out((piece.tag, piece.text) for piece in kept)
    title = _title(found, tree)
    byline = _byline(found)
    sorted_out = sort_out(text, blocks, title=title, byline=byline)
    if sum(len(span.text) for span in sorted_out.paragraphs) < _SHORTEST:
        raise SourceError(_NOTHING.format(id))
    return Article(
        id=id,
        text=text,
        paragraphs=tuple(sorted_out.paragraphs),
        boilerplate=tuple(sorted_out.boilerplate),
        title=title or sorted_out.headline,
        url=fields.web_address(url or found.url),
        byline=byline,
        published=_published(found.date, tree),
        language=fields.language(tree.get("lang")),
        image=fields.picture(found.image),
        source=fields.one_line(found.sitename),
    )


def _chosen(tree: HtmlElement, selector: str, id: str) -> list[Piece]:
    from cssselect import SelectorError

    try:
        elements = tree.cssselect(selector)
    except SelectorError as error:
        raise SourceError(f"{id}: selector {selector!r}: {error}") from error
    found = [piece for element in elements for piece in pieces(element)]
    if not found:
        raise SourceError(
            f"{id}: selector {selector!r} chooses nothing on this page; correct it in "
            "digest.toml"
        )
    return found


_NOTHING = "{}: no article found on this page; give its text as a file instead"


def _tree(html: bytes, id: str) -> HtmlElement:
    from trafilatura import load_html

    if len(html) > CAP:
        raise SourceError(
            f"{id}: the page is over {CAP // 1_000_000} MB, too big for an article"
        )
    if is_overloaded(html):
        raise SourceError(f"{id}: an element of the page has too many attributes")
    tree = load_html(html, max_size=CAP)
    if tree is None:
        raise SourceError(f"{id}: is not an HTML page")
    if _elements(tree) > _MOST_ELEMENTS:
        raise SourceError(
            f"{id}: the page has over {_MOST_ELEMENTS} elements, too many to read"
        )
    return tree


def _elements(tree: HtmlElement) -> int:
    return sum(1 for _ in tree.iter())


def _extracted(tree: HtmlElement, *, id: str, url: str | None) -> Any:
    from trafilatura import bare_extraction
    from trafilatura.settings import set_date_params

    many = _elements(tree) > _MANY_ELEMENTS
    found: Any = bare_extraction(
        tree,
        url=url,
        with_metadata=True,
        include_comments=False,
        fast=many,
        date_extraction_params=set_date_params(extensive=not many),
    )
    if found is None or found.body is None:
        raise SourceError(_NOTHING.format(id))
    return found


def _as_found(body: Element) -> list[Piece]:
    """trafilatura's own elements, for a page that we do not find them in."""
    texts = (" ".join("".join(map(str, e.itertext())).split()) for e in body)
    return [Piece(text=text, tag="p", place=(), linked=0) for text in texts if text]


def _length(found: Iterable[Piece]) -> int:
    return sum(len(piece.text) for piece in found)


def _found_texts(body: Element) -> list[str]:
    """What trafilatura's elements say, whole, and line by line where they break."""
    whole = ["".join(map(str, element.itertext())) for element in body]
    blocks = body.iter("item", "cell", "p", "head")
    inner = ["".join(map(str, element.itertext())) for element in blocks]
    return [*whole, *inner, *map(str, body.itertext())]


def _as_read(title: str | None, tree: HtmlElement) -> str | None:
    """The title as its heading shows it: trafilatura unescapes it once too often.

    Only a heading tells, for the meta elements of many pages are escaped twice.
    """
    headings = (fields.one_line(str(h1.text_content())) for h1 in tree.iter("h1"))
    return next((each for each in headings if each and unescape(each) == title), title)


def _title(found: Any, tree: HtmlElement) -> str | None:
    """The page's title without the name of the site at its end."""
    title = _as_read(fields.one_line(found.title), tree)
    parts = _LAST_PART.fullmatch(title or "")
    names = [_plain(name or "") for name in (found.sitename, found.hostname)]
    if parts and any(_is_site(_plain(parts[2]), name) for name in names):
        return parts[1]
    return title


def _plain(name: str) -> str:
    return "".join(re.findall(r"\w+", name.casefold().removeprefix("www.")))


def _is_site(part: str, name: str) -> bool:
    if min(len(part), len(name)) < 4:
        return False
    near = part.startswith(name) and len(part) < 1.6 * len(name)
    return near or name.startswith(part)


def _byline(found: Any) -> str | None:
    """The author, unless it is the site itself or an account's name."""
    author = fields.name(found.author)
    if author and (
        _plain(author) == _plain(found.sitename or "") or _ACCOUNT.search(author)
    ):
        return None
    return author


def _published(day: str | None, tree: HtmlElement) -> datetime | None:
    """The day a page names, at the hour it names with it, else midnight UTC."""
    try:
        read = date.fromisoformat(day or "")
    except ValueError:
        return None
    midnight = datetime(read.year, read.month, read.day, tzinfo=UTC)
    return fields.moment(_with_hour(read, tree) or midnight)


def _with_hour(day: date, tree: HtmlElement) -> datetime | None:
    """The first moment of this day that the page gives as when it was published."""
    for element in tree.iter("meta", "time"):
        of = element.get("property") or element.get("itemprop") or element.get("name")
        if element.tag == "time" or (of or "").lower() in _PUBLISHED:
            given = str(element.get("content") or element.get("datetime") or "")
            try:
                when = datetime.fromisoformat(given.strip())
            except ValueError:
                continue
            if when.date() == day and "T" in given.upper():
                return when
    return None
