"""An e-mail as one person gets it: with their name, and to their address.

Links that are a reader's own keep the address of our page and get a token that is
nobody's, so nothing in a preview can take anybody off a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr

import subscribers as people
from digest.config import Config
from digest.delivery.mime import BY_SENDGRID
from digest.delivery.personal import greeting, pages
from digest.model import Email, Placeholder
from digest.pipeline import ANYBODY, Desk
from subscribers.errors import SubscriberError
from subscribers.model import Recipient

#: people of a segment that are named
MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who an e-mail is shown as: the first that was found, of how many, or why none."""

    reader: Recipient = ANYBODY
    count: int = 0
    #: addresses and names of some, the reader's first
    first: tuple[tuple[str, str], ...] = ()
    problem: str = ""


#: finds by an address or a segment; nobody in particular by an empty text
Find = Callable[[str], Found]


def anybody(query: str) -> Found:
    """Where there are no subscribers to look among."""
    name, address = parseaddr(query)
    return Found(reader=_reader(address, name)) if "@" in address else Found()


def find(desk: Desk, query: str) -> Found:
    """Somebody by an address, by `Name <address>`, or by a segment's name or text."""
    query = query.strip()
    if not query:
        return Found()
    name, address = parseaddr(query)
    if name and "@" in address:  # somebody to try it with
        return Found(reader=_reader(address, name))
    is_address = "@" in query and not set(query) & set(" :=<>\"'")
    text = f'email = "{query}"' if is_address else query
    try:
        with desk.database.read() as connection:
            segment = people.find_segment(connection, text)
            found = people.members(connection, segment, now=desk.clock(), most=MOST)
    except SubscriberError as error:
        return Found(problem=str(error))
    if found.first:
        reader = _reader(*found.first[0])
        return Found(reader=reader, count=found.count, first=found.first)
    if is_address:
        problem = f"there is no subscriber {query}; shown as it would come there"
        return Found(reader=_reader(query, ""), problem=problem)
    return Found(problem=f"nobody is in {query}")


def _reader(address: str, name: str) -> Recipient:
    return Recipient(id=0, email=address, name=name, token=ANYBODY.token)


def filled(email: Email, config: Config, reader: Recipient = ANYBODY) -> Email:
    """The e-mail as a reader sees it, its own links leading to nobody's pages."""
    name = greeting(" ".join(reader.name.split()))
    own = own_links(config)
    values = {Placeholder.READER_TEXT: name, Placeholder.READER_HTML: name, **own}
    return email.fill({each: values.get(each, "") for each in email.tags})


def own_links(config: Config) -> Mapping[Placeholder, str]:
    """Where a reader's own links lead in a preview."""
    own = {
        each: page + ANYBODY.token for each, page in pages(config.newsletter).items()
    }
    return {Placeholder.UNSUBSCRIBE_URL: BY_SENDGRID, **own}
