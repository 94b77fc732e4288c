"""The loop that sends: take a batch, hand it over, write down what came of it.

Its order is what makes a crash harmless: the attempt is committed before the
first byte leaves, and the outcome after the answer; what lies between is named.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial

from sqlalchemy import Connection

from digest import ledger
from digest.delivery.keeper import AGAIN, LOOK, Keeper
from digest.delivery.transport import Handover, Transport, Wave
from digest.delivery.way import Progress, Way
from digest.errors import DatabaseError, DeliveryError, TryAgain
from digest.ledger import (
    Claim,
    Held,
    IdSet,
    Loader,
    NeedWave,
    Taking,
    Wait,
    boot_seconds,
    cut,
)
from digest.model import AttemptState, CampaignState, Email, Outcome
from digest.store import Database
from subscribers.model import Recipient

#: so often is a batch that was refused for now tried again before the campaign stops
PATIENCE = 5
#: the longest wait that a provider's "too many requests" is taken at its word for
LONGEST_WAIT = 300.0
#: seconds after which what others do is looked at again, and other threads
GLANCE, GLIMPSE = 60.0, 0.05
#: so often is an outcome tried to be written down, a second apart: a late one counts
#: also after its attempt's lease has ended. And where the process is to end meanwhile
WRITES, LAST_WRITES = 600, 8


def send_campaign(
    database: Database, campaign_id: int, transport: Transport, loader: Loader, way: Way
) -> None:
    """Hand over every planned batch of a campaign.

    Ends with the campaign finished, or paused with the reason. What is unknown
    afterwards is never handed over again by this; `ledger.status` names it. Any number
    of processes may do it at once.
    """
    if transport.rehearsal:
        raise ValueError(f"{transport.name} reaches nobody: rehearse() with it")
    _Drive(database, campaign_id, loader, way).run((transport, *way.others))


class _Drive:
    """One process's part in sending a campaign."""

    def __init__(
        self, database: Database, campaign: int, loader: Loader, way: Way
    ) -> None:
        self._database = database
        self._campaign = campaign
        self._loader = loader
        self._way = way
        # SQLite's own waiting is a poll: threads of one process do better
        self._turns = threading.Lock() if database.file else nullcontext()
        self._refusals = self._under_way = self._generation = 0
        self._counting = threading.Lock()
        self._keeping = threading.Lock()
        self._looked = -LOOK
        self._keeper = Keeper(
            database=database,
            campaign=campaign,
            clock=way.clock,
            times=way.times,
            staging=way.staging,
            write=self._write,
            seconds=way.pacer.clock,
            tell=way.tell,
        )

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._turns, self._database.write() as connection:
            yield connection

    def run(self, transports: tuple[Transport, ...]) -> None:
        self._serial = transports[0].serial
        with self._write() as connection:
            if self._way.asked:
                ledger.begin(connection, self._campaign)
            else:
                ledger.go_on(connection, self._campaign)
            if ledger.state_of(connection, self._campaign) is not CampaignState.RUNNING:
                return
            self._email = ledger.stored_email(connection, self._campaign)
        self._keeper.begin()
        if len(transports) == 1:
            self._work(transports[0])
        else:
            self._work_together(transports)
        if not self._way.halt.is_set():
            with self._write() as connection:
                ledger.conclude(connection, self._campaign)

    def _work_together(self, transports: tuple[Transport, ...]) -> None:
        with ThreadPoolExecutor(len(transports)) as pool:
            for each in [pool.submit(self._work, one) for one in transports]:
                each.result()

    def _work(self, transport: Transport) -> None:
        try:
            while not self._way.halt.is_set() and self._turn(transport):
                pass
        except BaseException:
            self._way.halt.set()  # no thread goes on where one cannot
            raise

    def _turn(self, transport: Transport) -> bool:
        """Do the next thing; whether there may be another."""
        try:
            wait = self._keep()
            # The check of a claim must be fresh when the request leaves (rule 4), so
            # the waiting is done before.
            self._way.pacer.wait()
            if self._way.halt.is_set():
                return False
            return self._next(transport, wait)
        except TryAgain as error:
            return self._refused_for_now(str(error), AGAIN)
        except DeliveryError as error:
            self._pause(str(error))
            return False

    def _next(self, transport: Transport, wait: float | None) -> bool:
        generation = self._generation
        match self._claim():
            case Claim() as claim, checked:
                self._hand_over(transport, claim, checked)
                return True
            case NeedWave() as needed, _:
                return self._open_wave(needed, generation)
            case Wait(seconds, early=True), _ if seconds > GLANCE and wait is None:
                return self._leave()
            case Wait(seconds), _:
                return self._sleep(min(seconds, GLANCE, wait or GLANCE))
            case Held(reason), _:
                self._pause(reason)
                return False
            case _:
                return self._nothing_left()

    def _sleep(self, seconds: float) -> bool:
        self._way.pacer.sleep(max(0.01, seconds))
        return not self._way.halt.is_set()

    def _claim(self) -> tuple[Claim | NeedWave | Wait | Held | None, float]:
        way = self._way
        taking = Taking(
            clock=way.clock,
            times=way.times,
            provider=way.staging.clock.now() if way.staging else None,
            token=way.token(),
            serial=self._serial,
            lateness=way.lateness,
            limits=way.limits,
        )
        with self._write() as connection:
            claim = ledger.claim(connection, self._campaign, self._loader, taking)
            # D is counted from here: a little before the commit, so never too long
            return claim, boot_seconds()

    # --- Beside the handing over ------------------------------------------------------

    def _keep(self) -> float | None:
        """Look after the campaign, one thread at a time, now and then."""
        if not self._keeping.acquire(blocking=False):
            return LOOK
        try:
            if self._way.pacer.clock() - self._looked < LOOK:
                return LOOK
            return self._look()
        finally:
            self._keeping.release()

    def _look(self) -> float | None:
        wait = self._keeper.look()
        self._looked = self._way.pacer.clock()
        self._stop_rule()
        return wait

    def _stop_rule(self) -> None:
        """Stop what readers complain about, and take back what has not gone out."""
        with self._database.read() as connection:
            reason = self._way.stopping(connection, self._campaign)
        if reason:
            self._pause(reason)
            self._keeper.everything = True

    def _open_wave(self, needed: NeedWave, generation: int) -> bool:
        with self._keeping:
            if generation != self._generation:  # another thread has just done it
                return True
            wait = self._keeper.open_wave(needed)
            self._generation += 1
        return self._sleep(wait) if wait else True

    def _nothing_left(self) -> bool:
        """Whether to go on though there is nothing to hand over: a wave that is being
        taken back, or an answer that is still to come, may give something back."""
        if self._under_way:
            return self._sleep(GLIMPSE)
        if self._way.staging is None:
            return False
        with self._keeping:
            wait = self._look()
        with self._database.read() as connection:
            state = ledger.state_of(connection, self._campaign)
            lease = ledger.lease_left(connection, self._campaign, self._way.clock)
            planned = ledger.has_planned(connection, self._campaign)
        running = state is CampaignState.RUNNING
        if not running and not self._keeper.everything:
            return False
        waits = [each for each in (wait, lease) if each is not None]
        return self._sleep(min(*waits, GLANCE)) if waits else running and planned

    def _leave(self) -> bool:
        """Whoever runs when the time of the next batch comes goes on with it."""
        if self._under_way:
            return self._sleep(GLIMPSE)
        with self._write() as connection:
            ledger.schedule(connection, self._campaign)
        return False

    # --- Handing over -----------------------------------------------------------------

    def _hand_over(self, transport: Transport, claim: Claim, checked: float) -> None:
        if not claim.recipients:
            return
        with self._busy():
            outcome, stop = self._outcome(transport, claim, checked)
            self._settle(claim, outcome, stop)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        """Other threads wait for what becomes of it before they call it a day."""
        with self._counting:
            self._under_way += 1
        try:
            yield
        finally:
            with self._counting:
                self._under_way -= 1

    def _settle(self, claim: Claim, outcome: Outcome, stop: str) -> None:
        wait = outcome.retry_after
        if outcome.ended is not None and wait is None:
            stop = stop or outcome.reason
        none = outcome.state is AttemptState.REFUSED
        with self._counting:
            self._refusals = 0 if wait is None or not none else self._refusals + 1
            too_often = self._refusals >= PATIENCE
        if wait is not None and wait > LONGEST_WAIT:
            stop = stop or outcome.reason
        elif too_often:
            stop = stop or f"{ledger.PASSING} {outcome.reason}"
        self._record(claim, outcome, stop)
        self._way.progress(len(claim.recipients), outcome)
        if wait and not stop:
            self._way.pacer.hold(wait)

    def _outcome(
        self, transport: Transport, claim: Claim, checked: float
    ) -> tuple[Outcome, str]:
        """What became of the batch, and why the campaign must stop, if it must."""
        wave, begun = claim.wave, 0

        def began(place: int) -> bool:
            nonlocal begun
            begun = place + 1
            return self._begin_mail(claim, place)

        handover = Handover(
            attempt=claim.name,
            email=self._email,
            recipients=claim.recipients,
            wave=Wave(id=wave.provider_id, send_at=wave.send_at) if wave else None,
            checked=checked,
            began=began if transport.serial else None,
            refused=partial(self._refuse, claim) if transport.serial else None,
        )
        try:
            return transport.send(handover), ""
        except DeliveryError as error:
            reason = str(error)
            if begun:  # what was begun before is not undone by it
                unknown = AttemptState.UNKNOWN
                return Outcome(state=unknown, reason=reason, ended=begun), reason
            refused = Outcome(state=AttemptState.REFUSED, reason=reason, retry_after=0)
            return refused, reason

    def _begin_mail(self, claim: Claim, place: int) -> bool:
        """Commit whose mail is next, before its first byte leaves."""
        if self._way.halt.is_set():
            return False
        with self._write() as connection:
            return ledger.begin_mail(
                connection, claim.attempt, place, self._way.clock, self._way.times
            )

    def _refuse(self, claim: Claim, place: int, why: str) -> None:
        with self._write() as connection:
            person = claim.recipients[place].id
            ledger.refuse(connection, claim.attempt, person, why)

    def _record(self, claim: Claim, outcome: Outcome, stop: str) -> None:
        """Write the outcome down, whatever the database is about at the moment: a yes
        that is not written down leaves a batch in doubt."""
        culprits = [claim.recipients[place].id for place in outcome.culprits or ()]
        tries = 0
        while True:
            try:
                with self._write() as connection:
                    self._write_down(connection, claim, outcome, culprits, stop)
                return
            except (DatabaseError, TryAgain):
                tries += 1
                ending = self._way.halt.is_set()
                if tries >= (LAST_WRITES if ending else WRITES):
                    raise
            # what waits for a halt does not wait behind it
            time.sleep(1) if ending else self._way.pacer.sleep(1)

    def _write_down(
        self,
        connection: Connection,
        claim: Claim,
        outcome: Outcome,
        culprits: list[int],
        stop: str,
    ) -> None:
        now = self._way.clock.now()
        if stop or outcome.culprits is not None:  # campaigns are locked before attempts
            ledger.lock_campaign(connection, self._campaign)
        ledger.record(connection, claim.attempt, outcome, now, culprits=culprits)
        if outcome.culprits == ():
            stop = stop or ledger.hopeless(connection, self._campaign) or ""
        if stop:
            ledger.pause(connection, self._campaign, stop)

    # --- Stopping ---------------------------------------------------------------------

    def _refused_for_now(self, reason: str, wait: float) -> bool:
        with self._counting:
            self._refusals += 1
            too_often = self._refusals >= PATIENCE
        if too_often:
            self._pause(f"{ledger.PASSING} {reason}")
            return False
        return self._sleep(wait)

    def _pause(self, reason: str) -> None:
        with self._write() as connection:
            ledger.pause(connection, self._campaign, reason)


def rehearse(
    transport: Transport,
    email: Email,
    people: Iterable[Recipient],
    name: str,
    progress: Progress,
) -> int:
    """Hand over to a transport that reaches nobody; how many people there were.

    There is no campaign, so nobody counts as reached. `name` stands before the
    number of the batch in the names of what is written.
    """
    seen = IdSet()
    some = (person for person in people if seen.add(person.id))
    count = 0
    for number, recipients in enumerate(cut(some), 1):
        handover = Handover(
            attempt=f"{name}-{number}", email=email, recipients=recipients
        )
        progress(len(recipients), transport.send(handover))
        count += len(recipients)
    return count
