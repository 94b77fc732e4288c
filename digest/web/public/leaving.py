"""Leaving: what the link of every mail leads to, and what mail programs press.

    GET  /u/{token}   what it would do;  POST: leave, at once (RFC 8058)

No cookie, no redirect, any number of times; and every token that is whole is answered
alike. Those who leave at the same time share a transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import subscribers as people
from digest import ledger
from digest.delivery import provider_of
from digest.web.public.links import routes_of
from digest.web.public.site import Form, Site, origin_of
from digest.web.public.together import Together
from subscribers.departures import Departure


class Leaving:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._desk = site.desk
        self._together = Together(self._left)

    @property
    def routes(self) -> list[Route]:
        return routes_of("u", get=self.look, post=self.leave)

    def look(self, request: Request) -> Response:
        token = request.path_params["token"]
        with self._desk.database.read() as connection:
            seen = people.preferences_of(connection, token, now=self._desk.clock())
        return self._site.notice(
            self._site.say(seen.language if seen else ""),
            "leave",
            button="leave_button",
            choices=True,
        )

    async def leave(self, request: Request) -> Response:
        """Leave the list of the token, and the others that its issue went to.

        The other button of the page leads to what can be chosen instead. The address
        of that is not in the page, which is the same for every token.
        """
        token = request.path_params["token"]
        body = await request.body()
        if b"choices" in body and Form(body).one("do") == "choices":
            there = f"{self._site.path}/p/{quote(token, safe='')}"
            return Response(status_code=303, headers={"Location": there})
        departure = Departure(token=token, origin=origin_of(request))
        language = await self._together.do(departure)
        return self._site.answer(language or "", "left")

    def _left(self, departures: Sequence[Departure]) -> list[str | None]:
        """The language of each, None where a token is nobody's."""
        desk = self._desk
        with desk.database.write() as connection:
            return people.depart(
                connection,
                departures,
                together=lambda on: ledger.sent_together(connection, on),
                now=desk.clock(),
                provider=provider_of(desk.config),
            )
