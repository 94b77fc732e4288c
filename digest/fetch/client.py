"""A URL → its bytes, with every guard a stranger's server calls for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException, responses
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from digest import __version__
from digest.errors import FetchError
from digest.fetch.addresses import public_addresses
from digest.fetch.connection import Deadline, connection
from digest.fetch.turns import turn

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

USER_AGENT = f"newsletter-digest/{__version__} (reads articles for a newsletter)"
_REDIRECTS = 5
_CHUNK = 64 * 1024  # bytes
_PORTS = {"http": 80, "https": 443}
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html, application/xhtml+xml, application/rss+xml, "
    "application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
_TURNING = (
    f"{{}}: is redirected more than {_REDIRECTS} times; give the address where a "
    "browser ends up"
)
_FOR_GOOD = frozenset((301, 308))  # RFC 9110, 15.4.2 and 15.4.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a server gave: `url` was asked for, `final_url` answered.

    `content_type` is in lower case and without parameters, "" if not given;
    `charset` as the server says, if it does. `moved` is where `url` is to be asked
    from now on, where every redirect on the way was one for good; else "".
    """

    url: str
    final_url: str
    content_type: str
    charset: str | None
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    moved: str = ""


def fetch(
    url: str,
    *,
    allow_private: Sequence[str] = (),
    deadline: float = 20.0,
    cap: int = 5_000_000,
) -> Fetched:
    """The body at an http or https `url`, after at most 5 redirects.

    Every address is checked before it is connected to, at each redirect anew.
    `deadline` is in seconds for all of it, `cap` in bytes of the unpacked body.

    Raises:
        FetchError: in one line, why nothing was read.
    """
    fetched = get(url, allow_private=allow_private, deadline=deadline, cap=cap)
    if not 200 <= fetched.status < 300:
        raise FetchError(f"{_shown(fetched.final_url)}: {refusal(fetched.status)}")
    return fetched


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    allow_private: Sequence[str] = (),
    deadline: float = 20.0,
    cap: int = 5_000_000,
) -> Fetched:
    """What a server answers, whatever its status; guarded as `fetch` is.

    `headers` go with the request (`If-None-Match`, …). Only an answer of success has
    its body read. A host is asked one thing at a time.

    Raises:
        FetchError: in one line, why there is no answer.
    """
    until = Deadline(deadline)
    place, for_good = url, True
    asked = {**_HEADERS, **(headers or {})}
    for _ in range(_REDIRECTS + 1):
        parsed = _parsed(place)
        with (
            turn(_host(parsed), until),
            _answer("GET", parsed, allow_private, until, asked) as response,
        ):
            location = _redirect(response)
            if location is None:
                return _fetched(url, place, response, until, cap, for_good=for_good)
            for_good = for_good and response.status in _FOR_GOOD
        place = _joined(place, location)
    raise FetchError(_TURNING.format(_shown(url)))


def _fetched(
    url: str,
    place: str,
    response: BaseHTTPResponse,
    until: Deadline,
    cap: int,
    *,
    for_good: bool,
) -> Fetched:
    content_type, charset = _type_of(response)
    success = 200 <= response.status < 300
    return Fetched(
        url=url,
        final_url=place,
        content_type=content_type,
        charset=charset,
        body=_body(place, response, until, cap) if success else b"",
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        moved=place if for_good and place != url else "",
    )


def refusal(status: int) -> str:
    """An answer that is no success, in words."""
    return f"the server answers {status} {responses.get(status, '')}".strip()


def _host(url: Url) -> str:
    return (url.host or "").strip("[]").lower()


def _parsed(url: str) -> Url:
    try:
        parsed = parse_url(url)
    except LocationParseError as error:
        raise FetchError(f"{_shown(url)}: is not an address of the web") from error
    if parsed.scheme not in _PORTS or not parsed.host:
        raise FetchError(f"{_shown(url)}: only http:// and https:// can be fetched")
    if parsed.auth:
        raise FetchError(
            f"{_shown(parsed._replace(auth=None).url)}: is given with a user name; "
            "give the address without it"
        )
    return parsed


def _joined(place: str, location: str) -> str:
    try:
        joined = urljoin(place, location)
    except ValueError as error:
        raise FetchError(f"{_shown(place)}: is redirected to no address") from error
    if place.startswith("https:") and joined.startswith("http:"):
        raise FetchError(
            f"{_shown(place)}: is redirected from https to http, where anybody can "
            f"change it; give {_shown(joined)} itself if it may be read"
        )
    return joined


def _shown(url: str) -> str:
    """An address on one line, however long and odd it is."""
    return "".join(c if c.isprintable() else "?" for c in url[:300])


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What a server says of an address without giving it: the head of its answer."""

    final_url: str
    status: int
    content_type: str


def glimpse(url: str, *, allow_private: Sequence[str], until: Deadline) -> Glimpse:
    """Ask for a head, and where a server refuses that, for the whole, unread.

    Guarded as `fetch` is; redirects are followed.

    Raises:
        FetchError: nobody answered.
    """
    place = url
    for _ in range(_REDIRECTS + 1):
        status, location, content_type = _head(_parsed(place), allow_private, until)
        if location is None:
            return Glimpse(final_url=place, status=status, content_type=content_type)
        place = _joined(place, location)
    raise FetchError(_TURNING.format(_shown(url)))


def _head(
    url: Url, allow_private: Sequence[str], until: Deadline
) -> tuple[int, str | None, str]:
    """Status, where it redirects to, content type."""
    found: tuple[int, str | None, str] = 0, None, ""
    for method in ("HEAD", "GET"):
        with _answer(method, url, allow_private, until) as response:
            content_type, _ = _type_of(response)
            found = response.status, _redirect(response), content_type
        if response.status < 400:
            break
    return found


@contextmanager
def _answer(
    method: str,
    url: Url,
    allow_private: Sequence[str],
    until: Deadline,
    headers: Mapping[str, str] = _HEADERS,
) -> Iterator[BaseHTTPResponse]:
    """The answer of one request, its body not read yet."""
    scheme, host = url.scheme or "", _host(url)
    port = url.port or _PORTS[scheme]
    addresses = public_addresses(
        host, port, allow_private=allow_private, seconds=until.left
    )
    try:
        with connection(scheme, host, port, addresses, until) as peer:
            peer.request(
                method, url.request_uri, headers=headers, preload_content=False
            )
            with closing(peer.getresponse()) as response:
                until.check()  # a head cut off at the deadline looks complete
                yield response
    except (HTTPError, HTTPException, OSError, ValueError) as error:
        raise FetchError(f"{_shown(url.url)}: {_reason(error, until)}") from error


def _redirect(response: BaseHTTPResponse) -> str | None:
    location = response.headers.get("Location")
    if response.status in {301, 302, 303, 307, 308} and location:
        return location
    return None


def _type_of(response: BaseHTTPResponse) -> tuple[str, str | None]:
    given = response.headers.get("Content-Type")
    if not given:
        return "", None
    message = Message()
    message["Content-Type"] = given
    return message.get_content_type(), message.get_content_charset()


def _body(place: str, response: BaseHTTPResponse, until: Deadline, cap: int) -> bytes:
    """The unpacked body, of which no more than the cap is ever held."""
    body = bytearray()
    while chunk := response.read(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > cap:
            raise FetchError(
                f"{_shown(place)}: is over {cap / 1_000_000:g} MB, the [fetch] cap; "
                "raise that if it is meant to be so large"
            )
    until.check()
    return bytes(body)


def _reason(error: Exception, until: Deadline) -> str:
    if until.passed or isinstance(error, TimeoutError):
        return "did not answer in time; try again later"
    cause = str(error).splitlines()[0] if str(error) else type(error).__name__
    return f"cannot be fetched: {_shown(cause)}; is the address right?"
