"""The mail that asks an editor: what it looks like, and how it is approved."""

from __future__ import annotations

import base64
import email
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import msgspec
import pytest
from sqlalchemy import select

from digest import ledger
from digest.delivery.mail import Mail, mail_file, mail_request
from digest.errors import MissingTool
from digest.model import CampaignState
from digest.service import run_due
from digest.service.loop import serving
from digest.web.public.app import public_app
from subscribers.tables import outgoing
from tests.delivery.conftest import faults
from tests.delivery.faults import FaultServer
from tests.service.test_run_due import (
    Newsroom,
    by_sendgrid,
    edited,
    newsroom,
    reschedule,
    stored_email,
)
from tests.web.test_public import Visitor

__all__ = ["faults", "newsroom"]
SIX = datetime(2026, 11, 23, 5, 1, tzinfo=UTC)
PNG = b"\x89PNG"


def asked(newsroom: Newsroom) -> tuple[Newsroom, Mail]:
    """A newsroom whose editor was asked, and what they were mailed."""
    newsroom = edited(newsroom)
    reschedule(newsroom, approve=True)
    newsroom.clock.now = SIX
    run_due(newsroom.desk)
    with newsroom.desk.database.read() as connection:
        (payload,) = connection.scalars(select(outgoing.c.payload))
    return newsroom, msgspec.json.decode(payload, type=Mail)


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    def take(*_: object) -> None:
        raise MissingTool("pictures of the e-mail need Chromium: install it")

    monkeypatch.setattr("digest.web.preview.screenshots.take", take)


@pytest.mark.needs("chromium")
def test_it_shows_the_issue(newsroom: Newsroom) -> None:
    """On a phone, on a desk and in the dark; and as it will be sent."""
    pytest.importorskip("playwright")
    _, mail = asked(newsroom)
    pictures = [each for each in mail.attachments if each.inline]
    assert len(pictures) == 3
    for each in pictures:
        assert base64.b64decode(each.content).startswith(PNG)
        assert f'src="cid:{each.name}"' in mail.html
    (web,) = [each for each in mail.attachments if not each.inline]
    assert b"The night ferry 1 left Marlhaven" in base64.b64decode(web.content)
    assert "pictures" not in mail.text


@pytest.mark.usefixtures("no_browser")
def test_without_a_browser_it_says_so(newsroom: Newsroom) -> None:
    """The mail goes all the same, with the web version."""
    _, mail = asked(newsroom)
    assert "Without pictures: pictures of the e-mail need Chromium" in mail.text
    assert [each.name for each in mail.attachments] == ["email.html"]
    assert "digest approve 1" in mail.text


def test_nobody_is_asked_where_there_is_no_editor(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No mail is made, nor a picture drawn; the command approves it."""
    monkeypatch.setattr(
        "digest.web.preview.screenshots.take", lambda *_: pytest.fail("drawn")
    )
    reschedule(newsroom, approve=True)
    newsroom.clock.now = SIX
    (result,) = run_due(newsroom.desk)
    assert result.reason.endswith("digest approve 1")
    with newsroom.desk.database.read() as connection:
        assert not connection.scalars(select(outgoing.c.payload)).all()


@pytest.fixture
def visitor(newsroom: Newsroom) -> Iterator[Visitor]:
    """Somebody with a browser, before the newsroom's pages."""
    with serving(public_app(newsroom.desk), "127.0.0.1", 0) as address:
        yield Visitor(address)


@pytest.mark.usefixtures("no_browser")
def test_its_link_shows_the_email_and_approves(
    newsroom: Newsroom, visitor: Visitor, faults: FaultServer
) -> None:
    """The stored bytes, until it is decided; a look changes nothing."""
    newsroom, mail = asked(by_sendgrid(newsroom, faults.url))
    path = mail.text.rpartition("https://tide.example.com")[2].split()[0]
    shown = visitor.ask("GET", f"{path}/email")
    title = stored_email(newsroom).html.partition("<title>")[2][:20]
    assert title in shown.text
    assert "script-src 'none'" in shown.headers["content-security-policy"]
    assert newsroom.run(SIX) == []
    visitor.ask("POST", path)
    assert title not in visitor.ask("GET", f"{path}/email").text
    assert newsroom.run(SIX)
    with newsroom.desk.database.read() as connection:
        assert ledger.status(connection, 1).state is CampaignState.SCHEDULED


def test_a_strangers_link_shows_nothing(visitor: Visitor) -> None:
    """What is shown belongs to whoever was asked."""
    assert "ferry" not in visitor.ask("GET", "/approve/strange/email").text


@pytest.mark.usefixtures("no_browser")
def test_attachments_travel(newsroom: Newsroom) -> None:
    """In SendGrid's JSON, and in an .eml."""
    newsroom, mail = asked(newsroom)
    picture = with_a_picture(mail)
    request = mail_request(picture, newsroom.desk.config)
    first, second = request["attachments"]
    assert (first["disposition"], first["content_id"]) == ("inline", "phone.png")
    assert (second["disposition"], second["filename"]) == ("attachment", "email.html")
    written = mail_file(picture, newsroom.desk.config, SIX)
    read = email.message_from_bytes(written, policy=default)
    assert isinstance(read, EmailMessage)
    kinds = [part.get_content_type() for part in read.walk()]
    assert kinds.count("image/png") == 1
    assert [part.get_filename() for part in read.iter_attachments()] == ["email.html"]


def with_a_picture(mail: Mail) -> Mail:
    """The mail with a picture before what it has."""
    (web,) = mail.attachments
    picture = msgspec.structs.replace(
        web,
        name="phone.png",
        type="image/png",
        content=base64.b64encode(PNG).decode(),
        inline=True,
    )
    return msgspec.structs.replace(mail, attachments=(picture, web))
