"""The key travels only to a host that proves who it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.delivery.sendgrid import SendGrid
from digest.delivery.wire import Deadlines
from digest.model import AttemptState
from tests.delivery.conftest import server_side
from tests.delivery.faults import DRIP, fault_server
from tests.delivery.samples import handover, person, sendgrid_config

QUICK = Deadlines(connect=2, read=1, total=2)


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
