"""An e-mail as somebody gets it: found, filled, and harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

import subscribers as people
from digest.config import Config, Newsletter, SendGridSettings
from digest.errors import DeliveryError
from digest.model import Email, Placeholder
from digest.pipeline import ANYBODY, Desk
from digest.store import Database
from digest.web.preview.headers import headers
from digest.web.preview.readers import anybody, filled, find

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
EMAIL = Email(
    subject="Ferry",
    preheader="",
    html='<p>Hello@html,</p><a href="@url">leave</a>',
    text="Hello@text,\n@url\n",
    tags={
        Placeholder.READER_HTML: "@html",
        Placeholder.READER_TEXT: "@text",
        Placeholder.UNSUBSCRIBE_URL: "@url",
    },
)
CONFIG = Config(
    newsletter=Newsletter(
        name="The Tide",
        from_email="tide@example.com",
        reply_to="desk@example.com",
        postal_address="1 Quay",
        base_url="https://tide.example.com",
    )
)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    with database.write() as connection:
        people.add_list(connection, "weekly", NOW)
        for name in ("Ann <b>", "Ben", ""):
            people.add_subscriber(
                connection,
                "weekly",
                f"{name[:3].lower() or 'nobody'}@example.org",
                name=name,
                consent="by form",
                source="test",
                now=NOW,
                secret=partial(name.encode().ljust, 12, b"."),
            )
    return Desk(
        database=database,
        config=CONFIG,
        clock=lambda: NOW,
        nonce=lambda: "0" * 12,
    )


def test_somebody_is_found_by_their_address(desk: Desk) -> None:
    found = find(desk, " ben@example.org ")

    assert (found.reader.name, found.reader.email) == ("Ben", "ben@example.org")
    assert (found.count, found.problem) == (1, "")


def test_a_segment_gives_its_first_and_names_others(desk: Desk) -> None:
    """By an expression, or by the name that it was kept under."""
    with desk.database.write() as connection:
        people.add_segment(connection, "named", "name:*e*", now=NOW)

    for query in ("list has weekly", "email:*@example.org"):
        found = find(desk, query)
        assert (found.count, len(found.first)) == (3, 3)
    assert find(desk, "named").reader.name == "Ben"


@pytest.mark.parametrize(
    ("query", "email", "said"),
    [
        ("eve@example.org", "eve@example.org", "no subscriber eve@example.org"),
        ("name:Zoe", ANYBODY.email, "nobody is in name:Zoe"),
        ("nosuch", ANYBODY.email, "nosuch"),
        ("name:(", ANYBODY.email, ""),
        ("' OR 1=1 --", ANYBODY.email, ""),
        ('"><script>@x', ANYBODY.email, ""),
    ],
)
def test_who_is_not_there_is_said(
    desk: Desk, query: str, email: str, said: str
) -> None:
    """The e-mail is shown all the same; what is wrong is told in a line."""
    found = find(desk, query)

    assert found.reader.email == email
    assert found.problem
    assert said in found.problem


def test_anybody_can_be_thought_of(desk: Desk) -> None:
    """A name and an address are as good as a subscriber; nothing is looked up."""
    for found in (
        find(desk, "Ada <ada@example.org>"),
        anybody("Ada <ada@example.org>"),
    ):
        assert (found.reader.name, found.reader.email) == ("Ada", "ada@example.org")
    assert find(desk, "").reader == anybody("").reader == ANYBODY


def test_both_ways_of_a_greeting(desk: Desk) -> None:
    """With a name and without; markup in a name is none."""
    ann, nobody = find(desk, "ann@example.org").reader, find(desk, "").reader

    assert "<p>Hello Ann &lt;b&gt;,</p>" in filled(EMAIL, CONFIG, ann).html
    assert "Hello Ann <b>,\n" in filled(EMAIL, CONFIG, ann).text
    assert "<p>Hello,</p>" in filled(EMAIL, CONFIG, nobody).html


def test_no_token_is_ever_shown(desk: Desk) -> None:
    """A link of a preview that is followed by mistake takes nobody off."""
    with desk.database.read() as connection:
        tokens = [
            person.token for person in people.audience(connection, ["weekly"], now=NOW)
        ]
    reader = find(desk, "ben@example.org").reader
    shown = filled(EMAIL, CONFIG, reader).html + str(
        headers(EMAIL, CONFIG, reader, NOW)
    )

    assert f'href="https://tide.example.com/u/{ANYBODY.token}"' in shown
    assert not [token for token in tokens if token in shown]


# --- Headers --------------------------------------------------------------------------


BY_SENDGRID = replace(CONFIG, sendgrid=SendGridSettings(api_key="SG.x"))


@pytest.mark.parametrize("config", [CONFIG, BY_SENDGRID])
def test_all_that_is_handed_over_is_named(config: Config) -> None:
    """Who, to whom, about what, and the way out in one click (RFC 8058)."""
    found = {each.name: each.value for each in headers(EMAIL, config, ANYBODY, NOW)}

    assert "tide@example.com" in found["From"]
    assert "reader@example.com" in found["To"]
    assert "desk@example.com" in found["Reply-To"]
    assert found["Subject"] == "Ferry"
    assert found["List-Unsubscribe"].startswith("<https://tide.example.com/u/")
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert {"Date", "Message-ID"} <= found.keys()


def test_what_sendgrid_adds_is_said_to_be_sendgrids() -> None:
    """Also its own way out, where there is no page of ours."""
    newsletter = Newsletter(
        name="T", from_email="t@example.com", postal_address="1 Quay"
    )
    config = Config(newsletter=newsletter, sendgrid=SendGridSettings(api_key="SG.x"))
    found = {each.name: each for each in headers(EMAIL, config, ANYBODY, NOW)}

    assert found["List-Unsubscribe"].note.startswith("SendGrid's")
    assert found["DKIM-Signature"].note.startswith("SendGrid's")


def test_settings_that_make_no_mail_are_named() -> None:
    with pytest.raises(DeliveryError, match="from_email"):
        headers(EMAIL, Config(), ANYBODY, NOW)
