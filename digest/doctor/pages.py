"""Our own pages, as the world sees them: unsubscribing and the webhook need them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from digest import fetch
from digest.checks.domain import is_reserved
from digest.config import Config
from digest.doctor.diagnosis import Diagnosis, ill, well
from digest.errors import FetchError

#: seconds for all of it
DEADLINE = 10.0
#: not well, and says so itself
UNWELL = 503


def look(config: Config) -> Iterator[Diagnosis]:
    """Whether /healthz answers below base_url; nothing is asked where there is none."""
    base = config.newsletter.base_url.rstrip("/")
    if not base:
        yield well(
            "pages",
            "no [newsletter] base_url: no pages of our own, and no webhook",
            "SendGrid's own links unsubscribe; events come by digest events import",
        )
        return
    host = urlsplit(base).hostname or ""
    if is_reserved(host):
        yield well("pages", f"{base} is an example, which nobody can ask")
        return
    yield _asked(f"{base}/healthz", host)


def _asked(url: str, host: str) -> Diagnosis:
    up = "is digest run up, and the proxy before it?"
    try:
        # it is our own: on a machine of ours, it may well have a private address
        answer = fetch.get(url, allow_private=[host], deadline=DEADLINE)
    except FetchError as error:
        return ill("pages", str(error), up)
    if answer.status == UNWELL:
        return ill("pages", f"{url} says that it is not well", "its log says why")
    if not 200 <= answer.status < 300:
        return ill("pages", f"{url} answers {answer.status}", up)
    return well("pages", f"{url} answers")
