"""The README's picture, from the demo's own e-mail: python -m tests.docs.pictures.

Needs Chromium and Playwright; writes docs/images/digest.png.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from digest.cli import main

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs/images/digest.png"
HEIGHT = 900

#: the e-mail on a desk, and beside it on a phone, in the dark
FRAME = """\
<body style="margin:0;background:#d9d4ca;display:flex;gap:28px;padding:28px">
<img src="desk.png" width="700" height="{height}" style="border-radius:6px">
<img src="phone.png" width="375" height="{height}" style="border-radius:22px">
"""


def picture() -> None:
    """Build the demo, look at it twice, and put the two beside each other."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        out = Path(folder)
        main(["demo", "--no-browser", "--out", folder])
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        look(browser, out, "desk.png", 700, dark=False)
        look(browser, out, "phone.png", 375, dark=True)
        (out / "frame.html").write_text(FRAME.format(height=HEIGHT))
        PICTURE.parent.mkdir(exist_ok=True)
        shoot(browser, out / "frame.html", PICTURE, (700 + 375 + 84, HEIGHT + 56))
        browser.close()


def look(browser: Browser, out: Path, name: str, width: int, *, dark: bool) -> None:
    shoot(browser, out / "email.html", out / name, (width, HEIGHT), dark=dark)


def shoot(
    browser: Browser,
    page_file: Path,
    picture_file: Path,
    size: tuple[int, int],
    *,
    dark: bool = False,
) -> None:
    """A screenshot of a page."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
    )
    page.goto(page_file.as_uri())
    page.screenshot(path=picture_file)
    page.close()


if __name__ == "__main__":
    picture()
