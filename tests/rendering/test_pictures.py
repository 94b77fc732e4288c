"""The e-mail looks as it was approved to look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.rendering.pictures import APPROVED, CASES, browser, difference, taken

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.needs("chromium")
#: what fonts and versions of the browser may differ by; one story more or less,
#: or another colour of the ground, is beyond it
TOLERANCE = 0.02


@pytest.fixture(scope="module")
def running(chromium: str) -> Iterator[Browser]:
    with browser(chromium) as found:
        yield found


@pytest.fixture
def page(running: Browser) -> Iterator[Page]:
    with running.new_context() as context:
        yield context.new_page()


@pytest.mark.parametrize("name", list(CASES))
def test_it_looks_as_approved(name: str, running: Browser, page: Page) -> None:
    """`make approve` renews the pictures, for somebody to look at."""
    approved = (APPROVED / f"{name}.png").read_bytes()
    found = taken(running, CASES[name])
    assert difference(page, approved, found) <= TOLERANCE


def test_another_look_is_not_approved(page: Page) -> None:
    """Day and night, and two widths, are further apart than the tolerance."""
    day, night, letter = (
        (APPROVED / f"{name}.png").read_bytes()
        for name in ("700-light", "700-dark", "letter-700-light")
    )
    assert difference(page, day, day) == 0
    assert difference(page, day, night) > TOLERANCE
    assert difference(page, day, letter) > TOLERANCE
