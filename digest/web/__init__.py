"""In the browser: the local preview of an e-mail, before it goes to anybody."""

from __future__ import annotations

from digest.web.preview import Preview, preview_app
from digest.web.serving import serve

__all__ = ["Preview", "preview_app", "serve"]
