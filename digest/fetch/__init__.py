"""The one guarded way to the network: addresses checked, time and size capped."""

from __future__ import annotations

from digest.fetch.addresses import is_allowed, is_public, literal_address
from digest.fetch.asking import Answer, ask
from digest.fetch.client import Fetched, fetch
from digest.fetch.names import Names

__all__ = [
    "Answer",
    "Fetched",
    "Names",
    "ask",
    "fetch",
    "is_allowed",
    "is_public",
    "literal_address",
]
