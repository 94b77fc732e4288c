"""The counterexamples of design/delivery.md, section 4: each ends well, and ends badly
when the rule that is against it is taken out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from digest import ledger
from digest.delivery import Handover
from digest.delivery.scheduling import Cancelled
from digest.delivery.sendgrid import outcome_of
from digest.delivery.transport import Wave
from digest.delivery.wire import Answer
from digest.ledger import Account, Claim, NeedWave, Taking, Times, transitions
from digest.ledger.transitions import BatchState, Event
from digest.model import AttemptState, Mode, Outcome
from digest.store import Database
from digest.store.tables import attempt
from tests.delivery import staged as desk
from tests.delivery.office import LOST, PROXY, START, Fault, Office, Switches
from tests.delivery.samples import EMAIL, person
from tests.delivery.staged import AtTheOffice, Killed, Staged
from tests.ledger.desk import YES

Ending = Callable[[Staged], None]


# --- Scenarios: what the shortest counterexamples need --------------------------------


def late_yes(staged: Staged) -> None:
    """a's yes comes back when b has begun to take its wave back."""
    claim = claimed(staged)
    transport = AtTheOffice(staged.office)
    transport.send(handed(staged, claim))
    staged.pass_time(staged.times.lease)
    with staged.database.write() as connection:
        ledger.expire(connection, staged.campaign, staged.clock)
        assert claim.wave
        ledger.recall(connection, claim.wave.number, "test", staged.clock)
        ledger.record(connection, claim.attempt, YES, staged.now())
    staged.take_back(everything=False)
    staged.drive()


def late_post(staged: Staged) -> None:
    """A request arrives long after its answer was given up."""
    staged.office.faults = [None, Fault(late=100)]
    staged.drive()


def bad_gateway(staged: Staged) -> None:
    """Somebody between us answers 502, and the mail was taken."""
    staged.office.faults = [PROXY]
    staged.drive()


def no_slot_left(staged: Staged) -> None:
    """The cancel is answered "max limit reached", and cancels nothing."""

    def others(point: str) -> None:
        if point == "before cancel" and not staged.office.cancels:
            foreign = {f"foreign-{number}": START for number in range(10)}
            staged.office.cancelled = foreign
        if point == "after cancel":
            raise Killed

    staged.office.faults = [LOST]
    staged.drive(others)
    staged.pass_time(60)
    staged.drive(lambda point: staged.office.cancelled.clear())


def late_cancel(staged: Staged) -> None:
    """The cancel leaves in the last minutes, and acts on some of it."""
    staged.office.faults = [LOST]

    def killed(point: str) -> None:
        if point == "before cancel":
            raise Killed

    staged.drive(killed)
    assert staged.send_at
    staged.office.advance(staged.send_at - 300)
    staged.drive()


def slot_given_back(staged: Staged) -> None:
    """A cancellation is deleted, and what it stopped goes out."""
    staged.office.faults = [LOST]
    staged.drive()


def claimed(staged: Staged) -> Claim:
    """A batch, as a process takes it."""
    transport = AtTheOffice(staged.office)
    transport.cancellations()
    with staged.database.write() as connection:
        ledger.begin(connection, staged.campaign)
    for _ in range(2):
        taking = Taking(clock=staged.clock, provider=transport.clock.now())
        with staged.database.write() as connection:
            found = ledger.claim(connection, staged.campaign, staged.load, taking)
            if isinstance(found, NeedWave):
                new = transport.new_id()
                ledger.open_wave(
                    connection,
                    staged.campaign,
                    new,
                    found,
                    account=Account(now=staged.now()),
                    now=staged.now(),
                )
    assert isinstance(found, Claim)
    return found


def handed(staged: Staged, claim: Claim) -> Any:
    assert claim.wave
    return Handover(
        attempt=claim.name,
        email=EMAIL,
        recipients=claim.recipients,
        wave=Wave(id=claim.wave.provider_id, send_at=claim.wave.send_at),
    )


# --- Rules, taken out -----------------------------------------------------------------


def accepted_while_cancelling() -> Any:
    """Without rule 8: a yes counts also when its wave is being taken back."""
    batch, sent = BatchState, AttemptState
    return both(
        patch.dict(
            transitions.BATCH, {(batch.CANCELLING, Event.ACCEPTED): batch.ACCEPTED}
        ),
        patch.dict(
            transitions.ATTEMPT, {(sent.CANCELLING, Event.ACCEPTED): sent.ACCEPTED}
        ),
    )


def no_wait() -> Any:
    """Without W: the cancel leaves at once."""
    return patch.object(desk, "Times", lambda: Times(wait=0))


def refused_by_a_proxy() -> Any:
    """Without rule 6: a 5xx is taken for a refusal."""
    real = outcome_of

    def wrong(answer: Answer, now: float) -> Outcome:
        found = real(answer, now)
        if found.state is AttemptState.UNKNOWN:
            return Outcome(state=AttemptState.REFUSED, retry_after=0)
        return found

    return patch.object(desk, "outcome_of", wrong)


def any_answer_proves() -> Any:
    """Without rule 9: any 400 is taken for "is cancelled"."""

    def cancel(self: AtTheOffice, provider_id: str) -> Cancelled:
        self.point("before cancel")
        self.office.cancel(provider_id)
        proof = self._note()
        with suppress(Killed):
            self.point("after cancel")
        self.office.cancelled.clear()  # others have given theirs back
        return Cancelled(proof=proof)

    return patch.object(AtTheOffice, "cancel", cancel)


def no_cutoff() -> Any:
    """Without rule 9's time: a cancel counts until it goes out."""
    return patch.object(desk, "Times", lambda: Times(cutoff=0, margin=0, recovery=0))


def slots_are_given_back() -> Any:
    """Without rule 11: a cancellation is deleted as soon as it has acted."""
    return patch.object(desk, "Times", lambda: Times(keep=-7200))


def both(*patches: Any) -> ExitStack:
    stack = ExitStack()
    for each in patches:
        stack.enter_context(each)
    return stack


@dataclass(frozen=True)
class Counterexample:
    scenario: Ending
    without: Callable[[], Any]
    switches: Switches = field(default_factory=Switches)


COUNTEREXAMPLES: Mapping[str, Counterexample] = {
    "8: cancelling first": Counterexample(late_yes, accepted_while_cancelling),
    "8: W": Counterexample(late_post, no_wait, Switches(stops_later_mail=False)),
    "6: 5xx": Counterexample(bad_gateway, refused_by_a_proxy),
    "9: any 400": Counterexample(no_slot_left, any_answer_proves),
    "9: cut-off": Counterexample(late_cancel, no_cutoff, Switches(late_cancels=True)),
    "11: deleted": Counterexample(slot_given_back, slots_are_given_back),
}


@pytest.fixture(params=COUNTEREXAMPLES)
def counterexample(request: pytest.FixtureRequest) -> Counterexample:
    found: Counterexample = COUNTEREXAMPLES[request.param]
    return found


def test_with_the_rules(database: Database, counterexample: Counterexample) -> None:
    """Nobody is lost, nobody gets two, nobody is said to wait who has it."""
    staged = Staged(database, Office(counterexample.switches, seed=3))
    counterexample.scenario(staged)
    staged.judge()


def test_without_the_rule(
    sqlite_database: Database, counterexample: Counterexample
) -> None:
    """The same story ends badly: the rule is needed, and this test can fail."""
    with counterexample.without():
        staged = Staged(sqlite_database, Office(counterexample.switches, seed=3))
        counterexample.scenario(staged)
        with pytest.raises(AssertionError, match="lost|twice|out, and still"):
            staged.judge()


# --- Those that end well by construction ----------------------------------------------


def test_two_settlers(database: Database) -> None:
    """A proof that comes late, of a wave that was planned again, moves nothing."""
    staged = Staged(database, Office())
    staged.office.faults = [LOST]
    staged.drive()
    ((at, _),) = staged.office.cancels
    proof = datetime.fromtimestamp(at, UTC)
    with database.write() as connection:
        assert not ledger.taken_back(connection, 1, proof, staged.times)
    assert staged.status.accepted == 20
    staged.judge()


def test_a_late_proof_is_none(database: Database) -> None:
    """An answer from the last minutes proves nothing, whatever it says."""
    staged = Staged(database, Office())
    claim = claimed(staged)
    assert claim.wave
    with database.write() as connection:
        ledger.recall(connection, claim.wave.number, "test", staged.clock)
        late = claim.wave.send_at - staged.times.last_cancel + timedelta(seconds=1)
        assert not ledger.taken_back(connection, claim.wave.number, late, staged.times)
    assert staged.status.batches["cancelling"] == 1


def test_an_id_is_used_once(database: Database) -> None:
    """What was taken back goes out under another id (rule 10)."""
    staged = Staged(database, Office())
    staged.office.faults = [LOST]
    staged.drive()
    gone = {each.batch_id for each in staged.office.copies if each.state == "dropped"}
    kept = {each.batch_id for each in staged.office.copies if each.state != "dropped"}
    assert gone
    assert not gone & kept


def test_one_moment_a_wave(database: Database) -> None:
    """Batches of two moments are never under one id (rule 10)."""
    staged = Staged(database, Office(), people=4)
    later = datetime.fromtimestamp(START + 3600 + 900, UTC)
    with database.write() as connection:
        stream = map(person, range(5, 9))
        ledger.plan(connection, staged.campaign, stream, 2, when=lambda _: later)
    staged.drive()
    staged.pass_time(1000)
    staged.drive()
    moments: dict[str, set[float]] = {}
    for each in staged.office.copies:
        moments.setdefault(each.batch_id, set()).add(each.send_at)
    assert all(len(found) == 1 for found in moments.values())
    assert len({at for found in moments.values() for at in found}) == 2
    staged.judge()


def test_direct_absence_proves_nothing(database: Database) -> None:
    """What was sent directly, and not answered, is never sent again by itself."""
    staged = Staged(database, Office(), mode=Mode.DIRECT)
    staged.office.faults = [None, Fault(late=110)]
    staged.drive()
    for _ in range(3):
        staged.pass_time(24 * 3600)
        assert staged.drive().unsettled == 2
    staged.judge()
    assert set(staged.out.values()) == {1}


def test_a_frozen_process_wakes(database: Database) -> None:
    """Its answer, when an operator has given its attempt up, changes nothing."""
    staged = Staged(database, Office(), people=2, mode=Mode.DIRECT)
    with database.write() as connection:
        ledger.begin(connection, staged.campaign)
        taking = Taking(clock=staged.clock)
        claim = ledger.claim(connection, staged.campaign, staged.load, taking)
    assert isinstance(claim, Claim)
    staged.pass_time(3600)
    with database.write() as connection:
        ledger.expire(connection, staged.campaign, staged.clock)
        ledger.settle_by_hand(
            connection,
            staged.campaign,
            claim.batch,
            arrived=False,
            now=staged.now(),
            times=staged.times,
        )
        assert not ledger.record(connection, claim.attempt, YES, staged.now())
    assert staged.status.pending == 2
    with database.read() as connection:
        assert connection.scalar(select(attempt.c.state)) == AttemptState.ABANDONED


def test_no_claim_slips_into_a_wave_that_is_taken_back(
    postgres_database: Database,
) -> None:
    """A claim that is not committed yet is waited for, and taken back too."""
    staged = Staged(postgres_database, Office())
    first = claimed(staged)
    assert first.wave
    number = first.wave.number
    transport = AtTheOffice(staged.office)
    transport.cancellations()
    taking = Taking(clock=staged.clock, provider=transport.clock.now())
    begun = threading.Event()

    def recall() -> None:
        with postgres_database.write() as connection:
            begun.set()
            ledger.recall(connection, number, "test", staged.clock)

    with postgres_database.write() as connection:
        second = ledger.claim(connection, staged.campaign, staged.load, taking)
        assert isinstance(second, Claim)
        assert second.wave == first.wave
        settler = threading.Thread(target=recall)
        settler.start()
        assert begun.wait(10)
        settler.join(0.3)
        assert settler.is_alive()
    settler.join(30)
    assert staged.status.batches["cancelling"] == 2
