"""Spans of time, as options of commands take and say them: 90m, 2h, 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

from digest.errors import UsageError


class _Span(click.ParamType):  # type: ignore[type-arg]
    """A span of time: 90m, 2h, 1h30m."""

    name = "SPAN"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?", value)
        if not value or found is None:
            raise UsageError(f"{value!r} is no span of time; write 90m, 2h or 1h30m")
        return timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))


SPAN = _Span()


def span(time: timedelta) -> str:
    """A span as it is written: 1h30m."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "") or "0m"
