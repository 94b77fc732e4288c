"""The link of a question: what it would do, and following it.

A GET of it changes nothing, for programs follow links; whoever presses the button
confirms. Only this raises somebody who signed up to confirmed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select, update

from subscribers.choices import change_choices
from subscribers.consent import record
from subscribers.driver import only_writer
from subscribers.model import (
    Address,
    Answer,
    Choices,
    MailingList,
    Origin,
    Provider,
    SubscriptionState,
)
from subscribers.opt_in import hash_token
from subscribers.secret_key import SecretKey
from subscribers.standing import come_back, standing
from subscribers.tables import confirmation, mailing_list, subscriber, subscription
from subscribers.telling import tell_returned


def confirmation_of(
    connection: Connection, token: str, *, now: datetime, key: SecretKey
) -> Answer:
    """What following a link would do; it changes nothing, for scanners follow links."""
    found = _find(connection, token)
    return _answer(connection, found, now, key)[0] if found else Answer.UNKNOWN


def language_of(connection: Connection, token: str) -> str:
    """The language of whoever a link is of; empty where that is not known."""
    query = (
        select(subscriber.c.language)
        .join_from(confirmation, subscription)
        .join(subscriber)
        .where(confirmation.c.token_hash == hash_token(token))
    )
    return connection.scalar(query) or ""


def confirm(
    connection: Connection,
    token: str,
    *,
    origin: Origin,
    now: datetime,
    provider: Provider | None,
    key: SecretKey,
) -> Answer:
    """Follow the link of a question: confirmed, once, and that is on record.

    It takes back that they left this list, or all of them; the others they left by
    that stay left. `provider` is told.
    """
    only_writer(connection)  # before any row: an import changes both tables too
    found = _find(connection, token, lock=True)
    if found is None:
        return Answer.UNKNOWN
    answer, waiting = _answer(connection, found, now, key)
    for each in waiting:
        _raise(connection, each, origin, now)
    if waiting:
        _grant(connection, found, now)
    for each in waiting:
        left_all = come_back(connection, each.on, each.address)
        if left_all:
            _stay_left(connection, each, left_all)
    lists = [each.on.id for each in waiting]
    if lists:
        tell_returned(connection, provider, found.address, lists=lists, now=now)
        return Answer.CONFIRMED
    return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """A question that a link belongs to, and whom it was put to."""

    id: int
    subscription_id: int
    subscriber_id: int
    on: MailingList
    address: Address
    asked_at: datetime
    expires_at: datetime
    used_at: datetime | None
    wish: str


def _find(
    connection: Connection, token: str, *, lock: bool = False
) -> _Question | None:
    query = (
        select(
            *confirmation.c,
            *subscription.c["subscriber_id", "list_id"],
            mailing_list.c.name.label("list_name"),
            *subscriber.c["key", "email"],
        )
        .join_from(confirmation, subscription)
        .join(subscriber)
        .join(mailing_list, mailing_list.c.id == subscription.c.list_id)
        .where(confirmation.c.token_hash == hash_token(token))
    )
    if lock:
        query = query.with_for_update(of=(confirmation, subscription))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return _Question(
        id=row.id,
        subscription_id=row.subscription_id,
        subscriber_id=row.subscriber_id,
        on=MailingList(id=row.list_id, name=row.list_name),
        address=Address(key=row.key, display=row.email),
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        wish=row.choices,
    )


def _answer(
    connection: Connection, question: _Question, now: datetime, key: SecretKey
) -> tuple[Answer, list[_Question]]:
    """What the link means, and the questions, one a list, that it would say yes to."""
    several = [question, *_others(connection, question)]
    answers = [_answer_of(connection, each, now, key) for each in several]
    waiting = [
        each
        for each, answer in zip(several, answers, strict=True)
        if answer is Answer.OPEN
    ]
    return Answer.OPEN if waiting else answers[0], waiting


def _others(connection: Connection, question: _Question) -> list[_Question]:
    """The same question for the other lists that they signed up for with it."""
    also = json.loads(question.wish).get("also", ())
    rows = connection.execute(
        select(subscription.c.id, subscription.c.list_id, mailing_list.c.name)
        .join_from(subscription, mailing_list)
        .where(subscription.c.id.in_(also))
        .order_by(subscription.c.id)
    )
    return [
        replace(
            question,
            subscription_id=row.id,
            on=MailingList(id=row.list_id, name=row.name),
        )
        for row in rows
    ]


def _answer_of(
    connection: Connection, question: _Question, now: datetime, key: SecretKey
) -> Answer:
    stands = standing(connection, question.on, question.address, key=key, now=now)
    if stands.never:
        return Answer.REFUSED
    if stands.confirmed:
        return Answer.ALREADY
    left_since = stands.left_at is not None and question.asked_at < stands.left_at
    if question.used_at or question.expires_at <= now or left_since:
        return Answer.EXPIRED
    return Answer.OPEN


def _raise(
    connection: Connection, question: _Question, origin: Origin, now: datetime
) -> None:
    """The subscription is confirmed."""
    state = SubscriptionState.CONFIRMED
    change = update(subscription).where(subscription.c.id == question.subscription_id)
    connection.execute(change.values(state=state, since=now))
    record(connection, [question.subscription_id], state, origin, at=now)


def _grant(connection: Connection, question: _Question, now: datetime) -> None:
    """The link is used, and what they chose is theirs."""
    used = update(confirmation).where(confirmation.c.id == question.id)
    connection.execute(used.values(used_at=now, choices="{}"))
    wish = json.loads(question.wish)
    wish.pop("also", None)
    if name := wish.pop("name", ""):
        named = update(subscriber).where(subscriber.c.id == question.subscriber_id)
        connection.execute(named.values(name=name))
    change_choices(connection, question.subscriber_id, Choices(**wish))


def _stay_left(connection: Connection, question: _Question, at: datetime) -> None:
    """They left all lists, and come back to one: the others are left one by one."""
    left = SubscriptionState.UNSUBSCRIBED
    others = (
        select(subscription.c.id)
        .where(
            subscription.c.subscriber_id == question.subscriber_id,
            subscription.c.id != question.subscription_id,
            subscription.c.state != left,
            subscription.c.since <= at,
        )
        .with_for_update()
    )
    ids = connection.scalars(others).all()
    change = update(subscription).where(subscription.c.id.in_(ids))
    connection.execute(change.values(state=left, since=at))
    record(connection, ids, left, Origin(source="left all lists"), at=at)
