"""The SendGrid transport: our own bytes over a connection that is kept.

The package's client says who we are and where SendGrid is. It does not post: it
opens a connection for each request, knows no deadline, tells no certain refusal
from an unknown one, and writes the key into its debug log.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Self

import msgspec

from digest.config import Config
from digest.delivery.client import client_of
from digest.delivery.personal import one_line
from digest.delivery.request import Requests
from digest.delivery.transport import Handover
from digest.delivery.wire import Answer, Deadlines, Silence, Wire
from digest.errors import DeliveryError
from digest.model import AttemptState, Outcome

PATH = "/v3/mail/send"
#: seconds after which a connection that could not be opened is tried again
RECONNECT = 5.0
#: seconds to wait on a 429 that does not say when to come back
UNTOLD = 30.0
#: statuses that SendGrid documents as a refusal; from a proxy they say nothing
REFUSALS = frozenset({400, 401, 403, 404, 405, 413, 429})


if TYPE_CHECKING:
    from digest.delivery.scheduling import Scheduling as Staging


class _Error(msgspec.Struct):
    message: str = ""
    field: str | None = None


class _Errors(msgspec.Struct):
    errors: list[_Error]


class SendGrid:
    """Hands batches over to SendGrid's mail/send."""

    name = "sendgrid"
    rehearsal = False
    serial = False
    stages = True

    def __init__(
        self,
        config: Config,
        deadlines: Deadlines | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        client = client_of(config)
        self._config = config
        self._deadlines = deadlines
        self._requests = Requests(config)
        self._clock = clock
        self._wire = Wire(
            client.host,
            {**client.client.request_headers, "Content-Type": "application/json"},
            deadlines or Deadlines(),
        )

    def send(self, handover: Handover) -> Outcome:
        body = self._requests.body(handover)
        try:
            answer = self._wire.post(PATH, body, checked=handover.checked)
        except Silence as silence:
            return _without_answer(silence)
        return outcome_of(answer, self._clock())

    def another(self) -> Self:
        return type(self)(self._config, self._deadlines, self._clock)

    def staging(self) -> Staging:
        from digest.delivery.account import Account
        from digest.delivery.scheduling import Scheduling

        return Scheduling(Account(self._config))

    def close(self) -> None:
        self._wire.close()


def outcome_of(answer: Answer, now: float) -> Outcome:
    """What an answer says for certain (rule 6); `now` is the Unix time.

    Raises:
        DeliveryError: SendGrid refuses something that all batches share.
    """
    if answer.status == 202:
        message_id = answer.headers.get("X-Message-Id")
        return Outcome(state=AttemptState.ACCEPTED, message_id=message_id)
    errors = _errors(answer)
    if not errors:
        reason = f"HTTP {answer.status} without a word of SendGrid's own"
        return Outcome(state=AttemptState.UNKNOWN, reason=reason)
    reason = _reason(answer.status, errors)
    if answer.status == 429:
        wait = _retry_after(answer.headers, now)
        return Outcome(state=AttemptState.REFUSED, reason=reason, retry_after=wait)
    blamed = () if answer.status == 413 else _blamed(errors)
    if answer.status not in (400, 413) or blamed is None:
        raise DeliveryError(f"SendGrid refuses it: {reason}")
    return Outcome(state=AttemptState.REFUSED, reason=reason, culprits=blamed)


def _blamed(errors: list[_Error]) -> tuple[int, ...] | None:
    """The places of the people that a 400 is about: none where it is about them but
    names nobody; None where it is about what all share."""
    fields = [error.field or "personalizations" for error in errors]
    if not all(re.match(r"personalizations(?:\.|$)", field) for field in fields):
        return None
    named = [re.match(r"personalizations\.(\d+)", field) for field in fields]
    return tuple(sorted({int(each[1]) for each in named if each}))


def _errors(answer: Answer) -> list[_Error]:
    """SendGrid's own errors; none where somebody between us has answered."""
    if answer.status not in REFUSALS:
        return []
    try:
        return msgspec.json.decode(answer.body, type=_Errors).errors
    except msgspec.DecodeError:
        return []


def _reason(status: int, errors: list[_Error]) -> str:
    """The first error in one line, with the field that it is about."""
    first = errors[0]
    words = one_line(first.message)[:300]
    field = f" ({one_line(first.field)[:80]})" if first.field else ""
    return f"{status} {words}{field}"


def _retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds until SendGrid takes requests again."""
    try:
        if "Retry-After" in headers:
            return max(1.0, float(headers["Retry-After"]))
        return max(1.0, float(headers["X-RateLimit-Reset"]) - now)
    except (KeyError, ValueError):
        return UNTOLD


def _without_answer(silence: Silence) -> Outcome:
    if silence.sent:
        return Outcome(state=AttemptState.UNKNOWN, reason=str(silence))
    return Outcome(
        state=AttemptState.REFUSED, reason=str(silence), retry_after=RECONNECT
    )
