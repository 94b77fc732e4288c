"""Findings say which elements they speak of, for who wants to show them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.checks import examine
from tests.checks.good import EMAIL, examined, found, page

FAINT = 'style="color:#eee"'


def at(html: str, check: str) -> list[str]:
    """The tags of the elements that a check's findings name, in their order."""
    looked_at = examined(email=replace(EMAIL, html=html))
    elements = list(looked_at.page.iter("*"))
    seen = [finding for finding in examine(looked_at) if finding.check == check]
    assert seen
    return [str(elements[place].tag) for finding in seen for place in finding.at]


@pytest.mark.parametrize(
    ("check", "element", "tags"),
    [
        ("contrast", f"<p {FAINT}>faint</p><b {FAINT}>faint</b>", ["p", "b"]),
        ("images", '<img src="http://a.osterby.example/a" alt="">', ["img", "img"]),
        ("links", '<a href="http://localhost/">here it is</a>', ["a"]),
        ("accessibility", "<table><tr><td>x</td></tr></table>", ["table"]),
        ("accessibility", "<h4>too deep</h4>", ["h4"]),
        ("accessibility", '<a href="https://osterby.example/">here</a>', ["a"]),
        ("accessibility", '<p style="font-size:9px">small</p>', ["p", "p"]),
        ("clients", '<p style="display:grid">x</p>', ["p"]),
        ("leftovers", '<a href="https://example.com/">the story</a>', ["a"]),
    ],
)  # fmt: skip
def test_elements_are_named(check: str, element: str, tags: list[str]) -> None:
    assert at(page(element), check) == tags


def test_what_speaks_of_no_element_names_none() -> None:
    """A text is not there: nothing in the HTML is to be shown."""
    (finding,) = found(email=replace(EMAIL, text=""), check="plaintext")
    assert finding.at == ()
