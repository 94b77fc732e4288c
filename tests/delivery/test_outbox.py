"""The rehearsal's files: what each person would get, as a mail program reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from msgspec import structs

from digest.config import Config
from digest.delivery import open_transport, rehearse, request_body
from digest.delivery.outbox import Outbox
from digest.errors import DeliveryError
from digest.model import Email, Outcome
from subscribers.model import Recipient
from tests.delivery.samples import (
    EMAIL,
    TAG,
    handover,
    outbox_config,
    person,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return outbox_config(tmp_path / "outbox")


def written(
    config: Config, *people: Recipient, email: Email = EMAIL
) -> dict[str, EmailMessage]:
    outbox = Outbox(config, now=lambda: NOW)
    outbox.send(handover(*people, email=email))
    return {
        file.name: message_from_bytes(file.read_bytes(), policy=SMTP)
        for file in sorted(outbox.folder.glob("*.eml"))
    }


def test_each_person_has_a_file(config: Config) -> None:
    """Names come of attempt and recipient; the request lies beside them."""
    files = written(config, person(1), person(20))
    folder = config.at(config.outbox.dir)
    assert list(files) == ["7-1.eml", "7-20.eml"]
    assert sorted(file.name for file in folder.iterdir()) == [
        "7-1.eml",
        "7-20.eml",
        "7.json",
    ]


def test_a_file_is_the_persons_mail(config: Config) -> None:
    """Who, from whom, about what, and the way out: all of it this person's."""
    (mail,) = written(config, person(3, "Zoë; Ångström, PhD")).values()
    url = f"https://news.example.org/weekly/u/{person(3).token}"
    assert str(mail["To"]) == '"Zoë; Ångström, PhD" <reader3@example.org>'
    assert str(mail["From"]) == '"The Weekly, by hand" <editor@example.org>'
    assert str(mail["Reply-To"]) == "answers@example.org"
    assert str(mail["Subject"]) == EMAIL.subject
    assert str(mail["Date"]) == "Mon, 23 Nov 2026 08:00:00 +0000"
    assert str(mail["List-Unsubscribe"]) == f"<{url}>"
    assert str(mail["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        content = part.get_content()
        assert url in content
        assert "Ümläute" in content
        assert TAG not in content


def test_an_address_beyond_ascii(config: Config) -> None:
    """It stands in the mail as it is written (RFC 6532)."""
    somebody = structs.replace(person(3), email="zoë@exämple.org")
    Outbox(config, now=lambda: NOW).send(handover(somebody))
    (file,) = config.at(config.outbox.dir).glob("*.eml")
    assert "zoë@exämple.org".encode() in file.read_bytes()


def test_lines_are_those_of_rfc_5322(config: Config) -> None:
    """However long subject, name and link are: ASCII, CRLF, no line too long."""
    long = replace(EMAIL, subject="Brücken " * 60)
    someone = structs.replace(person(1, "Å" * 200), token="t" * 400)
    written(config, someone, email=long)
    (file,) = config.at(config.outbox.dir).glob("*.eml")
    lines = file.read_bytes().split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 998
    assert b"".join(lines).isascii()
    links = [line for line in lines if line.startswith(b"List-Unsubscribe: ")]
    assert links == [
        b"List-Unsubscribe: <https://news.example.org/weekly/u/" + b"t" * 400 + b">"
    ]


def test_a_newline_is_no_header(config: Config) -> None:
    """Neither a subject nor a name can add a header of its own."""
    hostile = replace(EMAIL, subject="News\r\nBcc: all@example.org")
    (mail,) = written(config, person(1, "A\nX-Evil: 1"), email=hostile).values()
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert str(mail["Subject"]) == "News Bcc: all@example.org"


def test_the_request_is_the_one_that_would_go(config: Config) -> None:
    """The JSON beside the mails is SendGrid's request, laid out for reading."""
    people = [person(1), person(2, "Zoë")]
    written(config, *people)
    text = (config.at(config.outbox.dir) / "7.json").read_text("utf-8")
    assert json.loads(text) == json.loads(request_body(handover(*people), config))
    assert '\n  "personalizations"' in text


def test_sendgrids_own_page_is_named(config: Config) -> None:
    """Where SendGrid makes the link, the rehearsal has a stand-in and no header."""
    by_sendgrid = replace(
        config, newsletter=replace(config.newsletter, unsubscribe="sendgrid")
    )
    (mail,) = written(by_sendgrid, person(1)).values()
    assert mail["List-Unsubscribe"] is None
    part = mail.get_body(("plain",))
    assert part is not None
    assert "https://unsubscribe-at-sendgrid.invalid/" in part.get_content()


def test_a_repetition_overwrites(config: Config) -> None:
    """The same attempt again leaves the same files and nothing beside them."""
    written(config, person(1))
    changed = replace(EMAIL, subject="Second")
    files = written(config, person(1), email=changed)
    assert [str(mail["Subject"]) for mail in files.values()] == ["Second"]
    assert len(list(config.at(config.outbox.dir).iterdir())) == 2


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file in the folder's place is one line, with the place and the reason."""
    (tmp_path / "outbox").write_text("in the way")
    outbox = Outbox(outbox_config(tmp_path / "outbox"))
    with pytest.raises(DeliveryError, match=r"outbox.dir: cannot write .*outbox"):
        outbox.send(handover(person(1)))


def test_a_rehearsal_reaches_each_once(config: Config) -> None:
    """A stream of people is cut into batches; who comes twice is in one file."""
    transport = open_transport("outbox", config)
    seen: list[int] = []

    def progress(people: int, _: Outcome) -> None:
        seen.append(people)

    def stream() -> Iterator[Recipient]:
        yield from map(person, range(1, 1003))
        yield person(1)

    assert rehearse(transport, EMAIL, stream(), "issue-3", progress) == 1002
    assert seen == [1000, 2]
    names = {file.name for file in config.at(config.outbox.dir).iterdir()}
    assert {"issue-3-1.json", "issue-3-2.json", "issue-3-2-1002.eml"} <= names
    assert len(names) == 1004
