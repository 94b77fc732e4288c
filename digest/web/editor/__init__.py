"""The room where a draft is edited, and each quote is seen in its article."""

from __future__ import annotations

from digest.web.editor.pages import editor_room
from digest.web.editor.sheets import Editor

__all__ = ["Editor", "editor_room"]
