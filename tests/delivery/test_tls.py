"""The key travels only to a host that proves who it is."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from digest.delivery.sendgrid import SendGrid
from digest.delivery.wire import Deadlines
from digest.model import AttemptState
from tests.delivery.faults import DRIP, fault_server
from tests.delivery.samples import handover, person, sendgrid_config

QUICK = Deadlines(connect=2, read=1, total=2)


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


def test_a_stranger_gets_nothing(certificate: Path) -> None:
    """A host that cannot prove its name is refused before a byte is sent."""
    with fault_server(server_side(certificate)) as faults:
        transport = SendGrid(sendgrid_config(faults.url), QUICK)
        outcome = transport.send(handover(person(1)))
        transport.close()
    assert outcome.state is AttemptState.REFUSED
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.reason.upper().replace(" ", "_")
    assert (faults.requests, faults.connections) == ([], 0)


def test_it_speaks_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a host that proves its name it sends, over one connection, with deadlines."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with fault_server(server_side(certificate)) as faults:
        transport = SendGrid(sendgrid_config(faults.url), QUICK)
        states = [transport.send(handover(person(1))).state for _ in range(2)]
        assert states == [AttemptState.ACCEPTED, AttemptState.ACCEPTED]
        assert faults.connections == 1
        faults.will(DRIP)
        slow = transport.send(handover(person(1)))
        transport.close()
    assert (slow.state, slow.reason) == (AttemptState.UNKNOWN, "no answer within 2 s")
