"""A newsletter digest builder: articles in, a responsive e-mail to subscribers out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digest.summary import explain, summarize

__all__ = ["__version__", "explain", "summarize"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`digest.summarize` and `digest.explain`, loaded when they are first asked for."""
    if name in ("explain", "summarize"):
        from digest import summary

        return getattr(summary, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
