"""Servers that the tests of delivery talk to; they stop themselves."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from tests.conftest import npm_tool
from tests.delivery.fake_sendgrid import FakeSendGrid, fake_sendgrid
from tests.delivery.faults import FaultServer, fault_server
from tests.delivery.mail_server import MailServer, mail_server

OPENAPI = Path(__file__).parents[1] / "data/sendgrid/tsg_mail_v3.json"
SUPPRESSIONS = OPENAPI.with_name("tsg_suppressions_v3.json")
SCHEDULED = OPENAPI.with_name("tsg_scheduled_sends_v3.json")


@pytest.fixture
def faults() -> Iterator[FaultServer]:
    """A stand-in for SendGrid whose answers the test chooses."""
    with fault_server() as server:
        yield server


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A mail server that takes what the test lets it."""
    with mail_server() as server:
        yield server


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody has signed but its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ip_address("127.0.0.1"))
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return file


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


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


@dataclass(frozen=True)
class Maildev:
    """maildev, a mail server for developers, which shows what it took by HTTP."""

    smtp: int
    url: str

    def mails(self) -> list[dict[str, Any]]:
        """What it took so far, as it reads it."""
        found: list[dict[str, Any]] = urllib3.request(
            "GET", f"{self.url}/api/email"
        ).json()
        return found

    def source(self, id: str) -> str:
        """One of them as it came."""
        return urllib3.request("GET", f"{self.url}/api/email/{id}/source").data.decode()


@pytest.fixture(scope="session")
def maildev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maildev]:
    """A running one; for tests marked needs("maildev")."""
    smtp, web = _free_port(), _free_port()
    options = ["--ip", "127.0.0.1", "--smtp", f"{smtp}"]
    options += ["--web-ip", "127.0.0.1", "--web", f"{web}"]
    log = tmp_path_factory.mktemp("maildev") / "log"
    with _served([str(npm_tool("maildev")), *options], [smtp, web], log):
        yield Maildev(smtp, f"http://127.0.0.1:{web}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@contextmanager
def _running(prism: Path, openapi: Path, log: Path) -> Iterator[Prism]:
    port = _free_port()
    options = ["mock", "--errors", "-h", "127.0.0.1", "-p", f"{port}"]
    with _served([str(prism), *options, str(openapi)], [port], log):
        yield Prism(f"http://127.0.0.1:{port}", log)


@contextmanager
def _served(command: list[str], ports: list[int], log: Path) -> Iterator[None]:
    """A server in a process of its own, from when its ports are open."""
    environment = {**os.environ, "NO_COLOR": "1"}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
        )
    try:
        for port in ports:
            _wait_for(port, process, log)
        yield
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
    pytest.fail(f"it does not start: {log.read_text('utf-8')}")
