"""Events into the database: once each, and what follows; on both databases."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from digest import events, ledger
from digest.config import SendGridSettings
from digest.errors import ConfigError, EventRefused
from digest.model import AttemptState, CampaignState
from digest.store import Database
from digest.store.tables import (
    attempt,
    bad_event,
    batch,
    campaign,
    event,
    evidence,
)
from subscribers.tables import suppression
from tests.events.samples import Mailroom, payload, sent
from tests.events.test_signature import KEY, signed

SENDING, UNKNOWN = AttemptState.SENDING, AttemptState.UNKNOWN
CANCELLING, CANCELLED = AttemptState.CANCELLING, AttemptState.CANCELLED
ACCEPTED = AttemptState.ACCEPTED


def rows(mailroom: Mailroom) -> list[str]:
    with mailroom.database.read() as connection:
        return list(connection.scalars(select(event.c.event).order_by(event.c.id)))


def test_what_is_common_has_no_rows(mailroom: Mailroom) -> None:
    """Processed and delivered are counted by person; the rest is kept as it came."""
    mailroom.hand_over([1, 2, 3])
    kinds = ("processed", "delivered", "deferred", "open")
    receipt = mailroom.take(*(sent(kind, 1) for kind in kinds))
    assert (receipt.events, receipt.new, receipt.duplicates) == (4, 4, 0)
    assert sorted(rows(mailroom)) == ["deferred", "opened"]
    assert (mailroom.figures.delivered, mailroom.figures.opened) == (1, 1)


def test_what_comes_again_is_known(mailroom: Mailroom) -> None:
    """In a payload, and in the next one."""
    mailroom.hand_over([1, 2])
    some = [sent("processed", 1), sent("delivered", 1), sent("click", 1, url="u")]
    assert mailroom.take(*some, *some).duplicates == 3
    again = mailroom.take(*some)
    assert (again.new, again.duplicates) == (0, 3)
    assert rows(mailroom) == ["clicked"]


@pytest.mark.parametrize(
    "kind", ["processed", "delivered", "deferred", "bounce", "open", "click"]
)
@pytest.mark.parametrize("state", [SENDING, UNKNOWN])
def test_any_of_these_settles_what_is_unknown(
    mailroom: Mailroom, state: AttemptState, kind: str
) -> None:
    """A 202 covers every personalization, so one person's event is enough."""
    mailroom.hand_over([1, 2], state)
    assert mailroom.take(sent(kind, 1)).settled == 1
    assert (mailroom.states, mailroom.batches) == (["accepted"], ["accepted"])
    assert mailroom.take(sent(kind, 1)).settled == 0


@pytest.mark.parametrize(
    "reason", ["Bounced Address", "Unsubscribed Address", "cancel"]
)
def test_a_dropped_copy_settles_nothing(mailroom: Mailroom, reason: str) -> None:
    """It may be of the cancel itself (rule 16)."""
    mailroom.hand_over([1], UNKNOWN)
    mailroom.hand_over([2], CANCELLING)
    mailroom.take(
        sent("dropped", 1, reason=reason), sent("dropped", 2, "2-5f3a", reason=reason)
    )
    assert mailroom.states == ["unknown", "cancelling"]


def test_processed_is_no_proof_while_it_is_taken_back(mailroom: Mailroom) -> None:
    """It may come before send_at, and the cancel may still act."""
    mailroom.hand_over([1], CANCELLING)
    assert mailroom.take(sent("processed", 1)).settled == 0
    assert mailroom.states == ["cancelling"]


def test_taken_back_late_it_counts_person_by_person(mailroom: Mailroom) -> None:
    """One event doesn't decide the batch: the cancel may have stopped the others."""
    mailroom.hand_over([1, 2, 3, 4], CANCELLING, excluded=[4])
    mailroom.take(sent("delivered", 1), sent("processed", 2))
    mailroom.take(sent("dropped", 3, reason="Bounced Address"))
    with mailroom.database.read() as connection:
        known = ledger.evidence_of(connection, [1])[1]
    assert (known.arrived, known.accounted_for) == (2, 2)
    assert mailroom.states == ["cancelling"]
    assert mailroom.take(sent("bounce", 2)).settled == 1
    assert mailroom.batches == ["accepted"]


def test_everybody_dropped_is_no_proof(mailroom: Mailroom) -> None:
    """Nothing of it is known to have gone out, so it stays named."""
    mailroom.hand_over([1], CANCELLING)
    mailroom.take(sent("dropped", 1, reason="Bounced Address"))
    assert mailroom.states == ["cancelling"]


def test_mail_of_what_was_taken_back_is_an_alarm(mailroom: Mailroom) -> None:
    """Assumption A1 does not hold: the campaign pauses, and says which batches."""
    mailroom.hand_over([1], CANCELLED)
    mailroom.hand_over([2], CANCELLED)
    assert mailroom.take(sent("processed", 1)).alarms == ()
    assert mailroom.take(sent("delivered", 2, "2-5f3a")).alarms == (2,)
    state, reason = mailroom.pause
    assert state is CampaignState.PAUSED
    assert "batch 2 " in reason
    mailroom.take(sent("delivered", 1))
    assert "batch 1, 2 " in mailroom.pause[1]
    assert mailroom.states == ["cancelled", "cancelled"]
    assert mailroom.batches == ["planned", "planned"]


def test_the_same_alarm_sounds_once(mailroom: Mailroom) -> None:
    """An operator who resumes is not stopped by what is known already."""
    mailroom.hand_over([1], CANCELLED)
    mailroom.take(sent("delivered", 1))
    mailroom.desk.begin()
    assert mailroom.take(sent("delivered", 1)).alarms == ()
    assert mailroom.pause[0] is CampaignState.RUNNING


def test_an_alarm_that_waited_for_the_proof(mailroom: Mailroom) -> None:
    """Somebody's mail was out before the rest was taken back, as SendGrid says."""
    mailroom.hand_over([1, 2], CANCELLING)
    assert mailroom.take(sent("delivered", 1)).alarms == ()
    with mailroom.database.write() as connection:
        assert ledger.alarm(connection, mailroom.campaign) == ()
        connection.execute(update(attempt).values(state=CANCELLED))
        assert ledger.alarm(connection, mailroom.campaign) == [1]
    assert mailroom.pause[0] is CampaignState.PAUSED


def test_an_alarm_of_what_cannot_pause(mailroom: Mailroom) -> None:
    """A cancelled campaign stays so, and says it as its reason."""
    mailroom.hand_over([1], CANCELLED)
    with mailroom.database.write() as connection:
        connection.execute(update(campaign).values(state=CampaignState.CANCELLED))
    mailroom.take(sent("open", 1))
    state, reason = mailroom.pause
    assert state is CampaignState.CANCELLED
    assert "batch 1 " in reason


@pytest.mark.parametrize("name", ["1-0000", "1", "9-5f3a", "", "1-5f3b"])
def test_of_another_installation(mailroom: Mailroom, name: str) -> None:
    """An account may have two: what is not ours is kept, and settles nothing."""
    mailroom.hand_over([1], UNKNOWN)
    receipt = mailroom.take(sent("bounce", 1, name), sent("delivered", 1, name))
    assert (receipt.new, receipt.ignored, receipt.settled) == (1, 1, 0)
    assert mailroom.states == ["unknown"]
    with mailroom.database.read() as connection:
        ours = connection.execute(select(*event.c["attempt_id", "subscriber_id"])).one()
    assert tuple(ours) == (None, None)


def test_an_attempt_without_token(mailroom: Mailroom) -> None:
    """An old one is named by its number alone."""
    mailroom.hand_over([1], UNKNOWN, token="")
    assert mailroom.take(sent("processed", 1, "1-5f3a")).settled == 0
    assert mailroom.take(sent("processed", 1, "1")).settled == 1


@pytest.mark.parametrize("person", ["9", "2", "", "x", None])
def test_nobody_of_the_batch(mailroom: Mailroom, person: str | None) -> None:
    """Or who was left out of it: kept aside, with the reason; it settles nothing."""
    mailroom.hand_over([1, 2], UNKNOWN, excluded=[2])
    receipt = mailroom.take({**sent("open", 1), "dg_recipient": person})
    assert (receipt.bad, receipt.new, receipt.settled) == (1, 0, 0)
    with mailroom.database.read() as connection:
        reason = connection.scalar(select(bad_event.c.reason))
    assert reason == f"attempt 1 has no recipient {person}"


def test_a_bad_event_is_kept_once(mailroom: Mailroom) -> None:
    """With its reason, beside the good ones; again it is the same."""
    mailroom.hand_over([1])
    body = b'[{"event":"open\xff"},' + payload(sent("open", 1))[1:]
    for _ in range(2):
        assert mailroom.take_bytes(body).bad == 1
    with mailroom.database.read() as connection:
        (kept,) = connection.execute(select(*bad_event.c["raw", "reason"]))
    assert kept.raw == '{"event":"open\\xff"}'
    assert rows(mailroom) == ["opened"]


fields = st.dictionaries(
    st.sampled_from([*sent("open", 1), "url", "reason", "asm_group_id", "status"]),
    st.none() | st.text() | st.integers() | st.floats() | st.binary().map(repr),
)


@given(st.binary() | st.lists(fields).map(lambda some: json.dumps(some).encode()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_kept(mailroom: Mailroom, body: bytes) -> None:
    """No text, number or byte is one that a database refuses."""
    found = events.parse(body)
    receipt = events.keep(mailroom.database, mailroom.config, found, mailroom.now)
    assert receipt.events == len(found.events) + len(found.bad)


def test_odd_texts(mailroom: Mailroom) -> None:
    """Characters that are half ones, or that PostgreSQL takes for the end."""
    odd = "\0\ud800\U0001f600'\"%s"
    some = [{**sent("open", 1, ""), name: odd} for name in ("useragent", "email")]
    some += [{**sent("open", 2, ""), "useragent": "\0'%s?:x"}]
    receipt = mailroom.take(*some)
    assert (receipt.new, receipt.bad) == (1, 2)


# --- Any order, any repetition ----------------------------------------------------

PEOPLE = range(1, 5)
STATES = (UNKNOWN, CANCELLING, CANCELLED, ACCEPTED)
URLS = ("https://a.example/1", "https://a.example/2")
possible = st.builds(
    lambda kind, person, attempt, seconds, more: sent(
        kind, person, f"{attempt}-5f3a", seconds=seconds, asm_group_id=7, **more
    ),
    st.sampled_from(
        [
            "processed",
            "delivered",
            "deferred",
            "bounce",
            "dropped",
            "open",
            "click",
            "spamreport",
            "unsubscribe",
            "group_unsubscribe",
            "group_resubscribe",
            "else",
        ]
    ),
    st.sampled_from(PEOPLE),
    st.integers(1, len(STATES) + 1),
    st.integers(60, 70),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["bounce", "blocked"]),
            "reason": st.sampled_from(["Bounced Address", "Invalid", "cancelled"]),
            "url": st.sampled_from(URLS),
            "sg_machine_open": st.booleans(),
        }
    ),
)


def state(mailroom: Mailroom) -> object:
    """All that events can change, but for when what was written."""
    columns = ("sg_event_id", "event", "attempt_id", "subscriber_id", "machine", "raw")
    with mailroom.database.read() as connection:
        kept = connection.execute(
            select(*event.c[columns]).order_by(event.c[columns[0]])
        )
        bits = connection.execute(select(evidence).order_by(evidence.c.attempt_id))
        return (
            [tuple(row) for row in kept],
            [tuple(row) for row in bits if row.gone_out_people or any(row.processed)],
            mailroom.states,
            mailroom.batches,
            mailroom.pause,
            mailroom.suppressed,
            mailroom.subscriptions,
        )


def begin_anew(mailroom: Mailroom) -> None:
    """Everything as before any event."""
    with mailroom.database.write() as connection:
        for table in (event, evidence, bad_event, suppression):
            connection.execute(delete(table))
        for number, each in enumerate(STATES, start=1):
            values = {"state": each, "reason": ""}
            connection.execute(
                update(attempt).where(attempt.c.id == number).values(values)
            )
            back = "planned" if each is CANCELLED else each
            connection.execute(
                update(batch).where(batch.c.id == number).values(state=back)
            )
        connection.execute(
            update(campaign).values(state=CampaignState.RUNNING, reason="")
        )
    restore_consent(mailroom.database)


def restore_consent(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM consent WHERE source LIKE 'sendgrid%%'")
        connection.exec_driver_sql("UPDATE subscription SET state = 'confirmed'")


@pytest.fixture
def busy(mailroom: Mailroom) -> Mailroom:
    """Four people on a list, and in a batch of each state that events can meet."""
    for person in PEOPLE:
        mailroom.add(person, "weekly")
    for each in STATES:
        mailroom.hand_over(PEOPLE, each)
    mailroom.set_email("".join(f'<a href="{url}">x</a>' for url in URLS))
    return mailroom


@given(st.lists(possible, max_size=12), st.data())
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_order_and_repetition(
    busy: Mailroom, some: list[dict[str, object]], data: st.DataObject
) -> None:
    """The same events end the same, however they are parted, doubled and mixed."""
    begin_anew(busy)
    busy.take(*some)
    once = state(busy)
    begin_anew(busy)
    mixed = data.draw(st.permutations(some + some[: len(some) // 2]))
    size = data.draw(st.integers(1, 5))
    for start in range(0, len(mixed), size):
        busy.take(*mixed[start : start + size])
    assert state(busy) == once


# --- The webhook --------------------------------------------------------------------


def test_a_call_of_the_webhook(mailroom: Mailroom) -> None:
    """Signed, it is kept when the answer is given; else nothing of it is."""
    mailroom.hand_over([1])
    body = payload(sent("open", 1))
    config = replace(mailroom.config, sendgrid=SendGridSettings(webhook_public_key=KEY))
    headers = signed(body, mailroom.now)
    with pytest.raises(EventRefused):
        events.receive(mailroom.database, config, body + b" ", headers, mailroom.now)
    with pytest.raises(ConfigError):
        events.receive(mailroom.database, mailroom.config, body, headers, mailroom.now)
    assert rows(mailroom) == []
    receipt = events.receive(mailroom.database, config, body, headers, mailroom.now)
    assert receipt.new == 1
    assert rows(mailroom) == ["opened"]


# --- Files ----------------------------------------------------------------------------

ONE, TWO = sent("open", 1), sent("open", 2)
FORMS = {
    "an array": json.dumps([ONE, TWO]),
    "an array over lines": json.dumps([ONE, TWO], indent=1),
    "an event a line": f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}",
    "an array a line": f"\n[{json.dumps(ONE)}]\n[{json.dumps(TWO)}]\n",
    "with a byte order mark": f"\ufeff[{json.dumps(ONE)}]\n{json.dumps(TWO)}\n",
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_file(tmp_path: Path, form: str, packed: bool) -> None:
    """Two events are two, however they are written."""
    file = tmp_path / "events"
    content = FORMS[form].encode()
    file.write_bytes(gzip.compress(content) if packed else content)
    with file.open("rb") as stream:
        (only,) = events.read_file(stream)
    assert [each.recipient for each in only.events] == [1, 2]


def test_a_bad_line(tmp_path: Path) -> None:
    """It loses no other; a line may hold what is no JSON at all."""
    file = tmp_path / "events"
    file.write_text(f"{json.dumps(ONE)}\n[broken\nnull\n{json.dumps(TWO)}\n")
    with file.open("rb") as stream:
        (only,) = events.read_file(stream)
    assert [each.recipient for each in only.events] == [1, 2]
    assert [bad.raw for bad in only.bad] == [b"[broken", b"null"]


def test_many_lines_are_several_transactions(tmp_path: Path) -> None:
    """So a file of any length is read in little memory."""
    file = tmp_path / "events"
    file.write_text(f"{json.dumps(ONE)}\n" * 1200)
    with file.open("rb") as stream:
        assert [len(each.events) for each in events.read_file(stream)] == [
            500,
            500,
            200,
        ]


def test_an_empty_file(tmp_path: Path) -> None:
    """Holds nothing, and that is no error."""
    file = tmp_path / "events"
    file.touch()
    with file.open("rb") as stream:
        assert list(events.read_file(stream)) == []
