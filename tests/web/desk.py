"""A preview to try things on: its e-mail, its server and a way to ask it."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from digest.config import Config, Newsletter
from digest.demo import sample_folder
from digest.errors import RenderError
from digest.model import Email, Finding, Issue, Placeholder, Severity
from digest.rendering import Condition
from digest.web.preview import Preview, Room, preview_app

SECRET = "the-secret-of-this-run"
PICTURE = "https://images.example.com/harbour.png"
EMAIL = Email(
    subject="Ferry to run all winter <script>",
    preheader="And a comet between two clouds",
    html=f"""<!DOCTYPE html><html><head><style>
body {{ margin: 0; background: rgb(255, 250, 240) }}
@media (prefers-color-scheme: dark) {{ body {{ background: rgb(10, 20, 30) }} }}
@media (max-width: 480px) {{ h1 {{ font-size: 17px }} }}
</style></head><body><h1>Ferry to run all winter</h1>
<img alt="The harbour at dawn" width="64" src="{PICTURE}">
<script>document.title = "it ran"</script><img src="data:," onerror="parent.bad = 1">
<p><a href="https://www.example.com/ferry">Read the story</a></p>
</body></html>""",
    text="Ferry to run all winter\n> “It is a pleasure boat,” — Mara Lindqvist\n",
)
FINDING = Finding(
    check="images",
    severity=Severity.WARNING,
    message="an image has no alternative text",
    where="story 1",
    help="Write one.",
)
PREVIEW = Preview(
    email=EMAIL,
    issue=Issue(
        number=7,
        series="weekly",
        title="The week in Marlhaven",
        subject=EMAIL.subject,
        preheader=EMAIL.preheader,
        published=datetime(2026, 11, 23, tzinfo=UTC),
        language="en",
        sections=(),
    ),
    findings=(FINDING,),
    config=Config(newsletter=Newsletter(name="The Weekly Tide")),
)


def turned(which: Mapping[str, bool]) -> Email:
    """The e-mail with a picture where there is none; nobody sponsors it."""
    if which != {"parts/hero.j2:4": True}:
        raise RenderError("sponsor.mjml.j2, line 9: 'None' has no attribute 'url'")
    return replace(EMAIL, html="<p>a picture</p>")


#: with something for each part of the page to show
RICH = replace(
    PREVIEW,
    email=replace(
        EMAIL,
        html="""<!DOCTYPE html><html lang="en"><head><style>
@media (max-width: 480px) { h1 { font-size: 17px !important } }
</style></head><body style="margin:0;background-color:#ffffff;color:#222222">
<!--[if mso]><p>only Outlook</p><![endif]-->
<h1 style="border-radius:4px">Ferry to run all winter</h1><p>Hello@name,</p>
<p style="color:#eeeeee;margin-top:1500px">hardly there</p>
<p style="margin-top:1200px">The story <a href="https://www.example.com/ferry">Read
the story</a></p>
<p><a href="@leave">Unsubscribe</a></p></body></html>""",
        text="Hello@name,\n@leave\n",
        tags={Placeholder.READER_HTML: "@name", Placeholder.UNSUBSCRIBE_URL: "@leave"},
    ),
    config=Config(
        newsletter=Newsletter(
            name="The Weekly Tide",
            from_email="tide@example.com",
            postal_address="1 Quay",
            base_url="https://tide.example.com",
        )
    ),
    findings=(
        replace(FINDING, message="two places", at=(6, 7)),
        replace(FINDING, check="subject", message="too long", where="subject"),
        replace(FINDING, check="address", message="not set", where="digest.toml"),
    ),
    conditions=(
        Condition(place="parts/hero.j2:4", test="story.image", held=0, failed=1),
        Condition(place="parts/hero.j2:9", test="story.url", held=1, failed=1),
        Condition(place="parts/sponsor.j2:2", test="issue.sponsor", held=0, failed=1),
    ),
    turned=turned,
)


@dataclass
class Desk:
    """A preview whose next version a test chooses, on a port of this machine."""

    preview: Preview = PREVIEW
    problem: str = ""
    port: int = 0
    pictures: dict[str, Path] = field(default_factory=dict)
    #: another text once there is something new
    stamp: str = "1"

    def load(self) -> Preview:
        if self.problem:
            raise RenderError(self.problem)
        return self.preview

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{SECRET}/"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        secret: str = SECRET,
        host: str = "",
        origin: str = "",
        body: bytes | None = None,
    ) -> tuple[http.client.HTTPResponse, str]:
        """One request for a path below the secret: the answer and its text."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as line:
            given = {"Host": host, "Origin": origin}
            headers = {name: value for name, value in given.items() if value}
            line.request(method, f"/{secret}/{path}", body, headers)
            answer = line.getresponse()
            return answer, answer.read().decode("utf-8", "replace")


@contextmanager
def serving(app: Starlette) -> Iterator[int]:
    """Serve an app in a thread; gives its port, and stops it at the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, lifespan="off", log_config=None, log_level="error", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[1]
    app.state.close()
    server.should_exit = True
    thread.join()
    listener.close()


async def said(request: Request) -> PlainTextResponse:
    """The page of a room to try: it answers with what was sent to it."""
    return PlainTextResponse(await request.body())


ROOM = Room(title="Echo", path="echo", routes=[Route("/", said, methods=["POST"])])


@contextmanager
def open_desk() -> Iterator[Desk]:
    """A desk with one picture at hand, served until the end of the block."""
    picture = sample_folder().parent / "images" / "bakery.png"
    desk = Desk(pictures={PICTURE: picture})
    app = preview_app(
        desk.load,
        now=lambda: desk.stamp,
        images=desk.pictures.get,
        rooms=[ROOM],
        secret=SECRET,
    )
    with serving(app) as desk.port:
        yield desk
