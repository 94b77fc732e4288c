"""When a source is asked, with what, and what its answer means for the next time.

Pure: a state and an answer → the next state. The rules are those of a polite feed
reader, https://rachelbythebay.com/fs/help.html: validators are given back to the
letter, Cache-Control, Expires and Retry-After are kept to, a failing source is asked
ever less often, and one that says 410 never again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from digest.store.sources import SourceState

#: a source may keep us away for so long, not longer: some say ten years
LONGEST_REST = timedelta(days=1)
LONGEST_RETRY = timedelta(days=7)
#: after the second failure in a row; then doubled each time
FIRST_REST = timedelta(minutes=30)
#: a redirect for good is believed when it was seen so often: some are mistakes
MOVES = 3
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


def rest(state: SourceState, now: datetime, every: timedelta) -> datetime | None:
    """The moment before which the source is not to be asked; None if it may be now.

    A moment that lies in the past of a clock that was set back does not hold.
    """
    if state.asked_at is None or state.asked_at > now:
        return None
    until = max(state.next_at or now, state.asked_at + every)
    return until if until > now else None


def conditions(state: SourceState) -> dict[str, str]:
    """The headers that ask only for what has changed (RFC 9110, 13.1)."""
    named = {
        "If-None-Match": state.etag,
        "If-Modified-Since": state.last_modified,
    }
    return {name: value for name, value in named.items() if value}


def answered(
    state: SourceState, headers: Mapping[str, str], now: datetime, *, moved: str = ""
) -> SourceState:
    """After an answer of success, or 304, which may have other validators."""
    return replace(
        _moved(state, moved),
        etag=headers.get("etag", ""),
        last_modified=headers.get("last-modified", ""),
        asked_at=now,
        read_at=now,
        next_at=_fresh_until(headers, now),
        failures=0,
        failing_since=None,
        reason="",
    )


def unchanged(
    state: SourceState, headers: Mapping[str, str], now: datetime, *, moved: str = ""
) -> SourceState:
    """After a 304: what it does not say anew holds on."""
    known = {"etag": state.etag, "last-modified": state.last_modified}
    return answered(state, {**known, **headers}, now, moved=moved)


def failed(
    state: SourceState,
    reason: str,
    now: datetime,
    headers: Mapping[str, str] | None = None,
) -> SourceState:
    """After a failure: asked again when the server says, else ever later."""
    failures = state.failures + 1
    wanted = _retry_after(headers or {}, now)
    own = FIRST_REST * 2 ** min(failures - 2, 10) if failures > 1 else timedelta(0)
    return replace(
        state,
        asked_at=now,
        next_at=now + (wanted if wanted is not None else min(own, LONGEST_REST)),
        failures=failures,
        failing_since=state.failing_since or now,
        reason=reason,
    )


def gone(state: SourceState, now: datetime) -> SourceState:
    """After a 410: it is switched off, for its server says that it is no more."""
    return replace(failed(state, GONE, now), off=True)


GONE = "is gone for good (410), and not asked any more"


def _moved(state: SourceState, moved: str) -> SourceState:
    if not moved:
        return replace(state, moved_to="", moved_seen=0)
    seen = state.moved_seen + 1 if moved == state.moved_to else 1
    if seen < MOVES:
        return replace(state, moved_to=moved, moved_seen=seen)
    return replace(state, url=moved, moved_to="", moved_seen=0)


def _fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """As long as the server calls its answer fresh (RFC 9111, 4.2.1)."""
    if found := _MAX_AGE.search(headers.get("cache-control", "")):
        return now + min(timedelta(seconds=int(found[1])), LONGEST_REST)
    expires = _date(headers.get("expires", ""))
    if expires is None or expires <= now:
        return None
    return min(expires, now + LONGEST_REST)


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3)."""
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdecimal():
        return min(timedelta(seconds=int(given[:9])), LONGEST_RETRY)
    when = _date(given)
    if when is None:
        return None
    return max(timedelta(0), min(when - now, LONGEST_RETRY))


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
