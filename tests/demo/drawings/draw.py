"""Draws the sample's pictures: each SVG here becomes a PNG of few colours.

    python tests/demo/drawings/draw.py          (needs Playwright and Chromium)

Chromium rasterizes, a palette of the commonest colours keeps each file small.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
IMAGES = HERE.parents[2] / "digest" / "demo" / "sample" / "images"
COLOURS = 32
PIXELS = """async (source) => {
    const image = new Image();
    image.src = "data:image/svg+xml;base64," + source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const data = context.getImageData(0, 0, image.width, image.height).data;
    let text = "";
    for (let i = 0; i < data.length; i += 32768)
        text += String.fromCharCode(...data.subarray(i, i + 32768));
    return [image.width, image.height, btoa(text)];
}"""

Colour = tuple[int, int, int]


def png(width: int, height: int, rgba: bytes) -> bytes:
    """The pixels as an indexed PNG of at most COLOURS colours."""
    pixels = list(zip(rgba[::4], rgba[1::4], rgba[2::4], strict=True))
    palette = [colour for colour, _ in Counter(pixels).most_common(COLOURS)]
    index = {colour: _nearest(colour, palette) for colour in set(pixels)}
    flat = bytes(index[colour] for colour in pixels)
    rows = b"".join(
        b"\0" + flat[row * width : (row + 1) * width] for row in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = bytes(part for colour in palette for part in colour)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"PLTE", colours)
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"IEND", b"")
    )


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    def distance(place: int) -> int:
        return sum((a - b) ** 2 for a, b in zip(colour, palette[place], strict=True))

    return min(range(len(palette)), key=distance)


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def main() -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page()
        for drawing in sorted(HERE.glob("*.svg")):
            source = base64.b64encode(drawing.read_bytes()).decode()
            width, height, pixels = page.evaluate(PIXELS, source)
            data = png(width, height, base64.b64decode(pixels))
            (IMAGES / f"{drawing.stem}.png").write_bytes(data)
        browser.close()


if __name__ == "__main__":
    main()
