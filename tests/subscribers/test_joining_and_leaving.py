"""Whatever happens in whatever order: who gets mail has agreed, and not left since.

Hypothesis plays an office: people sign up, confirm, leave, are imported, suppressed
and erased, and after each step the whole database is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

import subscribers as people
from digest.store import open_database
from subscribers import Answer, SuppressionReason
from subscribers.opt_in import LIMITS, hash_token
from subscribers.tables import (
    confirmation,
    erased,
    mailing_list,
    outgoing,
    subscriber,
    subscription,
)
from tests.conftest import Databases
from tests.subscribers.office import Office

PEOPLE = st.sampled_from(["ann@example.org", "Bob@example.org"])
#: the second takes people without a mail
LISTS = st.sampled_from(["daily", "open"])
WHEN = st.sampled_from([1, 9, 12, 60 * 25, 60 * 24 * 8])
REASONS = st.sampled_from([SuppressionReason.UNSUBSCRIBE, SuppressionReason.COMPLAINT])
#: each some thirty steps, on a new database
EXAMPLES = 20


class Joining(RuleBasedStateMachine):
    """The office, and what a reader would remember of it."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.office = office
        self.lists = {
            "daily": office.add_list("daily"),
            "open": office.add_list("open", confirmed_opt_in=False),
        }
        #: who left which list, or everything, and has not confirmed since
        self.left: set[tuple[str, str]] = set()
        self.left_all: set[str] = set()
        self.complained: set[str] = set()
        self.erased: set[str] = set()
        self.used: set[str] = set()
        #: whose each id ever was
        self.people: dict[int, str] = {}
        self.subscriptions: dict[int, tuple[int, int]] = {}
        self.log: list[dict[str, object]] = []

    def teardown(self) -> None:
        self.office.database.close()

    # --- what happens --------------------------------------------------------

    @rule(minutes=WHEN)
    def time_passes(self, minutes: int) -> None:
        self.office.later(minutes=minutes)

    @rule(who=PEOPLE, on=LISTS)
    def sign_up(self, who: str, on: str) -> None:
        self.office.subscribe(who, on)
        hashes = {row.hash for row in self.office.rows(erased)}
        self.erased = {each for each in self.erased if self._hash(each) in hashes}

    @precondition(lambda self: self.office.tokens)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(self.office.tokens))
        told = self.office.look(token)
        answer = self.office.confirm(token)
        assert answer is (Answer.CONFIRMED if told is Answer.OPEN else told)
        if answer is Answer.CONFIRMED:
            assert token not in self.used
            self.used.add(token)
            who, on = self._whose(token)
            assert who not in self.complained
            self.left.discard((who, on))
            self.left_all.discard(who)

    @rule(who=PEOPLE, on=st.none() | LISTS)
    def leave_by_hand(self, who: str, on: str | None) -> None:
        try:
            self.office.leave(who, *[on] if on else [])
        except people.UnknownSubscriber:
            return
        if on is None:
            self.left_all.add(who)
        for each in [on] if on else self.lists:
            if self.office.state(who, each):
                self.left.add((who, each))

    @precondition(lambda self: self.office.reached("daily", "open"))
    @rule(data=st.data(), also=st.lists(LISTS))
    def leave_by_link(self, data: st.DataObject, also: list[str]) -> None:
        reached = self.office.reached("daily", "open")
        who = data.draw(st.sampled_from(sorted(reached)))
        own = next(on for on in self.lists if self.office.state(who, on) == "confirmed")
        assert self.office.unsubscribe(reached[who], also)
        for on in {own, *also}:
            if self.office.state(who, on):
                self.left.add((who, on))

    @rule(who=PEOPLE, on=LISTS, consent=st.sampled_from([None, "paper form"]))
    def bring_in(self, who: str, on: str, consent: str | None) -> None:
        people.import_file(
            self.office.database.write,
            BytesIO(f"email\n{who}\n".encode()),
            on,
            consent=consent,
            now=self.office.now,
            secret=self.office.secret,
            key=self.office.key,
        )

    @rule(who=PEOPLE, reason=REASONS, on=st.none() | LISTS)
    def suppress(self, who: str, reason: SuppressionReason, on: str | None) -> None:
        if who in self.erased:
            return
        scope = self.lists[on] if on else None
        self.office.suppress(who, reason, scope)
        if reason is SuppressionReason.COMPLAINT and on is None:
            self.complained.add(who)
        if on is None:
            self.left_all.add(who)
        for each in [on] if on else self.lists:
            if on or self.office.state(who, each):
                self.left.add((who, each))

    @rule(who=PEOPLE)
    def erase(self, who: str) -> None:
        self.office.erase(who)
        self.erased.add(who)
        self.left_all.add(who)
        # which lists they left is forgotten, but for what the hashes say
        hashed = self._hash(who)
        kept = {row.list_id for row in self.office.rows(erased) if row.hash == hashed}
        self.left = {
            (each, on)
            for each, on in self.left
            if each != who or self.lists[on].id in kept
        }
        gone = {number for number, owner in self.people.items() if owner == who}
        ids = {n for n, (owner, _) in self.subscriptions.items() if owner in gone}
        self.log = [row for row in self.log if row["subscription_id"] not in ids]

    # --- what is always so ---------------------------------------------------

    @invariant()
    def nobody_who_left_is_reached(self) -> None:
        for on in self.lists:
            reached = set(self.office.reached(on))
            assert not {(who, on) for who in reached} & self.left
            assert not reached & (self.left_all | self.complained | self.erased)

    @invariant()
    def who_is_confirmed_has_agreed(self) -> None:
        agreed = {
            (row["subscription_id"], row["at"])
            for row in self.office.log()
            if row["state"] == "confirmed"
        }
        for row in self.office.rows(subscription):
            assert row.state != "confirmed" or (row.id, row.since) in agreed

    @invariant()
    def the_log_only_grows(self) -> None:
        log = self.office.log()
        assert log[: len(self.log)] == self.log
        self.log = list(log)

    @invariant()
    def ids_are_never_used_again(self) -> None:
        for row in self.office.rows(subscriber):
            assert self.people.setdefault(row.id, row.email) == row.email
        for row in self.office.rows(subscription):
            whose = (row.subscriber_id, row.list_id)
            assert self.subscriptions.setdefault(row.id, whose) == whose

    @invariant()
    def nobody_is_flooded(self) -> None:
        rows = self.office.rows(outgoing)
        for who in {row.key for row in rows if row.key}:
            times = [row.created_at for row in rows if row.key == who]
            for most, period in LIMITS:
                within = [
                    sum(timedelta(0) <= at - since < period for at in times)
                    for since in times
                ]
                assert max(within) <= most

    # --- helpers -------------------------------------------------------------

    def _hash(self, who: str) -> bytes:
        return self.office.key.hash(people.parse_address(who).key)

    def _whose(self, token: str) -> tuple[str, str]:
        with self.office.database.read() as connection:
            row = connection.execute(
                select(subscriber.c.email, mailing_list.c.name)
                .join_from(confirmation, subscription)
                .join(subscriber)
                .join(mailing_list, mailing_list.c.id == subscription.c.list_id)
                .where(confirmation.c.token_hash == hash_token(token))
            ).one()
        return row.email, row.name


def test_in_whatever_order(
    databases: Databases,
    now: datetime,
    secret: Callable[[], bytes],
    tmp_path: Path,
) -> None:
    """The rules above, some hundred steps."""

    class Played(Joining):
        def __init__(self) -> None:
            database = open_database(databases.migrated())
            super().__init__(Office(database, now, secret, tmp_path))

    run_state_machine_as_test(
        Played,
        settings=hypothesis.settings(
            max_examples=EXAMPLES, stateful_step_count=30, deadline=None
        ),
    )
