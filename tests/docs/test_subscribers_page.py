"""The page about subscribers says what the program does."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from subscribers.segments import parse
from tests.cli.conftest import Digest, digest, folder

__all__ = ["digest", "folder"]

PAGE = (Path(__file__).parents[2] / "docs/subscribers.md").read_text()
SEGMENTS = PAGE.partition("\n## Segments\n")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"^    digest (.+)", SEGMENTS, re.MULTILINE)
TERMS = re.findall(r"^\| (`.+?`) \|", SEGMENTS, re.MULTILINE)

ANN = {
    "email": "ann@example.org",
    "zone": "Europe/Brussels",
    "topics": ["nato"],
    "attributes": {"city": "Ghent"},
}


@pytest.mark.parametrize(
    "term",
    [each for row in TERMS for each in re.findall("`(.+?)`", row) if " " in each],
)
def test_terms_of_segments(term: str) -> None:
    """Each example of the table can be written so."""
    parse(term)


def test_commands_of_segments(digest: Digest, folder: Path) -> None:
    """The commands do what is said of them, in their order."""
    digest("lists", "add", "weekly")
    (folder / "people.jsonl").write_text(json.dumps(ANN) + "\n")
    bring = ("subscribers", "import", "people.jsonl", "--list", "weekly")
    assert digest(*bring, "--consent", "asked").code == 0
    assert digest("build", "ferry.txt").code == 0
    assert len(COMMANDS) == 4
    for command in COMMANDS:
        words = shlex.split(command.replace("send 3", "send 1"))
        assert digest(*words).code == 0, command


def test_python_of_segments() -> None:
    """The examples for Python run."""
    examples = re.findall(r"```python\n(.*?)```", SEGMENTS, re.DOTALL)
    assert examples
    exec(compile("\n".join(examples), "docs/subscribers.md", "exec"), {})
