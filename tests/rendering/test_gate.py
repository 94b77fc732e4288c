"""What passes from the outside into an e-mail: one clean line, a safe address."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import RenderError
from digest.rendering.gate import (
    Gate,
    disarm,
    disarm_html,
    first_direction,
    one_line,
)
from tests.rendering.issues import NONCE

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("given_text", "clean"),
    [
        ("two\nlines", "two lines"),
        ("Subject\r\nBcc: all@x.example", "Subject Bcc: all@x.example"),
        ("  much \t white\u2028space ", "much white space"),
        ("nu\x00ll, be\x07ll, de\x7fl, c1\x9b", "null, bell, del, c1"),
        ("a\u202eb\u202cc \u2067d\u2069", "abc d"),
        ("half \ud83d of a pair", "half of a pair"),
        ("10\u00a0000 €", "10\u00a0000 €"),
        ("👩\u200d🚀 می\u200cروم ש\u200f", "👩\u200d🚀 می\u200cروم ש\u200f"),
    ],
)
def test_a_text_is_one_line_without_what_a_mail_cannot_hold(
    given_text: str, clean: str
) -> None:
    """Spaces that do not break, joiners and marks stay: they are spelling."""
    assert one_line(given_text) == clean


@settings(deadline=None)
@given(ANY)
def test_a_clean_text_stays_as_it_is(text: str) -> None:
    """And holds no control, no surrogate, no line break."""
    clean = one_line(text)
    assert one_line(clean) == clean
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in clean)
    clean.encode()


@pytest.mark.parametrize(
    "tag",
    [
        "<%asm_global_unsubscribe_raw_url%>",
        "<%asm_group_unsubscribe_url%>",
        "<% body %>",
        "[unsubscribe]",
        "[Unsubscribe]",
    ],
)
def test_sendgrid_finds_no_tag_of_its_own(tag: str) -> None:
    """A reader sees the same characters."""
    assert tag not in disarm(f"a {tag} b")
    assert disarm(f"a {tag} b").replace("\u2060", "") == f"a {tag} b"
    assert tag not in disarm_html(f"a {tag} b")
    assert html.unescape(disarm_html(f"a {tag} b")) == f"a {tag} b"


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://x.example/a?b=1&c=2#d", "https://x.example/a?b=1&c=2#d"),
        ("HTTP://X.Example", "http://x.example"),
        ("https://x.example/a b\n", "https://x.example/a%20b"),
        ('https://x.example/"><script>', "https://x.example/%22%3E%3Cscript%3E"),
        ("https://x.example/%C3%A9", "https://x.example/%C3%A9"),
        ("https://x.example/é", "https://x.example/%C3%A9"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://x.example:8443//twice", "https://x.example:8443//twice"),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("https://x.example/<%asm%>[unsubscribe]", None),
        ("javascript:alert(1)", ""),
        (" java\nscript:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("//x.example/a", ""),
        ("/relative", ""),
        ("https:///nohost", ""),
        ("https://bank.example@evil.example/", ""),
        ("https://[not-an-address/", ""),
        ("https://a..é.example", ""),
        ("https://x.example\\@evil.example/", ""),
        ("mailto:a@x.example", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_addresses_of_the_web_pass(url: str | None, safe: str | None) -> None:
    """Encoded so that they survive an attribute and hold no tag."""
    link = Gate(NONCE).link(url)
    if safe is None:
        assert "<%" not in link
        assert "[" not in link
    else:
        assert link == safe


def test_an_image_passes_over_https_only() -> None:
    """Mail clients show no other, and a reader's network would learn of it."""
    gate = Gate(NONCE)
    assert gate.link("http://x.example/a.png", schemes=("https",)) == ""
    assert gate.link("https://x.example/a.png", schemes=("https",))


@settings(deadline=None)
@given(ANY)
def test_no_address_breaks_out_of_an_attribute(text: str) -> None:
    """Whatever a feed calls an address."""
    for url in (text, f"https://x.example/{text}", f"https://{text}"):
        link = Gate("0" * 40).link(url)
        assert not link or re.fullmatch(r"https?://[!#-;=?-Z\[\]_a-z~]+", link)


@pytest.mark.parametrize(
    "text", [f"see -dg{NONCE}unsub-", NONCE.upper(), f"{NONCE[:5]}\x00{NONCE[5:]}"]
)
def test_a_text_that_holds_the_nonce_is_refused(text: str) -> None:
    """Also one that holds it only once it is clean."""
    with pytest.raises(RenderError, match="nonce"):
        Gate(NONCE).text(text)
    with pytest.raises(RenderError, match="nonce"):
        Gate(NONCE).link(f"https://x.example/{text}")


@pytest.mark.parametrize(
    ("text", "direction"),
    [("12 Angry", "ltr"), ("“שלום", "rtl"), ("3 مدن", "rtl"), ("1984", ""), ("", "")],
)
def test_the_first_letter_tells_the_direction(text: str, direction: str) -> None:
    """As the Unicode bidirectional algorithm finds a paragraph's."""
    assert first_direction(text) == direction
