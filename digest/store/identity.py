"""What makes an item the same one: its guid, its address, what it says.

Each is believed only as far as it tells items apart: some feeds give all their items
one link or one guid, and then those say nothing.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.model import Article

#: characters; PostgreSQL indexes no text much longer than 2,700 bytes
LONGEST = 600
#: … and a guid is indexed together with its source
LONGEST_GUID = 150
#: characters from which a text tells an item by itself, whatever its title
TELLING = 200
#: parts of an address behind "#" that lead nowhere else
_NO_PLACE = re.compile(r"(?:utm_|xtor=|ref=|comments?$|respond$|:~:|$)")

#: parameters that count readers and choose nothing
_COUNTER = re.compile(
    r"(?:utm_|mtm_|pk_|at_|hsa_|ns_|mc_|oly_|vero_|wt_)\w+=|"
    r"(?:fbclid|gclid|dclid|msclkid|yclid|twclid|igshid|cmpid|ref|ref_src|referrer|"
    r"xtor|ftag|ocid|smid)=|$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`content` is a hash of what it says; "" where there is no guid or address."""

    guid: str
    url: str
    content: str

    def without(self, kinds: Iterable[str]) -> Identity:
        """The identity without what is not believed."""
        unfit = set(kinds)
        kept = {kind: "" if kind in unfit else getattr(self, kind) for kind in _KINDS}
        return Identity(**kept)

    def key(self, source: str) -> str:
        """The one thing of it that no other item of the database has."""
        if self.url:
            return self.url
        kind, value = ("guid", self.guid) if self.guid else ("says", self.content)
        return short(f"{kind} {source} {value}", longest=0)


_KINDS = ("guid", "url", "content")
#: by which other marks it shows that a mark belongs to several items
_APART: Mapping[str, tuple[str, ...]] = {
    "guid": ("url", "content"),
    "url": ("guid", "content"),
    "content": ("url", "guid"),
}


def identity(article: Article) -> Identity:
    """What tells an article from others."""
    url = canonical(article.url) if article.url else ""
    said = article.text.strip()
    if len(said) < TELLING:
        said = f"{article.title or ''}\n{said}"
    guid = "" if article.id == article.url else article.id
    return Identity(
        guid=short(guid, longest=LONGEST_GUID),
        url=short(url),
        content=short(said, longest=0),
    )


def canonical(url: str) -> str:
    """An address as the same page always has it; it cannot be fetched.

    Without scheme, "www.", counters' parameters and a last slash, "." and ".."
    resolved. A place in the page ("#v1.2") is kept: notes of releases differ in it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
    if port not in {None, 80, 443}:
        host += f":{port}"
    path = posixpath.normpath(f"/{parts.path}").lstrip("/")
    place = "" if _NO_PLACE.match(parts.fragment) else f"#{parts.fragment}"
    asked = sorted(p for p in parts.query.split("&") if not _COUNTER.match(p))
    query = f"?{'&'.join(asked)}" if asked else ""
    return f"//{host}/{path}".rstrip("/") + query + place


def short(text: str, *, longest: int = LONGEST) -> str:
    """The text itself, or where it is longer a hash of it."""
    if len(text) <= longest:
        return text
    return hashlib.blake2b(
        text.encode(errors="surrogatepass"), digest_size=16
    ).hexdigest()


def shared(found: Sequence[Identity]) -> dict[str, set[str]]:
    """The marks that several items of one feed have: guids, urls, contents.

    An edited item may stand in it beside what it was before, but not twice.
    """
    doubtful: dict[str, set[str]] = {}
    for kind, others in _APART.items():
        apart: dict[str, set[str]] = defaultdict(set)
        says: dict[str, set[str]] = defaultdict(set)
        for each in found:
            mark = getattr(each, kind)
            apart[mark].add(next((v for o in others if (v := getattr(each, o))), ""))
            says[mark].add(each.content)
        doubtful[kind] = {
            mark for mark in apart if len(apart[mark]) > 1 or len(says[mark]) > 2
        }
    return doubtful


def believed(
    found: Sequence[Identity], never: Iterable[str] = ()
) -> tuple[list[Identity], frozenset[str]]:
    """The identities by what can be believed of them, and what never can.

    `never` are the kinds of mark that the feed was seen to use for several items
    before; a kind that most of its items share is one from now on.
    """
    doubtful = shared(found)
    unfit = set(never)
    for kind in ("guid", "url"):
        marked = [getattr(each, kind) for each in found]
        if 2 * sum(mark in doubtful[kind] for mark in marked if mark) > len(found):
            unfit.add(kind)
    kept = [
        each.without(
            kind
            for kind in _KINDS
            if kind in unfit or getattr(each, kind) in doubtful[kind]
        )
        for each in found
    ]
    return kept, frozenset(unfit)
