"""Figures and plots: what came back of an issue, and how lists grow.

The figures' SQL is in `ledger`, `events` and `subscribers`; here they are shaped, named
and shown. What draws the plots is the extra `newsletter-digest[report]`; all else works
without it.
"""

from digest.report.files import as_object, write_csv
from digest.report.issue import of_issue
from digest.report.model import Chart, Kind, Report, Row, Total
from digest.report.overview import of_everything
from digest.report.text import lines

__all__ = [
    "Chart",
    "Kind",
    "Report",
    "Row",
    "Total",
    "as_object",
    "lines",
    "of_everything",
    "of_issue",
    "write_csv",
]
