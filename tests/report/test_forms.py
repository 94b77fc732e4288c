"""A report as text, CSV, JSON, and as an SVG; and the command that prints them."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import update

from digest import report
from digest.cli import main
from digest.report import Chart, Kind, Report, Row, plots
from digest.report.page import page
from digest.store import Database, open_database
from digest.store.tables import campaign
from tests.events.samples import Mailroom
from tests.ledger.desk import START
from tests.report.sent import LATER, fill, new_mailroom

HOSTILE = "</svg><script>alert(1)</script>\"'"


@pytest.fixture
def made(sqlite_database: Database, tmp_path: Path) -> Report:
    room = new_mailroom(sqlite_database, tmp_path)
    fill(room)
    return report.of_issue(sqlite_database, 1, LATER)


def test_text_fits_a_terminal(made: Report) -> None:
    """No line is longer than it was told, and every figure is there."""
    lines = list(report.lines(made, 80))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert re.search(r"Delivered +4 +66\.7% +of gone out", text)
    assert re.search(r"example\.org +4 +2 +1 +1 +█+", text)


def test_csv_is_one_number_a_row(made: Report) -> None:
    """Each can be found and summed; no cell is a formula."""
    text = io.StringIO(newline="")
    report.write_csv(made, text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    found = {(row["figure"], row["of"], row["series"]): row["number"] for row in rows}
    assert found["delivered", "", "people"] == "4"
    assert found["by_domain", "example.org", "opened"] == "2"
    assert found["by_link", "https://news.example/ferry", "readers"] == "1"
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]


def test_an_object_of_json(made: Report) -> None:
    """Moments are ISO 8601, names are those of the series."""
    found = json.loads(json.dumps(report.as_object(made)))
    assert found["totals"]["opened_by_machine"] == 1
    assert found["charts"]["delivered_over_time"][0] == {
        "from": "2026-11-23T08:00:00+00:00",
        "unit": "minute",
        "people": 3,
    }


# --- Plots --------------------------------------------------------------------------


@pytest.mark.parametrize("size", plots.WIDTHS)
def test_plots_are_drawn_of_every_kind(made: Report, size: str) -> None:
    """They are SVG, with words for who sees none, and ask for nothing."""
    for chart in made.charts:
        drawn = plots.svg(chart, size)
        root = etree.fromstring(drawn.encode())
        assert root.get("role") == "img"
        assert root.get("aria-label") == plots.alternative(chart)
        assert float(root.get("width", "0")) <= plots.WIDTHS[size] + 120
        # a page with a strict policy may hold it, and two of them
        assert not re.search(r"<style|<script|<image|\sstyle=|\sid=|href=", drawn)


def test_what_is_in_a_plot_stays_text() -> None:
    """A domain or a headline closes no tag, and runs nothing."""
    chart = Chart(
        key="x",
        title=HOSTILE,
        counts=".",
        kind=Kind.STACK,
        label="x",
        series=(HOSTILE, "other"),
        rows=(Row(label=f"{HOSTILE} ' + datum", numbers=(1, 2)),),
    )
    drawn = plots.svg(chart)
    assert "<script" not in drawn
    etree.fromstring(drawn.encode())


def test_all_colours_have_another_in_the_dark(made: Report) -> None:
    """The stylesheet knows each that a plot has."""
    from digest.report.page import stylesheet

    css = stylesheet().read_text("utf-8")
    dark = css[css.index("prefers-color-scheme: dark") : css.index("@media print")]
    for chart in made.charts:
        for name, colour in re.findall(
            r'(fill|stroke)="(#[0-9a-f]+)"', plots.svg(chart)
        ):
            assert f'[{name}="{colour}"]' in dark


def test_one_row_and_none(made: Report) -> None:
    """A plot of one bar is one; of none there is none."""
    for chart in made.charts:
        one = replace(chart, rows=tuple(chart.rows)[:1])
        assert plots.svg(one).startswith("<svg ")
        nothing = replace(one.rows[0], numbers=(None,) * len(chart.series))
        assert plots.svg(replace(chart, rows=[nothing])) == ""
        noughts = replace(one.rows[0], numbers=(0,) * len(chart.series))
        assert plots.svg(replace(chart, rows=[noughts])) == ""
        assert plots.svg(replace(chart, rows=())) == ""
        assert plots.alternative(replace(chart, rows=())).endswith("none.")


def test_a_page_asks_nobody(made: Report) -> None:
    """It is one file; what is from outside is escaped."""
    html = page(made)
    assert "Ferry &lt;b&gt;&amp; comet&lt;/b&gt;" in html
    assert not re.search(r"<script|<link|\ssrc=|url\(|@import", html)
    said = [each.counts for each in made.totals] + [each.counts for each in made.charts]
    assert all(sentence.replace("'", "&#39;") in html for sentence in said)


def by_smtp(room: Mailroom) -> None:
    """The campaign's mail goes by a transport that brings no events."""
    with room.database.write() as connection:
        connection.execute(update(campaign).values(transport="smtp"))


def test_of_mail_by_smtp_nothing_is_known(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """Not nought: nobody could know; and a page can be made of it."""
    room = new_mailroom(sqlite_database, tmp_path)
    room.add(1, "readers")
    room.hand_over([1])
    by_smtp(room)
    made = report.of_issue(sqlite_database, 1, LATER)
    html = page(made)
    assert html.count('<p class="people">–') == len(made.totals) - 1
    assert re.search(r"Delivered +–$", "\n".join(report.lines(made)), re.MULTILINE)
    assert report.as_object(made)["totals"]["delivered"] is None
    text = io.StringIO(newline="")
    report.write_csv(made, text)
    assert "1,delivered,,people,\r\n" in text.getvalue()
    everything = report.of_everything(sqlite_database, LATER)
    assert "None so far." in page(everything)


def test_a_page_of_many_lists_is_light(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """With seven lists that grew for a month it stays below 60 KB."""
    room = new_mailroom(sqlite_database, tmp_path)
    fill(room)
    for person in range(1, 31):
        room.now = START + timedelta(days=person)
        for number in range(7):
            room.add(person, f"list {number}")
    made = report.of_everything(sqlite_database, LATER)
    html = page(made)
    assert len(html.encode()) < 60_000
    assert "Growth of list 3" not in html
    assert "GROWTH OF LIST 3" in "\n".join(report.lines(made))


@pytest.mark.parametrize("size", plots.WIDTHS)
@pytest.mark.parametrize("days", [1, 2, 5, 30])
def test_no_two_moments_are_written_over_each_other(size: str, days: int) -> None:
    """The labels of the axis of time are as far apart as they are wide."""
    moments = [START + timedelta(days=day) for day in range(days)]
    for kind in (Kind.TIME, Kind.BALANCE, Kind.LINES):
        chart = Chart(
            key="x",
            title="x",
            counts=".",
            kind=kind,
            label="from",
            series=("people",),
            rows=[Row(label="x", at=at, numbers=(7,)) for at in moments],
            unit="day",
            width=timedelta(days=1),
        )
        labels = re.findall(
            r'text-anchor="(\w+)" transform="translate\(([\d.]+),[^>]*>\d+ \w+<',
            plots.svg(chart, size),
        )
        # each is at most 42 pixels wide; the last one ends where its moment is
        ends = [
            float(x) - {"start": 0, "middle": 21, "end": 42}[anchor]
            for anchor, x in labels
        ]
        assert ends
        assert all(right - left >= 46 for left, right in pairwise(ends)), ends


# --- The command --------------------------------------------------------------------


@pytest.fixture
def folder(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder whose digest.db has the issue that was sent."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.db").write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{tmp_path / 'digest.db'}")
    fill(new_mailroom(database, tmp_path))
    database.close()
    return tmp_path


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text by default; files and JSON where they are asked for."""
    assert main(["report", "1"]) == 0
    assert "DELIVERED OVER TIME" in capsys.readouterr().out
    assert main(["report", "1", "--out", "r.html", "--csv", "r.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["delivered"] == 4
    assert (folder / "r.html").read_text().count("<svg ") == 12
    assert (folder / "r.csv").read_bytes().startswith(b"issue,figure,of,series,number")
    assert main(["report", "--csv", "-"]) == 0
    assert "growth" in capsys.readouterr().out
    assert main(["report", "9"]) == 1
    assert "no issue 9" in capsys.readouterr().err


def test_without_the_extra(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but plots is there, and it says in a line how to get them."""
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "vl_convert" else there(name, *more),
    )
    assert main(["report", "1", "--out", "r.html"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'newsletter-digest[report]'" in line
    assert not (folder / "r.html").exists()
    assert main(["report", "1", "--csv", "r.csv"]) == 0
    database = open_database(f"sqlite:///{folder / 'digest.db'}")
    html = page(report.of_issue(database, 1, LATER))
    database.close()
    assert "<svg " not in html
    assert "<details open>" in html
    assert "newsletter-digest[report]" in html
