"""Our account at SendGrid: the single calls that are not bulk mail.

They go through the package's own client, with what it lacks: a timeout, headers of
each call's own, no redirect that would carry the key elsewhere, and no debug log, for
it prints the key.
"""

from __future__ import annotations

import http.client
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

import msgspec
from python_http_client import Client
from python_http_client.exceptions import HTTPError

from digest.config import Config
from digest.delivery.client import client_of
from digest.delivery.personal import one_line
from digest.errors import DeliveryError, TryAgain
from subscribers.syncing import Listed

#: seconds until the connection is open, and until the next bytes come
TIMEOUT = 10.0
#: entries in a page: SendGrid gives no more
PAGE = 500
#: seconds to wait on a 429 that does not say when to come back
UNTOLD = 30.0

logging.getLogger("python_http_client.client").addFilter(lambda record: False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer, or with the status 0 that there was none; `reason` is one line."""

    status: int
    reason: str = ""
    body: bytes = b""
    #: seconds until SendGrid takes calls again, where it says that it takes none now
    wait: float | None = None
    #: SendGrid's own time, where it says it
    date: datetime | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def for_now(self) -> bool:
        """Whether the same call may succeed later: no answer, a limit, an outage."""
        return self.status in (0, 408, 429) or self.status >= 500


class Account:
    """Calls to SendGrid with the key of the settings. For one thread.

    Raises:
        DeliveryError: there is no key, or the host must not be given it.
    """

    def __init__(
        self,
        config: Config,
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        ours = client_of(config)
        self._client = _Client(
            host=ours.client.host,
            request_headers=ours.client.request_headers,
            version=3,
            timeout=timeout,
        )
        self._clock = clock

    # --- lists of who gets no mail --------------------------------------------------

    def listed(
        self, name: str, start: datetime | None, end: datetime
    ) -> Iterator[Sequence[Listed]]:
        """The pages of `bounces`, `blocks`, `unsubscribes`, … between two moments.

        Raises:
            TryAgain: SendGrid does not answer, or takes no calls for now.
            DeliveryError: it refuses.
        """
        window = {"end_time": int(end.timestamp()), "limit": PAGE}
        if start:
            window["start_time"] = int(start.timestamp())
        offset, before = 0, None
        while page := self._page(name, {**window, "offset": offset}):
            if page == before:
                if len(page) < PAGE:  # Prism gives the same example for each offset
                    return
                raise DeliveryError(f"SendGrid gives a page of its {name} twice")
            yield [_listed(each, end) for each in page]
            offset, before = offset + len(page), page

    def group(self, number: int) -> list[str]:
        """Everybody in an unsubscribe group.

        Raises:
            TryAgain, DeliveryError: as for `listed`; there is no such group.
        """
        what = f"unsubscribe group {number}"
        reply = self.call("get", "asm", "groups", number, "suppressions")
        if reply.status == 404:
            raise DeliveryError(
                f"there is no {what} at SendGrid; see [sendgrid] asm_group, and "
                "--asm-group of `digest lists add`"
            )
        return [str(each) for each in _array(reply, what)]

    def _page(self, name: str, query: Mapping[str, int]) -> list[Any]:
        reply = self.call("get", "suppression", name, query=query)
        return _array(reply, f"list of {name}")

    # --- single calls -----------------------------------------------------------------

    def suppress(self, emails: Sequence[str], group: int | None) -> Reply:
        """Put addresses into a group, or with None on the list for all mail."""
        body = {"recipient_emails": list(emails)}
        return self.call("post", "asm", *_place(group), body=body)

    def allow(self, email: str, group: int | None) -> Reply:
        """Take an address out of a group, or with None off the list for all mail."""
        return self.call("delete", "asm", *_place(group), email)

    def send(self, mail: Mapping[str, Any]) -> Reply:
        """Hand over one mail, in the words of mail/send."""
        return self.call("post", "mail", "send", body=mail)

    def call(
        self,
        method: str,
        *path: str | int,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        """One call to the API; whatever becomes of it is a reply."""
        client = self._client
        for part in path:
            client = client._(quote(str(part), safe=""))
        try:
            answer = getattr(client, method)(request_body=body, query_params=query)
        except HTTPError as error:
            return self._refused(error)
        except (OSError, http.client.HTTPException) as error:
            return Reply(status=0, reason=_silence(error))
        except ValueError:  # its words would hold the key
            return Reply(status=401, reason="the key holds what no header can")
        date = _date(answer.headers)
        return Reply(status=answer.status_code, body=answer.body, date=date)

    def _refused(self, error: HTTPError) -> Reply:
        reason = f"{error.status_code} {_words(error.body) or error.reason}".strip()
        wait = _wait(error.headers, self._clock()) if error.status_code == 429 else None
        return Reply(
            status=error.status_code,
            reason=one_line(reason)[:300],
            wait=wait,
            date=_date(error.headers),
        )


class _Stay(HTTPRedirectHandler):
    """Follows nothing: the answer to a redirect is that it was one."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Client(Client):  # type: ignore[misc]
    """The package's client, with headers of its own for each call."""

    def _build_client(self, name: str | None = None) -> _Client:
        return _Client(
            host=self.host,
            request_headers=dict(self.request_headers),
            version=self._version,
            url_path=[*self._url_path, name] if name else self._url_path,
            timeout=self.timeout,
        )

    def _make_request(self, _: Any, request: Any, timeout: float | None = None) -> Any:
        # as bulk mail does, past any proxy of the environment
        opener = build_opener(ProxyHandler({}), _Stay)
        return super()._make_request(opener, request, timeout)


class _Error(msgspec.Struct):
    message: str = ""


class _Errors(msgspec.Struct):
    errors: list[_Error] = []


def _words(body: bytes) -> str:
    """What SendGrid's own JSON says is wrong; empty where it is somebody else's."""
    try:
        return "; ".join(
            each.message for each in msgspec.json.decode(body, type=_Errors).errors
        )
    except (msgspec.DecodeError, UnicodeError):
        return ""


def _silence(error: Exception) -> str:
    reason = getattr(error, "reason", error)  # urllib wraps what really happened
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return one_line(str(reason))[:200] or type(reason).__name__


def _wait(headers: Mapping[str, str], now: float) -> float:
    try:
        if "Retry-After" in headers:
            return max(1.0, float(headers["Retry-After"]))
        return max(1.0, float(headers["X-RateLimit-Reset"]) - now)
    except (KeyError, TypeError, ValueError):
        return UNTOLD


def _date(headers: Mapping[str, str]) -> datetime | None:
    """The moment of an HTTP `Date` (RFC 9110, 6.6.1); None where there is no such."""
    try:
        found = parsedate_to_datetime(headers["Date"])
    except (LookupError, TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _place(group: int | None) -> tuple[str | int, ...]:
    if group is None:
        return ("suppressions", "global")
    return ("groups", group, "suppressions")


def _array(reply: Reply, what: str) -> list[Any]:
    """The JSON array that a reply is."""
    if reply.for_now:
        wait = f" after {reply.wait:.0f} s" if reply.wait else ""
        raise TryAgain(f"SendGrid's {what}: {reply.reason}; try again{wait}")
    if not reply.ok:
        needs = "; the key needs the right to read suppressions"
        help_ = needs if reply.status in (401, 403) else "; is sendgrid.host right?"
        raise DeliveryError(f"SendGrid refuses its {what}: {reply.reason}{help_}")
    try:
        return msgspec.json.decode(reply.body, type=list[Any])
    except (msgspec.MsgspecError, UnicodeError):
        raise DeliveryError(
            f"SendGrid's {what}: what came is no list; is sendgrid.host right?"
        ) from None


def _listed(entry: Any, end: datetime) -> Listed:
    """An entry of a page; without a moment it counts as new, without an address not."""
    known = entry if isinstance(entry, dict) else {}
    email, created = known.get("email"), known.get("created")
    try:
        at = datetime.fromtimestamp(created, UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        at = end
    return Listed(email=email if isinstance(email, str) else "", at=at)
