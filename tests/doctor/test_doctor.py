"""The doctor: what it finds wrong, and what it says is to be done."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import subscribers as people
from digest.config import Config, Newsletter, TransportSettings
from digest.doctor import Diagnosis, examine, sendgrid
from digest.doctor.clock import clock
from digest.errors import FetchError
from digest.pipeline import Desk
from digest.service.loop import serving
from digest.store import Database, incarnation, open_database
from digest.web.public.app import public_app
from tests.delivery.fake_sendgrid import FakeSendGrid, fake_sendgrid, refusal

NEEDS = (
    sendgrid.SENDING,
    sendgrid.STAGING,
    sendgrid.SYNCING,
    sendgrid.LEAVING,
    sendgrid.GROUPS,
)
#: a key that may do all that we do
SCOPES = [scope for need in NEEDS for scope in need.scopes] + [
    "whitelabel.read",
    "user.webhooks.event.settings.read",
]
PUBLIC_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"


def webhook(url: str, **changed: Any) -> dict[str, Any]:
    """An event webhook as SendGrid's settings show it."""
    events: dict[str, Any] = dict.fromkeys(sendgrid.EVENTS, True)
    settings = {"enabled": True, "url": url, "public_key": PUBLIC_KEY}
    return {**events, "open": False, "click": False, **settings, **changed}


@dataclass
class Practice:
    """A doctor, and an installation that a test changes."""

    config: Config
    now: datetime
    #: by name and kind; what is not there has no records
    names: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def resolve(self, name: str, kind: str) -> Sequence[str]:
        return self.names.get((name, kind), [])

    def look(self) -> list[Diagnosis]:
        return examine(self.config, self.now, self.resolve)

    def of(self, name: str) -> list[tuple[bool, str]]:
        return [(each.ok, each.message) for each in self.look() if each.name == name]

    @property
    def ill(self) -> dict[str, str]:
        """What is to be mended: names and messages; each says how."""
        found = [each for each in self.look() if not each.ok]
        assert all(each.help for each in found)
        return {each.name: each.message for each in found}

    def newsletter(self, **changed: Any) -> None:
        newsletter = replace(self.config.newsletter, **changed)
        self.config = replace(self.config, newsletter=newsletter)

    def sendgrid(self, **changed: Any) -> None:
        settings = replace(self.config.sendgrid, **changed)
        self.config = replace(self.config, sendgrid=settings)


@pytest.fixture
def practice(tmp_path: Path, now: datetime, sqlite_template: Path) -> Practice:
    """An installation without a key, with nothing wrong."""
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    newsletter = Newsletter(
        name="The Tide", from_email="tide@example.com", postal_address="1 Lower Quay"
    )
    return Practice(Config(newsletter=newsletter, folder=tmp_path), now)


@pytest.fixture
def account(practice: Practice) -> Iterator[FakeSendGrid]:
    """Its account at SendGrid, with nothing wrong."""
    with fake_sendgrid() as fake:
        practice.sendgrid(api_key="SG.test", host=fake.url)
        practice.now = datetime.now(practice.now.tzinfo)
        fake.scopes = list(SCOPES)
        fake.domains = [{"domain": "example.com", "valid": True, "subdomain": "em1"}]
        yield fake


def test_nothing_is_wrong(practice: Practice) -> None:
    assert practice.ill == {}


# --- This machine -------------------------------------------------------------------


def test_a_damaged_file(practice: Practice) -> None:
    """The backup is named."""
    file = practice.config.at("digest.db")
    size = file.stat().st_size
    with file.open("r+b") as stream:
        stream.seek(8192)
        stream.write(os.urandom(size - 8192))
    assert "database" in practice.ill


def test_no_database(practice: Practice) -> None:
    """What needs it is left out, and the rest is looked at."""
    practice.config.at("digest.db").write_bytes(b"no database at all, but text")
    assert set(practice.ill) == {"database"}
    assert practice.of("disk")


def test_a_copy_that_was_not_adopted(practice: Practice) -> None:
    """It is whole, and sends nothing: so not all is well."""
    file = practice.config.at("digest.db")
    incarnation.mark_copy(file)
    assert "does not send" in practice.ill["database"]
    database = open_database(practice.config.database_url)
    incarnation.adopt(database)
    database.close()
    assert practice.ill == {}


def test_what_stands_still(practice: Practice) -> None:
    """A slot that is overdue is said here, too."""
    from digest.model import Schedule
    from digest.store import schedules

    database = open_database(practice.config.database_url)
    with database.write() as connection:
        schedules.add_schedule(
            connection,
            Schedule(name="weekly", every="daily 06:00", zone="UTC", lists=("weekly",)),
            practice.now - timedelta(days=2),
        )
    database.close()
    assert "schedule weekly: 2026-11-20 is overdue" in practice.ill["running"]


def test_templates_of_ones_own(practice: Practice) -> None:
    """What is wrong in them is found before an issue is built."""
    folder = practice.config.at("templates")
    folder.mkdir()
    name = "base.mjml.j2"
    (folder / name).write_text("{% if %}")
    assert name in practice.ill["templates"]


# --- The clock ----------------------------------------------------------------------


def test_a_wrong_clock(now: datetime) -> None:
    """By a minute or more, beside SendGrid's."""
    assert clock(None, now + timedelta(seconds=50), now).ok
    found = clock(None, now + timedelta(hours=1), now)
    assert (found.ok, found.message) == (False, "3,600 s behind SendGrid's")
    assert clock(None, None, now).ok


@pytest.mark.needs("postgres")
def test_the_clock_of_the_database(postgres_database: Database, now: datetime) -> None:
    """PostgreSQL may be on another machine."""
    here = datetime.now(now.tzinfo)
    assert clock(postgres_database, None, here).message == "as the database's"
    assert not clock(postgres_database, None, here - timedelta(minutes=2)).ok


# --- The DNS ------------------------------------------------------------------------

GOOD: Mapping[tuple[str, str], list[str]] = {
    ("com.", "NS"): ["a.gtld-servers.net."],
    ("tide.org", "MX"): ["10 mail.tide.org."],
    ("tide.org", "TXT"): ["v=spf1 ~all"],
    ("_dmarc.tide.org", "TXT"): ["v=DMARC1; p=quarantine"],
}


def test_the_senders_domain(practice: Practice) -> None:
    """SPF and DMARC; what is only a note is no fault."""
    practice.newsletter(from_email="tide@tide.org")
    practice.names = dict(GOOD)
    assert practice.ill == {}
    practice.names[("_dmarc.tide.org", "TXT")] = ["v=DMARC1; p=none"]
    assert practice.ill == {}
    del practice.names[("_dmarc.tide.org", "TXT")]
    assert "has no DMARC record" in practice.ill["domain"]


def test_no_name_server(practice: Practice) -> None:
    """Nothing is known, so nothing is wrong."""
    practice.newsletter(from_email="tide@tide.org")

    def nobody(name: str, kind: str) -> Sequence[str]:
        raise FetchError(f"{name}: no answer")

    found = examine(practice.config, practice.now, nobody)
    assert all(each.ok for each in found)
    assert any("could not be looked up" in each.message for each in found)


# --- SendGrid -----------------------------------------------------------------------


def test_an_account_with_nothing_wrong(
    practice: Practice, account: FakeSendGrid
) -> None:
    """Its clock is compared with ours; nothing is changed there."""
    assert practice.ill == {}
    assert practice.of("clock") == [(True, "as SendGrid's")]
    assert practice.of("sendgrid key") == [(True, "has all the scopes that we use")]
    assert {method for method, _ in account.calls} == {"GET"}


@pytest.mark.parametrize("need", NEEDS[:4], ids=lambda need: need.scopes[0])
def test_a_scope_that_is_missing(
    practice: Practice, account: FakeSendGrid, need: sendgrid.Need
) -> None:
    """It is named, and what does not work without it."""
    account.scopes.remove(need.scopes[0])
    message = practice.ill["sendgrid key"]
    assert message == f"lacks {need.scopes[0]}: {need.without}"


def test_groups_need_scopes_of_their_own(
    practice: Practice, account: FakeSendGrid
) -> None:
    """Only where there is one; and it has to be there."""
    account.scopes = [scope for scope in SCOPES if not scope.startswith("asm.groups")]
    assert practice.ill == {}
    practice.sendgrid(asm_group=7)
    found = practice.ill
    assert "asm.groups.suppressions.create" in found["sendgrid key"]
    assert found["unsubscribe group"] == "there is no group 7 at SendGrid"
    account.scopes, account.groups = list(SCOPES), {7: []}
    assert practice.ill == {}


def test_the_group_of_a_list(practice: Practice, account: FakeSendGrid) -> None:
    """A list may have its own."""
    database = open_database(practice.config.database_url)
    with database.write() as connection:
        people.add_list(connection, "weekly", practice.now, asm_group=9)
    database.close()
    assert practice.ill["unsubscribe group"] == "there is no group 9 at SendGrid"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refusal(401, "authorization required"), "does not know the key"),
        (refusal(503, "later"), "does not answer: 503"),
        (refusal(404, "not found"), "refuses: 404"),
    ],
    ids=["wrong key", "outage", "another host"],
)
def test_an_account_that_cannot_be_asked(
    practice: Practice, account: FakeSendGrid, fault: Any, words: str
) -> None:
    """One line says why, and no more is asked."""
    account.will(fault)
    found = practice.ill
    assert (list(found), words in found["sendgrid"]) == (["sendgrid"], True)
    assert len(account.calls) == 1


def test_the_key_is_never_said(practice: Practice, account: FakeSendGrid) -> None:
    """Whatever is said of it."""
    account.scopes = []
    said = json.dumps([[each.message, each.help] for each in practice.look()])
    assert "SG.test" not in said


@pytest.mark.parametrize(
    ("domains", "words"),
    [
        ([], "SendGrid does not sign for example.com"),
        ([{"domain": "example.com", "valid": False}], "example.com is not verified"),
        ([{"domain": "ple.com", "valid": True}], "does not sign"),
    ],
    ids=["none", "not verified", "another"],
)
def test_a_sender_that_is_not_authenticated(
    practice: Practice, account: FakeSendGrid, domains: list[Any], words: str
) -> None:
    account.domains = domains
    assert words in practice.ill["sender authentication"]


def test_a_domain_above_is_enough(practice: Practice, account: FakeSendGrid) -> None:
    """DMARC asks for no more."""
    practice.newsletter(from_email="tide@news.example.com")
    assert practice.ill == {}


def test_what_the_key_may_not_see(practice: Practice, account: FakeSendGrid) -> None:
    """It may be well; the scope that shows it is named."""
    account.scopes = SCOPES[:-2]
    practice.newsletter(base_url="https://tide.example.com")
    found = {each.name: each for each in practice.look()}
    for name, scope in [
        ("sender authentication", "whitelabel.read"),
        ("webhook", "user.webhooks.event.settings.read"),
    ]:
        assert (found[name].ok, scope in found[name].help) == (True, True)


# --- The webhook --------------------------------------------------------------------

BASE = "https://tide.example.com"
HERE = f"{BASE}/webhooks/sendgrid"


@pytest.mark.parametrize(
    ("webhooks", "words"),
    [
        ([webhook(HERE)], ""),
        ([webhook("https://other.example.com/x"), webhook(HERE)], ""),
        ([], "is not in its settings"),
        ([webhook("https://other.example.com/x")], "is not in its settings"),
        ([webhook(HERE, enabled=False)], "is there, but off"),
        ([webhook(HERE, bounce=False, dropped=False)], "tell of bounce, dropped"),
        ([webhook(HERE, public_key="")], "not signed"),
        ([webhook(HERE, public_key="another")], "webhook_public_key is not its key"),
    ],
    ids="good two none another off events unsigned key".split(),
)
def test_the_webhook(
    practice: Practice, account: FakeSendGrid, webhooks: list[Any], words: str
) -> None:
    """On, at our address, with all events, signed with the key of our settings."""
    practice.newsletter(base_url=BASE)
    practice.sendgrid(webhook_public_key=PUBLIC_KEY)
    account.webhooks = webhooks
    if words:
        assert words in practice.ill["webhook"]
    else:
        assert practice.ill == {}


def test_opens_are_told_of_where_they_are_counted(
    practice: Practice, account: FakeSendGrid
) -> None:
    practice.newsletter(base_url=BASE)
    practice.sendgrid(webhook_public_key=PUBLIC_KEY, tracking="both")
    account.webhooks = [webhook(HERE)]
    assert practice.ill["webhook"] == "SendGrid does not tell of open, click"


# --- Our own pages ------------------------------------------------------------------


def test_pages_that_answer(practice: Practice, sqlite_database: Database) -> None:
    """As the world asks them, by base_url; and nobody there."""
    desk = Desk(
        database=sqlite_database,
        config=practice.config,
        clock=lambda: practice.now,
        nonce=lambda: "abc",
    )
    with serving(public_app(desk), "127.0.0.1", 0) as address:
        practice.newsletter(base_url=address)
        assert practice.of("pages") == [(True, f"{address}/healthz answers")]
    assert "127.0.0.1" in practice.ill["pages"]


def test_by_smtp_sendgrid_is_not_asked(
    practice: Practice, account: FakeSendGrid
) -> None:
    transport = TransportSettings(name="smtp")
    practice.config = replace(practice.config, transport=transport)
    practice.look()
    assert account.calls == []
