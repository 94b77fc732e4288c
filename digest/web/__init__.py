"""In the browser: the local preview of an e-mail, before it goes to anybody."""

from __future__ import annotations

from digest.web.editor import Editor
from digest.web.editor_pages import editor_room
from digest.web.pages import page
from digest.web.preview import Preview, Room, preview_app
from digest.web.readers import filled, find
from digest.web.serving import serve
from digest.web.watching import stamp

__all__ = [
    "Editor",
    "Preview",
    "Room",
    "editor_room",
    "filled",
    "find",
    "page",
    "preview_app",
    "serve",
    "stamp",
]
