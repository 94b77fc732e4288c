"""Which stories are in, in what order and why: the same offers, the same issue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import IssueSettings
from digest.issue import Choice, Offer, select
from digest.issue.topics import Topic
from digest.model import Article

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
WORDS = (
    "lighthouse granite orchard violin tannery glacier parsnip mosaic turbine heron "
    "quarry lantern saffron bobsleigh cathedral marmot trombone papyrus volcano thistle"
).split()


def article(name: str, days: float = 0, **more: str | tuple[str, ...]) -> Article:
    """An article on an event of its own, so many days old."""
    text = f"{name}, {name}. It is {name} {name[::-1]}."
    return Article(
        id=name,
        text=text,
        title=f"About {name}",
        url=f"https://{name}.example/",
        published=NOW - timedelta(days=days),
        **more,  # type: ignore[arg-type]
    )


def chosen(*offers: Offer, ranked: bool = True, **settings: object) -> list[Choice]:
    return select(
        offers,
        settings=IssueSettings(**settings),  # type: ignore[arg-type]
        now=NOW,
        ranked=ranked,
    )


def names(choices: list[Choice], *, taken: bool = True) -> list[str]:
    return [c.offer.article.id for c in choices if c.taken is taken]


def test_newer_stories_come_first() -> None:
    """A story counts half after three days; one of the future is of today."""
    found = chosen(
        Offer(article=article("old", 3)),
        Offer(article=article("new", 0)),
        Offer(article=article("soon", -2)),
    )
    assert names(found) == ["soon", "new", "old"]
    assert [story.score for story in found] == pytest.approx([1, 1, 0.5])
    assert [story.because for story in found] == [("today",), ("today",), ("3 d old",)]


def test_what_has_no_date_is_as_old_as_it_is_known() -> None:
    """By when it was collected; what is given by hand is of today."""
    undated = Article(id="undated", text="undated")
    seen = NOW - timedelta(days=6)
    [old] = chosen(Offer(article=undated, seen=seen))
    [new] = chosen(Offer(article=undated))
    assert (old.score, old.because) == (0.25, ("6 d old, undated",))
    assert (new.score, new.because) == (1, ("today, undated",))


def test_a_source_may_count_more() -> None:
    """An older story of a source of weight 3 goes before a new one."""
    found = chosen(
        Offer(article=article("new")), Offer(article=article("old", 3), weight=3)
    )
    assert names(found) == ["old", "new"]
    assert found[0].because == ("3 d old", "weight 3")


def test_what_many_report_counts_more() -> None:
    """Three reports of an event are one story, quoted from the weightiest source."""
    one = "The ferry Aurelia struck the pier of Marlhaven, and fourteen were hurt."
    reports = [
        Offer(
            article=Article(
                id=name, text=one, title="Ferry Aurelia strikes Marlhaven pier",
                url=f"https://{name}.example/", published=NOW - timedelta(days=1),
            ),
            source=name,
            weight=2 if name == "herald" else 1,
        )
        for name in ("gazette", "herald", "courier")
    ]  # fmt: skip
    found = chosen(Offer(article=article("new"), weight=1.5), *reports)
    assert [offer.article.id for offer in found[0].offers] == [
        "herald",
        "courier",
        "gazette",
    ]
    assert found[0].because == ("1 d old", "weight 2", "3 sources")


def test_topics_count_more_and_give_a_section() -> None:
    """By a word of the title or the opening, or by a tag of the feed."""
    found = chosen(
        Offer(article=article("plain"), section="News"),
        Offer(article=article("handball", 2), section="News"),
        Offer(article=article("other", 2, tags=("Football",)), section="News"),
        topics=("Sport: #football, handball",),
    )
    assert [(c.offer.article.id, c.section) for c in found] == [
        ("handball", "Sport"),
        ("other", "Sport"),
        ("plain", "News"),
    ]
    assert found[0].because == ("2 d old", "topic handball")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("ferry", "ferry"),
        ("cup final, Marlhaven", "Marlhaven"),
        ("Town: ferries, #harbour", "#harbour"),
        ("ferr, haven, #harb", ""),
        ("", ""),
        (":", ""),
    ],
)
def test_a_topic_is_found_by_whole_words(line: str, word: str) -> None:
    """Whatever their case, and not within longer ones."""
    told = Article(id="1", text="A FERRY came to marlhaven.", tags=("Harbour",))
    assert Topic.of(line).found(told) == word


def test_caps() -> None:
    """So many of a source, of a section, and of all; each is said."""
    offers = [
        Offer(article=article(name, n / 10), source=source, section=section, cap=cap)
        for n, (name, source, section, cap) in enumerate(
            [
                ("lemon", "gazette", "News", 1),
                ("melon", "gazette", "Sport", 1),
                ("grape", "herald", "News", 0),
                ("peach", "courier", "News", 0),
                ("quince", "courier", "Sport", 0),
                ("cherry", "courier", "Arts", 0),
            ]
        )
    ]
    found = chosen(*offers, max_stories=3, section_cap=2)
    assert names(found) == ["lemon", "grape", "quince"]
    assert {c.offer.article.id: c.against for c in found if not c.taken} == {
        "melon": "the cap of its source is 1",
        "peach": "issue.section_cap is 2",
        "cherry": "issue.max_stories is 3",
    }


def test_no_section_has_no_cap() -> None:
    """What is given by hand has none, and all of it goes in."""
    offers = [Offer(article=article(name)) for name in ("lemon", "melon")]
    assert len(names(chosen(*offers, section_cap=1))) == 2


def test_what_is_given_keeps_its_order() -> None:
    """Files are in the order somebody gave them."""
    offers = [Offer(article=article(name, days)) for name, days in (("a", 9), ("b", 1))]
    assert names(chosen(*offers, ranked=False)) == ["a", "b"]
    assert names(chosen(*offers, ranked=False, max_stories=1), taken=False) == ["b"]


OFFERS = [Offer(article=article(name, n % 4)) for n, name in enumerate(WORDS)]


@given(st.permutations(OFFERS))
def test_the_same_offers_make_the_same_issue(offers: list[Offer]) -> None:
    """In whatever order they came, each is in or out, with a reason, once."""
    found = chosen(*offers, max_stories=5)
    assert found == chosen(*OFFERS, max_stories=5)
    assert sorted(names(found) + names(found, taken=False)) == sorted(WORDS)
    assert all(c.taken or c.against for c in found)
