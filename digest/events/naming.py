"""What events are called: django-anymail's words for what providers say.

https://anymail.dev/en/stable/sending/tracking/; tests/events compare with the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class EventType(StrEnum):
    """What happened to one person's copy."""

    #: the provider has it, and will try
    QUEUED = "queued"
    #: the provider did not try: an address that it suppresses, a cancelled send
    REJECTED = "rejected"
    #: the mailbox does not take it
    BOUNCED = "bounced"
    #: the mailbox does not take it now; the provider tries again
    DEFERRED = "deferred"
    #: the mailbox has it
    DELIVERED = "delivered"
    #: its pictures were loaded, by a reader or a program
    OPENED = "opened"
    #: a link of it was followed, by a reader or a program
    CLICKED = "clicked"
    #: the reader calls it spam
    COMPLAINED = "complained"
    #: the reader left, all mail or a group of it
    UNSUBSCRIBED = "unsubscribed"
    #: the reader came back to a group
    SUBSCRIBED = "subscribed"
    #: anything else
    UNKNOWN = "unknown"


class RejectReason(StrEnum):
    """Why the provider did not try."""

    INVALID = "invalid"
    BOUNCED = "bounced"
    TIMED_OUT = "timed_out"
    BLOCKED = "blocked"
    UNSUBSCRIBED = "unsubscribed"
    OTHER = "other"


EVENTS: Mapping[str, EventType] = {
    "processed": EventType.QUEUED,
    "dropped": EventType.REJECTED,
    "bounce": EventType.BOUNCED,
    "deferred": EventType.DEFERRED,
    "delivered": EventType.DELIVERED,
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
    "spamreport": EventType.COMPLAINED,
    "unsubscribe": EventType.UNSUBSCRIBED,
    "group_unsubscribe": EventType.UNSUBSCRIBED,
    "group_resubscribe": EventType.SUBSCRIBED,
}

REASONS: Mapping[str, RejectReason] = {
    "invalid": RejectReason.INVALID,
    "unsubscribed address": RejectReason.UNSUBSCRIBED,
    "bounce": RejectReason.BOUNCED,
    "bounced address": RejectReason.BOUNCED,
    "blocked": RejectReason.BLOCKED,
    "expired": RejectReason.TIMED_OUT,
}


def event_type(sendgrid: str) -> EventType:
    """The name of what SendGrid calls so."""
    return EVENTS.get(sendgrid, EventType.UNKNOWN)


def reject_reason(sendgrid: str) -> RejectReason:
    """The name of why SendGrid dropped a message."""
    return REASONS.get(sendgrid.lower(), RejectReason.OTHER)
