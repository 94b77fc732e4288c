"""The scripts are the commands, in files to copy and to change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_runs_and_explains_itself(script: Path, tmp_path: Path) -> None:
    """From any folder, --help of a script is that of its command."""
    done = subprocess.run(
        [sys.executable, script, "--help"],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("Usage: digest ")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_is_thin(script: Path) -> None:
    """A script says how to call it, and leaves the work to the commands."""
    content = script.read_text(encoding="utf-8")
    assert len(content.splitlines()) <= 25
    assert "from digest.cli import main" in content
