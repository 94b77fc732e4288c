"""The protocol as a state machine over the real ledger: processes that may be slow,
die or be told nothing, in any order; and nobody is lost, and nobody gets two.

It takes the steps of design/delivery_model.py, with several batches in a wave.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from digest import ledger
from digest.delivery import Handover
from digest.delivery.scheduling import Cancelled
from digest.delivery.transport import Wave
from digest.ledger import Account, Claim, NeedWave, Taking
from digest.ledger.transitions import BatchState
from digest.model import AttemptState, Outcome
from digest.store import Database, open_database
from tests.delivery.office import LOST, PROXY, Fault, Office, Switches
from tests.delivery.samples import EMAIL
from tests.delivery.staged import AtTheOffice, Staged, assert_adds_up

#: what one process has before it, and does next
Step = Callable[[], None]
PROCESSES = st.integers(0, 2)
FAULTS = st.sampled_from([None, None, None, LOST, PROXY, Fault(late=100), Fault()])


@cache
def template() -> Path:
    """An empty database, to be copied: to make one takes longer."""
    file = Path(tempfile.mkdtemp(prefix="digest-model-")) / "digest.db"
    open_database(f"sqlite:///{file}").close()
    return file


class Protocol(RuleBasedStateMachine):
    """Three processes on one campaign of four batches, and a wave for each two."""

    @initialize(
        later=st.booleans(), good=st.booleans(), past=st.booleans(), late=st.booleans()
    )
    def begin(self, later: bool, good: bool, past: bool, late: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="digest-model-"))
        shutil.copy(template(), self.folder / "digest.db")
        self.database: Database = open_database(f"sqlite:///{self.folder}/digest.db")
        switches = Switches(
            stops_later_mail=later,
            cancelled_for_good=good,
            past_goes_out=past,
            late_cancels=late,
        )
        self.office = Office(switches)
        self.staged = Staged(self.database, self.office, people=8, size=2)
        self.transport = AtTheOffice(self.office)
        self.transport.cancellations()
        self.next: dict[int, Step] = {}
        with self.database.write() as connection:
            ledger.begin(connection, self.staged.campaign)

    # --- What may happen --------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 30, 100, 180, 300, 900]))
    def time_passes(self, seconds: float) -> None:
        """Whoever is busy with a request gives it up in time (rule 5)."""
        if seconds > 30:
            self.next = {}  # D is over for all of them
        self.staged.pass_time(seconds)
        self.transport.cancellations()

    @rule(who=PROCESSES)
    def dies(self, who: int) -> None:
        self.next.pop(who, None)

    @rule(person=st.integers(1, 8))
    def leaves(self, person: int) -> None:
        self.staged.gone.add(person)

    @rule(who=PROCESSES)
    @precondition(lambda self: len(self.next) < 3)
    def claims(self, who: int) -> None:
        if who in self.next:
            return
        taking = Taking(
            clock=self.staged.clock, provider=self.transport.clock.now(), token="t"
        )
        with self.database.write() as connection:
            found = ledger.claim(
                connection, self.staged.campaign, self.staged.load, taking
            )
            if isinstance(found, NeedWave):
                ledger.open_wave(
                    connection,
                    self.staged.campaign,
                    self.transport.new_id(),
                    found,
                    account=Account(now=self.staged.now()),
                    now=self.staged.now(),
                )
        if isinstance(found, Claim) and found.recipients:
            claim = found
            self.next[who] = lambda: self.posts(who, claim)

    def posts(self, who: int, claim: Claim) -> None:
        wave = claim.wave
        outcome = self.transport.send(
            Handover(
                attempt=claim.name,
                email=EMAIL,
                recipients=claim.recipients,
                wave=Wave(id=wave.provider_id, send_at=wave.send_at) if wave else None,
            )
        )
        self.next[who] = lambda: self.records(who, claim, outcome)

    def records(self, who: int, claim: Claim, outcome: Outcome) -> None:
        del self.next[who]
        with self.database.write() as connection:
            ledger.record(connection, claim.attempt, outcome, self.staged.now())

    @rule(who=PROCESSES, fault=FAULTS)
    def goes_on(self, who: int, fault: Fault | None) -> None:
        """A process does its next step; a request may meet with a fault."""
        self.office.faults = [fault]
        if step := self.next.get(who):
            step()
        self.office.faults = []

    @rule()
    def finds_the_lost(self) -> None:
        with self.database.write() as connection:
            ledger.expire(connection, self.staged.campaign, self.staged.clock)

    @rule()
    def takes_back(self) -> None:
        """Every wave with an unknown in it, as far as there is time."""
        provider = self.transport.clock.now()
        assert provider
        with self.database.write() as connection:
            waves = ledger.doubtful(
                connection, self.staged.campaign, provider, self.staged.times
            )
            for number in waves:
                ledger.recall(connection, number, "test", self.staged.clock)

    @rule(lost=st.booleans())
    def cancels(self, lost: bool) -> None:
        """The cancels that have waited long enough; an answer may be lost."""
        provider = self.transport.clock.now()
        assert provider
        with self.database.read() as connection:
            waves = ledger.recalled(
                connection,
                self.staged.campaign,
                provider,
                self.staged.clock,
                self.staged.times,
            )
        for wave in (each for each in waves if each.wait <= 0):
            answer: Cancelled = self.transport.cancel(wave.provider_id)
            if answer.proof and not lost:
                with self.database.write() as connection:
                    ledger.taken_back(
                        connection, wave.number, answer.proof, self.staged.times
                    )

    # --- What must hold ---------------------------------------------------------------

    @invariant()
    def adds_up(self) -> None:
        if hasattr(self, "staged"):
            assert_adds_up(self.staged.status)

    @invariant()
    def nothing_planned_is_out(self) -> None:
        if hasattr(self, "staged"):
            planned = self.staged.people_in(BatchState.PLANNED, BatchState.DROPPED)
            out = {each.person for each in self.office.copies if each.state == "out"}
            assert not planned & out

    def teardown(self) -> None:
        if hasattr(self, "staged"):
            self.staged.judge()
            self.database.close()
            shutil.rmtree(self.folder)


TestProtocol = Protocol.TestCase
TestProtocol.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_the_machine_gets_somewhere() -> None:
    """Not vacuous: its steps lead to mail that was taken back and sent anew."""
    machine = Protocol()
    machine.begin(later=False, good=True, past=True, late=True)
    for _ in range(2):
        machine.claims(0)
        machine.goes_on(0, LOST)
        machine.goes_on(0, None)
        machine.takes_back()
        machine.time_passes(300)
        machine.cancels(lost=True)
        machine.cancels(lost=False)
    for _ in range(20):
        machine.claims(1)
        machine.goes_on(1, None)
        machine.goes_on(1, None)
    with machine.database.read() as connection:
        assert machine.staged.status.accepted == 8
        rows = connection.exec_driver_sql("SELECT DISTINCT state FROM attempt").all()
    assert {row[0] for row in rows} == {AttemptState.CANCELLED, AttemptState.ACCEPTED}
    machine.teardown()
