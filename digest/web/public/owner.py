"""What only the owner of an address may do, by a link that was mailed to it.

    GET  /me/{token}        what there is to do;  POST: download, move, delete
    GET  /address/{token}   what it would do;  POST: mail comes here from now on

A link is good for an hour. The second is mailed to the new address.
"""

from __future__ import annotations

import secrets
from functools import partial

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import subscribers as people
from digest import privacy
from digest.delivery import provider_of
from digest.web.public.links import routes_of
from digest.web.public.site import Form, Site, origin_of
from subscribers.errors import InvalidAddress
from subscribers.magic_links import MagicLink


class Owning:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._desk = site.desk

    @property
    def routes(self) -> list[Route]:
        return [
            *routes_of("me", get=self.look, post=self.act),
            *routes_of("address", get=self.ask, post=self.move),
        ]

    def _found(self, request: Request) -> MagicLink | None:
        with self._desk.database.read() as connection:
            return people.find_link(
                connection, request.path_params["token"], now=self._desk.clock()
            )

    # --- What is kept -----------------------------------------------------------------

    def look(self, request: Request) -> Response:
        link = self._found(request)
        if link is None or link.new:
            return self._too_old(request)
        return self._page(link)

    def _page(
        self, link: MagicLink, *, wrong: str = "", email: str = "", sent: str = ""
    ) -> Response:
        return self._site.page(
            "owner",
            self._site.say(link.language),
            status=400 if wrong else 200,
            link=link,
            wrong=wrong,
            email=email,
            sent=sent,
        )

    def _too_old(self, request: Request) -> Response:
        with self._desk.database.read() as connection:
            language = people.language_of_link(connection, request.path_params["token"])
        return self._site.notice(self._site.say(language), "hour")

    async def act(self, request: Request) -> Response:
        form = Form(await request.body())
        return await run_in_threadpool(self._acted, request, form)

    def _acted(self, request: Request, form: Form) -> Response:
        link = self._found(request)
        if link is None or link.new:
            return self._too_old(request)
        match form.one("do"):
            case "export":
                return self._export(link)
            case "move":
                return self._ask_move(link, form.one("email"))
            case "erase" if form.one("sure"):
                return self._erase(link)
            case "erase":
                return self._page(link, wrong="erase")
        return self._page(link)

    def _export(self, link: MagicLink) -> Response:
        desk = self._desk
        held = privacy.held(
            desk.database, desk.config, link.address.display, desk.clock()
        )
        content = msgspec.json.format(msgspec.json.encode(held.as_object()))
        name = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(content, media_type="application/json", headers=name)

    def _ask_move(self, link: MagicLink, email: str) -> Response:
        """Mail the new address; the answer is the same whoever's it is."""
        try:
            new = people.parse_address(email)
        except InvalidAddress:
            return self._page(link, wrong="move", email=email[:320])
        with self._desk.database.write() as connection:
            people.ask_move(
                connection,
                link.subscriber,
                new,
                token=secrets.token_urlsafe(24),
                write=self._site.write,
                now=self._desk.clock(),
            )
        return self._page(link, sent=new.display)

    def _erase(self, link: MagicLink) -> Response:
        desk, say = self._desk, self._site.say(link.language)
        privacy.erase(
            desk.database,
            desk.config,
            link.address.display,
            now=desk.clock(),
            random=partial(secrets.token_bytes, 32),
        )
        return self._site.notice(say, "erased")

    # --- Another address --------------------------------------------------------------

    def ask(self, request: Request) -> Response:
        link = self._found(request)
        if link is None or link.new is None:
            return self._too_old(request)
        return self._site.notice(
            self._site.say(link.language),
            "moving",
            email=link.new.display,
            button="moving_button",
        )

    def move(self, request: Request) -> Response:
        link = self._found(request)
        if link is None or link.new is None:
            return self._too_old(request)
        desk, say = self._desk, self._site.say(link.language)
        with desk.database.write() as connection:
            moved = people.move(
                connection,
                request.path_params["token"],
                origin=origin_of(request, "link to another address"),
                now=desk.clock(),
                secret=partial(secrets.token_bytes, 12),
                key=self._site.key,
                provider=provider_of(desk.config),
            )
        about = "moved" if moved else "taken"
        return self._site.notice(say, about, email=link.new.display)
