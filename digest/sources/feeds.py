"""Feeds → Articles: RSS and Atom by feedparser, JSON Feed by ourselves.

feedparser only parses here: it is never given an address or a file's name.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from calendar import timegm
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from digest.errors import SourceError
from digest.model import Article, Image, Medium
from digest.sources import fields
from digest.sources.blocks import lay_out
from digest.sources.markup import is_overloaded, read_markup
from digest.sources.text import read_text, sort_out

_XML = (b"<rss", b"<feed", b"<rdf:rdf", b"<channel")
_JSON = "jsonfeed.org/version"
_ENDS = (b"</rss", b"</feed", b"</rdf", b":rdf>", b"</channel", b"</urlset")
#: what a picture shows; feedparser takes it for the text of the entry
_CAPTION = re.compile(rb"<(/?)media:description\b[^<>]*>")
_LONGEST_NAME = 100  # characters
_TAGS = 20


def is_feed(data: bytes) -> bool:
    """Whether the first bytes are those of an RSS, Atom or JSON feed."""
    head = data[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if head.startswith(b"{"):
        return _JSON.encode() in head.replace(b"\\/", b"/")
    return head.startswith(b"<") and any(mark in head.lower() for mark in _XML)


def is_whole(data: bytes) -> bool:
    """Whether a feed comes to its end; one that breaks off is to be read again."""
    tail = data[-2048:].replace(b"\x00", b"").lower()
    return tail.rstrip().endswith(b"}") or any(end in tail for end in _ENDS)


def read_feed(
    data: bytes, *, id: str, now: datetime | None = None, base: str = ""
) -> list[Article]:
    """The entries of a feed, in its order, each from the fullest text it gives.

    An article's id is the entry's guid, else its link, else a hash of what it
    says. Dates in the future become `now`, where it is given; relative links count
    from `base`. An entry that gives no text has no paragraphs; one that has no title
    either is called by what else it gives: a sound or a film, its address, the feed.

    Raises:
        SourceError: `data` is no feed.
    """
    entries = (
        _json_entries(data, id, base)
        if data.lstrip()[:1] == b"{"
        else _entries(data, id, base)
    )
    return [_filed(_named(_article(entry, now), entry, id), entry) for entry in entries]


def _filed(article: Article, entry: _Entry) -> Article:
    medium = _medium(entry.media_type, article.url)
    return replace(article, tags=entry.tags, medium=medium)


def _named(article: Article, entry: _Entry, id: str) -> Article:
    """The article with a title, where it has neither one nor a paragraph."""
    if _says_something(article.title) or article.paragraphs:
        return article
    text = fields.one_line(article.text[:_LONGEST_NAME])
    place = unquote(urlsplit(entry.enclosure or article.url or "").path)
    file = fields.one_line(place.rstrip("/").rpartition("/")[2])
    host = urlsplit(article.url or "").hostname
    names = (text, file, host, entry.source, id)
    return replace(article, title=next(filter(_says_something, names), text or id))


def _says_something(name: str | None) -> bool:
    return any(c.isalnum() for c in name or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """An entry of a feed of either kind, still with the publisher's markup."""

    guid: str | None
    title: str | None
    url: str | None
    html: str
    plain: str
    byline: str | None
    published: datetime | None
    language: str | None
    image: Image | None
    source: str | None
    #: a sound or a film, as podcasts give them
    enclosure: str | None = None
    #: the MIME type of that
    media_type: str = ""
    tags: tuple[str, ...] = ()


def _article(entry: _Entry, now: datetime | None) -> Article:
    addresses = (entry.url, entry.enclosure)
    url = next((a for each in addresses if (a := fields.web_address(each))), None)
    known: dict[str, Any] = {
        "title": entry.title,
        "url": url,
        "byline": entry.byline,
        "published": fields.moment(entry.published, now=now),
        "language": entry.language,
        "source": entry.source,
    }
    if not entry.html:
        text = entry.plain.strip()
        return read_text(
            text,
            id=entry.guid or url or _hash(entry.title, text),
            image=entry.image,
            **known,
        )
    markup = read_markup(entry.html)
    text, blocks = lay_out((p.tag, p.text) for p in markup.pieces)
    sorted_out = sort_out(text, blocks, title=entry.title)
    return Article(
        id=entry.guid or url or _hash(entry.title, text),
        text=text,
        paragraphs=tuple(sorted_out.paragraphs),
        boilerplate=tuple(sorted_out.boilerplate),
        image=entry.image or markup.image,
        **known,
    )


def _medium(media_type: str, url: str | None) -> Medium:
    if urlsplit(url or "").netloc in fields.FILMS:
        return Medium.VIDEO
    kind = media_type.partition("/")[0].strip().lower()
    return Medium(kind) if kind in {Medium.AUDIO, Medium.VIDEO} else Medium.TEXT


def _hash(title: str | None, text: str) -> str:
    said = f"{title}\n{text}".encode("utf-8", "replace")
    return hashlib.sha256(said).hexdigest()[:16]


# --- RSS and Atom -----------------------------------------------------------


def _entries(data: bytes, id: str, base: str) -> Iterator[_Entry]:
    import feedparser

    if is_overloaded(data):
        raise SourceError(f"{id}: an element of the feed has too many attributes")

    def parsed(source: bytes) -> Any:
        return feedparser.parse(
            io.BytesIO(source),
            sanitize_html=False,
            resolve_relative_uris=False,
        )

    data = _CAPTION.sub(rb"<\1media:caption>", data)
    feed = parsed(data)
    if not feed.get("version") and is_feed(data):  # one wrong byte is enough for this
        feed = parsed(data.decode("utf-8", "replace").encode())
    if not feed.get("version") and not feed.entries:
        raise SourceError(
            f"{id}: is not a feed (RSS, Atom or JSON Feed); "
            "give a feed's address or file"
        )
    source = _plain(feed.feed.get("title"))
    for entry in map(dict, feed.entries):  # its own class warns of old names
        yield _entry(entry, source, fields.language(feed.feed.get("language")), base)


def _entry(
    entry: Mapping[str, Any], source: str | None, language: str | None, base: str
) -> _Entry:
    html, plain = _fullest(entry)
    enclosure = _enclosure(entry)
    return _Entry(
        guid=fields.one_line(entry.get("id")),
        title=_plain(entry.get("title")),
        # not by feedparser, which would join every guid and picture anew
        url=_joined(base, _link(entry)),
        html=html,
        plain=plain,
        byline=fields.name(_author(entry)),
        published=_when(entry),
        language=language,
        image=_image(entry, alt="" if not (html or plain) else _caption(entry)),
        source=source,
        enclosure=enclosure.get("href"),
        media_type=enclosure.get("type") or "",
        tags=_tags(
            tag.get("label") or tag.get("term") for tag in entry.get("tags", ())
        ),
    )


def _link(entry: Mapping[str, Any]) -> str:
    """Where an entry leads; a guid that feedparser calls its link must be an address.

    Without isPermaLink="false" a guid is one, says RSS 2.0, but many are mere names.
    """
    link = entry.get("feedburner_origlink") or entry.get("link") or ""
    is_guid = entry.get("guidislink") and link == entry.get("id")
    return "" if is_guid and not fields.web_address(link) else link


def _tags(names: Iterable[Any]) -> tuple[str, ...]:
    """What an entry is filed under: a few names, each once."""
    clean = (fields.one_line(name) for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(name[:_LONGEST_NAME] for name in clean if name))[:_TAGS]


def _enclosure(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    links = entry.get("links", ())
    return next((link for link in links if link.get("rel") == "enclosure"), {})


def _fullest(entry: Mapping[str, Any]) -> tuple[str, str]:
    """The entry's text, as HTML or as plain text; its summary where it has no other."""
    texts = [*entry.get("content", ()), entry.get("summary_detail") or {}]
    for text in texts:
        value, kind = text.get("value") or "", text.get("type") or ""
        if value.strip() and "html" in kind:
            return value, ""
        if value.strip() and kind in {"", "text/plain"}:
            return "", value
    return "", entry.get("media_caption") or ""  # of a film that is all there is


def _plain(title: str | None) -> str | None:
    """A title as text: what is marked up in it is read, not shown."""
    if title and ("<" in title or "&" in title):
        title = " ".join(p.text for p in read_markup(title).pieces) or title
    return fields.one_line(title)


def _author(entry: Mapping[str, Any]) -> str | None:
    detail = entry.get("author_detail") or {}
    return detail.get("name") or entry.get("author")


def _when(entry: Mapping[str, Any]) -> datetime | None:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _caption(entry: Mapping[str, Any]) -> str:
    return fields.one_line(entry.get("media_caption")) or ""


def _image(entry: Mapping[str, Any], alt: str = "") -> Image | None:
    enclosures = [
        {**link, "url": link.get("href")}
        for link in entry.get("links", ())
        if link.get("rel") == "enclosure"
    ]
    media = [*enclosures, *entry.get("media_content", ())]
    images = [m for m in media if "image" in (m.get("type") or m.get("medium") or "")]
    cover = {"url": (entry.get("image") or {}).get("href")}  # itunes:image
    for found in [*images, *entry.get("media_thumbnail", ()), cover]:
        image = fields.picture(
            found.get("url"),
            alt=alt,
            width=found.get("width"),
            height=found.get("height"),
        )
        if image:
            return image
    return None


# --- JSON Feed (jsonfeed.org) -------------------------------------------------


def _json_entries(data: bytes, id: str, base: str) -> Iterator[_Entry]:
    try:
        feed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{id}: is damaged JSON, not a feed; fetch it anew"
        ) from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or _JSON not in str(feed.get("version")):
        raise SourceError(
            f"{id}: is not a JSON Feed (no jsonfeed.org version, or no items); "
            "give a feed's address or file"
        )
    for item in items:
        if isinstance(item, dict):
            yield _json_entry(item, feed, base)


def _json_entry(item: Mapping[str, Any], feed: Mapping[str, Any], base: str) -> _Entry:
    text = _string(item, "content_text") or _string(item, "summary")
    guid = str(item.get("id") or "")  # ideally its address, says JSON Feed 1.1
    link = _string(item, "url") or _string(item, "external_url")
    attachments = item.get("attachments")
    attached = attachments if isinstance(attachments, list) else []
    first: dict[str, Any] = next((a for a in attached if isinstance(a, dict)), {})
    return _Entry(
        guid=fields.one_line(guid),
        title=fields.one_line(_string(item, "title")),
        url=_joined(base, link or fields.web_address(guid) or ""),
        html=_string(item, "content_html"),
        plain=text,
        byline=fields.name(_json_author(item) or _json_author(feed)),
        published=_iso(
            _string(item, "date_published") or _string(item, "date_modified")
        ),
        language=fields.language(
            _string(item, "language") or _string(feed, "language")
        ),
        image=fields.picture(_string(item, "image"))
        or fields.picture(_string(item, "banner_image")),
        source=fields.one_line(_string(feed, "title")),
        enclosure=_string(first, "url") or None,
        media_type=_string(first, "mime_type"),
        tags=_tags(tags if isinstance(tags := item.get("tags"), list) else ()),
    )


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if base and link else link
    except ValueError:
        return link


def _string(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _json_author(values: Mapping[str, Any]) -> str:
    """Its `authors` (version 1.1) or its `author` (version 1)."""
    authors = values.get("authors")
    listed = authors if isinstance(authors, list) else [values.get("author")]
    names = [_string(author, "name") for author in listed if isinstance(author, dict)]
    return ", ".join(name for name in names if name)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
