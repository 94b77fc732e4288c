"""Approving: the link of the mail to the editor.

GET  /approve/{token}        what it would do;  POST: the issue goes out at its time
GET  /approve/{token}/email  the e-mail that it is about
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from digest import archive
from digest.errors import UnknownName
from digest.pipeline import SAMPLE
from digest.store import approvals
from digest.web.public.site import Site
from digest.web.shield import email_policy


class Approving:
    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/approve/{token}", self.look, methods=["GET"]),
            Route("/approve/{token}", self.approve, methods=["POST"]),
            Route("/approve/{token}/email", self.email, methods=["GET"]),
        ]

    def look(self, request: Request) -> Response:
        return self._site.notice(self._site.say(), "approve", button="approve_button")

    def email(self, request: Request) -> Response:
        """The web version, as whoever is asked will send it; nothing of it runs."""
        hashed = approvals.hash_of(request.path_params["token"])
        desk = self._site.desk
        with desk.database.read() as connection:
            issue = approvals.asked_about(connection, hashed)
        if issue is None:
            return self._site.notice(self._site.say(), "decided")
        html = archive.rebuild(desk, issue).email.fill(SAMPLE).html
        return HTMLResponse(html, headers=email_policy(images=True))

    def approve(self, request: Request) -> Response:
        """Let the issue go out that the token was mailed for."""
        token, desk = request.path_params["token"], self._site.desk
        try:
            with desk.database.write() as connection:
                hashed = approvals.hash_of(token)
                name = approvals.approve(connection, token_hash=hashed)
                desk.enqueue(connection, "slot", schedule=name)
        except UnknownName:
            return self._site.notice(self._site.say(), "decided")
        return self._site.notice(self._site.say(), "approved")
