"""People as a database may hold them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import insert, update

from digest.store import Database
from subscribers.model import SubscriptionState
from subscribers.tables import mailing_list, subscriber, subscription

#: one line of what a database may hold
WORDS = st.text(
    st.one_of(
        st.sampled_from("=+-@'\"|,;[ aé"), st.characters(exclude_categories=("C", "Z"))
    ),
    max_size=8,
).map(lambda text: " ".join(text.split()))
SOME = WORDS.filter(bool)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "name": WORDS,
            "state": st.sampled_from(SubscriptionState),
            "zone": st.sampled_from(["", "Europe/Amsterdam"]),
            "language": st.sampled_from(["", "pt-BR"]),
            "frequency": WORDS,
            "topics": st.lists(
                st.one_of(SOME, st.text("|[]", min_size=1, max_size=3)), max_size=3
            )
            .map(set)
            .map(sorted),
            "attributes": st.dictionaries(
                SOME, st.one_of(SOME, st.booleans(), st.integers(-(2**53), 2**53))
            ),
        }
    ),
    min_size=1,
    max_size=4,
)


def fill(database: Database, people: list[dict[str, Any]]) -> str:
    """People as they are, on a new list; its name."""
    now = datetime.fromisoformat("2026-11-20T08:30:00.123456Z")
    with database.write() as connection:
        new = insert(mailing_list).returning(mailing_list.c.id)
        number = connection.scalar(new.values(name="", created_at=now))
        rename = update(mailing_list).where(mailing_list.c.id == number)
        connection.execute(rename.values(name=f"list {number}"))
        for place, person in enumerate(people):
            email = f"+{number}-{place}@example.org"
            who = connection.scalar(
                insert(subscriber)
                .returning(subscriber.c.id)
                .values(
                    key=email,
                    email=email,
                    created_at=now,
                    **_columns(person),
                )
            )
            connection.execute(
                insert(subscription).values(
                    list_id=number,
                    subscriber_id=who,
                    state=person.get("state", "confirmed"),
                    secret=b"s" * 12,
                    since=now,
                )
            )
    return f"list {number}"


def _columns(person: dict[str, Any]) -> dict[str, Any]:
    plain = ("name", "zone", "language", "frequency")
    return {
        **{name: person.get(name, "") for name in plain},
        "topics": _json(person.get("topics", [])),
        "attributes": _json(person.get("attributes", {})),
    }


def _json(value: object) -> str:
    """As the database has it: one text for one value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
