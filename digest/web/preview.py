"""The preview: one issue as its readers will see it, with what the checks found.

    GET /SECRET/            the page; asks `load` anew each time
    GET /SECRET/email       the e-mail alone, for the frame of the page
    GET /SECRET/image?src=  a picture that `images` gives in place of the network
    GET /SECRET/static/…    style, script and icon of the page

Later there will be more than one e-mail to look at (clients, recipients, drafts): that
goes into Mode and Light. What reloads by itself will ask `Shelf.take`.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse
from starlette.routing import Mount, Route

from digest.errors import DigestError
from digest.model import Email, Finding, Issue
from digest.rendering.templates import built_in
from digest.web.frame import framed
from digest.web.pages import CHOICES, Mode, Size, options, templates
from digest.web.shield import Shield, email_policy

#: maps the URL of a picture to a file of this machine that stands in for it
Images = Callable[[str], Path | None]

STATIC = frozenset({"preview.css", "preview.js", "icon.svg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What there is to look at; `from_line` is the sender's name or address."""

    email: Email
    issue: Issue
    findings: tuple[Finding, ...]
    from_line: str


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
    images: Images | None = None,
    secret: str | None = None,
) -> Starlette:
    """The preview as a web application; `app.state.path` is where it begins.

    `load` makes what is shown, and is asked anew for each page; the message of a
    DigestError is shown above the last good version. `images` gives files for the
    URLs of pictures that the network doesn't have. `secret` stands in the path
    of every address: random, if none is given.
    """
    secret = secret or secrets.token_urlsafe(16)
    pages = _Pages(Shelf(load), images or (lambda url: None))
    routes = [
        Route("/", pages.page),
        Route("/email", pages.email),
        Route("/image", pages.image),
        Route("/static/{name}", static),
    ]
    app = Starlette(
        routes=[Mount(f"/{secret}", routes=routes)],
        middleware=[Middleware(Shield, secret=secret)],
    )
    app.state.path = f"/{secret}/"
    return app


class _Pages:
    def __init__(self, shelf: Shelf, images: Images) -> None:
        self._shelf = shelf
        self._images = images

    def page(self, request: Request) -> HTMLResponse:
        preview, problem = self._shelf.take()
        mode = Mode.of(request.query_params)
        html = (
            templates()
            .get_template("page.html.j2")
            .render(
                preview=preview,
                problem=problem,
                mode=mode,
                choices={
                    name: (CHOICES[name], options(name, mode)) for name in CHOICES
                },
                size=Size(bytes=len(preview.email.html.encode())) if preview else None,
            )
        )
        return HTMLResponse(html, 200 if preview else 500)

    def email(self, request: Request) -> HTMLResponse:
        preview = self._shelf.last()
        if preview is None:
            raise HTTPException(404, "there is no e-mail yet")
        light = Mode.of(request.query_params).light
        html = framed(preview.email.html, light, self._picture)
        return HTMLResponse(html, headers=email_policy(images=light.images))

    def image(self, request: Request) -> FileResponse:
        file = self._images(request.query_params.get("src", ""))
        if file is None:
            raise HTTPException(404, "nothing stands in for that picture")
        return FileResponse(file)

    def _picture(self, url: str) -> str | None:
        return f"image?{urlencode({'src': url})}" if self._images(url) else None


def static(request: Request) -> FileResponse:
    name = request.path_params["name"]
    if name not in STATIC:
        raise HTTPException(404, "there is no such file")
    return FileResponse(built_in() / "preview" / name)
