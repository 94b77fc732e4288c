"""The local preview of an e-mail, before it goes to anybody."""

from __future__ import annotations

from digest.web.preview.app import Preview, Room, preview_app
from digest.web.preview.readers import filled, find
from digest.web.preview.watching import stamp

__all__ = ["Preview", "Room", "filled", "find", "preview_app", "stamp"]
