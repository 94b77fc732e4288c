"""What each thing that can happen to a POST says for certain (rule 6)."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from digest.delivery import open_transport
from digest.delivery.sendgrid import RECONNECT, UNTOLD, SendGrid
from digest.delivery.wire import Deadlines
from digest.errors import DeliveryError
from digest.model import AttemptState, Outcome
from tests.delivery.faults import (
    ACCEPT,
    BREAK,
    DEAF,
    DRIP,
    HANG,
    LOST,
    FaultServer,
    Reply,
    refusal,
)
from tests.delivery.samples import CONFIG, EMAIL, handover, person, sendgrid_config

QUICK = Deadlines(connect=0.3, read=0.2, total=0.5)
NOON = 1_800_000_000.0
PROXY = Reply(status=502, body="<h1>Bad gateway</h1>")


@pytest.fixture
def transport(faults: FaultServer) -> Iterator[SendGrid]:
    opened = SendGrid(sendgrid_config(faults.url), QUICK, clock=lambda: NOON)
    yield opened
    opened.close()


def sent(transport: SendGrid, *numbers: int) -> Outcome:
    return transport.send(handover(*map(person, numbers or (1,))))


def test_a_yes_has_the_messages_id(transport: SendGrid, faults: FaultServer) -> None:
    """A 202 is accepted, and SendGrid's id of it is kept."""
    assert sent(transport, 1, 2) == Outcome(
        state=AttemptState.ACCEPTED, message_id="message-1"
    )
    assert faults.people == ["1", "2"]
    (headers,) = faults.headers
    assert headers["authorization"] == "Bearer SG.very-secret"
    assert headers["content-type"] == "application/json"


def test_the_connection_is_kept(transport: SendGrid, faults: FaultServer) -> None:
    """Many requests are one connection."""
    for _ in range(5):
        sent(transport)
    assert faults.connections == 1


def test_a_connection_that_was_closed_meanwhile(
    transport: SendGrid, faults: FaultServer
) -> None:
    """What the other side closed in the pause is opened anew, and costs nothing."""
    closing = Reply(raw=b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    faults.will(closing)
    sent(transport)
    time.sleep(0.05)
    assert sent(transport).state is AttemptState.ACCEPTED
    assert faults.connections == 2


def test_an_answer_without_end(transport: SendGrid, faults: FaultServer) -> None:
    """Of a huge answer enough is read, and its rest is no answer to the next one."""
    body = "HTTP/1.1 500 x\r\n\r\n" * 200_000
    faults.will(Reply(body=body, accept=True))
    assert sent(transport).state is AttemptState.ACCEPTED
    assert sent(transport).message_id == "message-1"
    assert faults.connections == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (LOST, "Connection reset by peer"),
        (BREAK, "Connection reset by peer"),
        (HANG, "the connection timed out"),
        (DRIP, "no answer within 0.5 s"),
        (PROXY, "HTTP 502 without a word of SendGrid's own"),
        (refusal(500, "oops"), "HTTP 500 without a word of SendGrid's own"),
        (refusal(408, "slow"), "HTTP 408 without a word of SendGrid's own"),
        (Reply(status=400, body="<h1>no</h1>"), "HTTP 400"),
        (Reply(status=429, body='{"errors": "many"}'), "HTTP 429"),
        (Reply(status=200), "HTTP 200"),
        (Reply(status=302, headers={"Location": "/elsewhere"}), "HTTP 302"),
        (Reply(raw=b"HTTP/1.1 20"), ""),
        (Reply(raw=b"SSH-2.0-nonsense\r\n"), ""),
    ],
    ids=lambda value: "" if isinstance(value, str) else None,
)
def test_what_is_unknown(
    transport: SendGrid, faults: FaultServer, reply: Reply, reason: str
) -> None:
    """Whatever is neither SendGrid's yes nor its no may have arrived or not."""
    faults.will(reply)
    outcome = sent(transport)
    assert outcome.state is AttemptState.UNKNOWN
    assert outcome.reason.startswith(reason)
    assert "\n" not in outcome.reason
    assert len(faults.requests) == 1, "nothing is sent twice"


def test_a_slow_server_has_a_deadline(transport: SendGrid, faults: FaultServer) -> None:
    """An answer that never ends costs the total deadline, though bytes do come."""
    faults.will(DRIP)
    began = time.monotonic()
    sent(transport)
    assert time.monotonic() - began < 5
    assert sent(transport).state is AttemptState.ACCEPTED, "the next one is unharmed"


def test_nobody_there(faults: FaultServer) -> None:
    """A connection that was never opened is a certain no, for now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    transport = SendGrid(sendgrid_config(f"http://127.0.0.1:{port}"), QUICK)
    assert sent(transport) == Outcome(
        state=AttemptState.REFUSED, reason="Connection refused", retry_after=RECONNECT
    )


def test_half_a_body_is_no_request(transport: SendGrid, faults: FaultServer) -> None:
    """Where the last byte was never handed over, nothing can have been accepted."""
    faults.will(DEAF)
    large = replace(EMAIL, html="x" * 20_000_000)
    outcome = transport.send(handover(person(1), email=large))
    assert outcome.state is AttemptState.REFUSED
    assert outcome.retry_after == RECONNECT


def test_a_plain_port_behind_https(faults: FaultServer) -> None:
    """Without TLS nothing is said to anybody."""
    transport = SendGrid(
        sendgrid_config(faults.url.replace("http://", "https://")), QUICK
    )
    outcome = sent(transport)
    assert (outcome.state, faults.requests) == (AttemptState.REFUSED, [])


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X_RateLimit_Reset": f"{NOON + 17:.0f}"}, 17.0),
        ({"X_RateLimit_Reset": f"{NOON - 60:.0f}"}, 1.0),
        ({"Retry_After": "4", "X_RateLimit_Reset": "1"}, 4.0),
        ({"Retry_After": "soon"}, UNTOLD),
        ({}, UNTOLD),
    ],
)
def test_too_many_requests(
    transport: SendGrid, faults: FaultServer, headers: dict[str, str], wait: float
) -> None:
    """A 429 is a no for now, until the time that SendGrid names."""
    faults.will(refusal(429, "too many requests", **headers))
    outcome = sent(transport)
    assert (outcome.state, outcome.retry_after) == (AttemptState.REFUSED, wait)
    assert outcome.reason == "429 too many requests"


@pytest.mark.parametrize(
    "reply",
    [
        refusal(400, "Does not contain a valid address.", "personalizations.0.to.0"),
        refusal(413, "too large"),
    ],
)
def test_a_refusal_of_one_batch(
    transport: SendGrid, faults: FaultServer, reply: Reply
) -> None:
    """What SendGrid has against these people is no reason not to try others."""
    faults.will(reply)
    outcome = sent(transport)
    assert (outcome.state, outcome.retry_after) == (AttemptState.REFUSED, None)


@pytest.mark.parametrize(
    "reply",
    [
        refusal(401, "The provided authorization grant is invalid"),
        refusal(403, "The from address does not match a verified Sender", "from"),
        refusal(400, "The subject is required", "subject"),
        refusal(404, "not found"),
        refusal(405, "method not allowed"),
    ],
)
def test_a_refusal_of_all(
    transport: SendGrid, faults: FaultServer, reply: Reply
) -> None:
    """What every batch shares stops the campaign, in one line with SendGrid's words."""
    faults.will(reply)
    with pytest.raises(DeliveryError, match=f"SendGrid refuses it: {reply.status} "):
        sent(transport)


def test_the_key_is_never_written(
    transport: SendGrid, faults: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a log nor an error nor a repr holds the key."""
    caplog.set_level(logging.DEBUG)
    texts = [repr(transport), repr(vars(transport)["_wire"])]
    for reply in (ACCEPT, LOST, HANG, PROXY, refusal(401, "no")):
        faults.will(reply)
        try:
            texts.append(repr(sent(transport)))
        except DeliveryError as error:
            texts.append(repr(error))
    assert faults.requests, "it did send"
    assert "very-secret" not in caplog.text + " ".join(texts)


@pytest.mark.parametrize(
    "host",
    [
        "http://api.sendgrid.com",
        "http://127.0.0.1.example.org",
        "https://me:pw@api.sendgrid.com",
        "ftp://127.0.0.1",
        "api.sendgrid.com",
        "https://",
        "",
    ],
)
def test_the_key_goes_to_no_such_host(host: str) -> None:
    """Only https, or this machine: and the error does not repeat a password."""
    with pytest.raises(DeliveryError, match=r"sendgrid\.host: ") as caught:
        open_transport("sendgrid", sendgrid_config(host))
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("host", ["http://localhost:1", "http://[::1]:2/x/"])
def test_a_test_server_may_speak_plain(host: str) -> None:
    """This machine is no wire to listen on."""
    open_transport("sendgrid", sendgrid_config(host)).close()


def test_without_a_key() -> None:
    """The way out is in the message."""
    with pytest.raises(DeliveryError, match="set SENDGRID_API_KEY"):
        open_transport("sendgrid", CONFIG)


def test_a_transport_that_is_not_there() -> None:
    """An unknown name says which there are."""
    with pytest.raises(DeliveryError, match="there is outbox, sendgrid, smtp"):
        open_transport("pigeon", CONFIG)


@pytest.mark.parametrize("name", ["outbox", "sendgrid"])
@pytest.mark.parametrize("key", ["from_email", "postal_address"])
def test_what_no_mail_leaves_without(name: str, key: str) -> None:
    """Sender and postal address are asked for before the first batch."""
    config = sendgrid_config("https://api.sendgrid.com")
    without: dict[str, Any] = {key: ""}
    config = replace(config, newsletter=replace(config.newsletter, **without))
    with pytest.raises(DeliveryError, match=f"newsletter.{key} is not set"):
        open_transport(name, config)
