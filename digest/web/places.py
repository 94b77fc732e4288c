"""Where requests come from, as far as it can be counted."""

from __future__ import annotations

import ipaddress


def place_of(address: str) -> str:
    """Whom an address belongs to: of IPv6 a household or a customer has a /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False))
