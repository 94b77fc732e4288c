"""SendGrid's scheduled sends: ids for waves, and the proof that one was taken back.

Rules 9 to 11 of design/delivery.md. The time that counts is SendGrid's own, of the
`Date` of its answers: our clock may be wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from digest.errors import DeliveryError, TryAgain
from digest.ledger import boot_seconds

if TYPE_CHECKING:
    from digest.delivery.account import Account, Reply

T = TypeVar("T")

#: cancellations that an account may have at a time (OpenAPI of scheduled_sends)
SLOTS = 10
#: `Date` has whole seconds
RESOLUTION = timedelta(seconds=1)


class ProviderClock:
    """What time it is at the provider: never earlier than this, and little later."""

    def __init__(self, steady: Callable[[], float] | None = None) -> None:
        self.steady = steady or boot_seconds
        self._latest: tuple[datetime, float] | None = None

    def note(self, date: datetime | None, asked: float) -> None:
        """An answer bears this date; its request left at `asked`, by `steady`."""
        if date is not None:
            self._latest = (date, asked)

    def now(self) -> datetime | None:
        """The latest that it can be there; None before the first answer.

        The date was written after the request left, so that at most so much time has
        gone by since.
        """
        if self._latest is None:
            return None
        date, asked = self._latest
        return date + RESOLUTION + timedelta(seconds=self.steady() - asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What came of a cancel: SendGrid's time of the answer that proves it, or why
    there is none."""

    proof: datetime | None = None
    reason: str = ""


class Staging(Protocol):
    """What a provider offers for waves."""

    clock: ProviderClock

    def new_id(self) -> str: ...
    def cancellations(self) -> set[str]: ...
    def cancel(self, provider_id: str) -> Cancelled: ...
    def forget(self, provider_id: str) -> None: ...


class _Batch(msgspec.Struct):
    batch_id: str
    status: str = ""


class Scheduling:
    """Staging at SendGrid. One thread uses it at a time."""

    def __init__(self, account: Account, clock: ProviderClock | None = None) -> None:
        self._account = account
        self.clock = clock or ProviderClock()

    def new_id(self) -> str:
        """An id for a wave; it costs nothing where it is not used.

        Raises:
            TryAgain: SendGrid does not answer, or takes no calls for now.
            DeliveryError: it refuses.
        """
        reply = self._call("post", "mail", "batch")
        return _decoded(_good(reply, "id for a wave"), _Batch).batch_id

    def cancellations(self) -> set[str]:
        """Every id of the account that is cancelled or paused: each takes a slot.

        Raises:
            TryAgain, DeliveryError: as for `new_id`.
        """
        reply = self._call("get", "user", "scheduled_sends")
        found = _decoded(_good(reply, "list of scheduled sends"), list[_Batch])
        return {each.batch_id for each in found}

    def cancel(self, provider_id: str) -> Cancelled:
        """Take a wave back; a 400 may mean that it is, or that it can't be (rule 9)."""
        body = {"batch_id": provider_id, "status": "cancel"}
        reply = self._call("post", "user", "scheduled_sends", body=body)
        if reply.status == 201:
            return Cancelled(proof=reply.date, reason="" if reply.date else "no Date")
        if reply.status != 400:
            return Cancelled(reason=reply.reason or f"{reply.status}")
        shown = self._call("get", "user", "scheduled_sends", provider_id)
        if shown.ok and shown.date and _is_cancelled(shown, provider_id):
            return Cancelled(proof=shown.date)
        return Cancelled(reason=reply.reason)

    def forget(self, provider_id: str) -> None:
        """Give a cancellation's slot back, long after its wave (rule 11)."""
        self._call("delete", "user", "scheduled_sends", provider_id)

    def _call(
        self, method: str, *path: str, body: dict[str, str] | None = None
    ) -> Reply:
        asked = self.clock.steady()
        reply = self._account.call(method, *path, body=body)
        self.clock.note(reply.date, asked)
        return reply


def _is_cancelled(reply: Reply, provider_id: str) -> bool:
    """SendGrid's description says one object, its examples a list."""
    try:
        found = msgspec.json.decode(reply.body, type=list[_Batch] | _Batch)
    except msgspec.MsgspecError:
        return False
    every = found if isinstance(found, list) else [found]
    return any(
        each.batch_id == provider_id and each.status == "cancel" for each in every
    )


def _good(reply: Reply, what: str) -> Reply:
    if reply.for_now:
        raise TryAgain(f"SendGrid's {what}: {reply.reason}; try again")
    if not reply.ok:
        needs = (
            "; the key needs the rights user.scheduled_sends and mail.batch, or use "
            "--mode direct"
        )
        raise DeliveryError(f"SendGrid refuses its {what}: {reply.reason}{needs}")
    return reply


def _decoded(reply: Reply, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except msgspec.MsgspecError:
        raise DeliveryError(
            "SendGrid's scheduled sends: what came is not theirs; is sendgrid.host "
            "right?"
        ) from None
