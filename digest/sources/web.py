"""A URL → Articles: what was fetched is a page, a feed or plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from digest.errors import SourceError
from digest.fetch import Fetched, fetch
from digest.model import Article
from digest.sources import fields
from digest.sources.feeds import is_feed, read_feed
from digest.sources.files import binary, decoded, looks_like_page
from digest.sources.markup import is_overloaded
from digest.sources.opml import is_opml
from digest.sources.pages import read_page
from digest.sources.sitemaps import is_sitemap, read_sitemap
from digest.sources.text import read_text

_WAY_OUT = "give the address of a page or a feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is at an address: its kind and articles.

    Kinds are feed, sitemap, page, text and opml; a list of feeds has no articles.
    """

    kind: str
    articles: list[Article]


def read_url(
    url: str,
    *,
    allow_private: Sequence[str] = (),
    deadline: float = 20.0,
    cap: int = 5_000_000,
) -> list[Article]:
    """The articles at an address: of a page one, of a feed its entries.

    The arguments are those of `digest.fetch.fetch`.

    Raises:
        SourceError: nothing was fetched, or what was fetched is no article.
    """
    fetched = fetch(url, allow_private=allow_private, deadline=deadline, cap=cap)
    content = read_answer(fetched)
    if content.kind == "opml":
        raise SourceError(f"{url}: is a list of feeds: digest sources add {url}")
    return content.articles


def read_answer(
    fetched: Fetched, *, selector: str = "", now: datetime | None = None
) -> Content:
    """What is in an answer; of a page, only what `selector` (CSS) chooses.

    Raises:
        SourceError: it holds no article.
    """
    url, body = fetched.url, as_utf8(fetched)
    if is_feed(body):
        found = read_feed(fetched.body, id=url, now=now, base=fetched.final_url)
        return Content(kind="feed", articles=found)
    if is_sitemap(body):
        found = read_sitemap(fetched.body, id=url, now=now)
        return Content(kind="sitemap", articles=found)
    if is_opml(body):
        return Content(kind="opml", articles=[])
    if "html" in fetched.content_type or looks_like_page(body):
        if kind := binary(body):
            raise SourceError(f"{url}: is {kind}, not a page; {_WAY_OUT}")
        page = read_page(body, id=url, url=fetched.final_url, selector=selector)
        return Content(kind="page", articles=[page])
    if fetched.content_type in {"text/plain", "text/markdown"} and body.strip():
        return Content(kind="text", articles=[_text(fetched, body)])
    if not body.strip():
        raise SourceError(f"{url}: the answer is empty; try again later")
    kind = fetched.content_type or "of no kind it tells"
    raise SourceError(f"{url}: what is there is {kind}; {_WAY_OUT}")


def feeds_of(fetched: Fetched) -> list[str]:
    """The addresses of the feeds that a page says it has, the first the likeliest.

    https://html.spec.whatwg.org/multipage/links.html#rel-alternate
    """
    from lxml import etree
    from lxml import html as lxml_html

    body = as_utf8(fetched)
    if is_overloaded(body) or not body.strip():
        return []
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8")
        root = lxml_html.document_fromstring(body, parser=parser)
    except (etree.ParserError, ValueError):
        return []
    base = next((b.get("href") for b in root.iter("base") if b.get("href")), "")
    found = [
        _joined(fetched.final_url, base or "", link.get("href") or "")
        for link in root.iter("link", "a")
        if "alternate" in (link.get("rel") or "").lower().split()
        and _of_a_feed(link.get("type") or "")
    ]
    comments = [each for each in found if "comment" in each.lower()]
    return [*dict.fromkeys(e for e in found if e and e not in comments), *comments]


def _of_a_feed(kind: str) -> bool:
    return kind.partition(";")[0].strip().lower() in {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
    }


def _joined(page: str, base: str, link: str) -> str:
    try:
        return fields.web_address(urljoin(urljoin(page, base), link)) or ""
    except ValueError:
        return ""


def _text(fetched: Fetched, body: bytes) -> Article:
    text = decoded(fetched.url, body)
    article = read_text(text, id=fetched.url, url=fetched.final_url)
    if not article.paragraphs:
        raise SourceError(f"{fetched.url}: there is no article text there")
    return article


def as_utf8(fetched: Fetched) -> bytes:
    """The body in UTF-8, when the server names another encoding and it is true."""
    try:
        return fetched.body.decode(fetched.charset or "utf-8").encode()
    except (LookupError, UnicodeError):
        return fetched.body
