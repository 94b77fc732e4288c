"""What docs/running.md has operators copy works as it stands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

RUNNING = Path(__file__).parents[2] / "docs" / "running.md"


def cron_line(text: str) -> str:
    (line,) = re.findall(r"^    \*/5 \* \* \* \* (.*run --once)$", text, re.MULTILINE)
    return str(line)


@pytest.mark.parametrize("secrets", ["SENDGRID_API_KEY=SG.test\n", None])
def test_crons_line_has_the_key(tmp_path: Path, secrets: str | None) -> None:
    """Cron's shell reads it from the file; without the file nothing runs."""
    program = tmp_path / ".venv" / "bin" / "digest"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$SENDGRID_API_KEY $*"\n')
    program.chmod(0o755)
    if secrets:
        (tmp_path / "secrets").write_text(secrets)
    line = cron_line(RUNNING.read_text()).replace("/srv/digest", str(tmp_path))
    ran = subprocess.run(
        ["/bin/sh", "-c", line], env={}, capture_output=True, text=True, check=False
    )
    assert ran.stdout == ("SG.test run --once\n" if secrets else "")


def test_a_read_only_unit_has_a_folder_for_what_is_drawn() -> None:
    """Where the system cannot be written to, `/tmp` is only the unit's own."""
    strict, private = "    ProtectSystem=strict\n", "    PrivateTmp=yes\n"
    text = RUNNING.read_text()
    assert text.count(strict) == text.count(strict + private) == 1
