"""The archive: what went out, for everybody.

    GET  /            the issues, the newest first
    GET  /i/{issue}   one of them, as a page
    GET  /feed.xml    the newest, as an Atom feed

An issue is here as soon as its campaign has begun, and stays as it went out; so pages
are made once and kept in memory, a bounded number of them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Generic, TypeVar

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import ledger, pipeline
from digest.errors import RenderError
from digest.issue.subject import whole_subject
from digest.ledger import Begun
from digest.model import Email, Issue, Story
from digest.rendering.gate import Gate, one_line
from digest.rendering.words import words
from digest.store import issues
from digest.web.public.feed import Entry, atom
from digest.web.public.issue_page import POLICY, Place, issue_page
from digest.web.public.site import NOWHERE, Site

#: issues on a page of the list, in the feed, and pages and entries that are kept
LISTED, FED = 25, 20
PAGES, ENTRIES = 100, 1000
#: whoever keeps a page asks again after so many seconds
FRESH = {"Cache-Control": "public, max-age=300"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made:
    """An answer that is the same for everybody, with headers that say which it is."""

    content: bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, content: bytes, at: datetime, headers: dict[str, str]) -> Made:
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        changed = format_datetime(at, usegmt=True)
        own = {"ETag": etag, "Last-Modified": changed, **FRESH}
        return cls(content, headers | own)

    def answer(self, request: Request) -> Response:
        """It, or that it is what they have (RFC 9110, 13.1.2)."""
        known = request.headers.get("if-none-match")
        if known is None:
            same = (
                request.headers.get("if-modified-since")
                == self.headers["Last-Modified"]
            )
        else:
            tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
            same = bool(tags & {self.headers["ETag"], "*"})
        if same:
            return Response(status_code=304, headers=self.headers)
        return Response(self.content, headers=self.headers)


class Shelf(Generic[T]):
    """What was made last, by its number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[int, T] = OrderedDict()

    def get(self, number: int) -> T | None:
        return self._things.get(number)

    def put(self, number: int, thing: T) -> T:
        self._things[number] = thing
        if len(self._things) > self._most:
            self._things.popitem(last=False)
        return thing


class Archive:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._desk = site.desk
        self._began = site.desk.clock()
        self._pages: Shelf[Made] = Shelf(PAGES)
        self._entries: Shelf[Entry] = Shelf(ENTRIES)

    @property
    def routes(self) -> list[Route]:
        if not self._site.archive:
            return []
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/feed.xml", self.feed, methods=["GET"]),
            Route("/i/{issue}", self.issue, methods=["GET"]),
        ]

    # --- The issues -------------------------------------------------------------------

    def home(self, request: Request) -> Response:
        before = _number(request.query_params.get("before", ""))
        found = self._listed(LISTED + 1, before)
        say = self._site.say()
        html = self._site.html(
            "archive",
            say,
            robots="",
            entries=found[:LISTED],
            older=found[LISTED - 1].id if len(found) > LISTED else None,
            newest=before is None,
            joining=bool(self._site.lists),
            words=words(say.language),
        )
        at = max((each.at for each in found), default=self._began)
        return Made.of(html.encode(), at, self._site.html_headers).answer(request)

    def feed(self, request: Request) -> Response:
        newsletter, entries = self._desk.config.newsletter, self._listed(FED)
        content = atom(
            entries,
            base=self._site.base,
            name=one_line(newsletter.name),
            language=newsletter.language.replace("_", "-"),
            began=self._began,
        )
        at = max((each.at for each in entries), default=self._began)
        kind = {"Content-Type": "application/atom+xml; charset=utf-8"}
        return Made.of(content, at, kind).answer(request)

    def _listed(self, most: int, before: int | None = None) -> list[Entry]:
        with self._desk.database.read() as connection:
            found = ledger.begun(
                connection, now=self._desk.clock(), most=most, before=before
            )
            return [self._entry(connection, each) for each in found]

    def _entry(self, connection: Connection, begun: Begun) -> Entry:
        known = self._entries.get(begun.issue)
        if known is not None:
            return known
        issue = issues.get_issue(connection, begun.issue)
        email = ledger.stored_email(connection, begun.campaign)
        entry = Entry(
            id=begun.issue,
            number=issue.number,
            title=one_line(whole_subject(issue)),
            summary=one_line(email.preheader),
            language=issue.language,
            at=begun.at,
            content="".join(map(_told, issue.stories)),
        )
        return self._entries.put(begun.issue, entry)

    # --- One of them ------------------------------------------------------------------

    async def issue(self, request: Request) -> Response:
        number = _number(request.path_params["issue"])
        page = None if number is None else self._pages.get(number)
        if page is None and number is not None:
            page = await run_in_threadpool(self._made, number)
        if page is None:
            raise HTTPException(404)
        return page.answer(request)

    def _made(self, number: int) -> Made | None:
        """The page of an issue; None where there is none, or not yet."""
        site, now = self._site, self._desk.clock()
        with self._desk.database.read() as connection:
            begun = ledger.begun_issue(connection, number, now=now)
            if begun is None:
                return None
            issue = issues.get_issue(connection, number)
            email = ledger.stored_email(connection, begun.campaign)
        place = Place(
            base=site.base,
            url=f"{site.base}/i/{number}",
            at=begun.at,
            joining=bool(site.lists),
        )
        say = site.say()
        html = issue_page(self._whole(issue, email), issue, place, say)
        kind = {"Content-Type": "text/html; charset=utf-8", **POLICY}
        return self._pages.put(number, Made.of(html.encode(), begun.at, kind))

    def _whole(self, issue: Issue, email: Email) -> Email:
        """The e-mail with all its stories: what it had no room for, it says is here."""
        language = self._desk.config.newsletter.language
        rest = words(language).more_online
        counts = range(1, len(issue.stories))
        if not any(escape(rest.format(count=each)) in email.html for each in counts):
            return email
        try:
            return pipeline.render(self._desk, issue, whole=True)
        except RenderError:  # the templates are others now
            return email


def _number(text: str) -> int | None:
    """The number of an issue; None where it cannot be one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _told(story: Story) -> str:
    """A story in a feed: its headline, which leads to it, and its lead."""
    gate = Gate(NOWHERE)
    headline, link = one_line(story.headline), gate.link(story.article.url)
    title = escape(headline)
    if link:
        title = f'<a href="{escape(link)}">{title}</a>'
    return f"<h2>{title}</h2><p>{escape(one_line(story.lede.text))}</p>"
