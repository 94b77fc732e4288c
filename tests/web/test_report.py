"""The room of reports in Chromium: at a desk, on a phone, light and dark, on paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digest import pipeline
from digest.config import Config
from digest.report import plots
from digest.store import Database
from digest.web.preview import preview_app
from digest.web.preview.report import report_room
from tests.report.sent import LATER, SUBJECT, fill, new_mailroom
from tests.web.axe import barriers
from tests.web.desk import SECRET, Desk, serving


@pytest.fixture
def desk(sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    """A preview with a room of reports; one issue was sent."""
    fill(new_mailroom(sqlite_database, tmp_path))
    room = report_room(
        pipeline.Desk(
            database=sqlite_database,
            config=Config(folder=tmp_path),
            clock=lambda: LATER,
            nonce=lambda: "abc",
        )
    )
    desk = Desk()
    app = preview_app(desk.load, rooms=[room], secret=SECRET)
    with serving(app) as desk.port:
        yield desk


def test_only_for_who_knows_the_secret(desk: Desk) -> None:
    """It stands behind the preview's shield."""
    answer, _ = desk.ask("report/1", secret="another")
    assert answer.status == 403
    answer, _ = desk.ask("report/1", host="news.example")
    assert answer.status == 421


def test_what_there_is_not(desk: Desk) -> None:
    """No such issue, no such form."""
    for path in ("report/9", "report/9.csv", "report/1.pdf", "report/x"):
        answer, _ = desk.ask(path)
        assert answer.status == 404, path


def test_it_is_saved_as_files(desk: Desk) -> None:
    """The numbers as CSV, and the page as a file that needs no other."""
    answer, text = desk.ask("report/1.csv")
    assert answer.getheader("Content-Type") == "text/csv; charset=utf-8"
    rows = csv.DictReader(io.StringIO(text))
    assert {"figure": "delivered", "number": "4"}.items() <= next(
        row for row in rows if row["figure"] == "delivered"
    ).items()
    answer, text = desk.ask("report/all.html")
    assert answer.status == 200
    assert "<link" not in text


# --- In a browser -------------------------------------------------------------------


@pytest.fixture(params=[(1200, "light"), (390, "dark")], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: Any, desk: Desk) -> Iterator[Any]:
    """The report of everything; nothing is complained of, or asked of others."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda asked: complaints.append(asked.url))
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{desk.url}report/")
    yield page
    assert not complaints
    assert all(url.startswith(desk.origin) for url in asked)
    context.close()


def open_issue(page: Any) -> None:
    """By its link; with its styles."""
    page.get_by_role("link", name="Issue 1", exact=True).click()
    page.wait_for_url("**/report/1")
    page.wait_for_load_state()


@pytest.mark.needs("chromium")
def test_from_report_to_report(page: Any, desk: Desk) -> None:
    """From everything to an issue and back, by links; the preview is beside it."""
    assert page.get_by_role("link", name="Report", exact=True).count() == 1
    open_issue(page)
    assert page.url == f"{desk.url}report/1"
    assert page.locator("h1").inner_text() == SUBJECT
    page.get_by_role("link", name="Lists and issues").click()
    assert page.locator("h1").inner_text() == "Lists and issues"


@pytest.mark.needs("chromium")
def test_one_plot_of_each_is_seen(page: Any) -> None:
    """That of the window's width, within it; with words for who sees none."""
    open_issue(page)
    shown = page.locator("svg:visible")
    assert shown.count() == 6
    for one in shown.all():
        box = one.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= page.viewport_size["width"]
        assert "All numbers are in the table" in one.get_attribute("aria-label")
    assert not page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


@pytest.mark.needs("chromium")
def test_tables_open_by_the_keyboard(page: Any) -> None:
    """Each plot's numbers are under it."""
    open_issue(page)
    table = page.get_by_role("table")
    assert table.count() == 0
    page.locator("summary", has_text="Table: By domain").focus()
    page.keyboard.press("Enter")
    assert "example.org" in table.inner_text()


@pytest.mark.needs("chromium")
def test_the_dark_has_colours_of_its_own(page: Any) -> None:
    """The plots' colours follow the page's."""
    open_issue(page)
    fills = page.evaluate(
        "[...document.querySelectorAll('svg:not([hidden]) [fill]')]"
        ".map(each => getComputedStyle(each).fill)"
    )
    light = tuple(int(plots.TONES[0][n : n + 2], 16) for n in (1, 3, 5))
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert (f"rgb{light}" in fills) is not dark


@pytest.mark.needs("axe")
@pytest.mark.parametrize("path", ["", "1"], ids=["everything", "an issue"])
def test_nobody_is_kept_out(page: Any, desk: Desk, path: str) -> None:
    """axe-core finds nothing on any report, with its tables open."""
    page.goto(f"{desk.url}report/{path}")
    for details in page.locator("details").all():
        details.evaluate("each => each.open = true")
    assert barriers(page) == []


@pytest.mark.needs("chromium")
def test_on_paper(page: Any) -> None:
    """The wide plots and all tables are printed, in the colours of light."""
    open_issue(page)
    page.emulate_media(media="print")
    ground = page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    assert ground == "light"
    assert page.locator("svg:visible").count() == 6
    assert page.get_by_role("table").count() == 6
    assert page.locator(".wide:visible").count() == 6
    assert page.locator("nav:visible").count() == 0


@pytest.mark.needs("chromium")
def test_a_file_of_its_own(desk: Desk, browser: Any, tmp_path: Path) -> None:
    """Opened from a disk, it looks the same, and asks for nothing."""
    _, html = desk.ask("report/1.html")
    file = tmp_path / "report.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: said.append(one.text))
    page.goto(file.as_uri())
    assert page.locator("svg:visible").count() == 6
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px"
    assert (asked, said) == ([file.as_uri()], [])
    page.close()


def test_what_is_saved_says_when(desk: Desk) -> None:
    """A file outlives its figures, so it says of when they are."""
    _, html = desk.ask("report/1.html")
    assert f"as of {LATER:%Y-%m-%d %H:%M} UTC" in html
    assert datetime.now(UTC).strftime("as of %Y-%m-%d") not in html
