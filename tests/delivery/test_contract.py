"""What every transport keeps to, whoever is on the other side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.config import Config
from digest.delivery import BATCH_SIZE, Transport, open_transport
from digest.errors import DeliveryError
from digest.model import AttemptState
from tests.delivery.samples import (
    EMAIL,
    TAG,
    handover,
    outbox_config,
    person,
    sendgrid_config,
    smtp_config,
)


def _outbox(request: pytest.FixtureRequest) -> Config:
    folder: Path = request.getfixturevalue("tmp_path")
    return outbox_config(folder / "outbox")


def _faults(request: pytest.FixtureRequest) -> Config:
    return sendgrid_config(request.getfixturevalue("faults").url)


def _prism(request: pytest.FixtureRequest) -> Config:
    return sendgrid_config(request.getfixturevalue("prism_server").url)


def _mails(request: pytest.FixtureRequest) -> Config:
    return smtp_config(request.getfixturevalue("mails").port)


def _maildev(request: pytest.FixtureRequest) -> Config:
    return smtp_config(request.getfixturevalue("maildev").smtp)


@pytest.fixture(
    params=[
        pytest.param(("outbox", _outbox), id="outbox"),
        pytest.param(("sendgrid", _faults), id="sendgrid"),
        pytest.param(
            ("sendgrid", _prism), id="prism", marks=pytest.mark.needs("prism")
        ),
        pytest.param(("smtp", _mails), id="smtp"),
        pytest.param(
            ("smtp", _maildev), id="maildev", marks=pytest.mark.needs("maildev")
        ),
    ]
)
def transport(request: pytest.FixtureRequest) -> Iterator[Transport]:
    """Each transport that there is, against each peer that it has."""
    name, config = request.param
    opened = open_transport(name, config(request))
    yield opened
    opened.close()


def test_a_batch_is_accepted(transport: Transport) -> None:
    """A plain batch is accepted, whatever its people are called."""
    people = [person(1), person(2, "Zoë; the, one"), person(3, "-name- {{7*7}} <%x%>")]
    outcome = transport.send(handover(*people))
    assert (outcome.state, outcome.reason) == (AttemptState.ACCEPTED, "")


def test_a_full_batch_is_accepted(transport: Transport) -> None:
    """The largest batch is 1,000 people."""
    people = [person(number, f"Reader {number}") for number in range(BATCH_SIZE)]
    assert transport.send(handover(*people)).state is AttemptState.ACCEPTED


@pytest.mark.parametrize("size", [0, BATCH_SIZE + 1])
def test_no_other_size_leaves(transport: Transport, size: int) -> None:
    """An empty and a too large batch are errors in one line, before anything leaves."""
    with pytest.raises(DeliveryError, match=f"not {size}$"):
        transport.send(handover(*map(person, range(size))))


def test_a_name_cannot_be_a_tag(transport: Transport) -> None:
    """Whoever is called like a tag of the e-mail gets nothing put in its place."""
    with pytest.raises(DeliveryError, match="subscriber 5 holds the tag"):
        transport.send(handover(person(4), person(5, f"Eve {TAG}")))


def test_an_empty_part_is_refused(transport: Transport) -> None:
    """SendGrid wants a subject and both parts; so do all."""
    from dataclasses import replace

    with pytest.raises(DeliveryError, match="subject is empty"):
        transport.send(handover(person(1), email=replace(EMAIL, subject=" ")))


def test_closing_twice_does_no_harm(transport: Transport) -> None:
    """What is closed is closed, also before anything was sent."""
    transport.close()
    transport.close()


def test_it_says_what_it_is(transport: Transport) -> None:
    """Only the outbox is a rehearsal, and only smtp sends mail by mail."""
    assert transport.rehearsal == (transport.name == "outbox")
    assert transport.serial == (transport.name == "smtp")
    assert "very-secret" not in repr(transport)
