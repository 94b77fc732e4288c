"""An issue set as an e-mail: ours beside npm mjml 5.

The whole way is view, Jinja2, mrml, premailer and the plain text, with the last
stories in less room so that Gmail shows them. From the MJML, all stories are in
full; npm's mjml starts from the same, inlines the same CSS, and runs in one warm
process; it takes part where `npm ci --prefix tests/peers` has brought it.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from itertools import cycle, islice

from benchmarks.harness import Case, measure, table
from digest.model import Issue, Section
from digest.rendering import render
from digest.rendering.html import to_html
from tests.conftest import npm_tool
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    issue,
    mjml_of,
    week,
)
from tests.rendering.mjml5 import Mjml5, running

#: stories, and rounds of which the median is taken
SIZES = {12: 25, 100: 9, 1_000: 3}


def of(count: int) -> Issue:
    """An issue of so many stories: those of a week, again and again."""
    stories = tuple(islice(cycle(week().stories), count))
    return issue(stories[0], Section(title="More", stories=stories[1:]))


def cases(one: Issue, peer: Mjml5 | None) -> dict[str, Case]:
    filled = mjml_of(one, full=len(one.stories))
    found: dict[str, Case] = {}
    if peer:
        found["npm mjml 5"] = partial(peer.set, filled)
    found["digest: the whole way"] = partial(render, one, NEWSLETTER, LOOK, nonce=NONCE)
    found["digest: from the MJML"] = partial(to_html, filled, "benchmark")
    return found


def size(one: Issue, peer: Mjml5 | None) -> str:
    filled = mjml_of(one, full=len(one.stories))
    ours = len(to_html(filled, "benchmark").encode())
    if peer is None:
        return f"{ours:,} bytes"
    theirs = len(peer.set(filled).encode())
    return f"{ours:,} bytes, {ours / theirs:.1%} of npm mjml 5's"


def main() -> None:
    there = npm_tool("mjml").exists()
    with running() if there else nullcontext() as peer:
        for count, rounds in SIZES.items():
            one = of(count)
            timings = measure(cases(one, peer), rounds=rounds)
            print(table(f"{count:,} stories, {size(one, peer)}", timings, unit="issue"))


if __name__ == "__main__":
    main()
