"""Driving a campaign: by which settings it is handed over, and what comes before."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

import subscribers as people
from digest import delivery, ledger
from digest.config import Config
from digest.delivery import Pacer, Progress, Transport, Way
from digest.errors import DeliveryError, TryAgain
from digest.pipeline import Desk

Tell = Callable[[str], None]
#: seconds after which somebody else's halt is looked at
SLICE = 0.2


def still(desk: Desk) -> ledger.Loader:
    """Those of a batch who may get it now; whether they were meant is decided."""

    def load(
        connection: Connection, ids: Sequence[int], lists: Sequence[str]
    ) -> tuple[people.Recipient, ...]:
        return people.recipients(connection, ids, lists, now=desk.clock())

    return load


def drive(
    desk: Desk,
    campaign: int,
    transport: Transport,
    progress: Progress,
    *,
    tell: Tell = lambda line: None,
    halt: threading.Event | None = None,
    unasked: bool = False,
) -> None:
    """Hand over what of a campaign is due; with `unasked`, nothing that is too late."""
    halt = _Own(halt or threading.Event())
    settings = desk.config.delivery
    with desk.database.read() as connection:
        staged = ledger.is_staged(connection, campaign)
        batches = ledger.count_planned(connection, campaign)
    connections = min(settings.connections, max(1, batches))
    others = tuple(transport.another() for _ in range(connections - 1))
    way = Way(
        pacer=Pacer(
            settings.requests_per_second,
            sleep=_waiting(halt),
        ),
        progress=progress,
        clock=ledger.Clock(now=desk.clock),
        staging=transport.staging() if staged else None,
        limits={
            span: most
            for span, most in (
                (ledger.HOUR, settings.per_hour),
                (ledger.DAY, settings.per_day),
            )
            if most
        },
        asked=not unasked,
        lateness=timedelta(hours=settings.lateness) if unasked else None,
        stopping=ledger.stopping,
        others=others,
        tell=tell,
        halt=halt,
    )
    try:
        delivery.send_campaign(desk.database, campaign, transport, still(desk), way)
    finally:
        for each in others:
            each.close()


class _Own(threading.Event):
    """A campaign's halt: that of the process, or its own, where it cannot go on."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set() and (until is None or time.monotonic() < until):
            left = SLICE if until is None else until - time.monotonic()
            super().wait(max(0.0, min(left, SLICE)))
        return self.is_set()


def _waiting(halt: threading.Event) -> Callable[[float], None]:
    """Sleep that ends when there is nothing to go on with."""

    def sleep(seconds: float) -> None:
        halt.wait(seconds)

    return sleep


def sync_before(desk: Desk, issue: int, transport: Transport) -> None:
    """Where people leave at SendGrid, learn first who has.

    Raises:
        TryAgain, DeliveryError: it cannot be learnt, so nothing is sent.
    """
    config = desk.config
    at_sendgrid = config.newsletter.unsubscribe_by == "sendgrid"
    if transport.name != "sendgrid" or not at_sendgrid:
        return
    from digest.delivery.syncing import sync

    try:
        for _ in sync(desk.database, config, clock=desk.clock):
            pass
    except (TryAgain, DeliveryError) as error:
        raise type(error)(
            f"issue {issue}: not sent, for who left cannot be learnt: {error}"
        ) from error


def for_lists(desk: Desk, lists: Sequence[str]) -> Config:
    """The settings that mail to these lists leaves by.

    SendGrid takes one unsubscribe group a mail: that of the first list, if it has one
    of its own.

    Raises:
        UnknownList: there is no list of the first name.
    """
    config = desk.config
    with desk.database.read() as connection:
        own = people.find_list(connection, lists[0]).asm_group
    if own is None:
        return config
    return replace(config, sendgrid=replace(config.sendgrid, asm_group=own))
