"""The bytes of a webhook call as events; one that is none loses no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

import msgspec

from digest.events.classing import BounceClass, bounce_class
from digest.events.naming import EventType, event_type, reject_reason

#: SendGrid's are at most 100 characters; PostgreSQL's index takes some 2,700 bytes
LONGEST_ID = 200
#: `dg_attempt`: an attempt's id, and the token that makes it ours
NAMED = re.compile(r"([0-9]{1,18})(?:-([0-9a-f]{1,64}))?")


#: kinds that are only counted, person by person, and have no rows
COUNTED = frozenset({EventType.QUEUED, EventType.DELIVERED})


#: of leaving and coming back: a group of mail, and not all of it
OF_A_GROUP = "group"


class Fields(msgspec.Struct):
    """What of a SendGrid event is read; the rest of it is only kept.

    Field lists: the *Event schemas of SendGrid's OpenAPI data (tsg_logs_v3). Custom
    arguments stand among the others, at the top.
    """

    event: str
    timestamp: float
    email: str | None = None
    sg_event_id: str | None = None
    reason: str | None = None
    status: str | int | float | None = None
    type: str | None = None
    bounce_classification: str | None = None
    url: str | None = None
    asm_group_id: int | None = None
    sg_machine_open: bool | None = None
    dg_attempt: str | int | None = None
    dg_recipient: str | int | None = None


@dataclass(frozen=True)
class Event:
    """What SendGrid says happened to one copy; `raw` is its JSON as it came.

    `attempt`, `token` and `recipient` name the copy, where it is of a campaign.
    """

    fields: Fields
    at: datetime
    raw: str
    attempt: int | None = None
    token: str = ""
    recipient: int | None = None

    @property
    def id(self) -> str:
        """SendGrid's name of it; the same when it comes again."""
        return self.fields.sg_event_id or ""

    @cached_property
    def type(self) -> EventType:
        return event_type(self.fields.event)

    @cached_property
    def bounce(self) -> BounceClass | None:
        """What a bounce says of the mailbox; None of anything else."""
        if self.type is not EventType.BOUNCED:
            return None
        given = self.fields
        status = "" if given.status is None else str(given.status)
        return bounce_class(given.type or "", given.bounce_classification or "", status)

    @property
    def reason(self) -> str:
        """The class of a bounce, why a copy was rejected, that a group was left."""
        if self.fields.event in ("group_unsubscribe", "group_resubscribe"):
            return OF_A_GROUP
        if self.type is EventType.REJECTED:
            # in anymail's order: the cause may stand in either
            given = self.fields.reason if self.fields.type is None else self.fields.type
            return reject_reason(given or "")
        return self.bounce or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadEvent:
    """What came in an event's place, and why it is none."""

    raw: bytes
    reason: str
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What one call, or a piece of a file, holds."""

    events: Sequence[Event] = ()
    bad: Sequence[BadEvent] = ()


def parse(body: bytes) -> Payload:
    """The events of a JSON array. Never an error: what is no event is in `bad`."""
    try:
        return read_events(elements(body))
    except (ValueError, RecursionError) as error:
        return Payload(bad=[BadEvent(raw=body, reason=f"no JSON array: {error}")])


def read_events(elements: Iterable[bytes]) -> Payload:
    """Events that were parted already, each the bytes of a JSON object."""
    events: list[Event] = []
    bad: list[BadEvent] = []
    for raw in elements:
        try:
            events.append(_event(raw))
        except (ValueError, RecursionError, OverflowError) as error:
            bad.append(BadEvent(raw=raw, reason=str(error), email=_email(raw)))
    return Payload(events=events, bad=bad)


def elements(body: bytes) -> list[bytes]:
    """The elements of an array as bytes, whatever they are."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return [bytes(raw) for raw in msgspec.json.decode(body, type=_RAWS)]
    except ValueError:
        # One with half a character (\ud800) or a control character makes the whole
        # no JSON for msgspec; Python's own reader is not so strict.
        found = json.loads(body.decode("utf-8", "surrogateescape"), strict=False)
        if not isinstance(found, list):
            raise
        return [json.dumps(one).encode() for one in found]


_RAWS = list[msgspec.Raw]
#: numbers may be texts, and texts numbers: SendGrid's custom arguments are texts
_DECODER = msgspec.json.Decoder(Fields, strict=False)


def _event(raw: bytes) -> Event:
    fields = _DECODER.decode(raw)
    _check(fields)
    attempt, token = _named(fields.dg_attempt)
    return Event(
        fields=fields,
        at=_moment(fields.timestamp),
        raw=raw.decode(),
        attempt=attempt,
        token=token,
        recipient=_number(fields.dg_recipient),
    )


def _check(fields: Fields) -> None:
    """What no database could keep is a ValueError."""
    number = fields.sg_event_id or ""
    if "\0" in (fields.url or "") + number:
        raise ValueError("a NUL character in url or sg_event_id")
    if len(number) > LONGEST_ID:
        raise ValueError("sg_event_id is too long")
    if not 0 <= (fields.asm_group_id or 0) < 1 << 31:
        raise ValueError("asm_group_id is out of range")
    if not number and event_type(fields.event) not in COUNTED:
        raise ValueError("no sg_event_id")


def _named(text: str | int | None) -> tuple[int | None, str]:
    found = NAMED.fullmatch(str(text))
    return (int(found[1]), found[2] or "") if found else (None, "")


def _number(text: str | int | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", str(text)) else None


def _moment(timestamp: float) -> datetime:
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError("timestamp is no moment") from None


class _Addressed(msgspec.Struct):
    email: str


def _email(raw: bytes) -> str:
    """Whom a bad event is about, where that can be read."""
    try:
        return msgspec.json.decode(raw, type=_Addressed).email
    except (ValueError, RecursionError):
        return ""
