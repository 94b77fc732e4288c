"""The log: for people or as JSON, and never with an address, a token or a key."""

from __future__ import annotations

import io
import json
import logging
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.cli.logs import logging_to
from digest.cli.talk import said_to, say
from digest.cli.workspace import halting
from tests.cli.conftest import Digest

NONE: Collection[str] = ()


def logged(event: str, *, as_json: bool = False, **fields: object) -> str:
    """The line that is written of an event."""
    stream = io.StringIO()
    with logging_to(stream, as_json=as_json, secrets=lambda: ["s3cr3t"]) as log:
        log.info(event, **fields)
    return stream.getvalue()


def test_lines_for_people() -> None:
    """When, what, and what is not empty."""
    line = logged("slot", schedule="weekly", state="sent", issue=3, reason="")
    when, _, rest = line.partition(" slot ")
    assert rest == "schedule=weekly state=sent issue=3\n"
    at = datetime.strptime(when, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


def test_objects_of_json() -> None:
    """Numbers stay numbers; moments have a zone."""
    found = json.loads(logged("slot", as_json=True, issue=3, state="sent"))
    at = datetime.fromisoformat(found.pop("timestamp"))
    assert at.tzinfo is not None
    assert found == {"level": "info", "event": "slot", "issue": 3, "state": "sent"}


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("batch for ann.lee+x@example.org refused", "batch for [address] refused"),
        ("<ann@localhost>: no such user", "<[address]>: no such user"),
        ("GET /u/Zm9vYmFyYmF6 failed", "GET /u/[token] failed"),
        ("https://tide.org/p/abc.def-_9?x=1", "https://tide.org/p/[token]?x=1"),
        ("POST /approve/abc", "POST /approve/[token]"),
        ("POST /confirm/abc", "POST /confirm/[token]"),
        ("Bearer SG.aaaa-_1.bbbb-_2", "Bearer [key]"),
        ("postgresql://ann:pw@db/x", "postgresql://[secret]…db/x"),
        ("the password is s3cr3t.", "the password is [secret]."),
        ("https://social.example/@harbour", "https://social.example/@harbour"),
        ("issue 3: 10 of 20 accepted", "issue 3: 10 of 20 accepted"),
    ],
)
def test_what_is_hidden(said: str, written: str) -> None:
    """Wherever it stands: in what is said, in a field, in an error."""
    assert written in logged(said)
    assert json.loads(logged("x", as_json=True, reason=said))["reason"] == written
    stream = io.StringIO()
    with logging_to(stream, as_json=True, secrets=lambda: ["s3cr3t"]):
        error = RuntimeError(said)
        logging.getLogger("uvicorn.error").error("it broke: %s", said, exc_info=error)
    found = json.loads(stream.getvalue())
    assert written in found["event"]
    assert f"RuntimeError: {written}" in found["exception"]


@given(st.emails())
def test_no_address_is_written(address: str) -> None:
    """Of any form that there is; its name stands nowhere."""
    line = logged(f"mail to {address} failed", as_json=True)
    assert address not in json.loads(line)["event"]


def test_what_libraries_say() -> None:
    """Warnings, in the same form; no more than these, and not after the block."""
    stream = io.StringIO()
    other = logging.getLogger("some.library")
    with logging_to(stream, as_json=False, secrets=lambda: NONE):
        other.warning("the disk of %s is slow", "ann@example.org")
        other.info("hello")
    other.warning("later")
    (line,) = stream.getvalue().splitlines()
    assert line.endswith("warning: the disk of [address] is slow")


def test_talk_goes_into_the_log() -> None:
    """What a command would say to a person."""
    stream = io.StringIO()
    with logging_to(stream, as_json=True, secrets=lambda: NONE):
        say("waits for ann@example.org")
    assert json.loads(stream.getvalue())["event"] == "waits for [address]"


# --- Commands -----------------------------------------------------------------------


def events(err: str) -> list[tuple[str, str]]:
    return [
        (line["level"], line["event"]) for line in map(json.loads, err.splitlines())
    ]


def test_any_command_logs_json(digest: Digest) -> None:
    """What it says, and why it failed; its data stays what it was."""
    ran = digest("--log-json", "build", "ferry.txt", "--dry-run")
    assert ran.code == 0
    assert events(ran.err)
    ran = digest("--log-json", "report", "9")
    assert ran.code == 1
    assert events(ran.err)[-1] == (
        "error",
        "digest: there is no issue 9; there is none yet",
    )


def test_without_it_people_are_talked_to(digest: Digest) -> None:
    """Also after a command that logged."""
    digest("--log-json", "report", "9")
    assert digest("report", "9").err.startswith("digest: there is no issue 9")


def test_the_key_of_the_settings_is_hidden(
    digest: Digest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it came there."""
    monkeypatch.setenv("SENDGRID_API_KEY", "plain-and-simple")
    ran = digest("--log-json", "check", "plain-and-simple")
    assert ran.code != 0
    assert not re.search("plain-and-simple", ran.err)


def test_what_a_process_holds() -> None:
    """Neither rich, which would print what is in variables, nor the client of
    Prometheus before somebody asks for figures: they are megabytes of an idle one."""
    program = """
import io, sys
import digest.cli.run, digest.service.loop, digest.web.public.app
from digest.cli.logs import logging_to
with logging_to(io.StringIO(), as_json=False, secrets=list) as log:
    log.info("hello")
assert "structlog" in sys.modules
print(sorted({"rich", "pygments", "prometheus_client"} & set(sys.modules)))
import rich.live
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_signal_while_a_line_is_written() -> None:
    """It interrupts whoever writes: to say something then must wait for nobody."""
    lock, said = threading.Lock(), queue.Queue[str]()

    class Writing:
        def info(self, event: str, **fields: object) -> None:
            with lock:
                said.put(event)

        warning = error = info

    with said_to(Writing()), halting() as halt:
        with lock:
            signal.raise_signal(signal.SIGTERM)
        assert halt.is_set()
        assert said.get(timeout=10).startswith("ending")
