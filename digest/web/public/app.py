"""What is served to the world: pages that readers meet, and what programs ask.

A GET changes nothing, for programs follow links; and no page tells whether a link, or
an address, is somebody's. Each page has its module; what they share is in `site`, what
they say in `texts`, and what every request and answer goes through in `guard`.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from digest.errors import DigestError, TryAgain
from digest.pipeline import Desk
from digest.web.limits import BodyLimit
from digest.web.public.approving import Approving
from digest.web.public.archive import Archive
from digest.web.public.guard import Guard
from digest.web.public.joining import Joining
from digest.web.public.leaving import Leaving
from digest.web.public.links import Cut
from digest.web.public.machines import WEBHOOK, Machines
from digest.web.public.owner import Owning
from digest.web.public.preferences import Choosing
from digest.web.public.site import Site
from subscribers.errors import SubscriberError

Handler = Callable[[Request, Exception], Response]

#: bytes of a body: SendGrid's payloads are far smaller
LONGEST_PAYLOAD = 10_000_000
#: bytes of a form's
LONGEST_FORM = 65_536
#: seconds after which a locked database is worth another try
LATER = "5"


def public_app(desk: Desk) -> Starlette:
    """What is served to the world."""
    site = Site(desk)
    rooms = (
        *(Leaving(site), Joining(site), Choosing(site), Owning(site)),
        *(Approving(site), Archive(site), Machines(desk)),
        Cut(site),
    )
    app = Starlette(
        routes=[route for room in rooms for route in room.routes],
        middleware=[
            Middleware(Guard),
            Middleware(BodyLimit, most=LONGEST_FORM, longer={WEBHOOK: LONGEST_PAYLOAD}),
        ],
        exception_handlers={
            404: _said(site, "missing", 404),
            405: _said(site, "missing", 405),
            TryAgain: _said(site, "failed", 503),
            DigestError: _said(site, "failed", 500),
            SubscriberError: _said(site, "failed", 500),
        },
    )
    # its address would be made of what a stranger says is our host
    app.router.redirect_slashes = False
    app.state.desk = desk
    return app


def _said(site: Site, about: str, status: int) -> Handler:
    def handler(request: Request, error: Exception) -> Response:
        answer = site.notice(site.say(), about, status=status)
        if isinstance(error, HTTPException) and error.headers:
            answer.headers.update(error.headers)
        if status == 503:
            answer.headers["Retry-After"] = LATER
        return answer

    return handler
