"""A report for other programs: an object of JSON, rows of CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, TextIO

from digest.report.model import Chart, Report, Row
from subscribers.exporting import guard

#: of the CSV: one number a row, so that it can be filtered and summed
COLUMNS = ("issue", "figure", "of", "series", "number")


def as_object(report: Report) -> dict[str, Any]:
    """The report as `--json` prints it; moments as ISO 8601 in UTC."""
    return {
        "issue": report.issue,
        "title": report.title,
        "state": report.state,
        "made_at": report.made_at.isoformat(),
        "notes": report.notes,
        "totals": {total.key: total.people for total in report.totals},
        "charts": {chart.key: _rows(chart) for chart in report.charts},
    }


def _rows(chart: Chart) -> list[dict[str, Any]]:
    return [
        {
            **_named(chart, row),
            **dict(zip(chart.series, row.numbers, strict=True)),
        }
        for row in chart.rows
    ]


def _named(chart: Chart, row: Row) -> dict[str, Any]:
    if chart.of_time and row.at:
        return {"from": row.at.isoformat(), "unit": chart.unit}
    link = {"url": row.href} if row.href else {}
    return {"name": row.label, **link}


def write_csv(report: Report, out: TextIO) -> None:
    """Each number in a row (RFC 4180); no cell runs in a spreadsheet."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _cells(report):
        writer.writerow(guard(cell) for cell in row)


def _cells(report: Report) -> Iterator[tuple[str, ...]]:
    issue = str(report.issue or "")
    for total in report.totals:
        yield issue, total.key, "", "people", _text(total.people)
    for chart in report.charts:
        for row in chart.rows:
            name = row.at.isoformat() if chart.of_time and row.at else row.href
            for series, number in zip(chart.series, row.numbers, strict=True):
                yield issue, chart.key, name or row.label, series, _text(number)


def _text(number: float | None) -> str:
    """A number for a program; nothing where it is not known."""
    return "" if number is None else f"{number:.12g}"
