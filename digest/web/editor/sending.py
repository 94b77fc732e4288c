"""What leaves the editor's desk: an approval, and a test to one address.

Sending to a list is left to the command line.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import subscribers as people
from digest import checks, delivery, driving, ledger, pipeline, sending
from digest.errors import UsageError
from digest.model import AttemptState, Finding, Issue, Outcome
from digest.pipeline import Desk
from digest.store import approvals, schedules
from digest.web.editor.sheets import ChangedOutside, Sheet, email_of
from subscribers.address import parse_address

#: tests that are remembered, so that none is sent twice
REMEMBERED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A test that is to be sent, as somebody is asked about it."""

    address: str
    mailing_list: str
    subject: str
    transport: str
    #: of the sheet that is to be sent
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of a test."""

    trial: Trial
    said: str
    accepted: bool
    at: datetime


class Trials:
    """Tests that were asked about, and what became of them: each is sent once.

    A page names a test by its token, so that a form sent twice, or sent again on the
    way back, finds what became of it.
    """

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token
        self._asked: dict[str, Trial] = {}
        self._done: dict[str, Tried] = {}
        self._lock = threading.Lock()

    def ask(self, trial: Trial) -> str:
        """Remember a test to ask about; its token."""
        token = self._token()
        with self._lock:
            self._asked[token] = trial
            for known in (self._asked, self._done):
                while len(known) > REMEMBERED:
                    known.pop(next(iter(known)))
        return token

    def find(self, token: str) -> Trial | None:
        return self._asked.get(token)

    def result(self, token: str) -> Tried | None:
        return self._done.get(token)

    def send(self, token: str, send: Callable[[Trial], Tried]) -> Tried:
        """Send a test, or what became of it when it was sent.

        Raises:
            UsageError: nobody was asked about it.
        """
        with self._lock:
            if done := self._done.get(token):
                return done
            trial = self._asked.get(token)
            if trial is None:
                raise UsageError("this test was not asked about; begin anew")
            self._done[token] = send(trial)
            return self._done[token]


def lists_of(desk: Desk) -> list[str]:
    """The names of the lists that there are."""
    with desk.database.read() as connection:
        return [each.name for each in people.lists(connection)]


def aimed_at(sheet: Sheet) -> Sequence[str]:
    """The lists that an issue is for: those it was sent to, those of its schedule,
    or the only one there is; none where nobody can know."""
    issue = sheet.issue
    with sheet.desk.database.read() as connection:
        if issue.id and (campaign := ledger.find_campaign(connection, issue.id)):
            return ledger.transport_of(connection, campaign)[1]
        for each in schedules.all_schedules(connection):
            if each.schedule.name == issue.series:
                return each.schedule.lists
        slot = schedules.slot_of(connection, issue.id) if issue.id else None
        if slot:
            return schedules.find_schedule(connection, slot.schedule).schedule.lists
    names = lists_of(sheet.desk)
    return names if len(names) == 1 else ()


def forbidding_of(sheet: Sheet) -> list[Finding]:
    """What forbids sending it, as far as can be told without asking name servers."""
    found = pipeline.check(sheet.desk, sheet.issue, email_of(sheet))
    return checks.forbidding(found, ())


def proposed(sheet: Sheet, address: str, name: str) -> Trial:
    """The test that a form asks for.

    Raises:
        InvalidAddress: it cannot be mailed.
        UnknownList: there is no such list.
    """
    if name:
        with sheet.desk.database.read() as connection:
            people.find_list(connection, name)
    return Trial(
        address=parse_address(address).display,
        mailing_list=name,
        subject=f"[Test] {sheet.issue.subject}",
        transport=sheet.desk.config.transport_name,
        version=sheet.version,
    )


def tried(sheet: Sheet, trial: Trial) -> Tried:
    """Hand the issue over to one address, as `digest send --test` does.

    Raises:
        ChangedOutside: it is not what was asked about any more.
        CheckRefused, UsageError: a check forbids it.
        DeliveryError: the transport cannot send.
    """
    if sheet.version != trial.version:
        raise ChangedOutside("the issue was changed since; ask for the test anew")
    desk, issue = sheet.desk, sheet.issue
    named = [trial.mailing_list] if trial.mailing_list else []
    config = driving.for_lists(desk, named) if named else desk.config
    transport = delivery.open_transport(config.transport_name, config)
    try:
        outcome = _prepared(desk, issue, named, transport).test([trial.address])
    finally:
        transport.close()
    return Tried(
        trial=trial,
        said=_fate(desk, trial, outcome),
        accepted=outcome.state is AttemptState.ACCEPTED,
        at=desk.clock(),
    )


def _prepared(
    desk: Desk, issue: Issue, lists: list[str], transport: delivery.Transport
) -> sending.Sending:
    if issue.id is not None:
        return sending.prepare(desk, issue.id, lists, transport=transport)
    email = pipeline.render(desk, issue)
    found = pipeline.check(desk, issue, email, names=True)
    if forbidding := checks.forbidding(found, ()):
        names = ", ".join(sorted({finding.check for finding in forbidding}))
        raise UsageError(f"not sent: refused by {names}; the preview says why")
    return sending.Sending(
        desk=desk, issue=0, lists=lists, transport=transport, email=email
    )


def _fate(desk: Desk, trial: Trial, outcome: Outcome) -> str:
    if outcome.state is not AttemptState.ACCEPTED:
        unsure = outcome.state is AttemptState.UNKNOWN
        what = "It may have arrived or not" if unsure else "It was not sent"
        return f"{what}: {outcome.reason}"
    if trial.transport == "outbox":
        folder = desk.config.at(desk.config.outbox.dir)
        return f"Written as a file in {folder}; nobody was mailed."
    return "Handed over. Nobody counts as reached."


def approval_of(desk: Desk, issue: Issue) -> approvals.Approval | None:
    """What waits for somebody to approve the issue, or waited; None if nothing does."""
    if issue.id is None:
        return None
    with desk.database.read() as connection:
        return approvals.approval_of(connection, issue.id)


def approve(desk: Desk, issue: Issue) -> None:
    """As `digest approve` does.

    Raises:
        UnknownName: nothing waits for it any more.
    """
    with desk.database.write() as connection:
        approvals.approve(connection, issue_id=issue.id)
