"""The same request as plain objects, a line for each fact: slow, and easy to read.

It takes the texts that people share from the builder under test, and writes of each
person what design and SendGrid's description want.
"""

from __future__ import annotations

from html import escape
from typing import Any

from digest.config import Config
from digest.delivery import Handover
from digest.delivery.personal import shown_name
from digest.model import Placeholder
from subscribers.model import Recipient


def personalization(
    handover: Handover, person: Recipient, config: Config
) -> dict[str, Any]:
    """One person of a mail/send request."""
    name = shown_name(person)
    greeting = f" {name}" if name else ""
    values = {
        Placeholder.READER_TEXT: greeting,
        Placeholder.READER_HTML: escape(greeting),
    }
    entry: dict[str, Any] = {
        "to": [{"email": person.email, **({"name": name} if name else {})}],
        "custom_args": {
            "dg_attempt": handover.attempt,
            "dg_recipient": str(person.id),
        },
    }
    if config.newsletter.unsubscribe_by == "own":
        base = config.newsletter.base_url.rstrip("/")
        url = f"{base}/u/{person.token}"
        values[Placeholder.UNSUBSCRIBE_URL] = url
        values[Placeholder.PREFERENCES_URL] = f"{base}/p/{person.token}"
        entry["headers"] = {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    tags = handover.email.tags.items()
    if filled := {tag: values[each] for each, tag in tags if each in values}:
        entry["substitutions"] = filled
    return entry
