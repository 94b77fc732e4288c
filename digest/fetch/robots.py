"""robots.txt: which pages of a host a program may read (RFC 9309)."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from digest.errors import FetchError
from digest.fetch.client import Fetched

#: the name that its rules call us by, in lower case
NAME = "newsletter-digest"
CAP = 500_000  # bytes, RFC 9309, 2.5


@dataclass(frozen=True, slots=True)
class Rule:
    """A path that may be read or not; "*" and "$" as in RFC 9309, 2.2.3."""

    path: str
    allows: bool

    def matches(self, path: str) -> bool:
        parts = self.path.removesuffix("$").split("*")
        at = 0
        for number, part in enumerate(parts):
            found = path.find(part, at) if number else path.startswith(part) - 1
            if found < 0:
                return False
            at = found + len(part)
        if not self.path.endswith("$"):
            return True
        return path.endswith(parts[-1]) if len(parts) > 1 else at == len(path)


class Robots:
    """Each host's rules, asked for once."""

    def __init__(self, get: Callable[[str], Fetched]) -> None:
        self._get = get
        self._known: dict[str, list[Rule]] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def allows(self, url: str) -> bool:
        """Whether a page may be read by a program.

        Where there is no robots.txt everything may; where the host is too ill to say,
        nothing (RFC 9309, 2.3.1).
        """
        parts = urlsplit(url)
        root = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            asking = self._locks[root]
        with asking:  # who comes meanwhile waits for the one answer
            if root not in self._known:
                self._known[root] = self._asked(root)
        known = self._known[root]
        path = parts.path or "/"
        return allowed(known, f"{path}?{parts.query}" if parts.query else path)

    def _asked(self, root: str) -> list[Rule]:
        try:
            answer = self._get(f"{root}/robots.txt")
        except FetchError:
            return [Rule("/", allows=False)]
        if answer.status >= 500 or answer.status == 429:
            return [Rule("/", allows=False)]
        if not 200 <= answer.status < 300:
            return []
        return rules(answer.body[:CAP].decode("utf-8", "replace"))


def allowed(found: list[Rule], path: str) -> bool:
    """By the longest rule that matches; where two are as long, the one that allows."""
    path = _normal(path)
    matching = [rule for rule in found if rule.matches(path)]
    return max(((len(rule.path), rule.allows) for rule in matching), default=(0, True))[
        1
    ]


def rules(text: str) -> list[Rule]:
    """The rules for us, else those for everybody."""
    groups: dict[str, list[Rule]] = {}
    agents: list[str] = []
    ruled = True
    for key, value in _lines(text):
        if key == "user-agent":
            agents = [value.lower()] if ruled else [*agents, value.lower()]
            ruled = False
            groups.setdefault(agents[-1], [])
        elif key in {"allow", "disallow"}:
            ruled = True
            for agent in agents if value else ():
                groups[agent].append(Rule(_normal(value), key == "allow"))
    return groups.get(NAME, groups.get("*", []))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"[\r\n]+", text.lstrip("\ufeff")):
        key, _, value = line.partition("#")[0].partition(":")
        yield key.strip().lower(), value.strip()


def _normal(path: str) -> str:
    return quote(unquote(path), safe="/*$?&=;:@!+,~()'")
