"""The values of people: who they are, and what they agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    #: they were, but less was known of them, or they had not consented
    UPDATED = "updated"
    #: nothing: all was so already
    UNCHANGED = "unchanged"
    #: they left the list or never get mail, and that is how it stays
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
    #: SendGrid's unsubscribe group of this list; None for that of the settings
    asm_group: int | None = None
    #: whether who signs up is asked by mail before they get any (double opt-in)
    confirmed_opt_in: bool = True
    #: what readers see it called; empty for its name
    title: str = ""


#: what else may be known of a person
Attribute = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person chose, and what else is said of them; None says nothing.

    An attribute that is None is one to forget.
    """

    #: an IANA time zone, a language tag (BCP 47); empty where it is not known
    zone: str | None = None
    language: str | None = None
    topics: tuple[str, ...] | None = None
    #: in the newsletter's own words
    frequency: str | None = None
    attributes: Mapping[str, Attribute | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where something that a person did came from, for the log of consent."""

    #: a form, a link, a command
    source: str
    #: of a web form: the reader's address and browser, the version of its wording
    ip: str = ""
    user_agent: str = ""
    wording: str = ""


class Asked(StrEnum):
    """What asking somebody by mail whether they want a list did."""

    #: a mail with the question is on its way
    ASKED = "asked"
    #: nothing: they said yes already
    CONFIRMED = "confirmed"
    #: nothing: they were asked a moment ago, or often enough today
    LIMITED = "limited"
    #: nothing: they left the list, or never get mail
    SUPPRESSED = "suppressed"


class Answer(StrEnum):
    """What the link of a question means now, or what following it did."""

    #: they can confirm
    OPEN = "open"
    #: they have just confirmed
    CONFIRMED = "confirmed"
    #: they had confirmed before
    ALREADY = "already"
    #: it is too old, or they left the list since it was asked
    EXPIRED = "expired"
    #: there is no such link
    UNKNOWN = "unknown"
    #: they complained, or their address takes no mail: it stays as it was
    REFUSED = "refused"


class LetterKind(StrEnum):
    """What a letter is about."""

    #: whether they want a list; its link says yes
    ASKING = "asking"
    #: that they get it already
    TELLING = "telling"
    #: its link leads to what is kept about them
    OWN = "own"
    #: its link has them take the address that it went to
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail of its own to somebody.

    `token` is that of its link; one that only tells has none. No name is in it: a
    stranger could have signed them up, to have it say something.
    """

    email: str
    token: str
    #: a form asked for it, so that it goes also to who left at the provider before
    requested: bool
    kind: LetterKind = LetterKind.ASKING
    #: the reader's; empty for the newsletter's
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A person on a list, as `subscribers list` shows them."""

    id: int
    email: str
    name: str
    list: str
    state: SubscriptionState
    since: datetime
    zone: str
    language: str
    frequency: str
    topics: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    joined: datetime


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
    #: an IANA time zone, where it was asked for and is known
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Who else keeps a list of people that left: SendGrid.

    `group` is the unsubscribe group of lists that have none of their own; None
    stands for its global list.
    """

    group: int | None = None
