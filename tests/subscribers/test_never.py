"""Whatever is done, in whatever order: who is suppressed is in no audience."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection, StaticPool, create_engine

from subscribers import (
    Answer,
    Origin,
    SubscriptionState,
    SuppressionReason,
    add_list,
    add_subscriber,
    audience,
    confirm,
    find_list,
    import_file,
    is_suppressed,
    parse_address,
    subscribe,
    subscribers,
    suppress,
    unsubscribe,
)
from subscribers.secret_key import SecretKey
from subscribers.suppressing_file import suppress_file
from subscribers.suppressions import ByHand, lift
from subscribers.syncing import Listed, Reading, take_over, take_over_group
from subscribers.tables import metadata

LISTS = ("weekly", "daily")
PEOPLE = tuple(f"{name}@example.com" for name in ("ann", "bob"))
KEY = SecretKey(Path("nobody-was-erased"))

person = st.sampled_from(PEOPLE)
people = st.lists(person, min_size=1, max_size=4)
a_list = st.sampled_from(LISTS)
scope = st.sampled_from([None, *LISTS])
reason = st.sampled_from(SuppressionReason)
days = st.integers(1, 20)
lasting = st.one_of(st.none(), days)


class Never(RuleBasedStateMachine):
    """Lists and people; `against` is what we know should keep whom from which mail."""

    def __init__(self) -> None:
        super().__init__()
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)
        self.now = datetime(2026, 11, 20, tzinfo=UTC)
        self.numbers = count()
        #: (address, list or None, reason) → until when, None for ever
        self.against: dict[tuple[str, str | None, str], datetime | None] = {}
        self.left: set[tuple[str, str]] = set()
        self.confirmed: dict[str, datetime] = {}
        with self.connect() as connection:
            for name in LISTS:
                add_list(connection, name, self.now)

    def teardown(self) -> None:
        self.engine.dispose()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection

    def secret(self) -> bytes:
        return next(self.numbers).to_bytes(12)

    def never(
        self, email: str, on: str | None, why: str, until: datetime | None
    ) -> None:
        """Note a suppression; of one reason the one that lasts longest counts."""
        known = self.against.get((email, on, why), self.now)
        longer = until is None or (known is not None and until > known)
        if longer:
            self.against[email, on, why] = until

    def until(self, lasting: int | None) -> datetime | None:
        return self.now + timedelta(days=lasting) if lasting else None

    @rule(email=person, to=a_list, agreed=st.booleans())
    def add(self, email: str, to: str, agreed: bool) -> None:
        with self.connect() as connection:
            add_subscriber(
                connection,
                to,
                email,
                consent="asked" if agreed else None,
                source="test",
                now=self.now,
                secret=self.secret,
            )

    @rule(emails=people, to=a_list)
    def bring(self, emails: list[str], to: str) -> None:
        file = BytesIO("\n".join(["email", *emails]).encode())
        import_file(
            self.connect, file, to, consent="form", now=self.now, secret=self.secret
        )

    @rule(email=person, on=a_list)
    def leave(self, email: str, on: str) -> None:
        with self.connect() as connection:
            for each in audience(connection, [on], now=self.now):
                if each.email == email:
                    unsubscribe(connection, each.token, source="test", now=self.now)
                    self.left.add((email, on))

    @rule(email=person, on=a_list)
    def opt_in(self, email: str, on: str) -> None:
        """They sign up and follow the link: it lifts that they left, and no more."""
        origin, token = Origin(source="test"), str(next(self.numbers))
        barred = any(
            who == email
            and where in (None, on)
            and why != SuppressionReason.UNSUBSCRIBE
            and (ends is None or ends > self.now)
            for (who, where, why), ends in self.against.items()
        )
        with self.connect() as connection:
            subscribe(
                connection,
                on,
                email,
                origin=origin,
                now=self.now,
                token=token,
                secret=self.secret,
                write=lambda letter: letter.token,
                key=KEY,
            )
            answer = confirm(
                connection, token, origin=origin, now=self.now, provider=None, key=KEY
            )
        if answer is Answer.CONFIRMED:
            assert not barred
            self.came_back(email, on)

    def came_back(self, email: str, on: str) -> None:
        """To this list; if they had left all of them, the others are left still."""
        self.confirmed[email] = self.now
        self.left.discard((email, on))
        self.against.pop((email, on, SuppressionReason.UNSUBSCRIBE), None)
        self.against.pop((email, None, SuppressionReason.UNSUBSCRIBE), None)
        self.left |= {(email, name) for name in LISTS if email in self.gone(name)}

    def in_state(self, name: str, state: SubscriptionState) -> set[str]:
        """Who is on a list in a state, by its record."""
        with self.connect() as connection:
            on_list = subscribers(connection, name)
            return {each.email for each in on_list if each.state is state}

    def gone(self, name: str) -> set[str]:
        return self.in_state(name, SubscriptionState.UNSUBSCRIBED)

    @rule(email=person, on=scope, why=reason, lasting=lasting)
    def suppress(
        self, email: str, on: str | None, why: SuppressionReason, lasting: int | None
    ) -> None:
        until = self.until(lasting)
        with self.connect() as connection:
            suppress(
                connection,
                parse_address(email),
                why,
                source="test",
                now=self.now,
                on=find_list(connection, on) if on else None,
                until=until,
            )
        self.never(email, on, why, until)

    @rule(emails=people, why=reason, lasting=lasting)
    def suppress_file(
        self, emails: list[str], why: SuppressionReason, lasting: int | None
    ) -> None:
        until = self.until(lasting)
        how = ByHand(
            source="test", now=self.now, secret_key=KEY, provider=None, until=until
        )
        file = BytesIO("\n".join(emails).encode())
        suppress_file(self.connect, file, why, how)
        for email in emails:
            self.never(email, None, why, until)

    @rule(emails=people, why=reason, ago=st.integers(0, 5), lasting=lasting)
    def sync(
        self, emails: list[str], why: SuppressionReason, ago: int, lasting: int | None
    ) -> None:
        at = self.now - timedelta(days=ago)
        lasts = timedelta(days=lasting) if lasting else None
        page = [Listed(email=email.upper(), at=at) for email in emails]
        take_over(self.connect, [page], why, self.reading(), lasts=lasts)
        if lasts and at + lasts <= self.now:
            return
        for email in emails:
            left = why is SuppressionReason.UNSUBSCRIBE
            if not (left and email in self.confirmed and self.confirmed[email] > at):
                self.never(email, None, why, at + lasts if lasts else None)

    @rule(emails=people, on=a_list)
    def sync_group(self, emails: list[str], on: str) -> None:
        with self.connect() as connection:
            lists = [find_list(connection, on)]
        take_over_group(self.connect, emails, 7, lists, self.reading())
        self.left |= {(email, on) for email in emails}

    def reading(self) -> Reading:
        return Reading(source="sendgrid", at=self.now, secret_key=KEY)

    @rule(email=person, on=scope, why=reason)
    def lift(self, email: str, on: str | None, why: SuppressionReason) -> None:
        if why is SuppressionReason.UNSUBSCRIBE:  # of a group it is how they left
            return
        with self.connect() as connection:
            lift(
                connection,
                parse_address(email),
                why,
                now=self.now,
                provider=None,
                on=find_list(connection, on) if on else None,
            )
        self.against.pop((email, on, why), None)

    @rule(days=days)
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    def held(self, email: str, on: str) -> bool:
        """Whether anything that we know of is in force."""
        return (email, on) in self.left or any(
            who == email and where in (None, on) and (ends is None or ends > self.now)
            for (who, where, _), ends in self.against.items()
        )

    @invariant()
    def who_is_confirmed_and_not_held_is_mailed(self) -> None:
        """Nobody else; what is over holds nobody any more."""
        with self.connect() as connection:
            for name in LISTS:
                confirmed = self.in_state(name, SubscriptionState.CONFIRMED)
                free = {email for email in confirmed if not self.held(email, name)}
                found = audience(connection, [name], now=self.now)
                assert {each.email for each in found} == free

    @invariant()
    def what_is_in_force_is_known(self) -> None:
        """Neither more nor less than what was done and is not over."""
        with self.connect() as connection:
            for name in LISTS:
                on = find_list(connection, name)
                gone = self.gone(name)
                for email in PEOPLE:
                    address = parse_address(email)
                    never = is_suppressed(connection, address, now=self.now, on=on)
                    assert (never or email in gone) == self.held(email, name)


TestNever = Never.TestCase
TestNever.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
