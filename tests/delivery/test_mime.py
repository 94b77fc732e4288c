"""A person's mail as bytes: what Python's parser, and maildev's, read in it."""

from __future__ import annotations

import quopri
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from digest.delivery import open_transport
from digest.delivery.mime import Mime
from digest.delivery.personal import one_line
from digest.model import Placeholder
from tests.delivery.conftest import Maildev
from tests.delivery.samples import (
    ADDRESSES,
    CONFIG,
    EMAIL,
    handover,
    person,
    smtp_config,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TAGS = {
    Placeholder.UNSUBSCRIBE_URL: "-dg7f3a9c51-",
    Placeholder.PREFERENCES_URL: "-dg7f3a9c52-",
    Placeholder.READER_TEXT: "-dg7f3a9c53-",
    Placeholder.READER_HTML: "-dg7f3a9c54-",
}
#: ends of lines, what quoted-printable escapes, and what a mail server would end at
PIECE = st.one_of(
    st.text("a =.\t\n\ré_\u2028", max_size=90),
    st.text(max_size=40),
    st.sampled_from(
        ["\n.\n", "=_digest", "x" * 200, "é" * 60, "From ", "--=_digest--"]
    ),
)
PARTS = st.lists(st.one_of(PIECE, st.sampled_from([*TAGS.values()])), max_size=12)
NAMES = st.one_of(st.text(max_size=60), st.text('aé,."\\\\ <>@=?_\n', max_size=30))


def parsed(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=SMTP)


def unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def bodies(message: bytes) -> dict[str, str]:
    """Both parts as their bytes say, without the parser's own ideas of lines."""
    found = {}
    parts = message.split(b"--=_digest\r\n")[1:]
    for kind, part in zip(("plain", "html"), parts, strict=True):
        _, _, quoted = part.partition(b"\r\n\r\n")
        content = quoted.removesuffix(b"--=_digest--\r\n").removesuffix(b"\r\n")
        found[kind] = quopri.decodestring(content).decode().replace("\r\n", "\n")
    return found


@given(html=PARTS, text=PARTS, name=NAMES)
def test_it_is_what_fill_gives(html: list[str], text: list[str], name: str) -> None:
    """Written once and filled in, it is the e-mail as one person sees it."""
    email = replace(EMAIL, html="".join(html), text="".join(text), tags=TAGS)
    someone = person(3, name)
    message = Mime(email, CONFIG.newsletter).message(someone, "7", NOW)
    base = "https://news.example.org/weekly"
    shown = one_line(name)
    reader = f" {shown}" if shown else ""
    want = email.fill(
        {
            Placeholder.UNSUBSCRIBE_URL: f"{base}/u/{someone.token}",
            Placeholder.PREFERENCES_URL: f"{base}/p/{someone.token}",
            Placeholder.READER_TEXT: reader,
            Placeholder.READER_HTML: reader,
        }
    )
    assert bodies(message) == {"plain": unix(want.text), "html": unix(want.html)}
    head, _, body = message.partition(b"\r\n\r\n")
    assert message.isascii()
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert not message.replace(b"\r\n", b"").count(b"\n")
    assert not message.replace(b"\r\n", b"").count(b"\r")


@given(name=NAMES)
def test_the_head_names_the_person(name: str) -> None:
    """Whatever somebody is called: one address, theirs, and no header of their own."""
    mail = parsed(Mime(EMAIL, CONFIG.newsletter).message(person(3, name), "7", NOW))
    (address,) = mail["To"].addresses
    assert address.addr_spec == "reader3@example.org"
    assert "".join(address.display_name.split()) == "".join(one_line(name).split())
    assert sorted(mail.keys()) == sorted(
        [
            "To",
            "Message-ID",
            "Date",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "From",
            "Reply-To",
            "Subject",
            "MIME-Version",
            "Content-Type",
        ]
    )


@given(address=ADDRESSES, name=NAMES)
def test_any_address_keeps_to_its_line(address: str, name: str) -> None:
    """However odd an address is, the head stays one head, of lines with an end."""
    someone = structs.replace(person(3, name), email=address)
    message = Mime(EMAIL, CONFIG.newsletter).message(someone, "7", NOW)
    head, _, _ = message.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 998
    names = [line.partition(b":")[0] for line in lines if not line.startswith(b" ")]
    assert names[:3] == [b"To", b"Message-ID", b"Date"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("", b"To: reader3@example.org\r\n"),
        ("Ada O'Neill-Smith", b"To: Ada O'Neill-Smith\r\n <reader3@example.org>\r\n"),
        ("Smith, J.", b'To: "Smith, J." <reader3@example.org>\r\n'),
        ("Zoë", b"To: =?utf-8?q?Zo=C3=AB?= <reader3@example.org>\r\n"),
    ],
)
def test_names_in_the_head(name: str, line: bytes) -> None:
    """Atoms as they are, quoted where they must be, encoded beyond ASCII (RFC 2047)."""
    message = Mime(EMAIL, CONFIG.newsletter).message(person(3, name), "7", NOW)
    assert message.startswith(line)


def test_an_address_beyond_ascii() -> None:
    """It stands in the mail as it is written (RFC 6532)."""
    someone = structs.replace(person(3), email="zoë@exämple.org")
    message = Mime(EMAIL, CONFIG.newsletter).message(someone, "7", NOW)
    assert message.startswith("To: zoë@exämple.org\r\n".encode())


@pytest.mark.needs("maildev")
def test_maildev_reads_it(maildev: Maildev) -> None:
    """A mail server that nobody here wrote reads what we meant."""
    email = replace(
        EMAIL,
        text=f"Hello{TAGS[Placeholder.READER_TEXT]},\n.\n=3D é {'x' * 100}\n",
        html=f"<p>Hello{TAGS[Placeholder.READER_HTML]}, é</p>" + "<p>long</p>" * 20,
        tags=TAGS,
    )
    people = [person(51, "Zoë; <b>, PhD"), person(52)]
    transport = open_transport("smtp", smtp_config(maildev.smtp))
    transport.send(handover(*people, attempt="maildev", email=email))
    transport.close()
    mails = {
        mail["to"][0]["address"]: mail
        for mail in maildev.mails()
        if mail["headers"]["message-id"].startswith("<maildev.")
    }
    zoe, nobody = (mails[each.email] for each in people)
    assert zoe["to"][0]["name"] == "Zoë; <b>, PhD"
    assert zoe["subject"] == EMAIL.subject
    assert zoe["text"] == f"Hello Zoë; <b>, PhD,\n.\n=3D é {'x' * 100}\n"
    assert zoe["html"].startswith("<p>Hello Zoë; &lt;b&gt;, PhD, é</p><p>long</p>")
    assert nobody["text"].startswith("Hello,\n.\n")
    url = f"https://news.example.org/weekly/u/{people[0].token}"
    head, _, _ = maildev.source(zoe["id"]).partition("\r\n\r\n")
    assert f"\r\nList-Unsubscribe: <{url}>\r\n" in head
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
