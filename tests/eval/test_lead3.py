"""The paired bootstrap against Lead-3."""

from __future__ import annotations

from tests.eval import gate
from tests.eval.lead3 import Difference, bootstrap, lead3


def test_lead3_drops_crumbs() -> None:
    """Bylines and times are no sentences."""
    text = (
        "By . Ada Quill . PUBLISHED: . 14:11 . The quay of Lowmouth fell down today . "
        "Nobody was hurt when the wall fell. Yes. The council will meet on Monday "
        "night. This sentence is the fourth one here."
    )
    assert lead3(text) == [
        "The quay of Lowmouth fell down today",
        "Nobody was hurt when the wall fell.",
        "The council will meet on Monday night.",
    ]


def test_a_clear_loss_is_worse_and_chance_is_not() -> None:
    """Only what lies below nought in nearly all draws counts."""
    assert bootstrap([-1.0, -2.0, -1.5] * 10).worse
    assert not bootstrap([-1.0, 1.0, 0.5, -0.4] * 10).worse


def test_a_loss_fails_the_gate() -> None:
    """With a line that says which set and by how much."""
    lost = {"realsumm": Difference(-2.0, -3.0, -1.0)}
    [line] = gate.below_lead3(lost)
    assert line.endswith("-2.00 (-3.00 to -1.00)")
    assert gate.below_lead3({"realsumm": Difference(0.1, -0.5, 0.6)}) == []
