"""Who may see the preview, and what a browser may do with its pages.

It is for one person at one machine. A name server that answers with 127.0.0.1 must
not open it to a foreign page (DNS rebinding), so other Host headers are refused; and
other users of the machine don't know the run's secret, which stands in its path as in
Jupyter's addresses. In a cookie, every other server on 127.0.0.1 would be sent it.

What changes something (any method but GET and HEAD) has to come from a page of this
server: it carries the secret in its path, and its Origin is this server's.
"""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.web.limits import BodyLimit

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
#: these change nothing
SAFE = frozenset({"GET", "HEAD"})
#: bytes of a body: a form, or a draft
LONGEST_BODY = 1_000_000

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
#: of an e-mail: its own styles, its own pictures, and nothing that runs
EMAIL_POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; "
    "img-src {images}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-same-origin"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": PAGE_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def email_policy(*, images: bool) -> dict[str, str]:
    """The header that an e-mail is served with, its pictures allowed or not."""
    sources = "'self' https: http: data:" if images else "'none'"
    return {"Content-Security-Policy": EMAIL_POLICY.format(images=sources)}


class Shield:
    """Lets requests pass that name this machine and know the secret of the run."""

    def __init__(self, app: ASGIApp, *, secret: str) -> None:
        self._app = BodyLimit(app, most=LONGEST_BODY)
        self._bare = app
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._bare(scope, receive, send)
            return

        async def send_shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app = self._refusal(scope) or self._app
        await app(scope, receive, send_shielded)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in HOSTS and host not in HOSTS:
            return _refuse("this preview is at 127.0.0.1 only", 421)
        given = scope["path"].split("/")[1].encode()
        if not hmac.compare_digest(given, self._secret):
            return _refuse("open the whole address that `digest preview` printed", 403)
        # a browser names where each POST comes from: nothing is no page's
        if scope["method"] not in SAFE and headers.get("origin") != f"http://{host}":
            return _refuse("this has to come from a page of the preview", 403)
        return None


def _refuse(reason: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(f"{status}: {reason}\n", status_code=status)
