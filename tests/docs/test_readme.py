"""The README is true: its commands run as they are printed, its numbers are so."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from digest.cli.root import root
from digest.demo import sample_folder, sample_subscribers

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def section(heading: str) -> str:
    """What stands under a heading."""
    return README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def printed(text: str) -> list[str]:
    """The commands of the first indented block."""
    block = re.search(r"(?:^    .+\n)+", text, re.MULTILINE)
    assert block
    return [line.strip() for line in block[0].splitlines()]


class Desk:
    """A shell in which `digest` is a command, and a browser opens at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tools = folder / "bin"
        tools.mkdir()
        self._tool(tools / "digest", f'exec "{sys.executable}" -m digest "$@"')
        self._tool(tools / "xdg-open", "exit 0")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SENDGRID_")}
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        self.environ = {**kept, "PATH": path, "PYTHONPATH": str(ROOT)}

    @staticmethod
    def _tool(file: Path, line: str) -> None:
        file.write_text(f"#!/bin/sh\n{line}\n")
        file.chmod(0o755)

    def run(self, command: str) -> str:
        """Run a command, Ctrl-C where it would go on; what it says on stderr."""
        with subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as running:
            assert running.stderr
            said = ""
            for line in running.stderr:
                said += line
                if line.startswith("preview at"):
                    os.killpg(running.pid, signal.SIGINT)
        assert running.returncode in {0, 128 + signal.SIGINT, -signal.SIGINT}, said
        return said


def test_the_editors_commands_run_as_printed(tmp_path: Path) -> None:
    """Who does what the README says, and no more, has a newsletter in the outbox."""
    told = section("A weekly editor's five commands")
    desk = Desk(tmp_path)
    (begin,) = re.findall(r"`(digest init [^`]+)`", told)
    desk.run(begin)
    desk.folder = tmp_path / "weekly"

    settings = (desk.folder / "digest.toml").read_text()
    for key in re.findall(r"`(\w+_\w+)`", told)[:2]:
        settings = settings.replace(f'{key} = ""', f'{key} = "editor@example.com"')
    (desk.folder / "digest.toml").write_text(settings)
    shutil.copytree(sample_folder(), desk.folder / "articles")
    shutil.copy(sample_subscribers(), desk.folder / "people.csv")

    commands = printed(told)
    assert len(commands) == 5
    for command in commands:
        desk.run(command)
    assert len(list((desk.folder / "outbox").glob("*.eml"))) == people_in_the_sample()


def people_in_the_sample() -> int:
    with sample_subscribers().open(encoding="utf-8", newline="") as lines:
        return len(list(csv.DictReader(lines)))


def test_the_number_of_sample_subscribers() -> None:
    """The README says how many the demo sends to."""
    assert f'"sends" to {people_in_the_sample()} sample subscribers' in README


def leaves(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        whole = f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from leaves(command, whole)
        else:
            yield whole, command


def test_commands_have_json_as_promised() -> None:
    """Every command has --json, but for those that the README names."""
    named = re.search(r"`--json`.*?;\s+all but (.+?)\.", README, re.DOTALL)
    assert named
    without = {
        name
        for name, command in leaves(root)
        if not any("--json" in option.opts for option in command.params)
    }
    assert without <= set(re.findall(r"`([^`]+)`", named[1]))
