"""What the links of mails look like, and what is said of one that was cut.

A link breaks where a mail program wraps its line, or where a part of it is copied. What
it was for cannot be known, so nothing is done and the page says so, with 404. So it is
for the POST of a mail program: RFC 8058 forbids a redirect, not an error, and nobody is
told that they have left who has not. Whether a link that is whole is somebody's is told
to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.web.public.site import Site

Handler = Callable[[Request], Any]


class Kept(StringConvertor):
    """A subscription's own token, which is good for long: 18 bytes as base64url."""

    regex = "[A-Za-z0-9_-]{24}"


class Passing(StringConvertor):
    """The token of a question, which is good for a while: 24 bytes as base64url."""

    regex = "[A-Za-z0-9_-]{32}"


register_url_convertor("kept", Kept())
register_url_convertor("passing", Passing())
#: the kind of token that each page is asked with
TOKENS = {
    "u": "kept",
    "p": "kept",
    "confirm": "passing",
    "me": "passing",
    "address": "passing",
}


def routes_of(page: str, *, get: Handler, post: Handler) -> list[Route]:
    """The routes of a page that mails link to."""
    path = f"/{page}/{{token:{TOKENS[page]}}}"
    return [
        Route(path, get, methods=["GET"]),
        Route(path, post, methods=["POST"]),
    ]


class Cut:
    """Answers the links that are not whole; its routes stand behind all others."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        return [
            Route(f"/{page}/{{rest:path}}", self.tell, methods=["GET", "POST"])
            for page in TOKENS
        ]

    def tell(self, request: Request) -> Response:
        return self._site.notice(self._site.say(), "cut", status=404)
