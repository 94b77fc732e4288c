"""The SMTP transport: each person's mail is a transaction with a mail server.

What only SendGrid can do is refused before the first mail, not left out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

from email_validator import EmailNotValidError, validate_email
from msgspec import structs

from digest.config import Config, SmtpSettings
from digest.delivery.limits import is_loopback
from digest.delivery.mime import Messages, Mime
from digest.delivery.submission import PORTS, Refusal, Server, Submission
from digest.delivery.transport import Handover
from digest.delivery.wire import Deadlines, Silence
from digest.errors import DeliveryError
from digest.model import AttemptState, Outcome
from subscribers.model import Recipient

#: seconds after which a server that went away is tried again
RECONNECT = 5.0
#: seconds to wait on a "not now" (4yz), which never says when
UNTOLD = 30.0


def _now() -> datetime:
    return datetime.now(UTC)


class Smtp:
    """Hands mail over to the server of `[smtp]`, one connection, a mail at a time."""

    name = "smtp"
    rehearsal = False
    serial = True
    stages = False

    def __init__(
        self,
        config: Config,
        deadlines: Deadlines | None = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        check_expressible(config)
        self._config = config
        self._deadlines = deadlines
        self._messages = Messages(config)
        self._now = now
        newsletter = config.newsletter
        self._sender = _ascii(newsletter.from_email)
        self._beyond_ascii = not (self._sender + newsletter.reply_to).isascii()
        self._submission = Submission(_server(config), deadlines or Deadlines())
        #: whether this server has taken a mail of ours at all
        self._taken = False

    def send(self, handover: Handover) -> Outcome:
        """See `Transport.send`, `Handover.began` and `Outcome.ended`."""
        if handover.wave:
            raise DeliveryError(
                "transport.name: smtp cannot hold mail back until a moment; use "
                "--mode direct"
            )
        if handover.checked is not None and not handover.began:
            # Whoever a crash left without their mail would count as reached.
            raise DeliveryError(
                "transport.name: smtp sends no campaign whose cursor is not committed"
            )
        mime = self._messages.of(handover)
        refused: dict[int, str] = {}
        for place, person in enumerate(handover.recipients):
            if ended := self._turn(handover, mime, place, person, refused):
                return ended
        return Outcome(state=AttemptState.ACCEPTED, refused=refused)

    def _turn(
        self,
        handover: Handover,
        mime: Mime,
        place: int,
        person: Recipient,
        refused: dict[int, str],
    ) -> Outcome | None:
        """One person's: None where the next may come, else how it ended."""
        try:
            begun = self._one(handover, mime, place, person)
        except Silence as silence:
            return _broken(place, refused, silence)
        except DeliveryError as error:
            if place == 0:
                raise
            return _ended(place, refused, str(error))
        except Refusal as refusal:
            if not refusal.of_person:
                return self._given_up(place, refused, refusal)
            refused[place] = str(refusal)
            if handover.refused:
                handover.refused(place, str(refusal))
            return None
        return None if begun else _ended(place, refused, "told to end here", 0)

    def another(self) -> Self:
        return type(self)(self._config, self._deadlines, self._now)

    def staging(self) -> None:
        """A mail server keeps nothing back."""

    def close(self) -> None:
        self._submission.close()

    def post(self, to: str, message: bytes) -> None:
        """Hand over one mail that belongs to no campaign.

        Raises:
            Silence, Refusal: what is certain about it.
            DeliveryError: no mail can be handed over with these settings.
        """
        self._begin(to)
        self._submission.content(message)

    def _one(
        self, handover: Handover, mime: Mime, place: int, person: Recipient
    ) -> bool:
        """Hand one mail over; whether it was begun."""
        person = structs.replace(person, email=_ascii(person.email))
        message = mime.message(person, handover.attempt, self._now())
        self._begin(person.email)
        if not self._may_begin(handover, place):
            return False
        try:
            self._submission.content(message)
        except Refusal as refusal:
            # What all mails share would be refused again and again.
            refusal.of_person = self._taken and not refusal.later
            raise
        self._taken = True
        return True

    def _begin(self, to: str) -> None:
        """Say who writes to whom, over a connection that is open."""
        self._submission.open()
        utf8 = self._beyond_ascii or not to.isascii()
        if utf8 and not self._submission.offers("smtputf8"):
            raise Refusal(
                "the mail server takes no addresses beyond ASCII (SMTPUTF8)",
                of_person=not self._beyond_ascii,
            )
        self._submission.envelope(self._sender, to, utf8=utf8)

    def _may_begin(self, handover: Handover, place: int) -> bool:
        """Have it written down; where it is not, what was said so far is void."""
        begin = False
        try:
            begin = handover.began is None or handover.began(place) is not False
        finally:
            if not begin:
                self._submission.abort()
        return begin

    def _given_up(
        self, place: int, refused: dict[int, str], refusal: Refusal
    ) -> Outcome:
        self._submission.abort()
        if place == 0 and not refusal.later:
            raise DeliveryError(f"the mail server refuses it: {refusal}")
        return _ended(place, refused, str(refusal), UNTOLD if refusal.later else None)


def _ended(
    place: int, refused: dict[int, str], reason: str, wait: float | None = None
) -> Outcome:
    """Nobody from this place on was accepted."""
    return Outcome(
        state=AttemptState.ACCEPTED if place else AttemptState.REFUSED,
        reason=reason,
        retry_after=wait,
        ended=place,
        refused=refused,
    )


def _broken(place: int, refused: dict[int, str], silence: Silence) -> Outcome:
    if not silence.sent:
        return _ended(place, refused, str(silence), RECONNECT)
    return Outcome(
        state=AttemptState.UNKNOWN,
        reason=str(silence),
        retry_after=RECONNECT,
        ended=place + 1,
        refused=refused,
    )


def check_expressible(config: Config) -> None:
    """Raise DeliveryError for the first setting that SMTP has no words for."""
    newsletter, sendgrid = config.newsletter, config.sendgrid
    if not config.smtp.host:
        raise DeliveryError("smtp.host is not set (the mail server); set it")
    if newsletter.unsubscribe_by == "sendgrid":
        raise DeliveryError(
            "newsletter.unsubscribe: smtp has no unsubscribe page of SendGrid's; set "
            "newsletter.base_url, where yours is, and leave unsubscribe out or own"
        )
    only_sendgrid = {
        "asm_group": sendgrid.asm_group,  # also a list's own: `lists add --asm-group`
        "categories": sendgrid.categories,
        "ip_pool": sendgrid.ip_pool,
        "tracking": sendgrid.tracking != "off",
    }
    for key in (key for key, value in only_sendgrid.items() if value):
        raise DeliveryError(
            f"sendgrid.{key}: only SendGrid can do that, smtp cannot; leave it out"
        )


def _server(config: Config) -> Server:
    smtp: SmtpSettings = config.smtp
    if smtp.user and smtp.security == "none" and not is_loopback(smtp.host):
        raise DeliveryError(
            "smtp.security: a password does not travel in plain text; set starttls "
            "or tls"
        )
    password = config.smtp_password
    if bool(smtp.user) != bool(password):
        missing = "password" if smtp.user else "user"
        raise DeliveryError(
            f"smtp.{missing} is not set; a login needs both, or neither"
        )
    return Server(
        host=smtp.host,
        port=smtp.port or PORTS[smtp.security],
        security=smtp.security,
        user=smtp.user,
        password=password,
        hostname=_ascii(config.newsletter.from_email).rpartition("@")[2],
    )


def _ascii(email: str) -> str:
    """The address with its domain in ASCII, if it has such a form (RFC 5891)."""
    if email.isascii():
        return email
    try:
        found = validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        return email
    return found.ascii_email or email
