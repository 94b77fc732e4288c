"""The account at SendGrid: the key and its scopes, the sender, groups, the webhook.

What may not be asked is said so, and is no fault. Names of scopes are those that
SendGrid's GET /v3/scopes gives:
https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

import subscribers
from digest.config import Config
from digest.delivery.account import Account, Reply
from digest.doctor.diagnosis import Diagnosis, ill, well
from digest.errors import DigestError
from digest.store import Database

#: seconds that an answer may take
TIMEOUT = 5.0
KEYS = "SendGrid's Settings, API Keys"
WEBHOOK = "/webhooks/sendgrid"


class Need(NamedTuple):
    """Scopes that we use, and what does not work without."""

    scopes: tuple[str, ...]
    without: str


SENDING = Need(("mail.send",), "nothing is sent")
STAGING = Need(
    (
        "mail.batch.create",
        "user.scheduled_sends.create",
        "user.scheduled_sends.read",
        "user.scheduled_sends.delete",
    ),
    "nothing is handed over ahead of its time, or taken back",
)
SYNCING = Need(
    (
        "suppression.blocks.read",
        "suppression.bounces.read",
        "suppression.invalid_emails.read",
        "suppression.spam_reports.read",
        "suppression.unsubscribes.read",
    ),
    "digest subscribers sync fails",
)
LEAVING = Need(
    ("asm.suppressions.global.create", "asm.suppressions.global.delete"),
    "SendGrid is not told who left",
)
GROUPS = Need(
    (
        "asm.groups.suppressions.create",
        "asm.groups.suppressions.delete",
        "asm.groups.suppressions.read",
    ),
    "SendGrid is not told who left a list, and sync does not read it",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was found, and SendGrid's own time, where it answered."""

    diagnoses: tuple[Diagnosis, ...] = ()
    date: datetime | None = None


def look(config: Config, database: Database | None) -> Looked:
    """Ask the account, where mail goes through it; nothing is asked without a key."""
    try:
        if config.transport_name != "sendgrid" or not config.api_key:
            return Looked()
        account = Account(config, timeout=TIMEOUT)
    except DigestError as error:
        return Looked(diagnoses=(ill("sendgrid", str(error), "see [sendgrid]"),))
    reply = account.call("get", "scopes")
    found = [_reached(reply)]
    if reply.ok:
        groups = _groups(config, database)
        found += [
            *_scopes(reply, groups),
            _sender(account, config),
            *(_group(account, number) for number in sorted(groups)),
            *_webhook(account, config),
        ]
    return Looked(diagnoses=tuple(found), date=reply.date)


def _reached(reply: Reply) -> Diagnosis:
    if reply.ok:
        return well("sendgrid", "it answers, and knows the key")
    if reply.status == 401:
        return ill("sendgrid", "it does not know the key", f"make one in {KEYS}")
    if reply.for_now:
        way_out = "try again later; is there a way to it from this machine?"
        return ill("sendgrid", f"it does not answer: {reply.reason}", way_out)
    return ill("sendgrid", f"it refuses: {reply.reason}", "is [sendgrid] host right?")


# --- Scopes -----------------------------------------------------------------------


class _Scopes(msgspec.Struct):
    scopes: list[str]


def _scopes(reply: Reply, groups: set[int]) -> Iterator[Diagnosis]:
    given = set(_decoded(reply, _Scopes, _Scopes([])).scopes)
    needs = [SENDING, STAGING, SYNCING, LEAVING, *([GROUPS] if groups else [])]
    for need in needs:
        if missing := [scope for scope in need.scopes if scope not in given]:
            yield ill(
                "sendgrid key",
                f"lacks {', '.join(missing)}: {need.without}",
                f"give it to the key in {KEYS}",
            )
    if given.issuperset(scope for need in needs for scope in need.scopes):
        yield well("sendgrid key", "has all the scopes that we use")


# --- The sender ---------------------------------------------------------------------


class _Domain(msgspec.Struct):
    domain: str = ""
    valid: bool = False


def _sender(account: Account, config: Config) -> Diagnosis:
    """Whether SendGrid signs for the domain that mail is from, or one above it."""
    name = "sender authentication"
    domain = config.newsletter.from_email.rpartition("@")[2].lower()
    reply = account.call("get", "whitelabel", "domains", query={"limit": 50})
    if not reply.ok:
        return _unasked(name, reply, "whitelabel.read")
    found = _decoded(reply, list[_Domain], [])
    ours = [one for one in found if f".{domain}".endswith(f".{one.domain.lower()}")]
    place = "SendGrid's Settings, Sender Authentication"
    if any(one.valid for one in ours):
        return well(name, f"SendGrid signs for {domain}")
    if ours:
        way_out = f"publish its records in the DNS, then verify it in {place}"
        return ill(name, f"{ours[0].domain} is not verified", way_out)
    way_out = f"authenticate the domain in {place}"
    return ill(name, f"SendGrid does not sign for {domain}", way_out)


# --- Groups -------------------------------------------------------------------------


def _groups(config: Config, database: Database | None) -> set[int]:
    """The unsubscribe groups of the settings and of the lists."""
    numbers = {config.sendgrid.asm_group}
    if database:
        with database.read() as connection:
            numbers |= {each.asm_group or 0 for each in subscribers.lists(connection)}
    return numbers - {0}


def _group(account: Account, number: int) -> Diagnosis:
    name = "unsubscribe group"
    reply = account.call("get", "asm", "groups", number)
    if reply.ok:
        return well(name, f"{number}")
    if reply.status == 404:
        way_out = "see [sendgrid] asm_group, and --asm-group of digest lists add"
        return ill(name, f"there is no group {number} at SendGrid", way_out)
    return _unasked(f"{name} {number}", reply, "asm.groups.read")


# --- The webhook --------------------------------------------------------------------


class _Webhook(msgspec.Struct):
    """https://www.twilio.com/docs/sendgrid/api-reference/webhooks/get-all-event-webhooks"""

    enabled: bool = False
    url: str = ""
    public_key: str = ""
    processed: bool = False
    delivered: bool = False
    deferred: bool = False
    bounce: bool = False
    dropped: bool = False
    open: bool = False
    click: bool = False
    spam_report: bool = False
    unsubscribe: bool = False
    group_unsubscribe: bool = False
    group_resubscribe: bool = False


class _Webhooks(msgspec.Struct):
    webhooks: list[_Webhook] = []


EVENTS = (
    "processed delivered deferred bounce dropped spam_report unsubscribe "
    "group_unsubscribe group_resubscribe"
).split()


def _webhook(account: Account, config: Config) -> Iterator[Diagnosis]:
    """Whether SendGrid sends us what comes of mail, all of it, and signed."""
    base = config.newsletter.base_url.rstrip("/")
    if not base:
        return
    name, url = "webhook", base + WEBHOOK
    place = "SendGrid's Settings, Mail Settings, Event Webhooks"
    reply = account.call("get", "user", "webhooks", "event", "settings", "all")
    if not reply.ok:
        yield _unasked(name, reply, "user.webhooks.event.settings.read")
        return
    webhooks = _decoded(reply, _Webhooks, _Webhooks()).webhooks
    ours = [one for one in webhooks if one.url.rstrip("/") == url]
    on = [one for one in ours if one.enabled]
    if not on:
        what = "is there, but off" if ours else "is not in its settings"
        way_out = f"add {url} in {place}, with all events and signed"
        yield ill(name, f"SendGrid sends no events: {url} {what}", way_out)
        return
    faults = list(_faults(on[0], config, place))
    yield from faults or [well(name, f"SendGrid sends its events to {url}, signed")]


def _faults(webhook: _Webhook, config: Config, place: str) -> Iterator[Diagnosis]:
    tracking = config.sendgrid.tracking
    wanted = [
        *EVENTS,
        *(["open"] if tracking in ("opens", "both") else []),
        *(["click"] if tracking in ("clicks", "both") else []),
    ]
    if missing := [event for event in wanted if not getattr(webhook, event)]:
        message = f"SendGrid does not tell of {', '.join(missing)}"
        yield ill("webhook", message, f"tick them in {place}")
    if not webhook.public_key:
        way_out = f"turn on Signed Event Webhook in {place}"
        yield ill("webhook", "it is not signed, so nothing of it is taken", way_out)
    elif webhook.public_key.strip() != config.sendgrid.webhook_public_key.strip():
        way_out = f"copy its Verification Key there from {place}"
        message = "[sendgrid] webhook_public_key is not its key: nothing is taken"
        yield ill("webhook", message, way_out)


# --- Answers ------------------------------------------------------------------------


def _unasked(name: str, reply: Reply, scope: str) -> Diagnosis:
    """Of what the key may not see: it may be well."""
    if reply.status in (401, 403):
        return well(name, "not looked at", f"to see it, the key needs {scope}")
    return ill(name, f"SendGrid does not say: {reply.reason}", "try again later")


T = TypeVar("T")


def _decoded(reply: Reply, kind: type[T], otherwise: T) -> T:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.MsgspecError, UnicodeError):
        return otherwise
