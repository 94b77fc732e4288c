"""Pictures of the e-mail, as a browser shows it: what they are to look like.

    make approve        look at the new ones, and keep them if they are right

The approved ones lie in `approved/`, at half their size. They are compared with
some tolerance, for fonts and browsers differ a little from machine to machine.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.config import Look
from digest.model import Issue, Placeholder
from digest.rendering import render
from tests.rendering.issues import NEWSLETTER, NONCE, arabic, edited, week

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

APPROVED = Path(__file__).with_name("approved")
PHOTOS = sorted(Path("digest/demo/sample/images").glob("*.png"))
READER = {
    Placeholder.READER_HTML: " Ada",
    Placeholder.READER_TEXT: " Ada",
    Placeholder.UNSUBSCRIBE_URL: "https://letter.example/u/1",
}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--force-color-profile=srgb",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An issue in a look, in a window of this width, by day or by night."""

    issue: Issue
    width: int
    scheme: Any = "light"
    look: str = "editorial"
    photos: bool = True


CASES = {
    "320-light": Case(issue=week(), width=320),
    "375-light": Case(issue=week(), width=375),
    "375-dark": Case(issue=week(), width=375, scheme="dark"),
    "700-light": Case(issue=week(), width=700),
    "700-dark": Case(issue=week(), width=700, scheme="dark"),
    "700-images-off": Case(issue=week(), width=700, photos=False),
    "375-no-images": Case(issue=week(images=False), width=375),
    "rtl-700-light": Case(issue=arabic(), width=700),
    "rtl-375-dark": Case(issue=arabic(), width=375, scheme="dark"),
    "edited-700-light": Case(issue=edited(), width=700),
    "edited-375-dark": Case(issue=edited(), width=375, scheme="dark"),
    "edited-letter-375-light": Case(issue=edited(), width=375, look="letter"),
    "letter-700-light": Case(issue=week(), width=700, look="letter"),
    "letter-375-dark": Case(issue=week(), width=375, scheme="dark", look="letter"),
}

#: the mean difference of two pictures' channels, 0 to 1; 1 where their sizes differ
#: by more than a line or two. Both are shrunk, so that a letter's edge counts little.
DIFFERENCE = """async ([one, other]) => {
  const load = async data => createImageBitmap(await (await fetch(data)).blob());
  const [a, b] = [await load(one), await load(other)];
  if (a.width !== b.width || Math.abs(a.height - b.height) > 0.02 * a.height) return 1;
  const width = Math.ceil(a.width / 4), height = Math.ceil(a.height / 4);
  const pixels = image => {
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  };
  const [p, q] = [pixels(a), pixels(b)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += Math.abs(p[i] - q[i]);
  return sum / p.length / 255;
}"""


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


def taken(running: Browser, case: Case) -> bytes:
    """The picture of a case, as a PNG at half its size."""
    with running.new_context(
        viewport={"width": case.width, "height": 900},
        color_scheme=case.scheme,
        device_scale_factor=0.5,
    ) as context:
        page = context.new_page()
        page.route("**/*", _photo if case.photos else lambda route: route.abort())
        look = Look(template=case.look, rows=5)
        email = render(case.issue, NEWSLETTER, look, nonce=NONCE).fill(READER)
        page.set_content(email.html, wait_until="load")
        return page.screenshot(full_page=True)


def _photo(route: Route) -> None:
    """One of the demo's drawings, by the name that was asked for."""
    name = route.request.url.rpartition("/")[2]
    route.fulfill(path=PHOTOS[len(name) % len(PHOTOS)])


def difference(page: Page, one: bytes, other: bytes) -> float:
    """How much two pictures differ, 0 to 1."""
    urls = [
        f"data:image/png;base64,{base64.b64encode(p).decode()}" for p in (one, other)
    ]
    found: float = page.evaluate(DIFFERENCE, urls)
    return found


def main() -> None:
    APPROVED.mkdir(exist_ok=True)
    with browser("/usr/bin/chromium") as running:
        for name, case in CASES.items():
            (APPROVED / f"{name}.png").write_bytes(taken(running, case))
    sys.stdout.write(f"look at them: {APPROVED}\n")


if __name__ == "__main__":
    main()
