"""The preview on a real server: what it shows, and to whom."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.errors import UsageError
from digest.web.preview import preview_app, stamp
from digest.web.preview.app import Room
from digest.web.preview.pages import CHOICES
from digest.web.serving import serve_locally
from digest.web.shield import LONGEST_BODY, PAGE_POLICY
from tests.web.desk import (
    EMAIL,
    FINDING,
    PICTURE,
    PREVIEW,
    RICH,
    SECRET,
    Desk,
    serving,
)

# --- What it shows --------------------------------------------------------------


def test_the_page_shows_what_an_inbox_shows(desk: Desk) -> None:
    """Sender, subject and preheader; a subject is text, whatever stands in it."""
    _, page = desk.ask("")

    assert '<span class="from">The Weekly Tide</span>' in page
    assert "Ferry to run all winter &lt;script&gt;" in page
    assert "And a comet between two clouds" in page


def test_the_page_lists_what_the_checks_found(desk: Desk) -> None:
    """Each finding with its gravity, its place and what helps."""
    _, page = desk.ask("")

    for part in ("warning", FINDING.message, FINDING.where, FINDING.help):
        assert part in page


@pytest.mark.parametrize(
    ("kilobytes", "said"),
    [(40, "Gmail shows all of it"), (97, "Close to"), (130, "Gmail cuts it")],
)
def test_the_size_is_measured_against_gmails_cut(
    desk: Desk, kilobytes: int, said: str
) -> None:
    """The HTML's bytes, and whether Gmail will cut them at 102 KB."""
    html = "é" * (kilobytes * 512)
    desk.preview = replace(PREVIEW, email=replace(EMAIL, html=html))

    _, page = desk.ask("")

    assert f"<strong>{kilobytes} KB</strong>" in page
    assert said in page


def test_text_and_source_are_shown_as_they_are(desk: Desk) -> None:
    """The plain text and the HTML, to be read and not to be run."""
    _, text = desk.ask("?view=text")
    _, source = desk.ask("source")

    assert 'src="source?view=source"' in desk.ask("?view=source")[1]
    assert "&gt; “It is a pleasure boat,” — Mara Lindqvist" in text
    assert "&lt;h1&gt;Ferry to run all winter&lt;/h1&gt;" in source


def test_words_that_mean_nothing_are_left_aside(desk: Desk) -> None:
    """An address with an unknown view or width shows the default one."""
    answer, page = desk.ask("?view=x&width=9e9&scheme=%00&images=%22")

    assert answer.status == 200
    assert 'width="700"' in page


@pytest.mark.parametrize("path", ["", "email", "source", "changes-of-nothing"])
@pytest.mark.parametrize(
    "query",
    [
        "reader=%22%3E%3Cscript%3Ealert(1)%3C/script%3E@x",
        "reader=" + "a" * 5000,
        "reader=%00%0d%0aSet-Cookie:%20a=b",
        "turn=yes%20../../etc/passwd:1&turn=no",
        "turn=perhaps%20x",
        "view=headers&view=inbox",
        "width=-1&width=99999999999999999999",
        "width=%D9%A3%D9%A7%D9%A5",
        "scheme=../gmail&client=outlook%00",
        "%ff=%fe&=&&&",
    ],
)
def test_odd_queries_do_no_harm(desk: Desk, path: str, query: str) -> None:
    """Nothing fails, nothing runs, and no header is made of them."""
    desk.preview = RICH
    answer, page = desk.ask(f"{path}?{query}")

    assert answer.status == (404 if path.startswith("changes-") else 200)
    assert "<script>alert" not in page
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("turn", ["yes%20parts/none.j2:1", "perhaps"])
def test_a_condition_that_there_is_not(desk: Desk, turn: str) -> None:
    """The page claims nothing of it."""
    desk.preview = RICH
    page = desk.ask(f"?turn={turn}")[1]
    assert "The templates have no condition" in page
    assert "As if" not in page
    known = desk.ask("?turn=yes%20parts/hero.j2:4")[1]
    assert "As if <code>parts/hero.j2:4</code> held" in known


def test_the_page_is_light(desk: Desk) -> None:
    """With its style and script it is under 60 KB, whatever view it has."""
    desk.preview = replace(RICH, findings=(FINDING,) * 40)
    static = sum(
        len(desk.ask(f"static/{name}")[1].encode())
        for name in ("preview.css", "preview.js")
    )
    for view in CHOICES["view"].labels:
        page = desk.ask(f"?view={view}")[1]
        assert len(page.encode()) + static < 60_000, view


def test_each_page_is_of_the_newest_version(desk: Desk) -> None:
    """What was built meanwhile is there at the next look."""
    desk.ask("")
    email = replace(EMAIL, subject="A new subject", html="<p>A new lead</p>")
    desk.preview = replace(PREVIEW, email=email)

    assert "A new subject" in desk.ask("")[1]
    assert "A new lead" in desk.ask("email")[1]


def test_an_error_stands_above_the_last_good_version(desk: Desk) -> None:
    """A template that fails is named in place; the e-mail before it stays."""
    desk.ask("")
    desk.problem = "issue.mjml.j2, line 41: 'stroy' is undefined <b>"

    answer, page = desk.ask("")

    assert answer.status == 200
    assert "line 41: &#39;stroy&#39; is undefined &lt;b&gt;" in page
    assert "And a comet between two clouds" in page
    assert "Ferry to run all winter" in desk.ask("email")[1]


def test_an_error_without_a_good_version_is_shown_alone(desk: Desk) -> None:
    """The message is the page, until the error is mended."""
    desk.problem = "issue.mjml.j2, line 41: 'stroy' is undefined"

    broken = desk.ask("")
    framed = desk.ask("email")
    desk.problem = ""

    assert (broken[0].status, framed[0].status) == (500, 404)
    assert "line 41" in broken[1]
    assert desk.ask("")[0].status == 200


def test_pictures_come_from_this_machine(desk: Desk) -> None:
    """A picture that has a file is served from it; no other file is."""
    _, html = desk.ask("email")
    answer, _ = desk.ask(f"image?src={quote(PICTURE, safe='')}")
    other, _ = desk.ask("image?src=/etc/hostname")

    assert f'src="image?src={quote(PICTURE, safe="")}"' in html
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert other.status == 404


# --- To whom --------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], "%00é"])
@pytest.mark.parametrize("path", ["", "email", "static/preview.css", "nothing"])
def test_nothing_is_shown_without_the_secret(
    desk: Desk, secret: str, path: str
) -> None:
    """Another user of the machine, who guesses the port, sees nothing."""
    answer, text = desk.ask(path, secret=quote(secret))

    assert answer.status == 403
    assert "the whole address" in text


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:80", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
        ("evil.example.com", 421),
        ("evil.example.com:80", 421),
        ("localhost.example.com", 421),
        ("127.0.0.1.example.com:80", 421),
    ],
)
def test_only_names_of_this_machine_are_answered(
    desk: Desk, host: str, status: int
) -> None:
    """A foreign page whose name leads here (DNS rebinding) gets nothing."""
    assert desk.ask("", host=host)[0].status == status


@pytest.mark.parametrize("path", ["", "email", "nothing", "static/preview.js"])
def test_every_answer_is_shielded(desk: Desk, path: str) -> None:
    """Nothing runs but our own script, nothing is kept, nobody is told the address."""
    answer, _ = desk.ask(path)
    policy = answer.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert ("script-src 'none'" if path == "email" else "script-src 'self'") in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(desk: Desk, method: str) -> None:
    """It is for looking only."""
    assert desk.ask("", method=method, origin=desk.origin)[0].status == 405


@pytest.mark.parametrize("path", ["echo/", "", "nothing"])
@pytest.mark.parametrize(
    "origin",
    ["", "null", "http://127.0.0.1:1", "https://127.0.0.1", "http://evil.example.com"],
)
def test_a_post_comes_from_a_page_of_this_server(
    desk: Desk, path: str, origin: str
) -> None:
    """A foreign page or program that has the address may look, and change nothing."""
    answer, text = desk.ask(path, method="POST", origin=origin)

    assert (answer.status, "a page of the preview" in text) == (403, True)


def test_a_post_needs_the_secret_too(desk: Desk) -> None:
    """The right Origin is not enough."""
    answer, _ = desk.ask("echo/", method="POST", origin=desk.origin, secret="wrong")

    assert answer.status == 403


def test_a_room_lies_behind_the_same_shield(desk: Desk) -> None:
    """What stands beside the preview is named on its page, and answered as it is."""
    _, page = desk.ask("")
    answer, text = desk.ask("echo/", method="POST", origin=desk.origin, body=b"hello")

    assert f'<a href="/{SECRET}/echo/">Echo</a>' in page
    assert (answer.status, text) == (200, "hello")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_body_that_is_too_long_is_cut_off(desk: Desk) -> None:
    """Nobody's draft has a megabyte."""
    answer, _ = desk.ask(
        "echo/", method="POST", origin=desk.origin, body=b"x" * (LONGEST_BODY + 1)
    )

    assert answer.status == 413


@pytest.mark.parametrize(
    "name", ["page.html.j2", "..%2Fpage.html.j2", "%2Fetc%2Fpasswd"]
)
def test_only_its_own_files_are_served(desk: Desk, name: str) -> None:
    """A template, a path out of the folder: there is no such file."""
    assert desk.ask(f"static/{name}")[0].status == 404


def test_a_fault_of_a_room_has_a_page(caplog: pytest.LogCaptureFixture) -> None:
    """What nobody thought of is named, on a shielded page with a way back."""

    def fails(request: Request) -> Response:
        raise ValueError("max() <arg>")

    room = Room(title="Broken", path="broken", routes=[Route("/", fails)])
    desk = Desk()
    app = preview_app(desk.load, rooms=[room], secret=SECRET)
    with serving(app) as desk.port:
        answer, page = desk.ask("broken/")
    assert answer.status == 500
    assert "ValueError: max() &lt;arg&gt;" in page
    assert f"/{SECRET}/static/preview.css" in page
    assert answer.getheader("Content-Security-Policy") == PAGE_POLICY


def test_each_run_has_a_secret_of_its_own() -> None:
    """Unguessable: 128 bits, another one each time."""
    paths = {preview_app(Desk().load).state.path for _ in range(3)}

    assert len(paths) == 3
    assert all(len(path) >= 22 for path in paths)


# --- What is new ----------------------------------------------------------------


def told(desk: Desk, since: str) -> str:
    """What the stream of changes says first to who has seen `since`."""
    with closing(http.client.HTTPConnection("127.0.0.1", desk.port)) as line:
        line.request("GET", f"/{SECRET}/changes?since={since}")
        answer = line.getresponse()
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = iter(answer.readline, b"")
        return next(text.decode() for text in lines if text.startswith(b"event"))


def test_who_has_seen_something_older_is_told_at_once(desk: Desk) -> None:
    """What changed between a page and its listening is not lost."""
    assert 'data-stamp="1"' in desk.ask("")[1]
    desk.stamp = "2"
    assert told(desk, "1") == "event: changed\n"


def test_who_has_seen_the_newest_hears_of_the_next(desk: Desk) -> None:
    """Nothing is said until there is something."""
    timer = threading.Timer(0.3, setattr, (desk, "stamp", "2"))
    timer.start()
    begun = monotonic()

    assert told(desk, "1") == "event: changed\n"
    assert monotonic() - begun >= 0.3


def test_a_stamp_changes_with_its_files(tmp_path: Path) -> None:
    """A file that is written, comes or goes, also in a folder of a folder."""
    file, folder = tmp_path / "digest.toml", tmp_path / "templates"
    places = [file, folder]
    stamps = [stamp(places)]

    def next_stamp() -> str:
        stamps.append(stamp(places))
        return stamps[-1]

    assert next_stamp() == stamps[0]
    (folder / "parts").mkdir(parents=True)
    for change in (
        lambda: file.write_text("a"),
        lambda: (folder / "parts/a.j2").write_text("one"),
        lambda: (folder / "parts/a.j2").write_text("three"),
        (folder / "parts/a.j2").unlink,
        file.unlink,
    ):
        before = stamps[-1]
        change()
        assert next_stamp() != before


# --- Serving --------------------------------------------------------------------

PROGRAM = """
from digest.web.preview import preview_app
from digest.web.serving import serve_locally
serve_locally(preview_app(lambda: 1 / 0), 0, lambda url: print(url, flush=True))
"""


def test_ctrl_c_ends_it_cleanly() -> None:
    """It says where it is, answers there, and ends without a word."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        _, _, host, secret, _ = process.stdout.readline().split("/")
        with closing(http.client.HTTPConnection(host, timeout=10)) as line:
            line.request("GET", f"/{secret}/static/preview.css")
            status = line.getresponse().status
        listening = http.client.HTTPConnection(host, timeout=10)
        listening.request("GET", f"/{secret}/changes")
        listening.getresponse().readline()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)
        listening.close()

    assert status == 200
    assert (process.returncode, said) == (0, ("", ""))


def test_a_taken_port_is_named() -> None:
    """One line says which port, and that 0 takes any."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} .*--port, or 0"):
            serve_locally(preview_app(Desk().load), port, lambda url: None)
