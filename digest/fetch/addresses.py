"""Which addresses may be connected to: the public ones, and those allowed by name.

A name is resolved once and the answer that was checked is the one connected to,
so a second answer of the name server (DNS rebinding) is never asked for.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
from collections.abc import Sequence

from digest.errors import FetchError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6052: the last 32 bits are an IPv4 address that a gateway translates to.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def public_addresses(
    host: str, port: int, *, allow_private: Sequence[str], seconds: float
) -> list[str]:
    """The addresses of `host` that may be connected to, in the resolver's order.

    `allow_private` holds addresses, networks ("10.0.0.0/8") and names that are
    allowed although they are not public. Decimal, hexadecimal and short forms
    ("2130706433", "127.1") count as what they mean.

    Raises:
        FetchError: the name has no address, or none that is allowed, or the
            resolver takes more than `seconds`.
    """
    literal = literal_address(host)
    found = [literal] if literal else _resolved(host, port, seconds)
    allowed = [a for a in found if is_allowed(a, host, allow_private)]
    if not allowed:
        raise FetchError(
            f"{host}: is at {found[0]}, not a public address; "
            "name it in [fetch] allow_private if it may be read"
        )
    return allowed


def is_public(address: Address) -> bool:
    """Whether an address is one of the open Internet, embedded ones unfolded."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address an IPv6 one stands for: mapped, 6to4, Teredo, NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


def is_allowed(address: str, host: str, allow_private: Sequence[str]) -> bool:
    """Whether a host at an address is public, or named in `allow_private`."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return is_public(parsed) or any(
        _is_in(parsed, entry) or entry.lower() == host.lower()
        for entry in allow_private
    )


def _is_in(address: Address, entry: str) -> bool:
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def literal_address(host: str) -> str | None:
    """The address that `host` is, in its usual spelling; None for a name."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host.partition("%")[0]))
    if re.fullmatch(r"[0-9a-fx.]+", host.lower()):
        with contextlib.suppress(OSError):
            return socket.inet_ntoa(socket.inet_aton(host))
    return None


def _resolved(host: str, port: int, seconds: float) -> list[str]:
    """The resolver's answer; it has no timeout of its own, so it runs beside us."""
    answers: list[str] = []
    failures: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.extend(dict.fromkeys(str(entry[4][0]) for entry in found))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if not answers:
        reason = "does not exist" if failures else "could not be looked up in time"
        raise FetchError(f"{host}: this name {reason}; check the address")
    return answers
