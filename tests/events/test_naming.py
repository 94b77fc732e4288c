"""Names of events and of reasons are django-anymail's."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.events import EventType, RejectReason, parse
from digest.events.naming import EVENTS, REASONS
from tests.events.samples import sent


@pytest.fixture(scope="module")
def anymail() -> Any:
    """The package's view, which needs no server; it warns that SendGrid is left."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(ANYMAIL={})
    from anymail.webhooks.sendgrid import SendGridTrackingWebhookView

    with warnings.catch_warnings(action="ignore"):
        return SendGridTrackingWebhookView()


def test_the_tables_are_the_same(anymail: Any) -> None:
    """Neither knows an event or a reason more."""
    assert {name: str(ours) for name, ours in EVENTS.items()} == anymail.event_types
    assert {name: str(ours) for name, ours in REASONS.items()} == anymail.reject_reasons


def test_the_words_are_theirs() -> None:
    """No word of ours is unknown there."""
    from anymail import signals

    for ours, theirs in (
        (EventType, signals.EventType),
        (RejectReason, signals.RejectReason),
    ):
        words = {value for name, value in vars(theirs).items() if name.isupper()}
        assert {str(word) for word in ours} <= words


kinds = st.sampled_from([*EVENTS, "account_status_change", ""])
reasons = st.sampled_from(
    [*REASONS, "Bounced Address", "Spam Content", "cancelled", ""]
)


@given(kinds, reasons, st.none() | reasons)
def test_each_event_is_called_the_same(
    anymail: Any, kind: str, reason: str, type_: str | None
) -> None:
    """Of any kind, with any reason in any field."""
    fields = {"reason": reason} | ({} if type_ is None else {"type": type_})
    raw = {**sent(kind, 1), **fields}
    theirs = anymail.esp_to_anymail_event(raw)
    (ours,) = parse(json.dumps([raw]).encode()).events
    assert str(ours.type) == theirs.event_type
    assert ours.at == theirs.timestamp
    assert ours.id == theirs.event_id
    if ours.type is EventType.REJECTED:
        assert str(ours.reason) == theirs.reject_reason
