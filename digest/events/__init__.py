"""What the provider says came of what was sent: payloads → Events → what follows.

`receive` is for the webhook's page, `read_file` and `keep` for a file of payloads.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from digest.config import Config
from digest.events.classing import tracked_links
from digest.events.files import read_file
from digest.events.held import (
    HeldEvent,
    Received,
    count_events,
    erase_events,
    events_of,
    forget,
    received,
)
from digest.events.intake import Receipt, keep
from digest.events.naming import EventType, RejectReason
from digest.events.payload import BadEvent, Event, Payload, parse
from digest.events.signature import verify
from digest.store import Database

__all__ = [
    "BadEvent",
    "Event",
    "EventType",
    "HeldEvent",
    "Payload",
    "Receipt",
    "Received",
    "RejectReason",
    "count_events",
    "erase_events",
    "events_of",
    "forget",
    "keep",
    "parse",
    "read_file",
    "receive",
    "received",
    "tracked_links",
    "verify",
]


def receive(
    database: Database,
    config: Config,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> Receipt:
    """Take a call of SendGrid's Event Webhook; when this returns, all of it is kept.

    Answer 2xx only then. For what is raised, answer with an error: SendGrid sends the
    same again for 24 hours, and what comes twice changes nothing.

    Raises:
        EventRefused: it is not signed by SendGrid, or too old (answer 403).
        ConfigError: the key to check that is not set.
        TryAgain: the database is locked by another process (answer 503).
        KeyMissing, WrongKey: somebody was erased, and it cannot be told who.
    """
    verify(config.sendgrid.webhook_public_key, headers, body, now)
    return keep(database, config, parse(body), now)
