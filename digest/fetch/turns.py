"""One request at a time to a host, whoever asks: its server is not ours to load."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from digest.errors import FetchError
from digest.fetch.connection import Deadline

_HOSTS: dict[str, threading.Lock] = {}


@contextmanager
def turn(host: str, until: Deadline) -> Iterator[None]:
    """Waits until nobody else of this process asks the host.

    Raises:
        FetchError: others took all the time.
    """
    lock = _HOSTS.setdefault(host, threading.Lock())
    if not lock.acquire(timeout=max(0.0, until.left)):
        raise FetchError(f"{host}: others asked it all the time; try again later")
    try:
        yield
    finally:
        lock.release()
