"""Addresses: what is one, and which two are the same person's.

The rules and the normal form are those of the package email-validator, without
asking the network. It takes 40 µs an address, so the common shape, an ASCII local
part and a domain seen before, is decided here; a property test holds both equal.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from email_validator.rfc_constants import (
    CASE_INSENSITIVE_MAILBOX_NAMES,
    EMAIL_MAX_LENGTH,
)

from subscribers.errors import InvalidAddress
from subscribers.model import Address

#: RFC 5322 3.2.3: the dot-atom of an unquoted local part
LOCAL_PART = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII
)
#: names that belong to a role, whatever their case (RFC 2142)
ROLES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
#: no address is near as long; keeps the rules from working on a whole file
TOO_LONG = 1000


def parse_address(text: str) -> Address:
    """The address that `text` is; white space around it is dropped.

    `display` is its normal form, as email-validator gives it. `key` is that in
    lower case with the domain in ASCII (IDNA): one person writes both `Ann@` and
    `ann@`, and no provider of note keeps them apart.

    Raises:
        InvalidAddress: it is none; says why in one line.
    """
    text = text.strip()
    local, _, domain = text.rpartition("@")
    if (
        LOCAL_PART.fullmatch(local)
        and (known := _domain(domain))
        and len(local) <= known.room
    ):
        lowered = local.lower()
        shown = lowered if lowered in ROLES else local
        return Address(
            key=f"{lowered}@{known.ascii}", display=f"{shown}@{known.unicode}"
        )
    return _by_all_rules(text)


class Domain(NamedTuple):
    ascii: str
    unicode: str
    #: bytes that are left for a local part
    room: int


@lru_cache(maxsize=65536)
def _domain(text: str) -> Domain | None:
    """A domain in its forms; None where it is not simply one."""
    try:
        valid = _validated(f"a@{text}")
    except (EmailNotValidError, UnicodeError):
        return None
    forms = (text, valid.domain, valid.ascii_domain)
    room = EMAIL_MAX_LENGTH - 1 - max(len(form.encode()) for form in forms)
    return Domain(valid.ascii_domain, valid.domain, room)


def _by_all_rules(text: str) -> Address:
    if len(text) > TOO_LONG:
        raise InvalidAddress(f"{_shown(text)}: is far too long for an address")
    try:
        valid = _validated(text)
    except EmailNotValidError as error:
        raise InvalidAddress(f"{_shown(text)}: {_reason(error)}") from None
    except UnicodeError:  # a lone surrogate
        raise InvalidAddress(f"{_shown(text)}: is not text") from None
    key = f"{valid.local_part.lower()}@{valid.ascii_domain.lower()}"
    return Address(key=key, display=valid.normalized)


def _validated(text: str) -> ValidatedEmail:
    return validate_email(text, check_deliverability=False)


def _reason(error: EmailNotValidError) -> str:
    """The package's own sentence, set into ours."""
    sentence = " ".join(str(error).split()).removesuffix(".")
    return sentence[:1].lower() + sentence[1:]


def _shown(text: str) -> str:
    """The text as far as it fits in a line, without what would break it."""
    short = text if len(text) <= 60 else text[:60] + "…"
    return short if short.isprintable() and short else ascii(short)
