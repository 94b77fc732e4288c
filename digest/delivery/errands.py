"""Carrying out the rows of `outgoing`: single mails, and what SendGrid is told.

Each is done at least once. It is tried until it is done, refused for good, or three
days old; what stops one kind for now stops it for a round, so that a provider that is
down costs a few calls, and not one a row.
"""

from __future__ import annotations

import re
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from digest.config import Config
from digest.delivery.mail import Mail, mail_file, mail_request
from digest.errors import DigestError
from digest.files import written_whole
from digest.store import Database, incarnation
from subscribers import outgoing
from subscribers.model import Provider
from subscribers.outgoing import Outgoing, Standing
from subscribers.telling import SUPPRESS

if TYPE_CHECKING:
    from digest.delivery.account import Account, Reply
    from digest.delivery.smtp import Smtp

#: rows that are taken at a time; they are done well within their lease
TAKEN = 100
#: what is said of this very row, and stands however often it is tried
FINAL = frozenset({400, 404, 413})
#: the longest that a provider can have us wait
LONGEST_WAIT = timedelta(days=1)
#: outages (5xx) in a row that are taken for one of all rows, and not of these
PATIENCE = 3


class _Told(msgspec.Struct):
    """The payload of `suppress` and `allow`."""

    email: str
    group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fate:
    """What came of a try: done, in vain for good, or in vain for now."""

    reason: str = ""
    done: bool = False
    final: bool = False
    #: no other row of the kind would fare better
    for_all: bool = False
    wait: timedelta | None = None


def provider_of(config: Config) -> Provider | None:
    """Who is told of people that left; None where no key is set."""
    if not config.api_key:
        return None
    return Provider(group=config.sendgrid.asm_group or None)


def carry_out(
    database: Database,
    config: Config,
    *,
    clock: Callable[[], datetime],
    most: int = 1000,
    seconds: float = 20,
) -> Standing:
    """Carry out what is due, within limits; what waits then, and what failed.

    A call that is under way when the time is over is not cut short.

    Raises:
        DatabaseError: something is due, and this is a copy, or was restored: the
            original may do it.
    """
    deadline = time.monotonic() + seconds
    errands = _Errands(database, config, clock)
    left = most
    with errands.held:
        while left > 0 and time.monotonic() < deadline:
            rows = errands.take(min(left, TAKEN))
            if not rows:
                break
            errands.do(rows, deadline)
            left -= len(rows)
    with database.read() as connection:
        return outgoing.standing(connection, now=clock())


class _Errands:
    """One round of them. The account is opened when the first row needs it."""

    def __init__(
        self, database: Database, config: Config, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._config = config
        self._clock = clock
        #: kinds that are tried no more in this round, and why
        self._stopped: dict[str, _Fate] = {}
        self._outages: Counter[str] = Counter()
        #: what is held open till the end of the round
        self.held = ExitStack()

    @cached_property
    def _smtp(self) -> Smtp:
        from digest.delivery.smtp import Smtp

        return self.held.enter_context(closing(Smtp(self._config)))

    @cached_property
    def _account(self) -> Account:
        # takes SendGrid's package with it, which not every command needs
        from digest.delivery.account import Account

        return Account(self._config)

    def take(self, most: int) -> Sequence[Outgoing]:
        """What is due; nobody else gets it meanwhile."""
        with self._database.read() as connection:
            if not outgoing.is_due(connection, now=self._clock()):
                return ()
        incarnation.check(self._database)
        with self._database.write() as connection:
            return outgoing.take(connection, now=self._clock(), most=most)

    def do(self, rows: Sequence[Outgoing], deadline: float) -> None:
        """Try each, those together that one call does; give back what is left over."""
        calls = deque(_together(rows))
        while calls and time.monotonic() < deadline:
            some = calls.popleft()
            kind = some[0].kind
            fate = self._stopped.get(kind) or self._try(some)
            if len(some) > 1 and not fate.done and not fate.for_all:
                calls.extendleft([row] for row in reversed(some))
                continue
            if fate.for_all:
                self._stopped[kind] = fate
            self._note(some, fate)
        with self._database.write() as connection:
            outgoing.give_back(connection, [row for some in calls for row in some])

    def _try(self, rows: Sequence[Outgoing]) -> _Fate:
        try:
            fate = self._outcome(rows)
        except msgspec.MsgspecError as error:
            return _Fate(reason=f"its payload cannot be read: {error}", final=True)
        except DigestError as error:
            return _Fate(reason=str(error), for_all=True)
        outage = not (fate.done or fate.final)
        self._outages[rows[0].kind] = self._outages[rows[0].kind] + 1 if outage else 0
        if self._outages[rows[0].kind] >= PATIENCE:
            return replace(fate, for_all=True)
        return fate

    def _outcome(self, rows: Sequence[Outgoing]) -> _Fate:
        match rows[0].kind:
            case "mail":
                return self._mail(rows[0])
            case "suppress":
                told = [_told(row) for row in rows]
                emails = [each.email for each in told]
                return _fate(self._account.suppress(emails, told[0].group))
            case "allow":
                one = _told(rows[0])
                reply = self._account.allow(one.email, one.group)
                gone = reply.status == 404  # it is not there: so it should be
                return _Fate(done=True) if gone else _fate(reply)
            case kind:
                return _Fate(reason=f"this version knows no {kind}", for_all=True)

    def _mail(self, row: Outgoing) -> _Fate:
        mail = msgspec.json.decode(row.payload, type=Mail)
        config = self._config
        if config.transport_name == "sendgrid":
            return _fate(self._account.send(mail_request(mail, config)))
        try:
            content = mail_file(mail, config, self._clock())
        except ValueError:
            return _Fate(reason="what it holds is no address, or no header", final=True)
        if config.transport_name == "smtp":
            return self._submit(mail.to, content)
        file = config.at(config.outbox.dir) / f"mail-{row.id}.eml"
        try:
            with written_whole({file: content}):
                pass
        except OSError as error:
            reason = f"outbox.dir: cannot write {file}: {error.strerror}"
            return _Fate(reason=reason, for_all=True)
        return _Fate(done=True)

    def _submit(self, to: str, content: bytes) -> _Fate:
        from digest.delivery.submission import Refusal
        from digest.delivery.wire import Silence

        try:
            self._smtp.post(to, content)
        except Silence as silence:
            return _Fate(reason=str(silence), for_all=True)
        except Refusal as refusal:
            return _Fate(
                reason=_nobody(f"the mail server: {refusal}"),
                final=refusal.of_person and not refusal.later,
                for_all=not refusal.of_person,
            )
        return _Fate(done=True)

    def _note(self, rows: Sequence[Outgoing], fate: _Fate) -> None:
        now = self._clock()
        with self._database.write() as connection:
            for row in rows:
                if fate.done:
                    outgoing.done(connection, row.id, now=now)
                    continue
                outgoing.failed(
                    connection,
                    row,
                    fate.reason,
                    now=now,
                    final=fate.final,
                    wait=fate.wait,
                )


def _together(rows: Sequence[Outgoing]) -> list[list[Outgoing]]:
    """Rows by the call that does them: SendGrid takes many addresses for a group."""
    by_call: dict[object, list[Outgoing]] = {}
    for row in rows:
        call: object = row.id
        if row.kind == SUPPRESS:
            with suppress(msgspec.MsgspecError):
                call = ("group", _told(row).group)
        by_call.setdefault(call, []).append(row)
    return list(by_call.values())


def _told(row: Outgoing) -> _Told:
    return msgspec.json.decode(row.payload, type=_Told)


def _fate(reply: Reply) -> _Fate:
    """What a reply means for the rows, and whether it means the same for others."""
    if reply.ok:
        return _Fate(done=True)
    reason = _nobody(f"SendGrid: {reply.reason}")
    if reply.status in FINAL:
        return _Fate(reason=reason, final=True)
    wait = timedelta(seconds=reply.wait) if reply.wait else None
    return _Fate(
        reason=reason,
        for_all=reply.status < 500,
        wait=min(wait, LONGEST_WAIT) if wait else None,
    )


def _nobody(reason: str) -> str:
    """What is kept of a failed row must not hold whom it was about."""
    return re.sub(r"\S*@\S*", "…", reason)
