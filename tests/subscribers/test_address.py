"""Addresses: the same rules and normal forms as email-validator's."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from subscribers import InvalidAddress, parse_address

LOCALS = st.one_of(
    st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,70}", fullmatch=True),
    st.sampled_from(["InFo", "POSTMASTER", "Ann", '"a b"', "a..b", "", "é", "ß"]),
    st.text(max_size=8),
)
DOMAINS = st.one_of(
    st.from_regex(r"[A-Za-z0-9-]{1,12}(\.[A-Za-z0-9-]{1,64}){0,4}", fullmatch=True),
    st.sampled_from(
        [
            "bücher.example",
            "XN--BCHER-KVA.example",
            "a.test",
            "[1.2.3.4]",
            "Ｅxample.org",
        ]
    ),
    st.text(max_size=8),
)
TEXTS = st.one_of(st.text(max_size=40), st.builds("{}@{}".format, LOCALS, DOMAINS))


@given(TEXTS)
@example("a" * 300 + "@example.org")
@example("a" * 242 + "@example.org")
@example("a" * 243 + "@example.org")
@example("é" * 130 + "@example.org")
@example("a@" + "ü" * 50 + ".example")
@example("a" * 190 + "@" + "ü" * 50 + ".example")
def test_same_as_email_validator(text: str) -> None:
    """What email-validator takes we take, in its normal form, and nothing else."""
    try:
        expected = validate_email(text.strip(), check_deliverability=False).normalized
    except (EmailNotValidError, UnicodeError):
        with pytest.raises(InvalidAddress):
            parse_address(text)
    else:
        assert parse_address(text).display == expected


@given(TEXTS)
def test_one_key_a_person(text: str) -> None:
    """The key of a key is itself, and the display form leads to the same key."""
    try:
        address = parse_address(text)
    except InvalidAddress:
        return
    assert parse_address(address.key).key == address.key
    assert parse_address(address.display).key == address.key


@pytest.mark.parametrize(
    "text",
    ["Ann@Example.org", "ann@example.org", "  ANN@EXAMPLE.ORG\n"],
)
def test_case_is_one_person(text: str) -> None:
    """Case and white space around an address make no other person of it."""
    assert parse_address(text).key == "ann@example.org"


def test_display_keeps_what_is_written() -> None:
    """The local part stays as it is written; the domain is read in Unicode."""
    address = parse_address("Ann.Lee@XN--BCHER-KVA.example")
    assert address.display == "Ann.Lee@bücher.example"
    assert address.key == "ann.lee@xn--bcher-kva.example"


@given(st.one_of(st.text(), st.sampled_from(["ann@", "a\nb@c.org", "\ud800@x.org"])))
@example("x" * 100_000)
@example("a." * 50_000 + "@example.org")
def test_refused_in_one_line(text: str) -> None:
    """Whatever is no address gets one short, printable line that says why."""
    try:
        parse_address(text)
    except InvalidAddress as error:
        message = str(error)
    else:
        message = ""
    assert message.isprintable()
    assert len(message) < 400


def test_says_what_is_wrong() -> None:
    """The reason names the address and its fault."""
    with pytest.raises(InvalidAddress, match=r"^ann@: there must be something after"):
        parse_address("ann@")
