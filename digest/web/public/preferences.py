"""Preferences: what the link of every mail lets its reader see and choose.

    GET  /p/{token}   what they chose;  POST: save, pause, resume, or mail a link

What was done is told by a GET (303): no step back asks to send the form once more.
The link may be in a mail that was forwarded. So the address is masked, a list is joined
only by a mail that asks back, and what cannot be taken back needs a link of its own,
which goes to the owner (`owner`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import subscribers as people
from digest.delivery import provider_of
from digest.web.public.links import routes_of
from digest.web.public.site import Form, Site, origin_of
from digest.web.public.texts import languages
from digest.web.public.zones import zones
from subscribers.errors import InvalidName, InvalidValue
from subscribers.model import Address, Choices, Origin, Provider
from subscribers.preferences import Preferences

#: what nobody's link shows: as much as somebody's, and nothing of anybody
NOBODY = Preferences(
    subscriber=0,
    address=Address(key="", display=""),
    name="",
    zone="",
    language="",
    topics=(),
    paused_until=None,
    lists={},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of a button: `about` is the text that says it, `asked` are lists."""

    about: str = "saved"
    asked: Sequence[str] = ()


#: what can have become of a button
TOLD = frozenset({"saved", "data_sent"})

Deed = Callable[[Form, str, Origin], Done]


class Choosing:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._desk = site.desk
        self._deeds: dict[str, Deed] = {
            "save": self._save,
            "pause": self._pause,
            "resume": self._resume,
            "link": self._link,
        }

    @property
    def routes(self) -> list[Route]:
        return routes_of("p", get=self.look, post=self.act)

    def look(self, request: Request) -> Response:
        query = request.query_params
        asked = [each for each in query.getlist("asked") if each in self._site.lists]
        done = Done(about=query.get("said", ""), asked=asked)
        told = done if done.about in TOLD else None
        return self._page(request.path_params["token"], done=told)

    async def act(self, request: Request) -> Response:
        form = Form(await request.body())
        origin = origin_of(request, "preferences page")
        return await run_in_threadpool(
            self._acted, request.path_params["token"], form, origin
        )

    def _acted(self, token: str, form: Form, origin: Origin) -> Response:
        """Do what a button says; the page that it leads to says that it was done."""
        deed = self._deeds.get(form.one("do"), self._save)
        try:
            done = deed(form, token, origin)
        except (InvalidName, InvalidValue):
            return self._page(token, status=400, done=Done(about="not_saved"))
        said = urlencode({"said": done.about, "asked": done.asked}, doseq=True)
        there = f"{self._site.path}/p/{token}?{said}"
        return Response(status_code=303, headers={"Location": there})

    # --- What is shown ----------------------------------------------------------------

    def _page(
        self, token: str, *, status: int = 200, done: Done | None = None
    ) -> Response:
        with self._desk.database.read() as connection:
            found = people.preferences_of(connection, token, now=self._desk.clock())
        seen = found or NOBODY
        say, titles = self._site.say(seen.language), self._site.titles()
        return self._site.page(
            "preferences",
            say,
            status=status,
            seen=seen,
            done=done,
            lists=self._lists(seen),
            titles=titles,
            asked=[titles.get(each, each) for each in done.asked] if done else [],
            topics=self._desk.config.public.topics,
            zones=zones(seen.zone),
            languages=_languages(seen.language),
            mails=bool(self._site.base),
        )

    def _lists(self, seen: Preferences) -> dict[str, bool]:
        """Those that they are on, and those that anybody may join."""
        return dict.fromkeys(self._site.lists, False) | seen.lists

    # --- What is done -----------------------------------------------------------------

    def _save(self, form: Form, token: str, origin: Origin) -> Done:
        desk, ticked = self._desk, form.all("list")
        with desk.database.write() as connection:
            seen = people.preferences_of(connection, token, now=desk.clock())
            if seen is None:
                return Done()
            offered = desk.config.public.topics
            choices = Choices(
                zone=form.one("zone"),
                language=form.one("language"),
                topics=people.chosen_topics(seen.topics, offered, form.all("topic")),
            )
            people.change_preferences(
                connection, seen.subscriber, form.one("name"), choices
            )
            self._leave(connection, token, seen, ticked, origin)
            joining = [
                name
                for name, on in self._lists(seen).items()
                if name in ticked and not on
            ]
            if joining and self._site.base:
                self._join(connection, seen, joining, origin)
        return Done(asked=joining if self._site.base else ())

    def _leave(
        self,
        connection: Connection,
        token: str,
        seen: Preferences,
        ticked: tuple[str, ...],
        origin: Origin,
    ) -> None:
        left = [name for name, on in seen.lists.items() if on and name not in ticked]
        if left:
            people.leave(
                connection,
                seen.address.display,
                left,
                source=origin.source,
                now=self._desk.clock(),
                provider=self._provider,
            )

    def _join(
        self,
        connection: Connection,
        seen: Preferences,
        lists: list[str],
        origin: Origin,
    ) -> None:
        """Ask the owner of the address by mail: the link may be somebody else's."""
        people.subscribe(
            connection,
            lists[0],
            seen.address.display,
            also=lists[1:],
            origin=origin,
            now=self._desk.clock(),
            token=secrets.token_urlsafe(24),
            secret=partial(secrets.token_bytes, 12),
            write=self._site.write,
            key=self._site.key,
        )

    def _pause(self, form: Form, token: str, origin: Origin) -> Done:
        return self._until(token, pausing=True)

    def _resume(self, form: Form, token: str, origin: Origin) -> Done:
        return self._until(token, pausing=False)

    def _until(self, token: str, *, pausing: bool) -> Done:
        now = self._desk.clock()
        with self._desk.database.write() as connection:
            seen = people.preferences_of(connection, token, now=now)
            if seen:
                until = now + people.BREAK if pausing else None
                people.pause(connection, seen.subscriber, until=until)
        return Done()

    def _link(self, form: Form, token: str, origin: Origin) -> Done:
        """Mail the owner a link to what is kept, unless they had many."""
        now = self._desk.clock()
        with self._desk.database.write() as connection:
            seen = people.preferences_of(connection, token, now=now)
            if seen and self._site.base:
                people.ask_link(
                    connection,
                    seen.subscriber,
                    token=secrets.token_urlsafe(24),
                    write=self._site.write,
                    now=now,
                )
        return Done(about="data_sent")

    @property
    def _provider(self) -> Provider | None:
        return provider_of(self._desk.config)


def _languages(own: str) -> dict[str, str]:
    """What can be chosen: what the pages speak, and what they have."""
    known = dict(languages())
    return known | {own: own} if own and own not in known else known
