"""When a digest is due: a rule in local time, and the slots it makes. Pure."""

from digest.schedule.cadence import Cadence, parse_cadence, parse_zone
from digest.schedule.moments import LocalTime, parse_local_time, parse_moment
from digest.schedule.slots import Slot, following, latest, starts_after, upcoming

__all__ = [
    "Cadence",
    "LocalTime",
    "Slot",
    "following",
    "latest",
    "parse_cadence",
    "parse_local_time",
    "parse_moment",
    "parse_zone",
    "starts_after",
    "upcoming",
]
