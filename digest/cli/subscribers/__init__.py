"""`digest subscribers`: people, and what they agreed to. One module a task."""

from __future__ import annotations

from digest.cli.subscribers import (
    exporting,
    importing,
    joining,
    privacy,
    suppressing,
)
from digest.cli.subscribers.group import subscribers

__all__ = [
    "exporting",
    "importing",
    "joining",
    "privacy",
    "subscribers",
    "suppressing",
]
