"""What programs ask: SendGrid's webhook, and whoever watches.

POST /webhooks/sendgrid   events of SendGrid's
GET  /healthz  /metrics   for whoever watches
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest import events
from digest.errors import ConfigError, DatabaseError, EventRefused, TryAgain
from digest.pipeline import Desk
from digest.web.public.watch import health
from subscribers.errors import SubscriberError

WEBHOOK = "/webhooks/sendgrid"


class Machines:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @property
    def routes(self) -> list[Route]:
        return [
            Route(WEBHOOK, self.webhook, methods=["POST"]),
            Route("/healthz", self.healthz, methods=["GET"]),
            Route("/metrics", self.metrics, methods=["GET"]),
        ]

    async def webhook(self, request: Request) -> Response:
        """2xx only when all of it is kept: SendGrid sends the same again for a day."""
        body = await request.body()
        return await run_in_threadpool(self._received, body, request.headers)

    def _received(self, body: bytes, headers: Mapping[str, str]) -> Response:
        desk = self._desk
        try:
            events.receive(desk.database, desk.config, body, headers, desk.clock())
        except EventRefused as error:
            return PlainTextResponse(f"{error}\n", 403)
        except (ConfigError, SubscriberError) as error:
            return PlainTextResponse(f"{error}\n", 500)
        return Response(status_code=204)

    def healthz(self, request: Request) -> Response:
        found = health(self._desk)
        return JSONResponse(found.report, 200 if found.ok else 503)

    def metrics(self, request: Request) -> Response:
        from digest.web.public.metrics import metrics

        try:
            content, media_type = metrics(self._desk, request.headers.get("accept", ""))
        except (DatabaseError, TryAgain) as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(content, headers={"Content-Type": media_type})
