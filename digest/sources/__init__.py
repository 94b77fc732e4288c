"""Where articles come from: files, pages, feeds and addresses → Article."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from digest.model import Article
from digest.sources.feeds import read_feed
from digest.sources.files import files_in, read_file, read_path, read_stdin
from digest.sources.pages import read_page
from digest.sources.text import read_text
from digest.sources.web import read_url

__all__ = [
    "listed",
    "read",
    "read_feed",
    "read_file",
    "read_page",
    "read_path",
    "read_text",
    "read_url",
]


def listed(place: str) -> list[str]:
    """What there is to read at a place: of a folder its files, else the place."""
    found = [] if _is_address(place) or place == "-" else files_in(Path(place))
    return [str(file) for file in found] or [place]


def _is_address(place: str) -> bool:
    return place.lower().startswith(("http://", "https://"))


def read(place: str, *, allow_private: Sequence[str] = ()) -> list[Article]:
    """The articles of a file, a folder or an address; "-" is standard input.

    Raises:
        SourceError: there is none to be read; names the place and the reason.
    """
    if _is_address(place):
        return read_url(place, allow_private=allow_private)
    return read_stdin() if place == "-" else read_path(Path(place))
