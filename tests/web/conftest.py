"""What tests of pages share: a preview that is served, and a browser to see it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digest import pipeline
from digest.store import Database
from tests.web.bench import Bench, a_desk, open_bench
from tests.web.desk import Desk, open_desk
from tests.web.looking import Look


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium; for tests marked needs("chromium")."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 390])
def look(request: pytest.FixtureRequest, browser: Any, desk: Desk) -> Iterator[Look]:
    """The preview in a new window, on a desktop and on a phone."""
    context = browser.new_context(viewport={"width": request.param, "height": 800})
    page = context.new_page()
    look = Look(page=page, asked=[], complaints=[])
    page.on("request", lambda asked: look.asked.append(asked.url))
    page.on("console", lambda said: look.complaints.append(said.text))
    page.on("pageerror", lambda error: look.complaints.append(str(error)))
    page.goto(desk.url)
    yield look
    context.close()


@pytest.fixture
def newsroom(sqlite_database: Database, tmp_path: Path) -> pipeline.Desk:
    """A desk with articles collected, for an editor to work at."""
    return a_desk(sqlite_database, tmp_path)


@pytest.fixture
def bench(newsroom: pipeline.Desk) -> Iterator[Bench]:
    """An editor's bench with a draft on it."""
    with open_bench(newsroom) as bench:
        yield bench
