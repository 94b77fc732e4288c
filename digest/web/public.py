"""The pages that readers come to by a link of a mail, and the webhook.

    GET  /u/{token}           what it would do;  POST: leave, at once (RFC 8058)
    GET  /confirm/{token}     what it would do;  POST: confirm, once
    GET  /approve/{token}     what it would do;  POST: the issue goes out
    POST /webhooks/sendgrid   events of SendGrid's
    GET  /healthz  /metrics   for whoever watches

A GET changes nothing, for programs follow links; and no page tells whether a link is
somebody's. What there is to say is in `words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

import subscribers as people
from digest import events, ledger
from digest.delivery import provider_of
from digest.errors import ConfigError, EventRefused, TryAgain, UnknownName
from digest.pipeline import Desk
from digest.store import schedules
from digest.web.guard import Guard
from digest.web.pages import templates
from digest.web.watch import health, metrics
from digest.web.words import (
    Said,
    answered,
    approved,
    approving,
    leaving,
    left,
    not_waiting,
)
from subscribers.errors import SubscriberError
from subscribers.model import Origin
from subscribers.secret_key import SecretKey

#: bytes of a body: SendGrid's payloads are far smaller
LONGEST_PAYLOAD = 10_000_000


def public_app(desk: Desk) -> Starlette:
    """What is served to the world."""
    pages = _Pages(desk)
    app = Starlette(
        routes=[
            Route("/u/{token}", pages.leaving, methods=["GET"]),
            Route("/u/{token}", pages.leave, methods=["POST"]),
            Route("/confirm/{token}", pages.question, methods=["GET"]),
            Route("/confirm/{token}", pages.confirm, methods=["POST"]),
            Route("/approve/{token}", pages.approving, methods=["GET"]),
            Route("/approve/{token}", pages.approve, methods=["POST"]),
            Route("/webhooks/sendgrid", pages.webhook, methods=["POST"]),
            Route("/healthz", pages.healthz, methods=["GET"]),
            Route("/metrics", pages.metrics, methods=["GET"]),
        ],
        middleware=[Middleware(Guard, most=LONGEST_PAYLOAD)],
        exception_handlers={TryAgain: _later, SubscriberError: _failed},
    )
    app.state.desk = desk
    return app


@dataclass(frozen=True, slots=True)
class _Pages:
    desk: Desk

    # --- Leaving ----------------------------------------------------------------------

    def leaving(self, request: Request) -> Response:
        return self._page(leaving(self._name))

    def leave(self, request: Request) -> Response:
        """Leave the list of the token, and the others that its issue went to."""
        token = request.path_params["token"]
        origin = _origin(request)
        with self.desk.database.write() as connection:
            on = people.list_of(connection, token)
            also = ledger.sent_together(connection, on) if on else ()
            people.unsubscribe(
                connection,
                token,
                source="link",
                now=self.desk.clock(),
                provider=provider_of(self.desk.config),
                also=also,
                ip=origin.ip,
                user_agent=origin.user_agent,
            )
        return self._page(left(self._name))

    # --- Confirming -------------------------------------------------------------------

    def question(self, request: Request) -> Response:
        with self.desk.database.read() as connection:
            answer = people.confirmation_of(
                connection,
                request.path_params["token"],
                now=self.desk.clock(),
                key=self._key,
            )
        return self._page(answered(self._name, answer))

    def confirm(self, request: Request) -> Response:
        with self.desk.database.write() as connection:
            answer = people.confirm(
                connection,
                request.path_params["token"],
                origin=_origin(request),
                now=self.desk.clock(),
                provider=provider_of(self.desk.config),
                key=self._key,
            )
        return self._page(answered(self._name, answer))

    # --- Approving --------------------------------------------------------------------

    def approving(self, request: Request) -> Response:
        return self._page(approving())

    def approve(self, request: Request) -> Response:
        """Let the issue go out that the token was mailed for."""
        token = request.path_params["token"]
        try:
            with self.desk.database.write() as connection:
                schedules.approve(connection, token_hash=schedules.hash_of(token))
        except UnknownName:
            return self._page(not_waiting())
        return self._page(approved())

    # --- Machines ---------------------------------------------------------------------

    async def webhook(self, request: Request) -> Response:
        """2xx only when all of it is kept: SendGrid sends the same again for a day."""
        body = await request.body()
        return await run_in_threadpool(self._received, body, request.headers)

    def _received(self, body: bytes, headers: Mapping[str, str]) -> Response:
        desk = self.desk
        try:
            events.receive(desk.database, desk.config, body, headers, desk.clock())
        except EventRefused as error:
            return PlainTextResponse(f"{error}\n", 403)
        except (ConfigError, SubscriberError) as error:
            return PlainTextResponse(f"{error}\n", 500)
        return Response(status_code=204)

    def healthz(self, request: Request) -> Response:
        found = health(self.desk)
        return JSONResponse(found.report, 200 if found.ok else 503)

    def metrics(self, request: Request) -> Response:
        return PlainTextResponse(
            metrics(self.desk), media_type="text/plain; version=0.0.4"
        )

    # --- Pages ------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return self.desk.config.newsletter.name

    @property
    def _key(self) -> SecretKey:
        return SecretKey(self.desk.config.at(self.desk.config.subscribers.key_file))

    def _page(self, said: Said) -> HTMLResponse:
        config = self.desk.config
        html = (
            templates("public")
            .get_template("page.html.j2")
            .render(
                newsletter=config.newsletter.name,
                language=config.newsletter.language,
                accent=config.look.accent,
                accent_dark=config.look.accent_dark,
                font=config.look.font,
                title=said.title,
                lines=said.lines,
                button=said.button,
                note=said.note,
            )
        )
        return HTMLResponse(html)


def _origin(request: Request) -> Origin:
    return Origin(
        source="link",
        ip=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", "")[:500],
    )


def _later(request: Request, error: Exception) -> Response:
    wait = str(int(timedelta(seconds=5).total_seconds()))
    return PlainTextResponse("later, please\n", 503, headers={"Retry-After": wait})


def _failed(request: Request, error: Exception) -> Response:
    return PlainTextResponse("this did not work; please try again later\n", 500)
