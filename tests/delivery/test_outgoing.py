"""Rows of `outgoing`: done at least once, tried for days, and named where they wait."""

from __future__ import annotations

import email
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import select

from digest.config import Config, Newsletter
from digest.delivery import carry_out
from digest.errors import DatabaseError
from digest.store import Database, incarnation
from subscribers import outgoing
from subscribers.outgoing import LEASE, WAITS, Standing
from subscribers.tables import outgoing as rows
from subscribers.telling import payload
from tests.delivery.fake_sendgrid import FakeSendGrid, Fault, refusal
from tests.delivery.mail_server import MailServer
from tests.delivery.samples import outbox_config, sendgrid_config, smtp_config

MAIL = {
    "to": "ann@example.com",
    "name": "Ann",
    "subject": "Is this you?",
    "html": "<p>Yes</p>",
    "text": "Yes",
    "headers": {"X-Why": "asked"},
    "bypass_unsubscribe": True,
}


@dataclass
class Desk:
    """A database with rows to carry out, and a clock that somebody sets."""

    database: Database
    config: Config
    now: datetime

    def put(self, kind: str, key: str, text: str) -> None:
        with self.database.write() as connection:
            outgoing.put(connection, kind, text, key=key, now=self.now)

    def tell(self, kind: str, *keys: str, group: int | None = None) -> None:
        for key in keys:
            self.put(kind, key, payload(key, group))

    def go(self, **limits: float) -> Standing:
        return carry_out(self.database, self.config, clock=lambda: self.now, **limits)  # type: ignore[arg-type]

    def later(self, by: timedelta) -> None:
        self.now += by

    def states(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.scalars(select(rows.c.state).order_by(rows.c.id)))

    def dump(self) -> str:
        with self.database.read() as connection:
            return str(connection.execute(select(rows)).all())


@pytest.fixture
def desk(database: Database, fake: FakeSendGrid, now: datetime) -> Desk:
    return Desk(database, sendgrid_config(fake.url), now)


def test_nothing_to_do_asks_nobody(desk: Desk, fake: FakeSendGrid) -> None:
    """Without a row there is no call, and nothing to say."""
    assert desk.go() == Standing(waiting=0, failed=0, reason="")
    assert fake.calls == []


def test_a_copy_does_nothing(desk: Desk, fake: FakeSendGrid) -> None:
    """The original may do it; it waits, untried, until the copy is adopted."""
    desk.tell("suppress", "bob@example.com")
    with desk.database.write() as connection:
        incarnation.write_copy_of(connection, "the original")
    with pytest.raises(DatabaseError, match="does not send.*digest db adopt"):
        desk.go()
    assert (fake.calls, desk.states()) == ([], ["waiting"])
    incarnation.adopt(desk.database)
    assert desk.go().waiting == 0
    assert fake.everywhere == {"bob@example.com"}


def test_leaving_and_coming_back_are_told(desk: Desk, fake: FakeSendGrid) -> None:
    """Into groups and out of them, onto the list for all mail and off it."""
    fake.groups[7] = ["ann@example.com"]
    fake.list("unsubscribes", "ann@example.com")
    desk.tell("suppress", "bob@example.com", "cleo@example.com")
    desk.tell("suppress", "bob@example.com", group=7)
    desk.tell("allow", "ann@example.com")
    desk.tell("allow", "ann@example.com", group=7)
    assert desk.go().waiting == 0
    assert fake.groups == {7: ["bob@example.com"]}
    assert fake.everywhere == {"bob@example.com", "cleo@example.com"}
    assert desk.states() == ["done"] * 5
    assert "@" not in desk.dump()


def test_many_are_told_in_one_call(desk: Desk, fake: FakeSendGrid) -> None:
    """250 people that leave are three calls."""
    desk.tell("suppress", *[f"reader{n}@example.com" for n in range(250)])
    assert desk.go().waiting == 0
    assert len(fake.calls) == 3
    assert len(fake.everywhere) == 250


def test_one_that_is_refused_takes_nobody_with_it(
    desk: Desk, fake: FakeSendGrid
) -> None:
    """Of some that one call tells, only the bad one fails, with its reason."""
    desk.tell("suppress", "ann@example.com", "bad@@x", "bob@example.com")
    standing = desk.go()
    assert (standing.waiting, standing.failed) == (0, 1)
    assert standing.reason == "SendGrid: 400 … is not an address"
    assert desk.states() == ["done", "failed", "done"]
    assert fake.everywhere == {"ann@example.com", "bob@example.com"}
    assert "@" not in desk.dump()


def test_what_is_not_there_need_not_be_taken_away(
    desk: Desk, fake: FakeSendGrid
) -> None:
    """A 404 on the way out of a list is what was wanted."""
    desk.tell("allow", "ann@example.com")
    desk.tell("allow", "ann@example.com", group=7)
    assert desk.go() == Standing(waiting=0, failed=0, reason="")


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (refusal(401, "authorization required"), WAITS[0]),
        (refusal(403, "access forbidden"), WAITS[0]),
        (refusal(429, "too many requests", Retry_After="3600"), timedelta(hours=1)),
        (refusal(429, "too many", Retry_After="99999999"), timedelta(days=1)),
        (refusal(500, "oops"), WAITS[0]),
        (Fault(), WAITS[0]),
    ],
)
def test_what_may_pass_is_tried_again(
    desk: Desk, fake: FakeSendGrid, fault: Fault, wait: timedelta
) -> None:
    """A wrong key, a limit, an outage, no answer: later, and not before."""
    desk.tell("suppress", "ann@example.com")
    fake.will(fault)
    standing = desk.go()
    assert (standing.waiting, standing.failed) == (1, 0)
    assert standing.reason
    desk.later(wait - timedelta(seconds=1))
    desk.go()
    assert len(fake.calls) == 1
    desk.later(timedelta(seconds=1))
    assert desk.go().waiting == 0
    assert fake.everywhere == {"ann@example.com"}


def test_an_outage_costs_few_calls(desk: Desk, fake: FakeSendGrid) -> None:
    """Where nobody answers, the first row shows it, and all wait."""
    for group in range(1, 50):
        desk.tell("suppress", "ann@example.com", group=group)
    fake.will(*[Fault()] * 60)
    assert desk.go().waiting == 49
    assert len(fake.calls) == 1
    fake.faults.clear()
    desk.later(WAITS[0])
    fake.will(*[refusal(500, "oops")] * 60)
    assert desk.go().waiting == 49
    assert len(fake.calls) == 4


def test_one_poisoned_row_stops_no_other(desk: Desk, fake: FakeSendGrid) -> None:
    """A row that SendGrid cannot cope with is tried alone, and again later."""
    desk.tell("suppress", "ann@example.com", "bob@example.com", "cleo@example.com")
    oops = refusal(500, "oops")
    fake.will(oops, oops, None, None)
    assert desk.go().waiting == 1
    assert desk.states() == ["waiting", "done", "done"]


def test_in_vain_for_days(desk: Desk, fake: FakeSendGrid) -> None:
    """After three days and many tries it is given up, and the address forgotten."""
    desk.tell("suppress", "ann@example.com")
    for _ in range(20):
        fake.will(refusal(401, "authorization required"))
        standing = desk.go()
        desk.later(WAITS[-1])
    assert (standing.waiting, standing.failed) == (0, 1)
    assert 10 < len(fake.calls) < 20
    assert "@" not in desk.dump()
    desk.later(timedelta(days=8))
    fake.faults.clear()
    assert desk.go() == Standing(waiting=0, failed=0, reason="")


def test_late_is_not_in_vain(desk: Desk, fake: FakeSendGrid) -> None:
    """What nobody tried for a week is not given up at the first failure."""
    desk.tell("suppress", "ann@example.com")
    desk.later(timedelta(days=7))
    fake.will(Fault())
    assert desk.go().waiting == 1


def test_whoever_dies_loses_its_rows(desk: Desk, fake: FakeSendGrid) -> None:
    """What a process took and never ended is done by the next, after its lease."""
    desk.tell("suppress", "ann@example.com")
    with desk.database.write() as connection:
        assert outgoing.take(connection, now=desk.now)
    assert desk.go().waiting == 1
    assert fake.calls == []
    desk.later(LEASE)
    assert desk.go().waiting == 0


def test_an_answer_that_is_lost(desk: Desk, fake: FakeSendGrid) -> None:
    """At least once: what was done and not heard of is done again."""
    desk.put("mail", "ann@example.com", json.dumps(MAIL))
    fake.will(Fault(done=True))
    assert desk.go().waiting == 1
    desk.later(WAITS[0])
    assert desk.go().waiting == 0
    assert len(fake.mails) == 2


def test_limits_of_a_round(desk: Desk, fake: FakeSendGrid) -> None:
    """A bounded number, in a bounded time; what is left is due as before."""
    for group in range(1, 6):
        fake.groups[group] = []
        desk.tell("suppress", "ann@example.com", group=group)
    assert desk.go(most=2).waiting == 3
    assert desk.go(seconds=0).waiting == 3
    fake.will(Fault(status=201, body="{}", after=0.3))
    assert desk.go(seconds=0.2).waiting == 2
    assert desk.go().waiting == 0


def test_a_mail_by_sendgrid(desk: Desk, fake: FakeSendGrid) -> None:
    """It is for one person, goes past their unsubscribe, and nothing counts it."""
    desk.put("mail", "ann@example.com", json.dumps(MAIL))
    assert desk.go().waiting == 0
    [sent] = fake.mails
    assert sent["personalizations"] == [
        {
            "to": [{"email": "ann@example.com", "name": "Ann"}],
            "headers": {"X-Why": "asked"},
        }
    ]
    assert sent["mail_settings"] == {"bypass_unsubscribe_management": {"enable": True}}
    assert "asm" not in sent
    assert [part["value"] for part in sent["content"]] == ["Yes", "<p>Yes</p>"]
    tracking = sent["tracking_settings"].values()
    assert not any(each["enable"] for each in tracking)


def test_a_mail_into_the_outbox(desk: Desk, fake: FakeSendGrid, tmp_path: Path) -> None:
    """Without a key it is a file, whose links and headers are as they were given."""
    desk.config = outbox_config(tmp_path / "outbox")
    name = "Ann\r\nBcc: eve@example.com"
    mail = MAIL | {"name": name, "subject": "Is\nthis you?", "text": "x" * 2000}
    desk.put("mail", "ann@example.com", json.dumps(mail))
    assert desk.go().waiting == 0
    [file] = (tmp_path / "outbox").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert message["To"].addresses[0].addr_spec == "ann@example.com"
    assert message["Bcc"] is None
    assert message["Subject"] == "Is this you?"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "x" * 2000
    assert fake.calls == []


@pytest.mark.parametrize(
    "wrong",
    [{"to": "bad"}, {"to": "a@b\nc"}, {"to": ""}, {"headers": {"Bad Name": "x"}}],
    ids=str,
)
def test_a_mail_that_is_none(
    desk: Desk, tmp_path: Path, wrong: dict[str, object]
) -> None:
    """What cannot be written as a mail fails for good, and stops nothing."""
    desk.config = outbox_config(tmp_path / "outbox")
    desk.put("mail", "ann@example.com", json.dumps(MAIL | wrong))
    desk.put("mail", "ann@example.com", json.dumps(MAIL | {"to": "zoë@example.com"}))
    standing = desk.go()
    assert (standing.waiting, standing.failed) == (0, 1)
    assert "no header" in standing.reason
    assert len(list((tmp_path / "outbox").iterdir())) == 1


def test_a_mail_without_a_sender_waits(desk: Desk, fake: FakeSendGrid) -> None:
    """What a setting prevents waits for the setting, and others do not wait for it."""
    settings = desk.config
    desk.config = replace(settings, newsletter=Newsletter())
    desk.put("mail", "ann@example.com", json.dumps(MAIL))
    desk.tell("suppress", "ann@example.com")
    standing = desk.go()
    assert standing.waiting == 1
    assert "newsletter.from_email is not set" in standing.reason
    assert fake.everywhere == {"ann@example.com"}
    desk.config = settings
    desk.later(WAITS[0])
    assert desk.go().waiting == 0


def test_an_outbox_that_cannot_be_written(desk: Desk, tmp_path: Path) -> None:
    """A full or wrong folder is a reason to wait, in one line."""
    (tmp_path / "outbox").write_text("a file")
    desk.config = outbox_config(tmp_path / "outbox")
    desk.put("mail", "ann@example.com", json.dumps(MAIL))
    standing = desk.go()
    assert standing.waiting == 1
    assert standing.reason.startswith("outbox.dir: cannot write")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"to": 3}', '{"email": []}'])
@pytest.mark.parametrize("kind", ["mail", "suppress", "allow"])
def test_a_payload_that_cannot_be_read(desk: Desk, kind: str, text: str) -> None:
    """It fails for good, and stops nothing."""
    desk.put(kind, "ann@example.com", text)
    desk.tell("suppress", "bob@example.com")
    standing = desk.go()
    assert (standing.waiting, standing.failed) == (0, 1)
    assert "payload cannot be read" in standing.reason


def test_a_kind_of_a_newer_program(desk: Desk) -> None:
    """What this version does not know it leaves to one that does."""
    desk.put("welcome", "ann@example.com", "{}")
    standing = desk.go()
    assert (standing.waiting, standing.failed) == (1, 0)
    assert standing.reason == "this version knows no welcome"


def test_without_a_key_what_is_to_be_told_waits(desk: Desk, tmp_path: Path) -> None:
    """A key that was taken away is the reason, and mail goes to files meanwhile."""
    desk.config = outbox_config(tmp_path / "outbox")
    desk.tell("suppress", *[f"reader{n}@example.com" for n in range(300)])
    desk.put("mail", "ann@example.com", json.dumps(MAIL))
    standing = desk.go()
    assert standing.waiting == 300
    assert standing.reason.startswith("sendgrid.api_key is not set")
    assert len(list((tmp_path / "outbox").iterdir())) == 1


# --- Through a mail server -----------------------------------------------------------


@pytest.fixture
def smtp_desk(sqlite_database: Database, mails: MailServer, now: datetime) -> Desk:
    config = smtp_config(mails.port)
    config = replace(config, transport=replace(config.transport, name="smtp"))
    return Desk(sqlite_database, config, now)


def test_single_mails_by_smtp(smtp_desk: Desk, mails: MailServer) -> None:
    """They leave by the transport of the settings, over one connection."""
    for key in ("a", "b"):
        smtp_desk.put("mail", key, json.dumps(MAIL))
    assert smtp_desk.go() == Standing(waiting=0, failed=0, reason="")
    assert mails.people == ["ann@example.com"] * 2
    assert mails.connections == 1
    read = email.message_from_bytes(mails.taken[0].content, policy=default)
    assert (read["Subject"], read["X-Why"]) == ("Is this you?", "asked")


@pytest.mark.parametrize(
    ("reply", "state"),
    [("550 ann@example.com is nobody", "failed"), ("450 later", "waiting")],
)
def test_a_mail_server_that_refuses_one(
    smtp_desk: Desk, mails: MailServer, reply: str, state: str
) -> None:
    """A no for good is final, one for now is tried again; neither keeps the address."""
    mails.rcpt = {"ann@example.com": reply}
    smtp_desk.put("mail", "a", json.dumps(MAIL))
    smtp_desk.put("mail", "b", json.dumps({**MAIL, "to": "bob@example.com"}))
    standing = smtp_desk.go()
    assert (standing.failed, standing.waiting) == (
        (1, 0) if state == "failed" else (0, 1)
    )
    assert "ann@" not in standing.reason
    assert mails.people == ["bob@example.com"]


def test_a_mail_server_that_is_down(smtp_desk: Desk, mails: MailServer) -> None:
    """It costs one try a round, and nothing is lost."""
    mails.mail = "451 busy"
    for key in ("a", "b", "c"):
        smtp_desk.put("mail", key, json.dumps(MAIL))
    assert smtp_desk.go().waiting == 3
    mails.mail = ""
    smtp_desk.later(timedelta(hours=1))
    assert smtp_desk.go().waiting == 0
    assert len(mails.people) == 3
