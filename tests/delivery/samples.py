"""An e-mail, settings and people to send with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from digest.config import Config, Newsletter
from digest.delivery import Handover
from digest.model import Email, Placeholder
from subscribers.model import Recipient

TAG = "-dg7f3a9c51-"

EMAIL = Email(
    subject="Sieben Brücken & a tunnel",
    preheader="What the city builds",
    html=f'<!doctype html><p>Ümläute</p><a href="{TAG}">unsubscribe</a>',
    text=f"Ümläute\n\nUnsubscribe: {TAG}\n",
    tags={Placeholder.UNSUBSCRIBE_URL: TAG},
)

CONFIG = Config(
    newsletter=Newsletter(
        name="The Weekly",
        from_email="editor@example.org",
        from_name="The Weekly, by hand",
        reply_to="answers@example.org",
        postal_address="1 Main Street, Springfield",
        base_url="https://news.example.org/weekly",
    )
)

#: whatever could pass for an address
_HALF = st.text("aZ09_.+-'\"\\\\/%é\U0001f600\x00\x7f", min_size=1, max_size=20)
ADDRESSES = st.tuples(_HALF, _HALF).map("@".join)


def settings(section: str, **values: Any) -> Config:
    """CONFIG with some settings of one section."""
    return replace(CONFIG, **{section: replace(getattr(CONFIG, section), **values)})


def sendgrid_config(host: str) -> Config:
    return settings("sendgrid", api_key="SG.very-secret", host=host)


def outbox_config(folder: Path) -> Config:
    return settings("outbox", dir=str(folder))


def smtp_config(port: int, **values: Any) -> Config:
    own = {"host": "127.0.0.1", "port": port, "security": "none", **values}
    return settings("smtp", **own)


def person(number: int, name: str = "") -> Recipient:
    return Recipient(
        id=number,
        email=f"reader{number}@example.org",
        name=name,
        token=f"{number:x}-qCqYHC4hzVM5fmBJ",
    )


def handover(*people: Recipient, attempt: str = "7", email: Email = EMAIL) -> Handover:
    return Handover(attempt=attempt, email=email, recipients=people)
