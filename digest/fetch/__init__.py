"""The one guarded way to the network: addresses checked, time and size capped."""

from __future__ import annotations

from digest.fetch.client import Fetched, fetch

__all__ = ["Fetched", "fetch"]
