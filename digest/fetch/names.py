"""Records of the DNS, each asked for once, within one deadline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.errors import FetchError
from digest.fetch.connection import Deadline

if TYPE_CHECKING:
    from dns.resolver import Resolver


class Names:
    """Looks names up by the machine's own resolver.

    Once the deadline has passed, or where there is nobody to ask, each further
    question fails at once.
    """

    def __init__(self, seconds: float = 2.0) -> None:
        self._until = Deadline(seconds)
        self._known: dict[tuple[str, str], list[str]] = {}
        self._resolver: Resolver | None = None

    def __call__(self, name: str, kind: str) -> Sequence[str]:
        """The records of a name, as text; none where there are none.

        Raises:
            FetchError: nobody answered.
        """
        key = name, kind
        if key not in self._known:
            self._known[key] = self._ask(name, kind)
        return self._known[key]

    def _ask(self, name: str, kind: str) -> list[str]:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer, Resolver

        if self._until.passed:
            raise FetchError(f"{name}: no name server answered in time")
        try:
            self._resolver = self._resolver or Resolver()
            answer = self._resolver.resolve(name, kind, lifetime=self._until.left)
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, OSError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else "no answer"
            raise FetchError(f"{name}: {reason}") from error
        return [_text(record) for record in answer]


def _text(record: object) -> str:
    """A record as text; the parts of a TXT record joined (RFC 7208, 3.3)."""
    if strings := getattr(record, "strings", None):
        return b"".join(strings).decode("utf-8", "replace")
    return str(record)
