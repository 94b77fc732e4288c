"""What a feed tells of an article, and what its page tells: the better of the two.

Never is a text replaced by nothing: page, then feed, then the page's own description
of itself, then the title alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from digest.errors import SourceError
from digest.fetch import Fetched
from digest.model import Article
from digest.sources import fields
from digest.sources.markup import is_overloaded
from digest.sources.text import read_text
from digest.sources.web import as_utf8, read_answer

#: words from which a feed's text is the article itself, and no page is asked for
WHOLE = 250
#: words of a page with fewer are a paywall's, or a notice about cookies
STUB = 60


def fullest(told: Article, answer: Fetched, *, selector: str = "") -> Article:
    """The article with its page's text where there is more of it than in the feed.

    Who wrote it, when, and under which title, the feed knows better.
    """
    head = _head(answer)
    picture = told.image or fields.picture(head.get("og:image"))
    told = replace(told, image=picture)
    try:
        content = read_answer(answer, selector=selector)
    except SourceError:
        return _described(told, head)
    if content.kind != "page":
        return told
    (page,) = content.articles
    if length(page) < STUB or length(page) <= length(told):
        return _described(told, head)
    return replace(
        page,
        id=told.id,
        url=told.url or page.url,
        title=told.title or page.title,
        byline=told.byline or page.byline,
        published=told.published or page.published,
        language=told.language or page.language,
        image=told.image or page.image,
        source=told.source or page.source,
    )


def length(article: Article) -> int:
    """Words of its paragraphs."""
    return sum(len(span.text.split()) for span in article.paragraphs)


def _described(told: Article, head: Mapping[str, str]) -> Article:
    """What the page says of itself, where the feed says nothing."""
    said = head.get("og:description") or head.get("description")
    if told.paragraphs or not said:
        return told
    known = read_text(said, id=told.id, title=told.title or fields.one_line(said))
    return replace(
        told,
        text=known.text,
        paragraphs=known.paragraphs,
        boilerplate=known.boilerplate,
    )


def _head(answer: Fetched) -> dict[str, str]:
    """A page's meta elements by name, the first of each."""
    from lxml import etree
    from lxml import html as lxml_html

    body = as_utf8(answer)
    if is_overloaded(body) or not body.strip():
        return {}
    try:
        parser = lxml_html.HTMLParser(encoding="utf-8")
        root = lxml_html.document_fromstring(body, parser=parser)
    except (etree.ParserError, ValueError):
        return {}
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if content := (meta.get("content") or "").strip():
            found.setdefault(name, content)
    return found
