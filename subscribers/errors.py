"""The errors of people and lists.

SubscriberError
├── InvalidAddress      it cannot be an e-mail address
├── InvalidName         it cannot be the name of a person or a list
├── InvalidValue        it cannot be what it should be of a person: a time zone, a date
├── UnknownList         there is no list of that name
├── UnknownSubscriber   there is nobody with that address
├── ListExists          there is one already
├── ListInUse           it cannot be removed: people are on it, or left it
├── InvalidSegment      it cannot be read as one: says what is wrong, and where
├── UnknownSegment      there is no segment of that name
├── SegmentExists       there is one already
├── UnknownField        a file of people has no such field
├── ImportFailed        a file of people cannot be read at all
├── KeyMissing          the key of erased people cannot be read
└── WrongKey            it is not the one that this database was begun with
"""

from __future__ import annotations


class SubscriberError(Exception):
    """The root; every message is one line that names the thing and the way out."""


class InvalidAddress(SubscriberError):
    """It cannot be an e-mail address: says what is wrong with it."""


class InvalidName(SubscriberError):
    """It cannot be the name of a person or a list: says what is wrong with it."""


class InvalidValue(SubscriberError):
    """It cannot be what it should be of a person: says what it is and what it isn't."""


class UnknownList(SubscriberError):
    """There is no list of that name: says which there are."""


class UnknownSubscriber(SubscriberError):
    """There is nobody with that address: says what else can be done about it."""


class ListExists(SubscriberError):
    """There is a list of that name already."""


class ListInUse(SubscriberError):
    """The list cannot be removed: says how many people it is about."""


class InvalidSegment(SubscriberError):
    """The text of a segment cannot be read: says what is wrong with it, and where."""


class UnknownSegment(SubscriberError):
    """There is no segment of that name: says which there are."""


class SegmentExists(SubscriberError):
    """There is a segment of that name already."""


class UnknownField(SubscriberError):
    """A file of people has no such field: says which there are."""


class ImportFailed(SubscriberError):
    """A file of people cannot be read at all: names the file and the reason."""


class KeyMissing(SubscriberError):
    """The key of erased people cannot be read: names its file and the reason."""


class WrongKey(SubscriberError):
    """The key is not the one that this database was begun with."""
