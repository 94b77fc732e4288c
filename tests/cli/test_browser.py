"""The preview asks for a browser, and is silent where there is none."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from digest.cli.preview import open_browser


@pytest.mark.skipif(os.name != "posix", reason="the browser is a shell script")
def test_a_browser_that_complains(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A browser is told the address; what it prints does not reach the terminal."""
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho no display | tee /dev/stderr\necho $1 >{seen}")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    open_browser("http://127.0.0.1:9/")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (seen.exists() and seen.read_text()):
        time.sleep(0.05)
    assert seen.read_text() == "http://127.0.0.1:9/\n"
    assert capfd.readouterr() == ("", "")
