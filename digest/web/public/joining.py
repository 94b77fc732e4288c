"""Signing up: the form, the mail that asks back, and its link.

    GET  /subscribe         the form;  POST: an address is asked by mail
    GET  /confirm/{token}   what it would do;  POST: confirm, once

The form may stand on any other site, and its answer is the same whoever the address is
of, after the same time.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable, Sequence
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import subscribers as people
from digest.delivery import provider_of
from digest.web.public.links import routes_of
from digest.web.public.site import Form, Site, origin_of
from digest.web.public.texts import Texts
from digest.web.public.throttle import Throttle
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.model import Answer, Origin

#: so many sign-ups from one place at once, and then one each so many seconds: a class
#: or an office signs up from one address
BURST, EVERY = 20, 30.0
#: seconds that an answer takes, whatever there was to do for it
STEADY = 0.3
#: a field that no person sees, and that programs fill in
TRAP = "website"
#: the version of the form's wording, for the log of consent
WORDING = "subscribe 1"
#: the query of the page that says they are on the list from now on
WELCOME = "welcome"
#: the page that tells what became of a question; of who may not be asked, that of a
#: link that is too old, for no page tells whether an address is known
ANSWERS = {
    Answer.OPEN: "confirm",
    Answer.CONFIRMED: "welcome",
    Answer.ALREADY: "already",
    Answer.EXPIRED: "old",
    Answer.UNKNOWN: "old",
    Answer.REFUSED: "old",
}


class Joining:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._desk = site.desk
        self._throttle = Throttle(BURST, EVERY)

    @property
    def routes(self) -> list[Route]:
        signing_up = [
            Route("/subscribe", self.form, methods=["GET"]),
            Route("/subscribe", self.subscribe, methods=["POST"]),
        ]
        return [
            *(signing_up if self._site.lists else ()),
            *routes_of("confirm", get=self.question, post=self.confirm),
        ]

    # --- Signing up -------------------------------------------------------------------

    def form(self, request: Request) -> Response:
        return self._form(self._site.say(), on=request.query_params.getlist("list"))

    def _form(
        self,
        say: Texts,
        *,
        on: Sequence[str] = (),
        wrong: str = "",
        email: str = "",
        name: str = "",
    ) -> Response:
        return self._site.page(
            "subscribe",
            say,
            status=400 if wrong else 200,
            lists=self._site.lists,
            titles=self._site.titles(),
            on=on,
            wrong=wrong,
            email=email,
            name=name,
            trap=TRAP,
        )

    async def subscribe(self, request: Request) -> Response:
        """Ask by mail whether it is they; the same answer to everybody."""
        say, form = self._site.say(), Form(await request.body())
        wait = self._throttle.wait(request.client.host if request.client else "")
        if wait:
            answer = self._site.notice(say, "many", status=429)
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        work = partial(self._asked, say, form, origin_of(request, "sign-up form"))
        return await steadily(work)

    def _asked(self, say: Texts, form: Form, origin: Origin) -> Response:
        email, name, on = form.one("email"), form.one("name"), self._lists(form)
        again = partial(self._form, say, on=on, email=email[:320], name=name[:200])
        if not on:
            return again(wrong="which")
        try:
            shown = people.parse_address(email).display
            if not form.one(TRAP):
                self._sign_up(on, email, name, origin)
        except InvalidAddress:
            return again(wrong="email")
        except InvalidName:
            return again(wrong="name")
        return self._site.notice(say, "sent", email=shown, note="sent_note")

    def _lists(self, form: Form) -> list[str]:
        """The lists that are meant: the only one need not be named."""
        offered, said = self._site.lists, form.all("list")
        if not any(said) and len(offered) == 1:
            return list(offered)
        return [name for name in offered if name in said]

    def _sign_up(self, on: list[str], email: str, name: str, origin: Origin) -> None:
        desk = self._desk
        with desk.database.write() as connection:
            people.subscribe(
                connection,
                on[0],
                email,
                name,
                also=on[1:],
                origin=Origin(
                    source=origin.source,
                    ip=origin.ip,
                    user_agent=origin.user_agent,
                    wording=WORDING,
                ),
                now=desk.clock(),
                token=secrets.token_urlsafe(24),
                secret=partial(secrets.token_bytes, 12),
                write=self._site.write,
                key=self._site.key,
            )

    # --- Confirming -------------------------------------------------------------------

    def question(self, request: Request) -> Response:
        token = request.path_params["token"]
        with self._desk.database.read() as connection:
            answer = people.confirmation_of(
                connection, token, now=self._desk.clock(), key=self._site.key
            )
            language = people.language_of(connection, token)
        if answer is Answer.ALREADY and WELCOME in request.query_params:
            answer = Answer.CONFIRMED
        return self._answered(answer, language)

    def confirm(self, request: Request) -> Response:
        token = request.path_params["token"]
        with self._desk.database.write() as connection:
            answer = people.confirm(
                connection,
                token,
                origin=origin_of(request),
                now=self._desk.clock(),
                provider=provider_of(self._desk.config),
                key=self._site.key,
            )
            language = people.language_of(connection, token)
        if answer is Answer.CONFIRMED:  # told by a GET, to which one can come back
            there = f"{self._site.path}/confirm/{token}?{WELCOME}"
            return Response(status_code=303, headers={"Location": there})
        return self._answered(answer, language)

    def _answered(self, answer: Answer, language: str) -> Response:
        button = "confirm_button" if answer is Answer.OPEN else ""
        say = self._site.say(language)
        there = answer in {Answer.CONFIRMED, Answer.ALREADY}
        return self._site.notice(say, ANSWERS[answer], button=button, onward=there)


async def steadily(work: Callable[[], Response]) -> Response:
    """What some work gives, no sooner than always: its time tells nothing of whom it
    was done for.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + STEADY
    answer = await run_in_threadpool(work)
    await asyncio.sleep(until - loop.time())
    return answer
