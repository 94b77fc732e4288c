"""A URL → Articles: what was fetched is a page, a feed or plain text."""

from __future__ import annotations

from collections.abc import Sequence

from digest.errors import SourceError
from digest.fetch import Fetched, fetch
from digest.model import Article
from digest.sources.feeds import is_feed, read_feed
from digest.sources.files import looks_like_page
from digest.sources.pages import read_page
from digest.sources.text import read_text


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
    body = _as_utf8(fetched)
    if is_feed(body):
        return read_feed(fetched.body, id=url)
    if "html" in fetched.content_type or looks_like_page(body):
        return [read_page(body, id=url, url=fetched.final_url)]
    if fetched.content_type in {"text/plain", "text/markdown"}:
        return [_text(fetched, body)]
    kind = fetched.content_type or "of no kind it tells"
    raise SourceError(
        f"{url}: what is there is {kind}; give the address of a page or a feed"
    )


def _text(fetched: Fetched, body: bytes) -> Article:
    article = read_text(
        body.decode("utf-8", "replace"), id=fetched.url, url=fetched.final_url
    )
    if not article.paragraphs:
        raise SourceError(f"{fetched.url}: there is no article text there")
    return article


def _as_utf8(fetched: Fetched) -> bytes:
    """The body in UTF-8, when the server names another encoding and it is true."""
    try:
        return fetched.body.decode(fetched.charset or "utf-8").encode()
    except (LookupError, UnicodeError):
        return fetched.body
