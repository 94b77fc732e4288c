"""What keeps a campaign right beside the handing over: the lost are found, waves that
hold one are taken back, and what was proven taken back is planned again.

Rules 8 to 14 of design/delivery.md. Whoever drives a campaign, pauses it or cancels it
does this; two that do it at once do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from digest import ledger
from digest.delivery.scheduling import SLOTS, Staging
from digest.errors import DeliveryError
from digest.ledger import Account, Clock, NeedWave, Times
from digest.store import Database

#: seconds until a cancel that was not proven is tried again
AGAIN = 5.0
#: seconds between two looks at what others may have lost
LOOK = 1.0
#: seconds until a slot may be free again
SLOT_WAIT = 30.0

Write = Callable[[], AbstractContextManager[Connection]]


@dataclass(kw_only=True)
class Keeper:
    """Keeps one campaign. One thread uses it at a time."""

    database: Database
    campaign: int
    clock: Clock
    times: Times
    #: None: everything goes out at once, and nothing can be taken back
    staging: Staging | None
    write: Write
    #: of any clock that goes on
    seconds: Callable[[], float]
    tell: Callable[[str], None]
    #: everything that there is time for is taken back, doubtful or not
    everything: bool = False
    _tried: dict[int, float] = field(default_factory=dict)
    _said: str = ""

    def begin(self) -> None:
        """Count anew what a restart of the machine has made uncountable."""
        with self.write() as connection:
            ledger.restart_wait(connection, self.campaign, self.clock)

    def look(self) -> float | None:
        """Do what is due; seconds until there is more to do, None where nothing waits.

        Raises:
            TryAgain, DeliveryError: the provider's time cannot be learnt.
        """
        with self.write() as connection:
            ledger.expire(connection, self.campaign, self.clock)
        if self.staging is None:
            return None
        provider = self._provider(self.staging)
        self._recall(provider)
        return self._take_back(self.staging)

    def _provider(self, staging: Staging) -> datetime:
        """The provider's own time, learnt by asking where nothing has told it yet."""
        if staging.clock.now() is None:
            staging.cancellations()
        now = staging.clock.now()
        if now is None:
            raise DeliveryError(
                "SendGrid's answers have no Date: nothing can be staged"
            )
        return now

    def _recall(self, provider: datetime) -> None:
        which = ledger.not_gone if self.everything else ledger.doubtful
        with self.database.read() as connection:
            waves = which(connection, self.campaign, provider, self.times)
        reason = "taken back by hand" if self.everything else "an answer was lost"
        for number in waves:
            with self.write() as connection:
                begun = ledger.recall(connection, number, reason, self.clock)
            if begun:
                self.tell(
                    f"wave {number} is taken back ({reason}): SendGrid is told in "
                    f"{self.times.wait:.0f} s, when nothing can be on its way any more"
                )

    def _take_back(self, staging: Staging) -> float | None:
        """Cancel what has waited long enough; seconds until the next."""
        left = []
        for wave in self._recalled(staging):
            wait = max(wave.wait, self._until_again(wave.number))
            if wait > 0:
                left.append(wait)
            elif not self._cancel(staging, wave):
                left.append(AGAIN)
        return min(left, default=None)

    def _recalled(self, staging: Staging) -> Sequence[ledger.Recalled]:
        with self.database.read() as connection:
            return ledger.recalled(
                connection,
                self.campaign,
                self._provider(staging),
                self.clock,
                self.times,
            )

    def _until_again(self, number: int) -> float:
        tried = self._tried.get(number)
        return 0 if tried is None else tried + AGAIN - self.seconds()

    def _cancel(self, staging: Staging, wave: ledger.Recalled) -> bool:
        self._tried[wave.number] = self.seconds()
        answer = staging.cancel(wave.provider_id)
        if answer.proof is None:
            self.tell(f"wave {wave.number} is not taken back yet: {answer.reason}")
            return False
        with self.write() as connection:
            done = ledger.taken_back(connection, wave.number, answer.proof, self.times)
            if done:  # or it went out before, and the proof is none
                ledger.alarm(connection, self.campaign)
        if done:
            self.tell(f"wave {wave.number} is taken back")
        return done

    # --- New waves --------------------------------------------------------------------

    def open_wave(self, needed: NeedWave) -> float:
        """Open a wave; seconds to wait where the account has no slot left (rule 11).

        Raises:
            TryAgain, DeliveryError: the provider gives none.
        """
        staging = self.staging
        if staging is None:
            raise DeliveryError("nothing can be staged by this transport")
        used = self._used(staging)
        provider = self._provider(staging)
        if not needed.room:  # what time it is there was not known
            return 0
        account = Account(now=provider, used=frozenset(used), slots=SLOTS)
        with self.database.read() as connection:
            may_need = ledger.slots_needed(connection, provider, used)
        if len(used) + may_need >= SLOTS:
            self._tell_once(
                f"waits: {len(used)} scheduled sends of the account are cancelled or "
                f"paused, {may_need} may have to be, and SendGrid allows {SLOTS}"
            )
            return SLOT_WAIT
        provider_id = staging.new_id()
        with self.write() as connection:
            ledger.open_wave(
                connection,
                self.campaign,
                provider_id,
                needed,
                account=account,
                now=self.clock.now(),
            )
        return 0

    def _tell_once(self, line: str) -> None:
        if line != self._said:
            self.tell(line)
        self._said = line

    def _used(self, staging: Staging) -> set[str]:
        """The cancellations that take slots; ours that nothing needs are given back."""
        used = staging.cancellations()
        provider = self._provider(staging)
        with self.database.read() as connection:
            ours = ledger.kept_cancellations(connection, sorted(used))
        kept = timedelta(seconds=self.times.keep)
        for provider_id, send_at in ours.items():
            if send_at + kept < provider:
                staging.forget(provider_id)
                used.discard(provider_id)
        return used


def take_back(
    keeper: Keeper, sleep: Callable[[float], object], halted: Callable[[], bool]
) -> None:
    """Keep a campaign until nothing waits to be taken back any more.

    What is left `cancelling` afterwards could not be, or may not have been.

    Raises:
        TryAgain, DeliveryError: the provider does not answer; nothing is lost, and
            the same again goes on.
    """
    keeper.begin()
    while (wait := keeper.look()) is not None and not halted():
        sleep(min(wait, 60.0))
