"""The values of people: who they are, and what they agreed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec


class SubscriptionState(StrEnum):
    """What a person agreed to, for one list."""

    #: asked, or added by somebody else, without proof of consent
    UNCONFIRMED = "unconfirmed"
    #: agreed, and there is a record of how
    CONFIRMED = "confirmed"
    #: left; nothing but the person brings them back
    UNSUBSCRIBED = "unsubscribed"


class SuppressionReason(StrEnum):
    """Why an address never gets mail; wins over every subscription."""

    #: the mailbox does not take mail
    BOUNCE = "bounce"
    #: the reader called it spam
    COMPLAINT = "complaint"
    #: left everything
    UNSUBSCRIBE = "unsubscribe"
    #: the provider says that it is no address
    INVALID = "invalid"
    #: by an operator's hand
    MANUAL = "manual"


class Change(StrEnum):
    """What adding a person to a list did."""

    #: they were not on the list, and now are
    ADDED = "added"
    #: they were, with another name or without consent
    UPDATED = "updated"
    #: nothing: all was so already
    UNCHANGED = "unchanged"
    #: nothing: they left the list, or never get mail
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An e-mail address: `key` is unique a person, `display` is as they write it."""

    key: str
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailingList:
    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person on a list, as `subscribers list` shows them."""

    id: int
    email: str
    name: str
    list: str
    state: SubscriptionState
    since: datetime


class Recipient(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who gets an issue: `id` is the subscriber's.

    `token` names the subscription in an unsubscribe link: unguessable, and
    without the address in it. There are millions, and a dataclass takes four times as
    long to make.
    """

    id: int
    email: str
    name: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who else keeps a list of people that left: SendGrid.

    `group` is the unsubscribe group of lists that have none of their own; None
    stands for its global list.
    """

    group: int | None = None
