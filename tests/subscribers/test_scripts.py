"""The scripts of scripts/: each runs by itself, and is the command it stands for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_import_subscribers(tmp_path: Path) -> None:
    """From another folder it imports a file, and says how many it was."""
    (tmp_path / "people.csv").write_text("E-mail\nann@example.org\nbob@\n", "utf-8")
    made = run("-m", "digest", "lists", "add", "weekly", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    script = str(ROOT / "scripts/import_subscribers.py")
    done = run(script, "people.csv", "--list", "weekly", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"rows":2,"added":1' in done.stdout.replace(" ", "")
    assert (tmp_path / "digest.db").exists()


def test_erase_subscriber(tmp_path: Path) -> None:
    """The line for cron: everybody in a file, whoever of it is unknown."""
    for command in (
        ("lists", "add", "weekly"),
        ("subscribers", "add", "ann@example.org", "--list", "weekly"),
    ):
        assert run("-m", "digest", *command, folder=tmp_path).returncode == 0
    (tmp_path / "erase.txt").write_text("eve@example.org\nann@example.org\n", "utf-8")
    script = str(ROOT / "scripts/erase_subscriber.py")
    done = run(script, "--file", "erase.txt", "--yes", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "eve@example.org: nothing is held" in done.stderr
    assert "ann@example.org: erased" in done.stderr


def test_sync_suppressions(tmp_path: Path) -> None:
    """Without a key it says what is missing."""
    done = run(str(ROOT / "scripts/sync_suppressions.py"), folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("digest: sendgrid.api_key is not set")


@pytest.mark.parametrize(
    ("name", "task"), [("import_subscribers", "import"), ("sync_suppressions", "sync")]
)
def test_help_is_the_commands(tmp_path: Path, name: str, task: str) -> None:
    """`--help` is that of the command."""
    script = str(ROOT / f"scripts/{name}.py")
    shown = run(script, "--help", folder=tmp_path)
    command = run("-m", "digest", "subscribers", task, "--help", folder=tmp_path)
    assert shown.returncode == command.returncode == 0
    after = f"subscribers {task}"
    assert shown.stdout.partition(after)[2] == command.stdout.partition(after)[2] != ""
