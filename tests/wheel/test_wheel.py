"""What is published works: built, installed by plain pip, run from elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command outside of the checkout, with no settings of ours."""
    hidden = ("PYTHONPATH", "DIGEST_", "SENDGRID_", "PYTEST_", "COVERAGE_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    done = subprocess.run(  # noqa: PLW1510  (the message has what was printed)
        command, cwd=cwd, env=environ, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as a packager would."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment, with the pip that Python brings."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=venv.parent)
    constraints = ROOT / "constraints.txt"
    run(venv / "bin/pip", "install", "-q", "-c", constraints, wheel, cwd=venv.parent)
    return venv / "bin"


def test_wheel_holds_what_it_needs_and_no_more(wheel: Path) -> None:
    """Packages, templates, samples and migrations are in it; tests are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"digest", "subscribers", _metadata(wheel)}
    for needed in (
        "digest/templates/editorial/issue.mjml.j2",
        "digest/rendering/mjml.toml",
        "digest/demo/sample/subscribers.csv",
        "digest/store/migrations/versions/0001_first_tables.py",
        "digest/py.typed",
        "subscribers/py.typed",
    ):
        assert needed in names


def _metadata(wheel: Path) -> str:
    name, version, *_ = wheel.name.split("-")
    return f"{name}-{version}.dist-info"


def test_demo_runs_from_another_folder(installed: Path, tmp_path: Path) -> None:
    """`digest demo` of the installed wheel does the whole main job."""
    run(installed / "digest", "demo", "--no-browser", cwd=tmp_path)
    issue = json.loads((tmp_path / "out/issue.json").read_text())
    stories = [story for section in issue["sections"] for story in section["stories"]]
    assert len(stories) >= 8
    assert (tmp_path / "out/email.html").read_text().startswith("<!DOCTYPE html>")
    assert len(list((tmp_path / "out/outbox").glob("*.eml"))) >= 20


EVERY_HELP = """
from digest.cli import main
from digest.cli.root import COMMANDS
assert [main([command, "--help"]) for command in COMMANDS] == [0] * len(COMMANDS)
"""


def test_every_command_can_be_imported(installed: Path, tmp_path: Path) -> None:
    """Each command of the installed wheel has all that it imports."""
    run(installed / "python", "-c", EVERY_HELP, cwd=tmp_path)
