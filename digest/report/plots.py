"""Charts as SVG, drawn by Vega-Lite (the extra `newsletter-digest[report]`).

Colours are attributes of the SVG, and stand for what is drawn: for dark pages the
stylesheet sets others in the place of each. No `style`, no script and no id is in it,
so that a page with a strict policy may hold many.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from digest.report.model import Chart, Kind, Row

Values = Mapping[str, Any]

#: of Vega-Lite, as vl-convert names it
VEGA_LITE = "6.1"
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
#: pixels between the ends of the axis: of a desk, and of a phone
WIDTHS = {"wide": 640, "narrow": 300}
HEIGHT, BAR = 180, 22
#: units of time that an axis is at least long
LEAST = 12
#: pixels that a label of the axis of time takes, with the room around it
LABEL = 58
#: in the order of a chart's series; templates/report/report.css has those of the dark
TONES = ("#1f5c8f", "#a39a8c", "#b3541e", "#2b7a4b", "#7a4fa3", "#a3264f")
#: the same, for what is thin: the greyest last
LINES = (TONES[0], *TONES[2:], TONES[1])
#: from what holds to what it holds: light to dark
WITHIN = ("#d3cbbe", "#6fa3cc", "#174a75")
INK, FAINT = "#4a443d", "#e3ddd3"
#: Vega measures labels by its metrics, which these share
FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif"
#: characters of a name beside a bar, and how many names there are
NAME = {"wide": 40, "narrow": 18}
NAMES = 12

#: nothing to see, and nothing that anybody reads
NOTHING = re.compile(
    r'<path[^>]* d="(M0,0h0v0h0Z)?"[^>]*/>|<text[^>]* opacity="0"[^>]*>[^<]*</text>'
)
TAG = re.compile(r"<[a-z][^<>]*>")
SPARE = re.compile(
    r" (class|role|aria-roledescription|aria-hidden|pointer-events|xmlns:xlink)"
    r'="[^"]*"| opacity="1"| version="1.1"'
)
#: of a pixel
TENTHS = re.compile(r"(\d\.\d)\d+")
#: points on all lines of a plot: more are one broad line
POINTS = 24

HINT = "plots need Vega-Lite: pip install 'newsletter-digest[report]'"


def available() -> bool:
    """Whether plots can be drawn: the extra is installed."""
    return importlib.util.find_spec("vl_convert") is not None


def svg(chart: Chart, size: str = "wide") -> str:
    """A chart as SVG, `wide` or `narrow`; empty where there is nothing to draw.

    A reader that sees no pictures is told `alternative` in its place.
    """
    import vl_convert

    if not chart.counted:
        return ""
    spec = {"$schema": SCHEMA, "config": _config(), **_DRAWN[chart.kind](chart, size)}
    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    label = f'role="img" aria-label="{escape(alternative(chart))}"'
    begin = f'<svg {label} font-family="{FONT}" '
    return re.sub(r"^<svg ", lambda _: begin, _slim(drawn), count=1)


def _slim(drawn: str) -> str:
    """Without what Vega writes for scripts and for readers of parts: half of it."""
    drawn = NOTHING.sub("", drawn.replace(f' font-family="{FONT}"', ""))
    return TAG.sub(lambda tag: TENTHS.sub(r"\1", SPARE.sub("", tag[0])), drawn)


def alternative(chart: Chart) -> str:
    """What a plot shows, in words; the table beside it has all of it."""
    rows = _rows(chart)
    if not chart.counted:
        return f"{chart.title}: none."
    unit = (
        f", by {chart.unit}, {rows[0].label} to {rows[-1].label}"
        if chart.of_time
        else ""
    )
    most = max(rows, key=lambda row: sum(number for _, number in _numbers(chart, row)))
    figures = ", ".join(
        f"{chart.shown(name, number)} {name}" for name, number in _numbers(chart, most)
    )
    return (
        f"{chart.title}{unit}; most: {most.label}, {figures}. "
        "All numbers are in the table."
    )


# --- What is drawn ------------------------------------------------------------------


def _drawn(chart: Chart) -> tuple[str, ...]:
    return chart.drawn or chart.series


def _rows(chart: Chart) -> list[Row]:
    """Those rows that are drawn."""
    rows = [row for row in chart.rows if not row.rest]
    return rows if _upright(chart) else rows[:NAMES]


def _upright(chart: Chart) -> bool:
    return chart.kind in (Kind.TIME, Kind.BALANCE, Kind.LINES)


def _numbers(chart: Chart, row: Row) -> Iterator[tuple[str, float]]:
    """The series that are drawn of a row, with their numbers."""
    by_name = dict(zip(chart.series, row.numbers, strict=True))
    for name in _drawn(chart):
        if (number := by_name[name]) is not None:
            yield name, number


def _points(chart: Chart) -> Iterator[Values]:
    """A row of Vega's for each number."""
    for place, row in enumerate(_rows(chart)):
        at = {"at": row.at.isoformat()} if row.at else {}
        for name, number in _numbers(chart, row):
            yield {"place": place, "series": name, "to": number, **at}


def _blocks(chart: Chart) -> Iterator[Values]:
    """The same, each number on top of the one before; in a balance, all but the first
    below the line."""
    balance = chart.kind is Kind.BALANCE
    for place, row in enumerate(_rows(chart)):
        top = bottom = 0.0
        for number_of, (name, number) in enumerate(_numbers(chart, row)):
            if not number:
                continue  # as many as not: they would be half of the plot
            if balance and number_of:
                start, bottom = bottom, bottom - number
                ends = (start, bottom)
            else:
                start, top = top, top + number
                ends = (start, top)
            values = {"place": place, "series": name, "from": ends[0], "to": ends[1]}
            yield {**values, **_span(chart, place)}


def _span(chart: Chart, place: int) -> Values:
    """When a row begins, and when the next one does; of names, nothing."""
    if not chart.of_time:
        return {}
    begins = _begins(chart)
    return {"at": _text(begins[place]), "end": _text(begins[place + 1])}


def _begins(chart: Chart) -> list[datetime]:
    """When each row begins, and when the one after the last would."""
    begins = [row.at for row in _rows(chart) if row.at]
    return [*begins, begins[-1] + chart.width]


def _text(at: datetime) -> str:
    return at.isoformat()


def _bars(chart: Chart, size: str) -> Values:
    return {
        "data": {"values": list(_blocks(chart))},
        "width": WIDTHS[size],
        "height": HEIGHT,
        "mark": {"type": "rect", "xOffset": 0.5, "x2Offset": -0.5},
        "encoding": {
            "x": _when(chart, size),
            "x2": {"field": "end"},
            "y": {**_number(chart), "field": "from"},
            "y2": {"field": "to"},
            "color": _colour(chart),
        },
    }


def _lines(chart: Chart, size: str) -> Values:
    points = list(_points(chart))
    point = {"size": 40} if len(points) <= POINTS else False
    return {
        "data": {"values": points},
        "width": WIDTHS[size],
        "height": HEIGHT,
        "mark": {"type": "line", "point": point, "strokeWidth": 2},
        "encoding": {
            "x": _when(chart, size),
            "y": _number(chart),
            "color": _colour(chart, LINES),
        },
    }


def _stacked(chart: Chart, size: str) -> Values:
    return {
        "data": {"values": list(_blocks(chart))},
        "width": _beside_names(chart, size),
        "height": {"step": BAR},
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {
            "y": _names(chart, size),
            "x": {**_number(chart), "field": "from"},
            "x2": {"field": "to"},
            "color": _colour(chart),
        },
    }


def _within(chart: Chart, size: str) -> Values:
    drawn = _drawn(chart)
    layers = [
        {
            "transform": [{"filter": {"field": "series", "equal": name}}],
            "mark": {"type": "bar", "height": {"band": 0.8 - 0.2 * place}},
        }
        for place, name in enumerate(drawn)
    ]
    return {
        "data": {"values": list(_points(chart))},
        "width": _beside_names(chart, size),
        "height": {"step": BAR},
        "layer": layers,
        "encoding": {
            "y": _names(chart, size),
            "x": {**_number(chart), "stack": None},
            "color": _colour(chart, WITHIN),
        },
    }


_DRAWN = {
    Kind.TIME: _bars,
    Kind.BALANCE: _bars,
    Kind.LINES: _lines,
    Kind.STACK: _stacked,
    Kind.WITHIN: _within,
}


# --- Axes and colours -----------------------------------------------------------------


def _colour(chart: Chart, tones: tuple[str, ...] = TONES) -> Values:
    drawn = _drawn(chart)
    legend = {"orient": "top", "title": None} if len(drawn) > 1 else None
    scale = {"domain": list(drawn), "range": list(tones[: len(drawn)])}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": legend}


def _number(chart: Chart) -> Values:
    """The axis of numbers; people come whole."""
    percent = any(name in chart.shares for name in _drawn(chart))
    most = max((number for row in _rows(chart) for _, number in _numbers(chart, row)))
    axis = {
        "title": None,
        "format": ".1~%" if percent else "~s",
        "tickCount": 4 if percent else max(1, min(4, round(most))),
        "ticks": False,
        "domain": False,
        "labelPadding": 8,
    }
    return {"field": "to", "type": "quantitative", "axis": axis}


def _when(chart: Chart, size: str) -> Values:
    """The axis of time, in 24 hours, with marks where rows begin."""
    begins = _begins(chart)
    first, last = begins[0], begins[-1]
    if chart.of_time and chart.kind is Kind.TIME:  # few bars are no slabs
        last = max(last, first + LEAST * chart.width)
    elif chart.of_time:
        first = min(first, last - LEAST * chart.width)
    axis = {
        "title": None,
        "grid": False,
        "values": _thousandths(_apart(begins, (last - first) * LABEL / WIDTHS[size])),
        "labelExpr": _shown_as(chart, last - first),
        "labelOverlap": "greedy",
        "labelSeparation": 8,
    }
    ends = {"domain": _thousandths([first, last])} if chart.of_time else {}
    scale = {"type": "utc", **ends}
    return {"field": "at", "type": "temporal", "scale": scale, "axis": axis}


def _apart(moments: Iterable[datetime], least: timedelta) -> Iterator[datetime]:
    """Of moments in their order those that are at least so far from the one before."""
    before: datetime | None = None
    for at in moments:
        if before is None or at - before >= least:
            yield at
            before = at


def _thousandths(moments: Iterable[datetime]) -> list[int]:
    """Moments as Vega counts them: thousandths of seconds since 1970."""
    return [round(at.timestamp() * 1000) for at in moments]


def _shown_as(chart: Chart, span: timedelta) -> str:
    """How a moment is written on the axis, in Vega's own words."""
    day = "utcFormat(datum.value, '%-d %b')"
    if chart.of_time and span < timedelta(days=4):
        midnight = "utchours(datum.value) + utcminutes(datum.value) == 0"
        return f"{midnight} ? {day} : utcFormat(datum.value, '%H:%M')"
    return day if span < timedelta(days=300) else "utcFormat(datum.value, '%b %Y')"


def _names(chart: Chart, size: str) -> Values:
    """The axis of names; two may be cut to the same, so a row is found by its place."""
    names = json.dumps(_labels(chart, size))
    axis = {
        "title": None,
        "ticks": False,
        "domain": False,
        "labelPadding": 6,
        "labelExpr": f"{names}[datum.value]",
        "labelLimit": WIDTHS[size],
    }
    return {"field": "place", "type": "ordinal", "axis": axis}


def _labels(chart: Chart, size: str) -> list[str]:
    return [_short(row.label, NAME[size]) for row in _rows(chart)]


def _short(label: str, most: int) -> str:
    """Cut to so many characters; of a link, the end says more."""
    text = re.sub(r"^https?://(www\.)?", "", label)
    if len(text) <= most:
        return text
    return f"{text[: most - 1]}…" if text == label else f"…{text[1 - most :]}"


def _beside_names(chart: Chart, size: str) -> int:
    """The room that names leave: about 7 pixels a character are not bars."""
    longest = max(map(len, _labels(chart, size)))
    return WIDTHS[size] - min(longest * 7, WIDTHS[size] // 2)


def _config() -> Values:
    return {
        # the whole has a label, and the table all of it
        **{part: {"aria": False} for part in ("mark", "title", "header")},
        "background": None,
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "aria": False,
            "labelColor": INK,
            "labelFontSize": 12,
            "gridColor": FAINT,
            "tickColor": FAINT,
            "domainColor": FAINT,
        },
        "legend": {
            "aria": False,
            "labelColor": INK,
            "labelFontSize": 12,
            "symbolType": "square",
        },
    }
