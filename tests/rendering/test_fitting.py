"""No e-mail is clipped: the last stories get less room, and none is forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.config import Look
from digest.model import Issue
from digest.rendering import render
from digest.rendering.fitting import LIMIT
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    find,
    issue,
    parse,
    picture,
    quote,
    story,
    texts,
)

WORDS = "The council voted for the ferry after a debate that lasted until midnight. "


def many(count: int) -> Issue:
    """So many stories, each with all that a story can have."""
    said = quote("A harbour that sleeps is a car park, and we know it.", "Ilse Brandt")
    return issue(
        *[
            story(
                f"Story {number} of the week: the night ferry returns",
                WORDS * 3,
                said,
                image=picture(f"p{number}"),
                url=f"https://news.example/{number}",
            )
            for number in range(count)
        ]
    )


@pytest.mark.parametrize("look", ["editorial", "letter"])
@pytest.mark.parametrize("count", [1, 12, 25, 60, 500])
def test_no_issue_is_clipped(count: int, look: str) -> None:
    """Below Gmail's 102 KB, whatever its length, and the plain text has all."""
    email = render(many(count), NEWSLETTER, Look(template=look), nonce=NONCE)
    assert len(email.html.encode()) <= LIMIT
    listed = len(set(texts(parse(email.html), "//a[contains(@class, 'title')]")))
    left = count - listed
    if left:
        assert f"{left} more stories" in email.html
    assert email.text.count("https://news.example/") == count


def test_the_tail_is_compact() -> None:
    """`[look] rows` in full after the first, then headline and credit."""
    page = parse(render(many(12), NEWSLETTER, Look(rows=4), nonce=NONCE).html)
    assert len(find(page, "//p[contains(@class, 'lede')]")) == 5
    assert len(find(page, "//h2[contains(@class, 'item')]")) == 7
    assert len(find(page, "//p[contains(., 'The Example')]")) == 12


def test_all_may_be_in_full() -> None:
    """Where the settings want as many rows as there are stories, and they fit."""
    wanted = Look(rows=100)
    page = parse(render(many(18), NEWSLETTER, wanted, nonce=NONCE).html)
    assert len(find(page, "//p[contains(@class, 'lede')]")) == 18


def test_without_a_page_on_the_web_the_last_are_titles() -> None:
    """Each linked to its source; with one, the rest is a link there."""
    plenty = many(250)
    page = parse(render(plenty, NEWSLETTER, LOOK, nonce=NONCE).html)
    assert len(set(texts(page, "//a[contains(@class, 'title')]"))) == 250
    online = replace(NEWSLETTER, base_url="https://letter.example")
    email = render(replace(plenty, id=7), online, LOOK, nonce=NONCE)
    [more] = texts(parse(email.html), "//a[contains(@class, 'more')][last()]")[-1:]
    assert more.endswith("more stories online")
    assert 'href="https://letter.example/i/7"' in email.html


def test_short_stories_fill_the_room_that_there_is() -> None:
    """Titles of a few letters take less than was estimated, and more are shown."""
    short = [story(f"S{number}", "", source=None) for number in range(800)]
    email = render(issue(*short), NEWSLETTER, LOOK, nonce=NONCE)
    assert 0.9 * LIMIT < len(email.html.encode()) <= LIMIT
