"""What may pass from the outside into an e-mail: text that is only text, safe links.

Everything that an article, a setting or a draft says goes through one `Gate`
on its way to a template, and a template sees nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from digest.errors import RenderError

#: line and paragraph breaks and tabs; a non-breaking space is not one of them
_SPACE = re.compile("[ \t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
#: what XML and HTML cannot hold (controls, surrogates, non-characters), the byte
#: order mark, and what turns the direction of the text after it: embeddings,
#: overrides and isolates. The marks U+200E and U+200F only stand beside a
#: letter, and joiners make words and emoji: they stay.
_NEVER = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff"
    "\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef]"
)
#: what SendGrid takes for its own tag in the content of a mail, substitutions or
#: not: docs.sendgrid.com "Substitution tags", "Subscription tracking"
_TAG = re.compile(r"<(?=%)|\[(?=(?i:unsubscribe)\])")
_BRACKET = re.compile(r"\[(?=(?i:unsubscribe)\])")
_WORD_JOINER = "\u2060"

#: kept as they are in a URL: the reserved and unreserved of RFC 3986 but for the
#: brackets, and the percent sign, for a URL comes encoded already
_URL_SAFE = "%/:?#@!$&'()*+,;=-._~"


def one_line(text: str) -> str:
    """`text` without what a mail cannot hold, on one line."""
    return _SPACE.sub(" ", _NEVER.sub("", text)).strip()


def disarm(text: str) -> str:
    """Plain text in which SendGrid finds no tag: an invisible joiner parts them."""
    return _TAG.sub(rf"\g<0>{_WORD_JOINER}", text)


def disarm_html(html: str) -> str:
    """HTML in which SendGrid finds no tag; a reader sees the same characters."""
    return _BRACKET.sub("&#91;", html.replace("<%", "&lt;%"))


def first_direction(text: str) -> str:
    """The direction of the first letter that has one: "rtl", "ltr" or ""."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets text and links pass; nothing that holds the nonce of the tags does."""

    nonce: str

    def text(self, text: str) -> str:
        """One line of clean text.

        Raises:
            RenderError: the nonce is in it, so a tag could be forged.
        """
        clean = one_line(text)
        self._refuse(clean)
        return clean

    def link(
        self, url: str | None, *, schemes: tuple[str, ...] = ("https", "http")
    ) -> str:
        """The address, ready for href or src; empty if it is not a safe one."""
        parts = _split(one_line(url or ""))
        if parts is None or parts.scheme not in schemes or not parts.hostname:
            return ""
        host = _ascii(parts.netloc.lower())
        if not _HOST.fullmatch(host):
            return ""
        query = f"?{parts.query}" if parts.query else ""
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        rest = parts.path + query + fragment
        address = f"{parts.scheme}://{host}{quote(rest, safe=_URL_SAFE)}"
        self._refuse(address)
        return address

    def _refuse(self, text: str) -> None:
        if self.nonce in text.lower():
            raise RenderError(
                f"the issue says “{text[:60]}”, which holds the tags' nonce "
                f"{self.nonce}; render it again with another"
            )


#: a host with its port; a name with a password before it is not a reader's link
_HOST = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]*)?")


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # brackets that hold no IPv6 address
        return None


def _ascii(host: str) -> str:
    """The host in its ASCII form, which every mail client knows; empty if none."""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return ""
