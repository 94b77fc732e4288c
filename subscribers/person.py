"""All that is held about one person, as a value: what they may ask us for.

GDPR article 15 (what is held) and 20 (to take along). The random bytes of unsubscribe
links are left out: they say nothing about anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.sql import Select

from subscribers.model import Address, SubscriptionState, SuppressionReason
from subscribers.secret_key import SecretKey
from subscribers.suppressions import ALL_LISTS
from subscribers.tables import (
    confirmation,
    consent,
    erased,
    import_run,
    magic_link,
    mailing_list,
    outgoing,
    subscriber,
    subscription,
    suppression,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSource:
    """The file that somebody was brought onto a list from, and what consent it gave."""

    file: str
    file_hash: str
    statement: str
    operator: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldConsent:
    """An entry of the consent log; `imported` says more of one by an import."""

    state: SubscriptionState
    at: datetime
    source: str
    statement: str
    ip: str
    user_agent: str
    wording: str
    imported: ImportSource | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldConfirmation:
    """A mail that asked whether they want this."""

    asked_at: datetime
    expires_at: datetime
    used_at: datetime | None
    #: the name and the choices that are theirs once they confirm
    wish: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSubscription:
    """A list that they are on or left, with the whole log of their consent."""

    list: str
    state: SubscriptionState
    since: datetime
    consent: tuple[HeldConsent, ...]
    confirmations: tuple[HeldConfirmation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSuppression:
    """Why they get no mail; `list` is None for all of them."""

    list: str | None
    reason: SuppressionReason
    at: datetime
    expires_at: datetime | None
    source: str
    in_force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldHash:
    """What is left of somebody who was erased: nobody without the key can tell who."""

    list: str | None
    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLink:
    """A link that was mailed to them; `email` is the address that it would have them
    take, empty where it leads to what is kept."""

    asked_at: datetime
    expires_at: datetime
    used_at: datetime | None
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutgoing:
    """A mail to them, or a call about them, that waits to be carried out."""

    kind: str
    tries: int
    reason: str
    due_at: datetime
    created_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """All that is held about the person of an address.

    `id` is None for somebody who is on no list and left none: then `email` is as it
    was asked for, and only suppressions, hashes and outgoing can be there.
    """

    email: str
    id: int | None = None
    name: str = ""
    zone: str = ""
    language: str = ""
    frequency: str = ""
    topics: tuple[str, ...] = ()
    attributes: Mapping[str, str | float | bool]
    joined: datetime | None = None
    #: they get nothing until then
    paused_until: datetime | None = None
    subscriptions: tuple[HeldSubscription, ...] = ()
    suppressions: tuple[HeldSuppression, ...] = ()
    erased: tuple[HeldHash, ...] = ()
    links: tuple[HeldLink, ...] = ()
    outgoing: tuple[HeldOutgoing, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether anything is held that names them: more than a hash."""
        return bool(self.id or self.suppressions or self.outgoing)


def personal_data(
    connection: Connection, address: Address, *, key: SecretKey, now: datetime
) -> PersonalData:
    """What is held about the person of an address; of a stranger's, nothing.

    Raises:
        KeyMissing, WrongKey: people were erased, so only the key can tell whether this
            is one of them.
    """
    row = connection.execute(
        select(subscriber).where(subscriber.c.key == address.key)
    ).one_or_none()
    return PersonalData(
        **_columns(row) if row else {"email": address.display, "attributes": {}},
        subscriptions=_subscriptions(connection, row.id) if row else (),
        suppressions=_suppressions(connection, address, now),
        erased=_hashes(connection, address, key),
        links=_links(connection, row.id) if row else (),
        outgoing=_outgoing(connection, address),
    )


def _columns(row: Row[Any]) -> dict[str, Any]:
    plain = ("id", "email", "name", "zone", "language", "frequency")
    return {
        **{name: getattr(row, name) for name in plain},
        "topics": tuple(json.loads(row.topics)),
        "attributes": json.loads(row.attributes),
        "joined": row.created_at,
        "paused_until": row.paused_until,
    }


def _subscriptions(connection: Connection, person: int) -> tuple[HeldSubscription, ...]:
    rows = connection.execute(
        select(
            subscription.c.id, mailing_list.c.name, *subscription.c["state", "since"]
        )
        .join_from(subscription, mailing_list)
        .where(subscription.c.subscriber_id == person)
        .order_by(subscription.c.id)
    )
    return tuple(
        HeldSubscription(
            list=row.name,
            state=SubscriptionState(row.state),
            since=row.since,
            consent=_consent(connection, row.id),
            confirmations=_confirmations(connection, row.id),
        )
        for row in rows.all()
    )


def _consent(connection: Connection, subscription_id: int) -> tuple[HeldConsent, ...]:
    rows = connection.execute(
        select(
            consent,
            *import_run.c["file", "file_hash", "operator", "began_at"],
            import_run.c.statement.label("import_statement"),
        )
        .outerjoin_from(consent, import_run)
        .where(consent.c.subscription_id == subscription_id)
        .order_by(consent.c.id)
    )
    return tuple(
        HeldConsent(
            state=SubscriptionState(row.state),
            at=row.at,
            source=row.source,
            statement=row.statement,
            ip=row.ip,
            user_agent=row.user_agent,
            wording=row.wording,
            imported=_import(row) if row.import_id else None,
        )
        for row in rows
    )


def _import(row: Row[Any]) -> ImportSource:
    return ImportSource(
        file=row.file,
        file_hash=row.file_hash,
        statement=row.import_statement,
        operator=row.operator,
        at=row.began_at,
    )


def _confirmations(
    connection: Connection, subscription_id: int
) -> tuple[HeldConfirmation, ...]:
    rows = connection.execute(
        select(*confirmation.c["asked_at", "expires_at", "used_at", "choices"])
        .where(confirmation.c.subscription_id == subscription_id)
        .order_by(confirmation.c.id)
    )
    return tuple(
        HeldConfirmation(
            asked_at=row.asked_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            wish={name: said for name, said in json.loads(row.choices).items() if said},
        )
        for row in rows
    )


def _links(connection: Connection, person: int) -> tuple[HeldLink, ...]:
    rows = connection.execute(
        select(*magic_link.c["asked_at", "expires_at", "used_at", "email"])
        .where(magic_link.c.subscriber_id == person)
        .order_by(magic_link.c.id)
    )
    return tuple(HeldLink(**row) for row in rows.mappings())


def _suppressions(
    connection: Connection, address: Address, now: datetime
) -> tuple[HeldSuppression, ...]:
    query = select(suppression, mailing_list.c.name).outerjoin(
        mailing_list, mailing_list.c.id == suppression.c.list_id
    )
    return tuple(
        HeldSuppression(
            list=_scope(row),
            reason=SuppressionReason(row.reason),
            at=row.at,
            expires_at=row.expires_at,
            source=row.source,
            in_force=row.expires_at is None or row.expires_at > now,
        )
        for row in _by_age(connection, query.where(suppression.c.key == address.key))
    )


def _hashes(
    connection: Connection, address: Address, key: SecretKey
) -> tuple[HeldHash, ...]:
    """The hashes of an address; where nobody was ever erased, no key is needed."""
    if connection.execute(select(erased.c.hash).limit(1)).first() is None:
        return ()
    key.check(connection)
    query = select(erased, mailing_list.c.name).outerjoin(
        mailing_list, mailing_list.c.id == erased.c.list_id
    )
    return tuple(
        HeldHash(list=_scope(row), reason=SuppressionReason(row.reason), at=row.at)
        for row in _by_age(
            connection, query.where(erased.c.hash == key.hash(address.key))
        )
    )


def _by_age(connection: Connection, query: Select[Any]) -> Iterable[Row[Any]]:
    return connection.execute(query.order_by("at", "list_id", "reason"))


def _scope(row: Row[Any]) -> str | None:
    """The list that a suppression is for; one that is no more has a number only."""
    return None if row.list_id == ALL_LISTS else row.name or f"list {row.list_id}"


def _outgoing(connection: Connection, address: Address) -> tuple[HeldOutgoing, ...]:
    rows = connection.execute(
        select(outgoing).where(outgoing.c.key == address.key).order_by(outgoing.c.id)
    )
    return tuple(
        HeldOutgoing(
            kind=row.kind,
            tries=row.tries,
            reason=row.reason,
            due_at=row.due_at,
            created_at=row.created_at,
            payload=json.loads(row.payload or "{}"),
        )
        for row in rows
    )
