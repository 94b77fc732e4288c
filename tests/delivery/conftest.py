"""Servers that the tests of delivery talk to; they stop themselves."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.delivery.fake_sendgrid import FakeSendGrid, fake_sendgrid
from tests.delivery.faults import FaultServer, fault_server

OPENAPI = Path(__file__).parents[1] / "data/sendgrid/tsg_mail_v3.json"
SUPPRESSIONS = OPENAPI.with_name("tsg_suppressions_v3.json")
SCHEDULED = OPENAPI.with_name("tsg_scheduled_sends_v3.json")


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    """A stand-in for SendGrid whose answers the test chooses."""
    with fault_server() as server:
        yield server


@dataclass(frozen=True)
class Prism:
    """SendGrid's own description, served by Prism: it refuses what breaks it."""

    url: str
    log: Path

    def requests(self) -> int:
        """How many requests came so far."""
        return self.log.read_text("utf-8").count("Request received")


@pytest.fixture
def fake() -> Iterator[FakeSendGrid]:
    """A stand-in for our account at SendGrid, which remembers."""
    with fake_sendgrid() as running:
        yield running


@pytest.fixture(scope="session")
def prism_server(
    prism: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prism]:
    """mail/send, by Prism on loopback; for tests marked needs("prism")."""
    log = tmp_path_factory.mktemp("prism") / "log"
    with _running(prism, OPENAPI, log) as running:
        yield running


@pytest.fixture(scope="session")
def prism_suppressions(
    prism: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prism]:
    """The lists of who gets no mail, likewise."""
    log = tmp_path_factory.mktemp("prism") / "log"
    with _running(prism, SUPPRESSIONS, log) as running:
        yield running


@pytest.fixture(scope="session")
def prism_scheduled(
    prism: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prism]:
    """Scheduled sends and their cancellations, likewise."""
    log = tmp_path_factory.mktemp("prism") / "log"
    with _running(prism, SCHEDULED, log) as running:
        yield running


@contextmanager
def _running(prism: Path, openapi: Path, log: Path) -> Iterator[Prism]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["mock", "--errors", "-h", "127.0.0.1", "-p", f"{port}"]
    command = [str(prism), *options, str(openapi)]
    environment = {**os.environ, "NO_COLOR": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
        )
    try:
        _wait_for(port, process, log)
        yield Prism(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"Prism does not start: {log.read_text('utf-8')}")
