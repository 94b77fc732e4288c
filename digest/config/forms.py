"""What a text of the settings must look like; each gives it back, or says why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

#: a colour that every mail client knows
COLOR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)

#: takes a text that is set and gives it back, or a ValueError: what it must be
Form = Callable[[str], str]


def color(text: str) -> str:
    if not COLOR.fullmatch(text):
        raise ValueError(f"must be a colour like #9a1b1f, not {text!r}")
    return text


def mailbox(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", text):
        raise ValueError(f"must be an address, not {text!r}")
    return text


def css_selector(text: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorError as error:
        raise ValueError(f"must be a CSS selector, not {text!r}: {error}") from None
    return text


def web(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be an http or https address, not {text!r}")
    return text


def https(text: str) -> str:
    if urlsplit(web(text)).scheme != "https":
        raise ValueError(f"must be an https address, not {text!r}")
    return text


def language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*", text):
        raise ValueError(f"must be a language tag like en or pt-BR, not {text!r}")
    return text


def families(text: str) -> str:
    if not re.fullmatch(r"[\w ,-]+", text):
        raise ValueError(f"must be font families like Georgia, serif, not {text!r}")
    return text


def mail_address(text: str) -> str:
    # By the package whose rules subscribers.address follows: that one would take
    # SQLAlchemy with it, which not every command needs.
    from email_validator import validate_email

    try:
        validate_email(text.strip(), check_deliverability=False)
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"must be an address, not {text!r}: {reason}") from None
    return text.strip()
