"""What the summarizer reached on annotated news it does not lose."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.eval import gate
from tests.eval.scoring import SETS, WIKINEWS, figures, fingerprint


@pytest.mark.needs("shared")
@pytest.mark.parametrize("name", list(SETS))
def test_no_figure_is_under_its_floor(name: str) -> None:
    """Each figure of each set is at least what it once was."""
    pinned = gate.baseline()
    floors = {"data": pinned["data"], "floors": {name: pinned["floors"][name]}}
    assert gate.failures({name: figures(name)}, floors) == []


def test_wikinews_is_the_pinned_data() -> None:
    """The articles in the repository are those the floors were measured on."""
    assert gate.baseline()["data"]["gum_news"] == fingerprint(WIKINEWS)


def pinned() -> dict[str, Any]:
    return {"data": gate.fingerprints(), "floors": {"polnear": {"exact F": 90.0}}}


def test_a_figure_under_its_floor_is_named() -> None:
    """A loss is one line with the set, the figure and both values."""
    lines = gate.failures({"polnear": {"exact F": 89.0}}, pinned())
    assert lines == ["polnear: exact F is 89.0, the floor is 90.0"]


def test_changed_data_is_named() -> None:
    """Floors do not hold for other data."""
    changed = copy.deepcopy(pinned())
    changed["data"]["gum_news"] = "0"
    [line] = gate.failures({"polnear": {"exact F": 91.0}}, changed)
    assert line.startswith("gum_news: the data changed")


def test_a_floor_is_not_lowered_unasked() -> None:
    """--update alone raises; to lower needs --allow-regression."""
    less: gate.Figures = {"polnear": {"exact F": 80.0}}
    with pytest.raises(SystemExit, match="not lowered"):
        gate.updated(less, pinned(), allow_regression=False)
    assert gate.updated(less, pinned(), allow_regression=True)["floors"] == less
    more: gate.Figures = {"polnear": {"exact F": 95.0}}
    assert gate.updated(more, pinned(), allow_regression=False)["floors"] == more
