"""Articles on one event are found as well as they were; pairs are scored rightly."""

from __future__ import annotations

import pytest

from digest.model import Article
from tests.eval import same_story
from tests.eval.same_story import Labelled, Score, score, wilson


@pytest.mark.needs("shared")
@pytest.mark.parametrize("name", list(same_story.SETS))
def test_no_figure_is_beyond_its_floor(name: str) -> None:
    """On each set, of what has a floor there."""
    _, figures = same_story.report(name, same_story.SETS[name]())
    floors = {key: floor for key, floor in same_story.FLOORS.items() if key in figures}
    assert floors
    assert not same_story.failures(dict(same_story.FLOORS) | figures)


def test_pairs_are_counted() -> None:
    """Right, in error and missed; what is unclear counts for nothing."""
    labelled = Labelled(
        articles=[Article(id=name, text=name) for name in "abcd"],
        same={(0, 1), (0, 2)},
        unclear={(2, 3)},
    )
    found = score(labelled, {(0, 1), (1, 3), (2, 3)})
    assert found == Score(right=1, wrong=1, missed=1)
    assert (found.precision, found.recall, found.f1) == (0.5, 0.5, 0.5)


def test_few_pairs_say_little() -> None:
    """Three of three may be less than half of all; sixty of sixty hardly."""
    assert wilson(3, 3)[0] == pytest.approx(0.4385, abs=1e-3)
    assert wilson(60, 60)[0] > 0.93
    assert wilson(0, 0) == (0, 1)


def test_a_figure_below_its_floor_is_named() -> None:
    """Less of what should be much, and more of what should be none."""
    figures = dict(same_story.FLOORS)
    assert not same_story.failures(figures)
    figures |= {"pages recall": 0.6, "polnear joined in error": 1}
    assert same_story.failures(figures) == [
        "pages recall is 0.600, the floor is 0.65",
        "polnear joined in error is 1.000, the floor is 0",
    ]
