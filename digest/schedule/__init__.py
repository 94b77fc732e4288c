"""When a digest is due: a rule in local time, and the slots it makes. Pure."""

from digest.schedule.cadence import Cadence, parse_cadence, parse_zone
from digest.schedule.slots import Slot, latest, upcoming

__all__ = ["Cadence", "Slot", "latest", "parse_cadence", "parse_zone", "upcoming"]
