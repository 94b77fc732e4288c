"""Evidence: a few bits a person, the same whatever comes first."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.ledger import Evidence, HandedOver, Sign, Word
from digest.ledger.evidence import LONGEST
from digest.model import AttemptState
from tests.ledger.desk import START

IDS = (3, 5, 8, 13)
OF = HandedOver(
    id=1,
    token="",
    state=AttemptState.ACCEPTED,
    batch=1,
    campaign=1,
    begins=START,
    ids=IDS,
    excluded=frozenset({13}),
)


def sign(word: Word, place: int = 0, seconds: int = 0) -> Sign:
    return Sign(place=place, word=word, at=START + timedelta(seconds=seconds))


def known(*signs: Sign) -> Evidence:
    evidence = Evidence.of_nobody(OF)
    for each in signs:
        evidence.add(each, OF.begins)
    return evidence


def test_places_are_those_of_the_batch() -> None:
    """Who was left out at the hand-over has none, and neither has a stranger."""
    places = [OF.place(person) for person in (3, 8, 13, 4, 99, 0)]
    assert places == [0, 2, None, None, None, None]
    assert OF.people == 3


def test_what_each_word_says() -> None:
    """A delivery says that it has gone out, a rejection only that it will not."""
    evidence = known(
        sign(Word.PROCESSED, 0),
        sign(Word.DELIVERED, 1),
        sign(Word.GONE_OUT, 2),
        sign(Word.DROPPED, 3),
    )
    assert evidence.arrived == 3
    assert evidence.accounted_for == 3
    assert evidence.delivered_people == 1


def test_only_the_first_is_news() -> None:
    """Also where a mailbox takes a copy after it put it off."""
    evidence = Evidence.of_nobody(OF)
    words = [Word.GONE_OUT, Word.DELIVERED, Word.GONE_OUT, Word.DELIVERED]
    news = [evidence.add(sign(word), START) for word in words]
    assert news == [True, True, False, False]


def test_when_it_was_delivered() -> None:
    """The earliest that is told; not where it took longer than can be kept."""
    evidence = known(
        sign(Word.DELIVERED, 0, 90),
        sign(Word.DELIVERED, 0, 30),
        sign(Word.DELIVERED, 1, -5),
        sign(Word.DELIVERED, 2, LONGEST),
    )
    times = [evidence.delivered_at(place, START) for place in range(4)]
    assert times == [START + timedelta(seconds=30), START, None, None]
    assert evidence.delivered_people == 3


signs = st.builds(
    sign, st.sampled_from(Word), st.integers(0, 3), st.integers(-9, LONGEST + 9)
)


@given(st.lists(signs), st.data())
def test_any_order_and_repetition(some: list[Sign], data: st.DataObject) -> None:
    """The same signs come to the same, and as many of them are news."""
    mixed = data.draw(st.permutations(some + some))
    assert known(*mixed) == known(*some)
    fresh = Evidence.of_nobody(OF)
    news = [each for each in mixed if fresh.add(each, START)]
    assert len(news) == len({(each.place, each.word) for each in news})
