"""Pictures of an e-mail in every width and mode: for who approves it, and for CI.

Values in, files out. A browser of this machine draws them, driven by Playwright (the
extra `newsletter-digest[screenshots]`). Nothing of the e-mail runs in it, and it asks
for nothing but the e-mail's own pictures.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from digest.errors import MissingTool, UsageError
from digest.web.preview.frame import framed
from digest.web.preview.pages import CHOICES, Mode
from digest.web.shield import email_policy

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

#: what browsers are called that draw as Chromium does
BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
    "microsoft-edge",
)  # fmt: skip
#: milliseconds for the pictures of an e-mail to come
PATIENCE = 10_000
#: an address that is nobody's (RFC 2606); no request for it leaves the browser
_PAGE = "http://email.invalid/"


def _all() -> Iterator[Mode]:
    plain = Mode(marks="off")
    for width in CHOICES["width"].labels:
        for scheme in CHOICES["scheme"].labels:
            yield replace(plain, width=width, scheme=scheme)
        yield replace(plain, width=width, images="off")
        for client in CHOICES["client"].labels:
            if client != plain.client:
                yield replace(plain, width=width, client=client)


#: every width and mode of the preview
SHOTS: Sequence[Mode] = tuple(_all())
#: enough to see whether an issue can go out
FEW: Sequence[Mode] = tuple(
    Mode(width=width, scheme=scheme, marks="off")
    for width, scheme in (("375", "light"), ("700", "light"), ("700", "dark"))
)


def name_of(shot: Mode) -> str:
    """The name of a picture's file: 375-dark.png, 700-light-as-outlook.png."""
    parts = [shot.width, shot.scheme]
    if shot.client != Mode().client:
        parts += ["as", shot.client]
    if shot.images == "off":
        parts.append("no-images")
    return "-".join(parts) + ".png"


def take(
    html: str,
    folder: Path,
    shots: Iterable[Mode] = SHOTS,
    *,
    images: Callable[[str], Path | None] = lambda _: None,
) -> list[Path]:
    """Write a PNG of the HTML for each of the shots, as high as the e-mail is.

    The HTML is as one reader sees it, without tags. `images` gives files for the URLs
    of pictures that the network doesn't have. Replaces files of the same names.

    Raises:
        MissingTool: there is no Playwright, or no browser; says what to do.
        UsageError: the folder cannot be made, or written to.
    """
    shots = list(shots)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: is no folder: {error.strerror}") from error
    with _browser() as browser:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        pages = {f"{_PAGE}{name_of(shot)}": (html, shot) for shot in shots}
        page.route("**/*", lambda route: _answer(route, pages, images))
        return [_taken(page, shot, folder) for shot in shots]


def _taken(page: Page, shot: Mode, folder: Path) -> Path:
    from playwright.sync_api import Error
    from playwright.sync_api import TimeoutError as Late

    file = folder / name_of(shot)
    page.set_viewport_size({"width": int(shot.width), "height": 900})
    with suppress(Late):  # a picture does not come: readers would see it as little
        page.goto(f"{_PAGE}{file.name}", timeout=PATIENCE)
    try:
        page.screenshot(path=file, full_page=True, animations="disabled")
    except (OSError, Error) as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{file}: no picture: {reason}") from error
    return file


def _answer(
    route: Route,
    pages: dict[str, tuple[str, Mode]],
    images: Callable[[str], Path | None],
) -> None:
    """The e-mail itself, and its own pictures: no other request is let out."""
    request = route.request
    if request.url in pages:
        html, shot = pages[request.url]
        route.fulfill(
            body=framed(html, shot.light, lambda _: None),
            content_type="text/html; charset=utf-8",
            headers={
                **email_policy(images=shot.light.images),
                "Referrer-Policy": "no-referrer",
            },
        )
    elif request.resource_type != "image":
        route.abort()
    elif file := images(request.url):
        route.fulfill(path=file)
    else:
        route.continue_()


@contextmanager
def _browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise MissingTool(
            "pictures of the e-mail need Playwright, which is not installed: "
            "pip install 'newsletter-digest[screenshots]'"
        ) from error
    with sync_playwright() as playwright:
        path = _executable(playwright.chromium.executable_path)
        try:
            browser = playwright.chromium.launch(
                executable_path=path,
                chromium_sandbox=hasattr(os, "geteuid") and os.geteuid() != 0,
            )
        except Error as error:
            reason = str(error).splitlines()[0]
            raise MissingTool(f"{path} does not start: {reason}") from error
        yield browser
        browser.close()


def _executable(playwrights: str) -> str:
    """A browser of the system, else the one that Playwright brought."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and not Path(playwrights).exists():
        raise MissingTool(
            "pictures of the e-mail need Chromium, and there is none: install the "
            "package chromium of your system, or run: playwright install chromium"
        )
    return found or playwrights
