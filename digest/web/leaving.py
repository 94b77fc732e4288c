"""Leaving: what the link of every mail leads to, and what mail programs press.

    GET  /u/{token}   what it would do;  POST: leave, at once (RFC 8058)

No cookie, no redirect, any number of times; and every token is answered alike.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import subscribers as people
from digest import ledger
from digest.delivery import provider_of
from digest.web.site import Site, origin_of


class Leaving:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._desk = site.desk

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/u/{token}", self.look, methods=["GET"]),
            Route("/u/{token}", self.leave, methods=["POST"]),
        ]

    def look(self, request: Request) -> Response:
        link = f"{self._site.path}/p/{quote(request.path_params['token'], safe='')}"
        say = self._site.say()
        return self._site.notice(say, "leave", button="leave_button", link=link)

    def leave(self, request: Request) -> Response:
        """Leave the list of the token, and the others that its issue went to."""
        token, origin = request.path_params["token"], origin_of(request)
        with self._desk.database.write() as connection:
            on = people.list_of(connection, token)
            also = ledger.sent_together(connection, on) if on else ()
            people.unsubscribe(
                connection,
                token,
                source="link",
                now=self._desk.clock(),
                provider=provider_of(self._desk.config),
                also=also,
                ip=origin.ip,
                user_agent=origin.user_agent,
            )
        return self._site.notice(self._site.say(), "left", note="left_note")
