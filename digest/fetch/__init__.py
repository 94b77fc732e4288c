"""The one guarded way to the network: addresses checked, time and size capped."""

from __future__ import annotations

from digest.fetch.addresses import is_allowed, is_public, literal_address
from digest.fetch.asking import Answer, ask
from digest.fetch.client import USER_AGENT, Fetched, fetch, get, refusal
from digest.fetch.names import Names
from digest.fetch.robots import Robots

__all__ = [
    "USER_AGENT",
    "Answer",
    "Fetched",
    "Names",
    "Robots",
    "ask",
    "fetch",
    "get",
    "is_allowed",
    "is_public",
    "literal_address",
    "refusal",
]
