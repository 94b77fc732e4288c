"""What is counted, on both databases: by time, domain, link; how lists grow."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

import subscribers as people
from digest import report
from digest.errors import UnknownName
from digest.report import Chart, Report
from subscribers.growth import Step, growth
from subscribers.model import SuppressionReason
from tests.events.samples import Mailroom, sent
from tests.ledger.desk import START
from tests.report.sent import COMET, FERRY, LATER, SUBJECT, come_back, leave


def made(room: Mailroom) -> Report:
    return report.of_issue(room.database, 1, LATER)


def chart(made: Report, key: str) -> Chart:
    (found,) = (each for each in made.charts if each.key == key)
    return found


def sums(made: Report, key: str) -> dict[str, float]:
    found = chart(made, key)
    columns = zip(*(row.numbers for row in found.rows), strict=True)
    return {
        name: sum(number or 0 for number in column)
        for name, column in zip(found.series, columns, strict=True)
    }


def test_totals(filled: Mailroom) -> None:
    """People, each once for a thing; readers and programs apart."""
    found = made(filled)
    assert (found.issue, found.title, found.notes) == (1, SUBJECT, ())
    people_by_key = {total.key: total.people for total in found.totals}
    assert people_by_key == {
        "accepted": 6,
        "handed_over": 6,
        "delivered": 4,
        "bounced": 1,
        "deferred": 0,
        "rejected": 0,
        "opened": 2,
        "opened_by_machine": 1,
        "clicked": 1,
        "clicked_by_machine": 1,
        "complained": 0,
        "unsubscribed": 0,
    }
    shares = {total.key: total.share for total in found.totals}
    assert shares["delivered"] == pytest.approx(4 / 6)
    assert shares["opened"] == pytest.approx(2 / 4)


def test_every_figure_says_what_it_counts(filled: Mailroom) -> None:
    """In one sentence."""
    found = made(filled)
    said = [each.counts for each in found.totals] + [
        each.counts for each in found.charts
    ]
    for sentence in said:
        assert sentence.endswith(".")
        assert ". " not in sentence


def test_charts_have_the_people_of_the_totals(filled: Mailroom) -> None:
    """Whoever is in a total is once in its chart, by the first time."""
    found = made(filled)
    assert sums(found, "delivered_over_time") == {"people": 4}
    assert sums(found, "bounced_over_time") == {"people": 1}
    assert sums(found, "opened_over_time") == {"readers": 2, "programs alone": 1}
    assert sums(found, "clicked_over_time") == {"readers": 1, "programs alone": 1}


def test_a_reader_counts_when_they_opened_it_not_a_program(filled: Mailroom) -> None:
    """2 was opened by a program within minutes, and read an hour later."""
    rows = chart(made(filled), "opened_over_time").rows
    readers = {row.at: row.numbers[0] for row in rows if row.numbers[0]}
    assert set(readers) == {START + timedelta(minutes=5), START + timedelta(hours=1)}


def test_by_domain(filled: Mailroom) -> None:
    """Delivered by the address of today, the others by that of the event; who was
    erased has none."""
    filled.take(sent("open", 6, email="reader6@other.example", seconds=500))
    rows = chart(made(filled), "by_domain").rows
    assert {row.label: row.numbers for row in rows} == {
        "example.org": (4, 2, 1, 1),
        "other.example": (0, 1, 0, 0),
    }


def test_who_was_erased_is_counted_without_a_name(filled: Mailroom) -> None:
    """Their domain and their links are not known any more."""
    with filled.database.write() as connection:
        from digest.events import erase_events

        address = people.parse_address("reader1@example.org")
        key = people.SecretKey(filled.config.at("digest.key"))
        key.make(b"k" * 32)
        people.erase(connection, address, key=key, provider=None, now=LATER)
        erase_events(connection, address.key, 1)
    found = made(filled)
    domains = {row.label: row.numbers for row in chart(found, "by_domain").rows}
    assert domains["erased since"] == (1, 1, 1, 0)
    assert sums(found, "clicked_over_time")["readers"] == 1


def test_by_link(filled: Mailroom) -> None:
    """People by link, once for each; what is not everybody's shows no token."""
    found = chart(made(filled), "by_link")
    assert [(row.label, row.href, row.numbers) for row in found.rows] == [
        ("=Ferry to run all winter", FERRY, (1, 1)),
        ("links of each reader's own, and of who was erased", "", (1, 0)),
        (COMET, COMET, (0, 1)),
    ]


def test_nothing_came_back(mailroom: Mailroom) -> None:
    """All is none, and it says what to look at."""
    found = made(mailroom)
    assert not any(total.people for total in found.totals)
    assert "digest doctor" in found.notes[0]
    assert all(row.numbers == (0, 0) for row in chart(found, "by_link").rows)


def test_an_issue_that_there_is_not(mailroom: Mailroom) -> None:
    """It is said which there are."""
    with pytest.raises(UnknownName, match="the newest is 1"):
        report.of_issue(mailroom.database, 2, LATER)


def steps(room: Mailroom) -> Counter[tuple[Step, int]]:
    """People by step and days after the start."""
    found = Counter[tuple[Step, int]]()
    with room.database.read() as connection:
        for each in growth(connection):
            days = (each.day - START.replace(hour=0)).days
            found[each.step, days] += each.people
    return found


def test_growth(filled: Mailroom) -> None:
    """Joined, left, and joined anew; of the suppressed those who are still on it."""
    leave(filled, 1, START + timedelta(days=2))
    come_back(filled, 1, START + timedelta(days=3))
    come_back(filled, 1, START + timedelta(days=4))  # as an import notes it
    leave(filled, 2, START + timedelta(days=2))
    with filled.database.write() as connection:
        for person in (2, 3):
            people.suppress(
                connection,
                people.parse_address(f"reader{person}@example.org"),
                SuppressionReason.COMPLAINT,
                source="test",
                now=START + timedelta(days=5),
            )
    assert steps(filled) == {
        (Step.JOINED, 0): 6,
        (Step.LEFT, 2): 2,
        (Step.JOINED, 3): 1,
        (Step.SUPPRESSED, 0): 1,  # 5, whose mail bounced
        (Step.SUPPRESSED, 5): 1,  # not 2, who has left
    }


def test_everything(filled: Mailroom) -> None:
    """Sizes follow from growth; the issue is compared."""
    leave(filled, 1, START + timedelta(days=35))
    found = report.of_everything(filled.database, LATER)
    size = chart(found, "size")
    assert (size.series, size.rows[0].numbers, size.rows[-1].numbers) == (
        ("readers",),
        (5,),
        (4,),
    )
    (row,) = chart(found, "issues").rows
    assert row.numbers == (0.5, 0.25, 1 / 6, 4)
    (row,) = chart(found, "lists").rows
    assert row.numbers == (4, 0, 1, 0)


def test_each_list_grows_by_itself(filled: Mailroom) -> None:
    """Where there are several: all of them together, and one by one."""
    assert [each.key for each in report.of_everything(filled.database, LATER).charts][
        :2
    ] == ["growth", "size"]
    filled.add(1, "a <b> list")
    found = report.of_everything(filled.database, LATER)
    assert [each.key for each in found.charts][:4] == [
        "growth",
        "growth of readers",
        "growth of a <b> list",
        "size",
    ]
    joined = [sums(found, each.key)["joined"] for each in found.charts[:3]]
    assert joined == [7, 6, 1]


def test_nothing_was_counted(mailroom: Mailroom) -> None:
    """No open and no click, and yet it came: it says what counts them."""
    mailroom.hand_over([1])
    mailroom.take(sent("delivered", 1))
    assert "tracking" in made(mailroom).notes[0]


def test_without_any_list(mailroom: Mailroom) -> None:
    """It says how to make one, and breaks at nothing."""
    found = report.of_everything(mailroom.database, LATER)
    assert found.notes == ("There is no list yet: digest lists add NAME.",)
    assert not chart(found, "growth").rows
