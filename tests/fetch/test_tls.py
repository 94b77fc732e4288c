"""A certificate must be one that somebody vouches for, and of the right name."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from digest.errors import FetchError
from digest.fetch import connection, fetch

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl, to make a certificate with"
)
NEW = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of "localhost" in one file, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    key, file = folder / "key.pem", folder / "both.pem"
    where = ["-keyout", str(key), "-out", str(file)]
    command = ["openssl", *NEW.split(), "subjectAltName=DNS:localhost", *where]
    subprocess.run(command, check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file


@contextmanager
def serving(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = server.accept()
                with peer, suppress(OSError):
                    answer(peer)

    def answer(peer: socket.socket) -> None:
        peer.settimeout(5)
        with context.wrap_socket(peer, server_side=True) as safe:
            safe.recv(65536)
            safe.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    """Signed by itself, it proves nothing."""
    with serving(certificate) as port:
        with pytest.raises(FetchError, match="certificate verify failed"):
            fetch(f"https://localhost:{port}/", allow_private=["localhost"])


def test_a_certificate_holds_for_its_name_alone(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted, it opens https://localhost, but not the address behind it."""
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(connection, "_trust", lambda: trusting)
    with serving(certificate) as port:
        fetched = fetch(f"https://localhost:{port}/", allow_private=["localhost"])
        assert fetched.body == b"hello"
        with pytest.raises(FetchError, match="certificate verify failed"):
            fetch(f"https://127.0.0.1:{port}/", allow_private=["127.0.0.1"])
