"""Time zones to choose from: those that people live in, by their part of the world."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

PARTS = (
    *("Africa", "America", "Antarctica", "Asia", "Atlantic"),
    *("Australia", "Europe", "Indian", "Pacific"),
)


def zones(own: str = "") -> Mapping[str, Mapping[str, str]]:
    """IANA names by the part of the world, each as it is shown; also one's own."""
    known = _zones()
    if not own or own in known.get(own.partition("/")[0], {}):
        return known
    return {"": {own: own.replace("_", " ")}, **known}


@cache
def _zones() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {part: {} for part in PARTS}
    for name in sorted(available_timezones()):
        part, _, place = name.partition("/")
        if part in found and place:
            found[part][name] = place.replace("_", " ").replace("/", ", ")
    return found
