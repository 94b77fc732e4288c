"""A report for a terminal: words, figures, bars of block characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from digest.report.model import Chart, Report, Row, Total

#: eighths of a block, from none to seven
EIGHTHS = " ▏▎▍▌▋▊▉"
#: characters of a name, and of a bar: at most, and at least to say anything
NAME, BAR, LEAST = 38, 24, 6


def lines(report: Report, width: int = 80) -> Iterator[str]:
    """The report, a line each, none longer than `width` but for what cannot break."""
    number = f"issue {report.issue}: " if report.issue else ""
    yield from wrap(f"{number}{report.title}", width)
    state = (report.state,) if report.state else ()
    made = f"as of {report.made_at:%Y-%m-%d %H:%M} UTC"
    yield from wrap(", ".join((*report.about, *state, made)), width)
    for note in report.notes:
        yield ""
        yield from wrap(note, width)
    if report.totals:
        yield ""
        yield from _totals(report.totals, width)
    for chart in report.charts:
        yield ""
        yield from _chart(chart, width)


def _totals(totals: Sequence[Total], width: int) -> Iterator[str]:
    room = max(len(total.name) for total in totals)
    digits = max(len(total.shown) for total in totals)
    for total in totals:
        share = f"{total.share:7.1%}  of {total.of_name}" if total.share else ""
        yield f"  {total.name:<{room}}  {total.shown:>{digits}}  {share}".rstrip()


def _chart(chart: Chart, width: int) -> Iterator[str]:
    yield chart.title.upper()
    yield from (f"  {line}" for line in wrap(chart.counts, width - 2))
    if not chart.rows:
        yield "  none"
        return
    cells = [list(map(chart.shown, chart.series, row.numbers)) for row in chart.rows]
    widths = [
        max(map(len, (series, *column)))
        for series, column in zip(chart.series, zip(*cells, strict=True), strict=True)
    ]
    room = width - sum(widths) - 2 * len(widths) - 2
    head = _head(chart)
    name = min(NAME, room, max(map(len, (head, *(row.label for row in chart.rows)))))
    yield _line(head, chart.series, name, widths)
    most = max(map(_length, chart.rows))
    left = room - name - 2
    for row, texts in zip(chart.rows, cells, strict=True):
        bar = _bar(_length(row), most, min(BAR, left)) if left >= LEAST else ""
        yield f"{_line(row.label, texts, name, widths)}  {bar}".rstrip()
    if chart.note:
        yield f"  {chart.note}"


def _head(chart: Chart) -> str:
    return f"{chart.label}, each {chart.unit}" if chart.unit else chart.label


def _line(label: str, texts: Sequence[str], name: int, widths: Sequence[int]) -> str:
    short = label if len(label) <= name else f"{label[: name - 1]}…"
    numbers = (f"{text:>{width}}" for text, width in zip(texts, widths, strict=True))
    return f"  {short:<{name}}  {'  '.join(numbers)}"


def _length(row: Row) -> float:
    """What the bar of a row stands for: its first number."""
    return 0 if row.rest else max(row.numbers[0] or 0, 0)


def _bar(number: float, most: float, room: int) -> str:
    eighths = round(room * 8 * number / most) if most else 0
    if number and not eighths:
        eighths = 1
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
