"""The preview: one issue as its readers will see it, with what the checks found.

    GET /SECRET/            the page; asks `load` anew each time
    GET /SECRET/email       the e-mail alone, for the frame of the page
    GET /SECRET/source      its HTML, to be read
    GET /SECRET/image?src=  a picture that `images` gives in place of the network
    GET /SECRET/changes     server-sent events: something has changed
    GET /SECRET/static/…    style, script and icon of the pages
    /SECRET/ROOM/…          what stands beside it, behind the same shield

The words of the query are those of `pages.Mode`.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import BaseRoute, Mount, Route

from digest.config import Config
from digest.errors import DeliveryError, DigestError, RenderError
from digest.model import Email, Finding, Issue
from digest.rendering import Condition
from digest.rendering.templates import built_in
from digest.web.preview.frame import alone, framed
from digest.web.preview.headers import Header, headers
from digest.web.preview.inbox import rows
from digest.web.preview.notes import Note, grouped, marks, placed
from digest.web.preview.pages import (
    CHOICES,
    NARROWEST,
    WIDEST,
    Mode,
    Size,
    options,
    page,
    templates,
)
from digest.web.preview.readers import Find, anybody, filled, own_links
from digest.web.preview.source import marked
from digest.web.preview.watching import Changes, Stamp
from digest.web.shield import HEADERS, Shield, email_policy
from subscribers.model import Recipient

#: maps the URL of a picture to a file of this machine that stands in for it
Images = Callable[[str], Path | None]

#: what the folder of the pages' templates holds for browsers
STATIC = frozenset({".css", ".js", ".svg"})


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What there is to look at: an e-mail with its tags, and by which settings.

    `turned` makes the e-mail with conditions of the templates going another way; None
    where the e-mail is stored, and templates are nothing to it any more.
    """

    email: Email
    issue: Issue
    findings: tuple[Finding, ...]
    config: Config
    conditions: tuple[Condition, ...] = ()
    turned: Callable[[Mapping[str, bool]], Email] | None = None

    @property
    def sender(self) -> str:
        newsletter = self.config.newsletter
        return newsletter.from_name or newsletter.name

    @cached_property
    def notes(self) -> list[Note]:
        """What was found, and where it is."""
        return placed(self.findings, self.email.html)

    def marked(self, mode: Mode) -> Email:
        """The e-mail of a mode, in which what the notes speak of can be found.

        Raises:
            RenderError: a template can't do with what the mode turns.
        """
        if mode.turned and self.turned:
            return self.turned(mode.turned)
        return replace(self.email, html=marked(self.email.html, marks(self.notes)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Pages beside the preview, at `path` below the secret.

    Each page names them all, by their titles. What a room's POSTs change, the shield
    asks for (digest.web.shield); its pages extend base.html.j2 by `digest.web.page`.
    """

    title: str
    path: str
    routes: Sequence[BaseRoute]


class Shelf:
    """Keeps the last good version, for when the next one cannot be made."""

    def __init__(self, load: Callable[[], Preview]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._good: Preview | None = None

    def take(self) -> tuple[Preview | None, str]:
        """The newest good version there is, and what is wrong with a newer one."""
        with self._lock:
            try:
                self._good = self._load()
            except DigestError as error:
                return self._good, str(error)
            return self._good, ""

    def last(self) -> Preview | None:
        """What was taken last, so that a page and its frame show the same."""
        return self._good or self.take()[0]


def preview_app(
    load: Callable[[], Preview],
    *,
    now: Stamp = str,
    find: Find = anybody,
    images: Images | None = None,
    rooms: Sequence[Room] = (),
    secret: str | None = None,
) -> Starlette:
    """The preview as a web application; `app.state.path` is where it begins.

    `load` makes what is shown, and is asked anew for each page; the message of a
    DigestError is shown above the last good version. `now` gives a text that is
    another one once there is something new to load. `find` gives the reader that the
    e-mail is shown as. `images` gives files for the URLs of pictures that the network
    doesn't have. `secret` stands in the path of every address: random, if none is
    given. `app.state.close()` ends what is open.
    """
    secret = secret or secrets.token_urlsafe(16)
    changes = Changes(now)
    pages = _Pages(Shelf(load), now, find, images or (lambda url: None))
    routes: list[BaseRoute] = [
        Route("/", pages.page),
        Route("/email", pages.email),
        Route("/source", pages.source),
        Route("/image", pages.image),
        Route("/changes", changes.stream),
        Route("/static/{name}", static),
        *(Mount(f"/{room.path}", routes=list(room.routes)) for room in rooms),
    ]
    app = Starlette(
        routes=[Mount(f"/{secret}", routes=routes)],
        middleware=[Middleware(Shield, secret=secret)],
        exception_handlers={Exception: _broken},
    )
    app.state.path = f"/{secret}/"
    app.state.rooms = [("Preview", ""), *((room.title, room.path) for room in rooms)]
    app.state.close = changes.close
    return app


class _Pages:
    def __init__(self, shelf: Shelf, now: Stamp, find: Find, images: Images) -> None:
        self._shelf = shelf
        self._now = now
        self._find = find
        self._images = images

    def page(self, request: Request) -> HTMLResponse:
        stamp = self._now()  # first: what changes while it is loaded is told of
        preview, problem = self._shelf.take()
        mode = Mode.of(request.query_params)
        shown = self._shown(preview, mode) if preview else {}
        html = page(
            request,
            "page.html.j2",
            preview=preview,
            problem=problem,
            stamp=stamp,
            mode=mode,
            **shown,
        )
        return HTMLResponse(html, 200 if preview else 500)

    def _shown(self, preview: Preview, mode: Mode) -> dict[str, object]:
        """What the page says of an e-mail, beside the e-mail."""
        found = self._find(mode.reader)
        email = filled(preview.email, preview.config, found.reader)
        return {
            "widths": (NARROWEST, WIDEST),
            "choices": {name: (CHOICES[name], options(name, mode)) for name in CHOICES},
            "size": Size(bytes=len(email.html.encode())),
            "groups": grouped(preview.notes),
            "found": found,
            "own": [*own_links(preview.config).values()],
            "text": email.text if mode.view == "text" else "",
            "rows": rows(preview.sender, email.subject, email.html)
            if mode.view == "inbox"
            else (),
            "headers": _headers(preview, found.reader)
            if mode.view == "headers"
            else (),
        }

    def email(self, request: Request) -> HTMLResponse:
        mode = Mode.of(request.query_params)
        try:
            html = framed(self._html(mode), mode.light, self._picture)
        except RenderError as error:  # of a condition that was turned
            html = alone(str(error))
        return HTMLResponse(html, headers=email_policy(images=mode.light.images))

    def source(self, request: Request) -> HTMLResponse:
        preview, mode = self._last(), Mode.of(request.query_params)
        email = filled(preview.email, preview.config, self._find(mode.reader).reader)
        html = templates().get_template("source.html.j2").render(html=email.html)
        return HTMLResponse(html, headers=email_policy(images=False))

    def _html(self, mode: Mode) -> str:
        preview = self._last()
        reader = self._find(mode.reader).reader
        return filled(preview.marked(mode), preview.config, reader).html

    def _last(self) -> Preview:
        preview = self._shelf.last()
        if preview is None:
            raise HTTPException(404, "there is no e-mail yet")
        return preview

    def image(self, request: Request) -> FileResponse:
        file = self._images(request.query_params.get("src", ""))
        if file is None:
            raise HTTPException(404, "nothing stands in for that picture")
        return FileResponse(file)

    def _picture(self, url: str) -> str | None:
        return f"image?{urlencode({'src': url})}" if self._images(url) else None


def _headers(preview: Preview, reader: Recipient) -> list[Header] | str:
    """The headers of a reader's mail, or why there can be none."""
    try:
        return headers(preview.email, preview.config, reader, datetime.now(UTC))
    except DeliveryError as error:
        return str(error)


def _broken(request: Request, error: Exception) -> HTMLResponse:
    """A page in place of one that nobody knew could fail; the log has the rest.

    It is made outside of the shield, so it brings the shield's headers itself.
    """
    problem = f"{type(error).__name__}: {error}"
    return HTMLResponse(page(request, "broken.html.j2", problem=problem), 500, HEADERS)


def static(request: Request) -> FileResponse:
    """Style, scripts and icon of the pages; no other file of their folder."""
    name = request.path_params["name"]
    file = built_in() / "preview" / name
    if Path(name).name != name or file.suffix not in STATIC or not file.is_file():
        raise HTTPException(404, "there is no such file")
    return FileResponse(file)
