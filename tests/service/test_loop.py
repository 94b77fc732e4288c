"""`digest run` as a process: it serves, is alone, and ends when it is told to."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest.store import open_database

SETTINGS = """\
[newsletter]
name = "The Tide"
from_email = "tide@example.com"
postal_address = "1 Lower Quay, Marlhaven"
base_url = "https://tide.example.com"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "digest.toml").write_text(SETTINGS)
    open_database(f"sqlite:///{tmp_path}/digest.db").close()
    return tmp_path


@contextmanager
def process(folder: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process of its own; killed at the end, if it is still there."""
    running = subprocess.Popen(
        [sys.executable, "-m", "digest", *command],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait(10)
        assert running.stderr
        running.stderr.close()


def address_of(running: subprocess.Popen[str]) -> str:
    """Where it serves, once it does."""
    assert running.stderr
    line = running.stderr.readline()
    found = re.search(r"http://(\S+);", line)
    assert found, line
    return found[1]


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_and_ends(folder: Path, command: str, number: int) -> None:
    """Pages are there at once; a signal ends it within ten seconds, with nothing said
    of a failure."""
    with process(folder, command, "--port", "0") as running:
        connection = http.client.HTTPConnection(address_of(running), timeout=10)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
        began = time.monotonic()
        running.send_signal(number)
        assert running.wait(10) == 0
        assert time.monotonic() - began < 10


def test_a_second_one_refuses(folder: Path) -> None:
    """One process runs on a SQLite file; the other is told which."""
    with process(folder, "run", "--port", "0") as first:
        address_of(first)
        with process(folder, "run", "--port", "0") as second:
            assert second.wait(30) == 75
            assert second.stderr
            assert f"as process {first.pid}" in second.stderr.read()


def test_a_port_that_is_taken(folder: Path) -> None:
    """It is said in a line, and nothing runs."""
    with process(folder, "serve", "--port", "0") as first:
        port = address_of(first).rpartition(":")[2]
        with process(folder, "serve", "--port", port) as second:
            assert second.wait(30) == 2
            assert second.stderr
            assert f"--port {port}" in second.stderr.read()


def test_its_log_is_json_if_asked_for(folder: Path) -> None:
    """Each line of stderr, from the first to the last."""
    with process(folder, "--log-json", "run", "--port", "0") as running:
        address_of(running)
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
        assert running.stderr
        rest = running.stderr.read().splitlines()
    assert rest
    assert all(json.loads(line)["event"] for line in rest)


def test_its_log_says_when(folder: Path) -> None:
    """For people: a time in front of each line."""
    with process(folder, "run", "--port", "0") as running:
        assert running.stderr
        assert re.match(
            r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d runs", running.stderr.readline()
        )
