"""Tokens of unsubscribe links: short, unguessable, and safe from any garbage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from subscribers.tokens import Token, format_token, parse_token

IDS = st.integers(1, 2**48 - 1)
SECRETS = st.binary(min_size=12, max_size=12)


@given(IDS, SECRETS)
def test_round_trip(id: int, secret: bytes) -> None:
    """A token says the id and the secret it was made of, in 24 safe characters."""
    token = format_token(id, secret)
    assert parse_token(token) == Token(id=id, secret=secret)
    assert len(token) == 24
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]{24}", fullmatch=True)))
def test_garbage(text: str) -> None:
    """Any text is either exactly one token's or none."""
    parsed = parse_token(text)
    assert parsed is None or format_token(parsed.id, parsed.secret) == text
