"""Mail by SMTP: ours, and django-newsletter's, to the same sink.

The sink is aiosmtpd in a process of its own on loopback; it offers PIPELINING (RFC
2920), as mail servers do, and has most of the work. Both mail the same article to
as many people, each with a link to leave by; django-newsletter renders the templates it
ships with for each, and opens a connection for each, for that is how it is used.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.harness import measure
from benchmarks.request_builder import people, sample
from digest.config import SendGridSettings, SmtpSettings
from digest.delivery import Handover
from digest.delivery.smtp import Smtp
from digest.model import AttemptState, Email, Placeholder

CONNECTIONS = 4
PEOPLE = 400
ROUNDS = 5
#: an article of 5 kB
ARTICLE = "<p>The council voted for the bridge after a night of debate.</p>\n" * 77
TEXT = "The council voted for the bridge after a night of debate.\n" * 12


def main() -> None:
    with _sink() as port:
        handovers, transports = _ours(port)
        submit = _theirs(port)
        with ThreadPoolExecutor(CONNECTIONS) as pool:

            def over(count: int) -> None:
                shares = handovers[count]
                list(pool.map(_send, transports[:count], shares))

            timings = measure(
                {
                    "django-newsletter": submit,
                    "ours, 1 connection": lambda: over(1),
                    f"ours, {CONNECTIONS} connections": lambda: over(CONNECTIONS),
                },
                rounds=ROUNDS,
            )
        for each in transports:
            each.close()
    print(f"one article to {PEOPLE:,} people; ratio to django-newsletter")
    print(f"{'':20}  {'mails/s':>8}  {'ratio':>6}")
    for timing in timings:
        ratio = timings[0].median / timing.median
        print(f"{timing.name:20}  {PEOPLE / timing.median:8,.0f}  {ratio:6.1f}")


# --- Ours ----------------------------------------------------------------------


def _ours(port: int) -> tuple[dict[int, list[Handover]], list[Smtp]]:
    """The batches of so many connections, and a transport for each."""
    given, config = sample()
    tag = given.email.tags[Placeholder.UNSUBSCRIBE_URL]
    email = Email(
        subject="The bridge gets built",
        preheader="",
        html=f'<!doctype html><h1>News</h1>{ARTICLE}<a href="{tag}">unsubscribe</a>',
        text=f"{TEXT}\nUnsubscribe: {tag}\n",
        tags=given.email.tags,
    )
    server = SmtpSettings(host="127.0.0.1", port=port, security="none")
    config = replace(config, sendgrid=SendGridSettings(), smtp=server)
    everybody = tuple(people(PEOPLE))
    batches = {
        count: [
            Handover(attempt=f"{one}", email=email, recipients=everybody[one::count])
            for one in range(count)
        ]
        for count in (1, CONNECTIONS)
    }
    return batches, [Smtp(config) for _ in range(CONNECTIONS)]


def _send(transport: Smtp, handover: Handover) -> None:
    places: list[int] = []
    outcome = transport.send(replace(handover, began=places.append))
    assert outcome.state is AttemptState.ACCEPTED, outcome
    assert outcome.ended is None, outcome


# --- django-newsletter ----------------------------------------------------------


def _theirs(port: int) -> Any:
    """What submits its message to as many people, from a database in memory."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    settings.configure(
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        NEWSLETTER_THUMBNAIL="sorl-thumbnail",
        NEWSLETTER_USE_HTTPS=True,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sites",
            "sorl.thumbnail",
            "newsletter",
        ],
        ROOT_URLCONF="newsletter.urls",
        SECRET_KEY="of a benchmark",
        SITE_ID=1,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
            }
        ],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from newsletter.models import (
        Article,
        Message,
        Newsletter,
        Submission,
        Subscription,
    )

    news = Newsletter.objects.create(
        title="News", slug="news", email="editor@example.org", sender="The Weekly"
    )
    subscriptions = [
        Subscription.objects.create(
            newsletter=news,
            name_field=person.name,
            email_field=person.email,
            subscribed=True,
        )
        for person in people(PEOPLE)
    ]
    message = Message.objects.create(
        title="The bridge gets built", slug="bridge", newsletter=news
    )
    Article.objects.create(post=message, title="The bridge", text=ARTICLE, sortorder=1)

    def submit() -> None:
        submission = Submission.objects.create(
            newsletter=news, message=message, publish_date=timezone.now()
        )
        submission.subscriptions.set(subscriptions)
        submission.submit()
        assert submission.sent

    return submit


# --- The sink ---------------------------------------------------------------------


class _Taken:
    """Takes every mail."""

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, host: str, replies: list[str]
    ) -> list[str]:
        session.host_name = host
        return [replies[0], "250-PIPELINING", *replies[1:]]

    async def handle_DATA(self, *_: object) -> str:  # noqa: N802
        return "250 OK"


def _serve(tell: Connection) -> None:
    from aiosmtpd.smtp import SMTP

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(_Taken(), enable_SMTPUTF8=True), "127.0.0.1", 0
        )
        tell.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def _sink() -> Iterator[int]:
    ours, theirs = multiprocessing.Pipe()
    spawning = multiprocessing.get_context("spawn")
    process = spawning.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
