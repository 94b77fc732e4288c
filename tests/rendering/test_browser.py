"""The e-mail in a real browser: on a screen, on a phone, in the light and the dark."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from digest.config import Look
from digest.model import Issue
from digest.rendering import render
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    arabic,
    issue,
    picture,
    quote,
    story,
    week,
)
from tests.rendering.test_escaping import HOSTILE, everywhere

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.needs("chromium")
PHONE, SCREEN = 375, 700
SIZES = {"library": (90, 120), "eels": (160, 90), "orchestra": (100, 100)}

#: each text that is seen: its words, size, colour, the ground it stands on, its box
TEXTS = """() => {
  const seen = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, element = node.parentElement;
    const shown = element.checkVisibility({opacityProperty: true});
    if (!node.data.trim() || !shown) continue;
    const style = getComputedStyle(element);
    let ground = element;
    const clear = e => getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)';
    while (ground.parentElement && clear(ground)) ground = ground.parentElement;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    seen.push({
      text: node.data.trim(), size: parseFloat(style.fontSize), color: style.color,
      ground: getComputedStyle(ground).backgroundColor,
      left: box.left, right: box.right,
    });
  }
  return seen;
}"""


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
            ],
        )
        yield running
        running.close()


def png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data)
        for kind, data in ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    )


def serve(route: Route) -> None:
    name = route.request.url.rsplit("/", 1)[-1].partition(".")[0]
    if name == "gone":
        route.fulfill(status=404)
    else:
        route.fulfill(body=png(*SIZES.get(name, (120, 80))), content_type="image/png")


def opened(
    browser: Browser,
    shown: Issue,
    width: int,
    scheme: Any = "light",
    look: Look = LOOK,
) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    )
    try:
        page = context.new_page()
        page.route("**/*", serve)
        html = render(shown, NEWSLETTER, look, nonce=NONCE).html
        page.set_content(html, wait_until="load")
        yield page
    finally:
        context.close()


ISSUES = {"week": week(), "bare": week(images=False), "arabic": arabic()}


@pytest.fixture(params=sorted(ISSUES))
def shown(request: pytest.FixtureRequest) -> Issue:
    return ISSUES[request.param]


@pytest.fixture
def phone(browser: Browser, shown: Issue) -> Iterator[Page]:
    yield from opened(browser, shown, PHONE)


@pytest.fixture
def screen(browser: Browser, shown: Issue) -> Iterator[Page]:
    yield from opened(browser, shown, SCREEN)


def channels(color: str) -> list[float]:
    return [float(part) for part in color.strip("rgba()").split(",")][:3]


def luminance(color: str) -> float:
    shares = [channel / 255 for channel in channels(color)]
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("width", [320, PHONE, SCREEN])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", ["editorial", "letter"])
def test_every_text_can_be_read(
    browser: Browser, shown: Issue, width: int, scheme: str, look: str
) -> None:
    """WCAG AA: 4.5 to 1; on a phone no text below 14 px; nothing off the side."""
    for page in opened(browser, shown, width, scheme, Look(template=look, rows=3)):
        assert page.evaluate("document.documentElement.scrollWidth") == width
        seen = page.evaluate(TEXTS)
        assert len(seen) > 15
        for text in seen:
            ratio = contrast(text["color"], text["ground"])
            assert ratio >= 4.5, (text, ratio)
            assert text["size"] >= (14 if width < 480 else 13), text
            assert text["left"] >= 0, text
            assert text["right"] <= width, text


@pytest.mark.parametrize("look", ["editorial", "letter"])
def test_no_width_cuts_it_off(browser: Browser, shown: Issue, look: str) -> None:
    """Between a phone and a desk its columns stand below each other."""
    for page in opened(browser, shown, PHONE, "light", Look(template=look)):
        for width in (480, 560, 600, 639, 640, 660):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width


def test_in_the_dark_the_ground_is_dark(browser: Browser, shown: Issue) -> None:
    """Every text stands on a dark ground, but what stands on the accent."""
    for page in opened(browser, shown, PHONE, "dark"):
        for text in page.evaluate(TEXTS):
            if "Read the story" not in text["text"]:
                assert luminance(text["ground"]) < 0.02, text
        assert (
            luminance(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            < 0.01
        )


def test_on_a_phone_every_block_stands_on_the_grid(phone: Page) -> None:
    """20 px from either side: headlines, leads, quotes, credits, pictures."""
    blocks = phone.locator(".headline, .lede, .quote, .label, .entry, .credit")
    for block in [*blocks.all(), *phone.locator("img").all()]:
        box = block.bounding_box()
        assert box
        assert box["x"] == pytest.approx(20)
        if box["width"] != 200:  # a tall picture keeps its width
            assert box["x"] + box["width"] == pytest.approx(PHONE - 20)


def test_without_head_styles_a_phone_still_gives_text_its_width(
    browser: Browser,
) -> None:
    """Gmail's app drops the head's styles for accounts of other providers."""
    for page in opened(browser, week(images=False), PHONE):
        page.evaluate("document.querySelectorAll('style').forEach(s => s.remove())")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE
        for block in page.locator(".headline, .lede, .quote").all():
            box = block.bounding_box()
            assert box
            assert box["width"] > 300


def test_on_a_screen_no_line_is_too_long(browser: Browser) -> None:
    """528 px: about 75 letters of 16 px."""
    for page in opened(browser, week(), SCREEN):
        for block in page.locator(".headline, .lede, .quote").all():
            box = block.bounding_box()
            assert box
            assert box["width"] <= 528


def test_a_row_stacks_on_a_phone_and_not_on_a_screen(browser: Browser) -> None:
    """Picture above the text, or beside it where the lines end."""
    for width, beside in ((PHONE, False), (SCREEN, True)):
        for page in opened(browser, week(), width):
            row = page.locator(".row:has(img)").first
            picture_box = row.locator("img").bounding_box()
            text_box = row.locator(".headline").bounding_box()
            assert picture_box
            assert text_box
            if beside:
                assert picture_box["x"] > text_box["x"] + text_box["width"]
                assert picture_box["x"] + picture_box["width"] == pytest.approx(646)
                assert picture_box["y"] == pytest.approx(text_box["y"], abs=8)
            else:
                assert picture_box["y"] + picture_box["height"] <= text_box["y"]
                assert picture_box["width"] == pytest.approx(335)


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_pictures_have_one_ratio_and_none_is_squeezed(
    browser: Browser, width: int
) -> None:
    """Three to two, cropped; and none is wider than the card."""
    for page in opened(browser, week(), width):
        pictures = page.evaluate(
            "() => [...document.images].map(i => [i.width / i.height,"
            " getComputedStyle(i).objectFit, i.width])"
        )
        assert len(pictures) == 5
        for ratio, fit, wide in pictures:
            assert ratio == pytest.approx(1.5, rel=0.02)
            assert fit == "cover"
            assert wide <= 592


@pytest.mark.parametrize("width", [PHONE, SCREEN])
def test_pictures_may_keep_their_own_ratio(browser: Browser, width: int) -> None:
    """With `[look] image_ratio = "own"`, and where a client cannot crop."""
    own = Look(image_ratio="own")
    for page in opened(browser, week(), width, look=own):
        pictures = page.evaluate(
            "() => [...document.images].map(i => [i.width / i.height,"
            " i.naturalWidth / i.naturalHeight, i.width])"
        )
        assert len(pictures) == 5
        for shown_ratio, natural, wide in pictures:
            assert shown_ratio == pytest.approx(natural, rel=0.02)
            assert wide <= 592


def test_a_small_picture_is_not_blown_up(browser: Browser) -> None:
    """One that is known to be 120 px wide stays so in the widest story."""
    small = picture("small", 120, 80)
    for page in opened(browser, issue(story(image=small)), SCREEN):
        assert page.evaluate("document.images[0].width") == 120


def test_links_are_high_enough_for_a_thumb(phone: Page) -> None:
    """44 px: Apple's least, and WCAG 2.5.5's."""
    for selector in ("a.more", ".button a", "a.leave"):
        for link in phone.locator(selector).all():
            box = link.bounding_box()
            assert box
            assert box["height"] >= 44, selector


def test_date_and_number_stand_on_one_line_on_a_phone(phone: Page) -> None:
    """In the masthead."""
    first, second = phone.locator("td.small").all()
    one, other = first.bounding_box(), second.bounding_box()
    assert one
    assert other
    assert one["y"] == other["y"]
    assert one["height"] <= 22


def test_pictures_that_do_not_come_leave_their_text(browser: Browser) -> None:
    """In its place, and the story keeps its card."""
    gone = story("The headline", image=picture("gone"))
    for page in opened(browser, issue(gone, gone), PHONE):
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE
        for box in (i.bounding_box() for i in page.locator("img").all()):
            assert box
            assert 12 <= box["height"] < 300
        assert page.locator("h2:visible").count() == 2


def test_a_word_without_an_end_breaks(browser: Browser) -> None:
    """An address of 400 characters in a headline does not push the card open."""
    word = "https://x.example/" + "a" * 400
    wide = story(word, word, quote(word, word, word), source=word)
    for page in opened(browser, issue(wide, replace(wide, quotes=())), PHONE):
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE


def test_hostile_text_does_nothing_in_a_browser(browser: Browser) -> None:
    """No script runs, nothing but the pictures is asked for, every text is there."""
    asked: list[str] = []

    def note(route: Route) -> None:
        asked.append(route.request.url)
        serve(route)

    html = render(
        issue(*[everywhere(text) for text in HOSTILE]), NEWSLETTER, LOOK, nonce=NONCE
    ).html
    page = browser.new_page()
    try:
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        page.route("**/*", note)
        page.set_content(html, wait_until="load")
        assert set(asked) == {"https://x.example/a.png"}
        assert page.locator("h2").count() == len(HOSTILE)
        assert page.locator("script").count() == 0
        assert page.locator("h2").first.inner_text() == HOSTILE[0]
    finally:
        page.close()
