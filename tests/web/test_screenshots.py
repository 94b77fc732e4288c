"""Pictures of an e-mail: every width and mode, and nothing asked of anybody."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from digest.demo import sample_folder
from digest.errors import MissingTool, UsageError
from digest.web.preview import screenshots
from digest.web.preview.pages import CHOICES, Mode
from digest.web.preview.screenshots import FEW, SHOTS, name_of, take
from tests.web.desk import EMAIL, PICTURE

BAKERY = sample_folder().parent / "images" / "bakery.png"
HIGH = (
    "<html><body style='margin:0'><p style='margin:0;height:2000px'>x</p></body></html>"
)


def size(file: Path) -> tuple[int, int]:
    """Width and height of a PNG (its IHDR)."""
    head = file.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_there_is_one_of_each_kind() -> None:
    """Every value that can be chosen is in some picture, each with its own name."""
    for name in ("width", "scheme", "client", "images"):
        values = {getattr(shot, name) for shot in SHOTS}
        assert values == CHOICES[name].labels.keys()
    assert len({name_of(shot) for shot in SHOTS}) == len(SHOTS)
    assert set(FEW) < set(SHOTS)


@pytest.mark.needs("chromium")
def test_it_is_as_wide_as_asked_and_as_high_as_the_email(tmp_path: Path) -> None:
    """In a folder that is made, and over what was there."""
    shots = [Mode(width="375"), Mode(width="700", scheme="gmail")]
    for _ in range(2):
        files = take(HIGH, tmp_path / "new" / "pictures", shots)

    assert [file.name for file in files] == ["375-light.png", "700-gmail.png"]
    assert [size(file) for file in files] == [(375, 2000), (700, 2000)]


@pytest.mark.needs("chromium")
def test_light_dark_and_images_are_seen(tmp_path: Path) -> None:
    """Each mode is another picture of the same e-mail; only its own are asked for."""
    shots = [
        Mode(width="375"),
        Mode(width="375", scheme="dark"),
        Mode(width="375", images="off"),
    ]
    asked: list[str] = []

    def images(url: str) -> Path | None:
        asked.append(url)
        return BAKERY

    html = EMAIL.html.replace(
        "</head>", '<link rel=stylesheet href="//x.example/"></head>'
    )
    files = take(html, tmp_path, shots, images=images)

    assert len({file.read_bytes() for file in files}) == len(files)
    assert set(asked) == {PICTURE}


def test_no_playwright_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the way out."""
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(MissingTool, match=r"pip install 'newsletter-digest\[screen"):
        take(HIGH, tmp_path)


def test_no_browser_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the way out; one that is not the system's is as good."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match="playwright install chromium"):
        screenshots._executable(str(tmp_path / "none"))
    (tmp_path / "own").write_text("")
    assert screenshots._executable(str(tmp_path / "own")) == str(tmp_path / "own")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file: is no folder"):
        take(HIGH, tmp_path / "file")
