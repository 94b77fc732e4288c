"""What each thing that can happen to a mail says for certain, mail by mail."""

from __future__ import annotations

import logging
import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from digest.config import Config, rows, shown
from digest.delivery import Handover, open_transport
from digest.delivery.smtp import RECONNECT, UNTOLD, Smtp
from digest.delivery.transport import Wave
from digest.delivery.wire import Deadlines
from digest.errors import DeliveryError
from digest.model import AttemptState, Outcome
from subscribers.model import Recipient
from tests.delivery.conftest import server_side
from tests.delivery.mail_server import BREAK, LOST, MailServer, mail_server
from tests.delivery.samples import (
    CONFIG,
    EMAIL,
    handover,
    person,
    settings,
    smtp_config,
)

QUICK = Deadlines(connect=1, read=0.5, total=1)
ADDRESSES = [f"reader{number}@example.org" for number in range(6)]


@pytest.fixture(params=["one by one", "pipelining"])
def transport(request: pytest.FixtureRequest, mails: MailServer) -> Iterator[Smtp]:
    mails.pipelining = request.param == "pipelining"
    opened = Smtp(smtp_config(mails.port), QUICK)
    yield opened
    opened.close()


def sent(
    transport: Smtp,
    *numbers: int,
    began: Callable[[int], bool | None] | None = None,
    refused: Callable[[int, str], None] | None = None,
) -> Outcome:
    given = handover(*map(person, numbers))
    return transport.send(replace(given, began=began, refused=refused))


def test_each_gets_their_own(transport: Smtp, mails: MailServer) -> None:
    """One connection, one mail each, to nobody else and from the sender."""
    places: list[int] = []
    outcome = sent(transport, 1, 2, 3, began=places.append)
    assert outcome == Outcome(state=AttemptState.ACCEPTED)
    assert mails.people == ADDRESSES[1:4]
    assert places == [0, 1, 2]
    assert sent(transport, 4).state is AttemptState.ACCEPTED
    assert mails.connections == 1
    for taken, number in zip(mails.taken, (1, 2, 3, 4), strict=True):
        assert taken.sender == "editor@example.org"
        assert f"/u/{person(number).token}".encode() in taken.content
        assert f"<7.{number}@example.org>".encode() in taken.content


def test_it_arrives_as_it_was_written(transport: Smtp, mails: MailServer) -> None:
    """A line of one dot ends nothing (RFC 5321, section 4.5.2)."""
    dots = replace(EMAIL, text="a\n.\n..\nQUIT\n.b\n" + EMAIL.text)
    transport.send(handover(person(1), email=dots))
    assert b"a\r\n.\r\n..\r\nQUIT\r\n.b\r\n" in mails.taken[0].content.replace(
        b"=2E", b"."
    )


def test_a_refusal_is_one_persons(transport: Smtp, mails: MailServer) -> None:
    """Who is refused is named with the server's words, and all others get theirs."""
    mails.rcpt = {
        ADDRESSES[1]: "550 5.1.1 no such user",
        ADDRESSES[3]: "450 4.2.1 try later",
    }
    said: list[tuple[int, str]] = []
    began: list[int] = []
    outcome = sent(
        transport,
        *range(5),
        began=began.append,
        refused=lambda place, why: said.append((place, why)),
    )
    assert outcome.state is AttemptState.ACCEPTED
    assert outcome.refused == {1: "550 5.1.1 no such user", 3: "450 4.2.1 try later"}
    assert list(outcome.refused.items()) == said
    assert began == [0, 2, 4], "nothing of the others was begun"
    assert mails.people == [ADDRESSES[0], ADDRESSES[2], ADDRESSES[4]]
    assert mails.connections == 1


def test_a_content_that_one_may_not_get(transport: Smtp, mails: MailServer) -> None:
    """Where others had it, a no to the mail itself is about the person."""
    mails.content = {ADDRESSES[1]: "552 5.2.2 mailbox full"}
    outcome = sent(transport, 0, 1, 2)
    assert (outcome.state, outcome.ended) == (AttemptState.ACCEPTED, None)
    assert outcome.refused == {1: "552 5.2.2 mailbox full"}
    assert mails.people == [ADDRESSES[0], ADDRESSES[2]]


def test_a_content_that_nobody_may_get(transport: Smtp, mails: MailServer) -> None:
    """The first mail's refusal would be everybody's: nothing more is tried."""
    mails.content = dict.fromkeys(ADDRESSES, "550 5.7.60 not your From")
    with pytest.raises(DeliveryError, match="refuses it: 550 5.7.60 not your From"):
        sent(transport, 0, 1, 2)
    assert mails.taken == []


def test_a_sender_that_is_refused(transport: Smtp, mails: MailServer) -> None:
    """A bad From is one error and not a thousand refusals."""
    mails.mail = "553 5.7.1 not allowed"
    with pytest.raises(DeliveryError, match="refuses it: 553 5.7.1 not allowed"):
        sent(transport, 0, 1)


def test_a_sender_that_is_refused_later(transport: Smtp, mails: MailServer) -> None:
    """Who had theirs had it; the rest was not begun."""

    def began(place: int) -> None:
        mails.mail = "550 5.4.6 quota" if place == 1 else ""

    outcome = sent(transport, 0, 1, 2, 3, began=began)
    assert outcome == Outcome(
        state=AttemptState.ACCEPTED, reason="550 5.4.6 quota", ended=2
    )
    assert mails.people == ADDRESSES[:2]


@pytest.mark.parametrize("reply", ["451 4.3.0 busy", "421 4.3.2 going down"])
def test_not_now(transport: Smtp, mails: MailServer, reply: str) -> None:
    """A "not now" to the mail ends it there, for certain, and the rest waits."""
    mails.content = {ADDRESSES[2]: reply}
    outcome = sent(transport, *range(5))
    assert outcome == Outcome(
        state=AttemptState.ACCEPTED, reason=reply, retry_after=UNTOLD, ended=2
    )
    mails.content = {}
    assert sent(transport, 2, 3, 4).state is AttemptState.ACCEPTED
    assert mails.people == ADDRESSES[:5]


def test_lost_before_the_content(transport: Smtp, mails: MailServer) -> None:
    """A connection that breaks before a mail's content has sent nothing of it."""
    mails.rcpt = {ADDRESSES[2]: BREAK}
    outcome = sent(transport, *range(4))
    assert (outcome.state, outcome.ended) == (AttemptState.ACCEPTED, 2)
    assert outcome.retry_after == RECONNECT
    assert mails.people == ADDRESSES[:2]


@pytest.mark.parametrize("answer", [LOST, BREAK])
def test_lost_after_the_content(
    transport: Smtp, mails: MailServer, answer: str
) -> None:
    """The one whose answer is missing is unknown, and nobody else."""
    mails.content = {ADDRESSES[2]: answer}
    outcome = sent(transport, *range(4))
    assert (outcome.state, outcome.ended) == (AttemptState.UNKNOWN, 3)
    assert set(mails.people) | {ADDRESSES[2]} == set(ADDRESSES[:3])
    assert sent(transport, 3).state is AttemptState.ACCEPTED, "a new connection"


def test_lost_at_the_first(transport: Smtp, mails: MailServer) -> None:
    """Where nobody had any, it is a refusal for now."""
    mails.rcpt = {ADDRESSES[0]: BREAK}
    outcome = sent(transport, 0, 1)
    assert (outcome.state, outcome.ended) == (AttemptState.REFUSED, 0)


def test_told_to_end(transport: Smtp, mails: MailServer) -> None:
    """Who is told not to begin has begun nothing, and the server keeps nothing."""
    outcome = sent(transport, *range(4), began=lambda place: place < 2)
    assert (outcome.state, outcome.ended) == (AttemptState.ACCEPTED, 2)
    assert mails.people == ADDRESSES[:2]


def test_a_campaign_has_a_cursor(transport: Smtp, mails: MailServer) -> None:
    """Without a place to commit, a crash would lose people: nothing is sent."""
    with pytest.raises(DeliveryError, match="cursor is not committed"):
        transport.send(replace(handover(person(1)), checked=1.0))
    assert mails.taken == []


def test_an_error_of_who_sends(transport: Smtp, mails: MailServer) -> None:
    """Where the cursor cannot be written, nothing leaves."""

    def began(place: int) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        sent(transport, 0, began=began)
    assert mails.taken == []
    assert sent(transport, 1).state is AttemptState.ACCEPTED


def test_nobody_there() -> None:
    """A server that is not there is a certain no, for now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert sent(Smtp(smtp_config(port), QUICK), 1) == Outcome(
        state=AttemptState.REFUSED,
        reason="Connection refused",
        retry_after=RECONNECT,
        ended=0,
    )


def test_a_server_without_a_word() -> None:
    """A server that never answers costs a deadline."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        outcome = sent(Smtp(smtp_config(deaf.getsockname()[1]), QUICK), 1)
    assert (outcome.state, outcome.ended) == (AttemptState.REFUSED, 0)


@contextmanager
def scripted(*lines: bytes, pause: float = 0) -> Iterator[int]:
    """A server that says the same to everything, and the last of it for ever."""

    def serve() -> None:
        with suppress(OSError):
            connection, _ = server.accept()
            with connection:
                for line in chain(lines, repeat(lines[-1])):
                    connection.sendall(line)
                    if over.wait(pause) or not (pause or connection.recv(1 << 16)):
                        return

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join(5)


def test_a_greeting_without_end() -> None:
    """A byte now and then does not put the deadline off."""
    with scripted(b"2", pause=0.05) as port:
        began = time.monotonic()
        outcome = sent(Smtp(smtp_config(port), QUICK), 1)
    assert time.monotonic() - began < 4
    assert (outcome.state, outcome.ended) == (AttemptState.REFUSED, 0)


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n"], AttemptState.REFUSED),
        ([b"220 hi\r\n", b"250 hi\r\n", b"nonsense\r\n"], AttemptState.REFUSED),
        (
            [b"220 a\r\n", *[b"250 b\r\n"] * 3, b"354 c\r\n", b"", b"nonsense\r\n"],
            AttemptState.UNKNOWN,
        ),
        (
            [b"220 a\r\n", *[b"250 b\r\n"] * 3, b"354 c\r\n", b"", b"354 d\r\n"],
            AttemptState.UNKNOWN,
        ),
    ],
)
def test_what_is_not_smtp(lines: list[bytes], state: AttemptState) -> None:
    """Nonsense is no yes: before the content nothing left, behind it it is unknown."""
    with scripted(*lines) as port:
        outcome = sent(Smtp(smtp_config(port), QUICK), 1)
    assert outcome.state is state
    assert outcome.ended == (1 if state is AttemptState.UNKNOWN else 0)


def test_what_was_closed_meanwhile(transport: Smtp, mails: MailServer) -> None:
    """A connection that the server ended in a pause costs no mail."""
    sent(transport, 0)
    connection = transport._submission._smtp
    assert isinstance(connection, smtplib.SMTP)
    assert connection.sock
    connection.sock.shutdown(socket.SHUT_RDWR)
    assert sent(transport, 1).state is AttemptState.ACCEPTED
    assert mails.connections == 2


# --- Addresses beyond ASCII ---------------------------------------------------


def beyond(address: str) -> Recipient:
    return structs.replace(person(1, "Zoë"), email=address)


def test_a_domain_beyond_ascii(transport: Smtp, mails: MailServer) -> None:
    """It has a form in ASCII, which every server takes."""
    transport.send(handover(beyond("zoe@exämple.org")))
    assert mails.people == ["zoe@xn--exmple-cua.org"]


def test_a_local_part_beyond_ascii(transport: Smtp, mails: MailServer) -> None:
    """A server that knows SMTPUTF8 gets it as it is (RFC 6531)."""
    assert transport.send(handover(beyond("zoë@example.org"))).refused == {}
    assert mails.people == ["zoë@example.org"]
    assert mails.taken[0].content.startswith("To: Zoë <zoë@example.org>\r\n".encode())


def test_a_server_of_ascii_only() -> None:
    """Without SMTPUTF8 it is that person's refusal."""
    with mail_server(utf8=False) as mails:
        transport = Smtp(smtp_config(mails.port), QUICK)
        outcome = transport.send(handover(beyond("zoë@example.org"), person(2)))
        transport.close()
    assert "SMTPUTF8" in outcome.refused[0]
    assert mails.people == [ADDRESSES[2]]


# --- TLS and login --------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_and_login(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    """To a server that proves its name it says the password, from a file too."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    (file := certificate.with_name("password")).write_text("very-secret\n")
    context = server_side(certificate)
    with mail_server(
        starttls=context if security == "starttls" else None,
        tls=context if security == "tls" else None,
    ) as mails:
        config = smtp_config(
            mails.port, security=security, user="editor", password_file=str(file)
        )
        transport = Smtp(config, QUICK)
        assert sent(transport, 1, 2).state is AttemptState.ACCEPTED
        transport.close()
    assert mails.people == ADDRESSES[1:3]
    assert [login.password for login in mails.logins] == [b"very-secret"]


def test_a_stranger_gets_nothing(certificate: Path) -> None:
    """A server that cannot prove its name hears no password and gets no mail."""
    with mail_server(starttls=server_side(certificate)) as mails:
        config = smtp_config(mails.port, security="starttls", user="a", password="b")
        outcome = sent(Smtp(config, QUICK), 1)
    assert (outcome.state, outcome.ended) == (AttemptState.REFUSED, 0)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.reason.upper().replace(" ", "_")
    assert (mails.taken, mails.logins) == ([], [])


def test_a_server_without_starttls(mails: MailServer) -> None:
    """It is not spoken to in plain text instead."""
    transport = Smtp(smtp_config(mails.port, security="starttls"), QUICK)
    with pytest.raises(DeliveryError, match="does not offer STARTTLS"):
        sent(transport, 1)
    assert mails.taken == []


def test_a_wrong_password(
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A refused login stops it, and neither error nor log nor repr has the password."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(starttls=server_side(certificate)) as mails:
        config = smtp_config(
            mails.port, security="starttls", user="me", password="hush-hush"
        )
        transport = Smtp(config, QUICK)
        with pytest.raises(
            DeliveryError, match=r"smtp\.user: .* refuses the login: 535"
        ) as caught:
            sent(transport, 1)
        texts = [
            repr(transport),
            repr(vars(transport)),
            repr(vars(transport._submission)),
        ]
    assert mails.logins
    assert "hush" not in caplog.text + str(caught.value) + " ".join(texts)


# --- What is refused before the first mail ------------------------------------------


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (smtp_config(1, host=""), "smtp.host is not set"),
        (smtp_config(1, host="mail.example.org", user="me"), "in plain text"),
        (smtp_config(1, user="me"), "smtp.password is not set"),
        (smtp_config(1, password="hush"), "smtp.user is not set"),
        (settings("sendgrid", asm_group=7), "sendgrid.asm_group: only SendGrid"),
        (settings("sendgrid", categories=("a",)), "sendgrid.categories: only SendGrid"),
        (settings("sendgrid", ip_pool="pool"), "sendgrid.ip_pool: only SendGrid"),
        (settings("sendgrid", tracking="opens"), "sendgrid.tracking: only SendGrid"),
        (settings("newsletter", unsubscribe="sendgrid"), "newsletter.unsubscribe: "),
        (settings("newsletter", base_url=""), "newsletter.unsubscribe: "),
    ],
)
def test_what_smtp_has_no_words_for(config: Config, words: str) -> None:
    """It is an error in one line, and never left out of the mail."""
    if not config.smtp.port:
        config = replace(config, smtp=smtp_config(1).smtp)
    with pytest.raises(DeliveryError, match=words) as caught:
        open_transport("smtp", config)
    assert "\n" not in str(caught.value)


def test_a_wave_is_sendgrids(transport: Smtp, mails: MailServer, now: Any) -> None:
    """Mail that is to wait goes nowhere by SMTP."""
    waiting: Handover = replace(handover(person(1)), wave=Wave(id="w", send_at=now))
    with pytest.raises(DeliveryError, match="cannot hold mail back"):
        transport.send(waiting)
    assert mails.taken == []


def test_the_password_is_no_setting_to_show() -> None:
    """`config show` says only that it is set."""
    config = smtp_config(1, password="hush")
    values = {row.key: shown(config, row) for row in rows("smtp")}
    assert values["password"] == "(set)"
    assert CONFIG.smtp_password == ""
