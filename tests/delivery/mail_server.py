"""A mail server on loopback, by aiosmtpd: it keeps what it takes, refuses as told."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: a reply of the test's that ends the connection instead
BREAK = "break"
#: likewise, when what was asked has been done
LOST = "lost"


@dataclass(frozen=True)
class Taken:
    sender: str
    to: str
    content: bytes


@dataclass
class MailServer:
    """What it took, and what it says."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    #: replies to MAIL, to RCPT by address, and to contents by address
    mail: str = ""
    rcpt: dict[str, str] = field(default_factory=dict)
    content: dict[str, str] = field(default_factory=dict)
    pipelining: bool = False
    connections: int = 0
    logins: list[LoginPassword] = field(default_factory=list)

    @property
    def people(self) -> list[str]:
        """Everybody a mail was taken for, once for each mail."""
        return [each.to for each in self.taken]

    # --- aiosmtpd's hooks: https://aiosmtpd.aio-libs.org/en/stable/handlers.html

    async def handle_EHLO(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        extra = ["250-PIPELINING"] if self.pipelining else []
        return [responses[0], *extra, *responses[1:]]

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.mail:
            return self.mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        reply = self.rcpt.get(address, "250 OK")
        if reply == BREAK:
            _break(server)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        (to,) = envelope.rcpt_tos
        reply = self.content.get(to, "250 OK")
        if reply.startswith("2") or reply == LOST:
            assert envelope.mail_from is not None
            assert isinstance(envelope.original_content, bytes)
            self.taken.append(Taken(envelope.mail_from, to, envelope.original_content))
        if reply in {BREAK, LOST}:
            _break(server)
        return reply

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, kind: str, data: Any
    ) -> AuthResult:
        self.logins.append(data)
        return AuthResult(success=data.password == b"very-secret", handled=False)


def _break(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.WriteTransport)
    server.transport.abort()


@contextmanager
def mail_server(
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    utf8: bool = True,
) -> Iterator[MailServer]:
    """A running server; it stops with the block."""
    mails = MailServer()
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        return SMTP(
            mails,
            hostname="mail.example.org",
            loop=loop,
            enable_SMTPUTF8=utf8,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=mails.authenticate,
            auth_require_tls=starttls is not None,
        )

    listening = loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    server = loop.run_until_complete(listening)
    mails.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield mails
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
