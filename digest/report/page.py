"""A report as a page: one file by itself, or one of a site with a stylesheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from digest.rendering.templates import built_in
from digest.report import plots
from digest.report.model import Chart, Report


def page(report: Report) -> str:
    """The report as one file of HTML, which asks nobody for anything."""
    css = Markup(stylesheet().read_text("utf-8"))  # noqa: S704 (ours)
    template = _templates().get_template("page.html.j2")
    return template.render(css=css, **_values(report))


def body(report: Report) -> Markup:
    """The report as a part of another page, which has its stylesheet."""
    template = _templates().get_template("body.html.j2")
    return Markup(template.render(**_values(report)))  # noqa: S704 (it has escaped)


def stylesheet() -> Path:
    """The file of the stylesheet."""
    return built_in() / "report" / "report.css"


def _values(report: Report) -> dict[str, Any]:
    """What the templates show; where no plots can be drawn, tables alone."""
    drawn = plots.available()
    return {
        "report": report,
        "charts": [
            _shown(chart, drawn=drawn) for chart in report.charts if chart.on_page
        ],
        "hint": "" if drawn else plots.HINT,
    }


def _shown(chart: Chart, *, drawn: bool) -> dict[str, Any]:
    return {
        "key": chart.key,
        "title": chart.title,
        "counts": chart.counts,
        "label": chart.label,
        "unit": chart.unit,
        "series": chart.series,
        "note": chart.note,
        "counted": chart.counted,
        "rows": [
            {"label": row.label, "texts": list(_texts(chart, row.numbers))}
            for row in chart.rows
        ],
        "plots": {
            # made by the library, which escapes what is in it
            size: Markup(plots.svg(chart, size))  # noqa: S704
            for size in (plots.WIDTHS if drawn and chart.counted else ())
        },
    }


def _texts(chart: Chart, numbers: Sequence[float | None]) -> Iterator[str]:
    for name, number in zip(chart.series, numbers, strict=True):
        yield chart.shown(name, number)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        autoescape=True,
        loader=FileSystemLoader(built_in() / "report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
