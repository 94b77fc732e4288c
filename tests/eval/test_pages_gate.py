"""What the extraction reached on real pages it does not lose."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.eval import pages_gate as gate

#: the bars that the extraction was built to meet
BARS = {"first_is_lead": 95.0, "last_is_article": 94.0, "shingle_f1": 0.965}


@pytest.fixture(scope="module")
def reached() -> gate.Figures:
    return gate.figures()


@pytest.mark.needs("shared")
def test_no_figure_is_beyond_its_floor(reached: gate.Figures) -> None:
    """Each figure is at least what it once was, and so are the bars."""
    assert gate.failures(reached, gate.baseline()) == []
    assert all(reached[name] >= bar for name, bar in BARS.items())
    assert reached["promo_pages"] <= 1


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A baseline of data that does not change."""
    data = {"scorer": "1", "truth": "2", "pages": "3"}
    monkeypatch.setattr(gate, "fingerprints", lambda: data)
    return {
        "data": copy.copy(data),
        "floors": {"shingle_f1": 0.9, "promo_pages": 1.0},
    }


def test_a_figure_beyond_its_floor_is_named(pinned: dict[str, Any]) -> None:
    """Less of what should be much, and more of what should be little."""
    lines = gate.failures({"shingle_f1": 0.89, "promo_pages": 2}, pinned)
    assert lines == [
        "shingle_f1 is 0.89, the floor is 0.9",
        "promo_pages is 2, the floor is 1.0",
    ]
    assert not gate.failures({"shingle_f1": 0.91, "promo_pages": 0}, pinned)


def test_changed_data_is_named(pinned: dict[str, Any]) -> None:
    """Floors do not hold for other data."""
    pinned["data"]["pages"] = "0"
    [line] = gate.failures({"shingle_f1": 0.9, "promo_pages": 1}, pinned)
    assert line.startswith("pages: the data changed")


def test_a_floor_is_not_lowered_unasked(pinned: dict[str, Any]) -> None:
    """--update alone raises; to lower needs --allow-regression."""
    less: gate.Figures = {"shingle_f1": 0.5, "promo_pages": 1}
    with pytest.raises(SystemExit, match="not lowered"):
        gate.updated(less, pinned, allow_regression=False)
    assert gate.updated(less, pinned, allow_regression=True)["floors"] == less
    more: gate.Figures = {"shingle_f1": 0.99, "promo_pages": 0}
    assert gate.updated(more, pinned, allow_regression=False)["floors"] == more
