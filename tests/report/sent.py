"""An issue that was sent, with what came back of it, and lists that grew."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import update

import subscribers as people
from digest.model import Article, Issue, Lede, Section, Story
from digest.store import Database
from digest.store.tables import issue
from subscribers.model import Origin, SubscriptionState
from tests.events.samples import Mailroom, sent
from tests.ledger.desk import START

FERRY, COMET = "https://news.example/ferry", "https://news.example/comet?a=1&b=2"
#: a browser, and a spreadsheet, must run nothing of it
SUBJECT = "Ferry <b>& comet</b>"
STORY = Story(
    headline="=Ferry to run all winter",
    articles=(Article(id="a", text="The ferry runs.", url=FERRY),),
    lede=Lede(),
)
ISSUE = Issue(
    number=7,
    series="weekly",
    title="The week in Marlhaven",
    subject=SUBJECT,
    preheader="",
    published=START,
    language="en",
    sections=(Section(title=None, stories=(STORY,)),),
)
HTML = f"""<a href="{FERRY}">ferry</a> <a href="{COMET.replace("&", "&amp;")}">comet</a>
    <a href="https://news.example/p/-dg1-">preferences</a>"""


def new_mailroom(database: Database, folder: Path) -> Mailroom:
    """A running campaign of ISSUE, of which nothing has come back."""
    room = Mailroom(database, folder)
    room.set_email(HTML)
    with database.write() as connection:
        content = msgspec.json.encode(ISSUE).decode()
        connection.execute(update(issue).values(content=content, subject=SUBJECT))
    return room


def fill(room: Mailroom) -> None:
    """Six people: four have it, one bounced, one was not heard of.

    1 opened and clicked; 2 was opened by a program, and then by themselves an hour
    later; 3 by a program alone; 4 had a scanner follow all links; 5 bounced.
    """
    for person in range(1, 7):
        room.add(person, "readers")
    room.hand_over(range(1, 7))
    room.take(
        *(sent("delivered", person, seconds=30) for person in (1, 2, 3)),
        sent("delivered", 4, seconds=90),
        sent("bounce", 5, type="bounce", status="5.1.1", seconds=40),
        sent("open", 1, seconds=300),
        sent("open", 1, seconds=7200),
        sent("open", 2, seconds=61, sg_machine_open=True),
        sent("open", 2, seconds=3661),
        sent("open", 3, seconds=62, sg_machine_open=True),
        sent("click", 1, url=FERRY, seconds=320),
        sent("click", 1, url=FERRY, seconds=330),
        sent("click", 1, url="https://news.example/p/secret-token", seconds=400),
        sent("click", 4, url=FERRY, seconds=92),
        sent("click", 4, url=COMET, seconds=93),
    )


def leave(room: Mailroom, person: int, at: datetime) -> None:
    """Somebody leaves the list of readers."""
    with room.database.write() as connection:
        people.leave(
            connection,
            f"reader{person}@example.org",
            ["readers"],
            source="test",
            now=at,
        )


def come_back(room: Mailroom, person: int, at: datetime) -> None:
    """What the log says of somebody who confirms anew."""
    from subscribers.consent import record

    with room.database.write() as connection:
        record(
            connection,
            [person],
            SubscriptionState.CONFIRMED,
            Origin(source="test"),
            at=at,
        )


LATER = START + timedelta(days=40)
