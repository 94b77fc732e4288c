"""One connection to a mail server, and what is certain about each mail (RFC 5321).

The standard library's client logs in and reads replies. What it would do for a whole
mail it does in one go, and does not tell whether the mail may have arrived.
"""

from __future__ import annotations

import math
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

from urllib3.util.wait import wait_for_read

from digest.delivery.deadline import Deadline, abort
from digest.delivery.personal import one_line
from digest.delivery.wire import Deadlines, Silence, in_words
from digest.errors import DeliveryError
from digest.ledger.times import boot_seconds

#: ports of RFC 6409, RFC 8314 and RFC 5321
PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: seconds to wait for the answer to a goodbye
GOODBYE = 2.0


class Reply(NamedTuple):
    code: int
    words: str

    @property
    def good(self) -> bool:
        return self.code // 100 in {2, 3}

    @property
    def later(self) -> bool:
        return self.code // 100 == 4

    def __str__(self) -> str:
        return f"{self.code} {self.words}".strip()


class Refusal(Exception):
    """The server does not take the mail, for certain.

    `of_person`: it is about this recipient, and others may be taken. `later`: it is
    worth another try.
    """

    def __init__(self, reason: str, *, of_person: bool, later: bool = False) -> None:
        super().__init__(reason)
        self.of_person = of_person
        self.later = later


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is, and how one is let in; without a user there is no login."""

    host: str
    port: int
    security: str
    user: str
    password: str
    #: what we call ourselves
    hostname: str

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


class Submission:
    """A connection that is opened when needed and kept. For one thread."""

    def __init__(self, server: Server, deadlines: Deadlines) -> None:
        self._server = server
        self._deadlines = deadlines
        self._smtp: smtplib.SMTP | None = None
        #: of the exchange that is under way, as is whether a mail's end may have left
        self._deadline = Deadline(math.inf)
        self._sent = False
        #: a transaction is open that came to nothing
        self._open_ended = False

    def open(self) -> None:
        """Have a connection over which mail can be sent.

        Raises:
            Silence, Refusal: there is none for now.
            DeliveryError: there is none with these settings.
        """
        # It would say something only to end it, or because it has ended.
        if self._smtp and wait_for_read(self._socket, 0):
            self.abort()
        if self._smtp is None:
            with self._exchange() as deadline:
                self._connect(deadline)

    def offers(self, extension: str) -> bool:
        return self._smtp is not None and self._smtp.has_extn(extension)

    def envelope(self, sender: str, to: str, *, utf8: bool) -> None:
        """Begin a mail; nothing of it is accepted before its content is.

        Raises:
            Silence, Refusal
        """
        options = " BODY=8BITMIME SMTPUTF8" if utf8 else ""
        commands = [f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{to}>", "DATA"]
        if self._open_ended:
            commands.insert(0, "RSET")
        with self._exchange():
            *_, mail, rcpt, data = self._replies(commands)
            self._open_ended = not (mail.good and rcpt.good and data.good)
            if self._open_ended and data.code == 354:  # RFC 2920: it goes to nobody
                self._replies(["."])
        if not mail.good:
            raise _refusal(mail, of_person=False)
        if not rcpt.good:
            raise _refusal(rcpt, of_person=rcpt.code != 421)
        if not data.good:
            raise _refusal(data, of_person=False)

    def content(self, message: bytes) -> None:
        """Hand over the mail that was begun; it ends with a line's end.

        Raises:
            Silence: with whether it may have been accepted.
            Refusal
        """
        with self._exchange() as deadline:
            # RFC 5321, section 4.5.2
            self._socket.sendall(message.replace(b"\r\n.", b"\r\n.."))
            deadline.check()
            self._sent = True
            reply = self._replies(["."])[0]
            if reply.code // 100 == 3:
                raise ConnectionError(f"{reply} is no answer to a mail")
        if not reply.good:
            raise _refusal(reply, of_person=False)

    def abort(self) -> None:
        """End it where it is: what was begun and has no end is not accepted."""
        if self._smtp:
            abort(self._smtp.sock)
            self._smtp.close()
        self._smtp = None

    def close(self) -> None:
        """Say goodbye; any number of times."""
        if self._smtp:
            with suppress(OSError):
                self._socket.settimeout(GOODBYE)
                self._smtp.quit()
        self.abort()

    @property
    def _socket(self) -> socket.socket:
        if self._smtp is None or self._smtp.sock is None:
            raise ConnectionResetError("the connection is closed")
        return self._smtp.sock

    @contextmanager
    def _exchange(self) -> Iterator[Deadline]:
        """The connection ends with whatever ends what is done here."""
        self._sent = False
        total = self._deadlines.total
        with Deadline(boot_seconds() + total) as deadline:
            self._deadline = deadline
            try:
                if self._smtp:
                    deadline.watch(self._socket)
                yield deadline
            except OSError as error:  # smtplib's errors are such, too
                self.abort()
                late = f"no answer within {total:g} s"
                reason = late if deadline.over else in_words(error)
                raise Silence(reason, sent=self._sent) from error
            except BaseException:
                self.abort()
                raise

    def _replies(self, commands: list[str]) -> list[Reply]:
        """To each command in turn; the rest is not said after a no.

        All at once where the server can (RFC 2920), and then there is a reply to each.
        """
        if self.offers("pipelining"):
            self._say(*commands)
            return [self._reply() for _ in commands]
        replies: list[Reply] = []
        for command in commands:
            if replies and not replies[-1].good:
                replies.append(replies[-1])
                continue
            self._say(command)
            replies.append(self._reply())
        return replies

    def _say(self, *commands: str) -> None:
        self._socket.sendall("".join(f"{each}\r\n" for each in commands).encode())

    def _reply(self) -> Reply:
        if self._smtp is None:
            raise ConnectionResetError("the connection is closed")
        code, words = self._smtp.getreply()
        self._deadline.check()  # cut off, a reply may look like a whole one
        if not 200 <= code < 600:
            raise ConnectionError("what came back is not SMTP")
        return Reply(code, one_line(words.decode("utf-8", "replace"))[:300])

    # --- Opening -------------------------------------------------------------

    def _connect(self, deadline: Deadline) -> None:
        server = self._server
        address = (server.host, server.port)
        sock = socket.create_connection(address, self._deadlines.connect)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Without a name of ours it would ask a name server for one.
        smtp = self._smtp = smtplib.SMTP(local_hostname=server.hostname)
        smtp.sock = sock
        deadline.watch(sock)
        if server.security == "tls":
            self._secure(smtp, deadline)
        self._expect(220)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            self._start_tls(smtp, deadline)
        if server.user:
            self._log_in(smtp)
        self._open_ended = False
        self._socket.settimeout(self._deadlines.read)

    def _start_tls(self, smtp: smtplib.SMTP, deadline: Deadline) -> None:
        if not smtp.has_extn("starttls"):
            raise DeliveryError(
                f"smtp.security: {self._server.host} does not offer STARTTLS; set tls "
                "if it speaks TLS from the first byte, or none on a wire of your own"
            )
        self._say("STARTTLS")
        self._expect(220)
        # What came before is nobody's word (RFC 3207, section 4.2).
        smtp.file = None
        smtp.ehlo_resp = smtp.helo_resp = None
        smtp.esmtp_features = {}
        smtp.does_esmtp = False
        self._secure(smtp, deadline)
        smtp.ehlo_or_helo_if_needed()

    def _secure(self, smtp: smtplib.SMTP, deadline: Deadline) -> None:
        context = ssl.create_default_context()
        host = self._server.host
        smtp.sock = context.wrap_socket(self._socket, server_hostname=host)
        deadline.watch(smtp.sock)

    def _expect(self, code: int) -> None:
        reply = self._reply()
        if reply.code != code:
            raise _refusal(reply, of_person=False)

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._server.user, self._server.password)
        except smtplib.SMTPResponseException as error:
            reply = Reply(error.smtp_code, one_line(_text(error.smtp_error))[:300])
            if reply.later:
                raise _refusal(reply, of_person=False) from error
            raise DeliveryError(
                f"smtp.user: {self._server.host} refuses the login: {reply}"
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(
                f"smtp.user: {self._server.host} knows no login; leave the user empty"
            ) from error


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _refusal(reply: Reply, *, of_person: bool) -> Refusal:
    return Refusal(str(reply), of_person=of_person, later=reply.later)
