"""The documentation says what the program does."""

from __future__ import annotations

import dataclasses
import re
import sys
from pathlib import Path

import pytest

from digest import model
from digest.checks import CHECKS
from digest.cli.root import COMMANDS
from subscribers import model as people
from tests.docs import checks, settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]


def test_settings_page_is_the_table() -> None:
    """docs/settings.md is what `python -m tests.docs.settings` prints."""
    assert (ROOT / "docs/settings.md").read_text() == settings.page()


def test_checks_page_is_what_the_modules_say() -> None:
    """docs/checks.md is what `python -m tests.docs.checks` prints; each has a row."""
    assert (ROOT / "docs/checks.md").read_text() == checks.page()
    for check in CHECKS:
        assert checks.rows(sys.modules[check.__module__].__doc__ or "")


def test_readme_is_short() -> None:
    """The README is at most 600 words."""
    assert len((ROOT / "README.md").read_text().split()) <= 600


def test_every_value_is_in_the_glossary() -> None:
    """Each value of the models has its word in the glossary."""
    glossary = (ROOT / "docs/glossary.md").read_text().lower()
    values = [
        name
        for module in (model, people)
        for name, value in vars(module).items()
        if dataclasses.is_dataclass(value) and value.__module__ == module.__name__
    ]
    words = {name: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower() for name in values}
    missing = [name for name, word in words.items() if f"| {word} |" not in glossary]
    assert missing == ["Address"]  # an e-mail address means what it means anywhere


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of ours leads to one."""
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / link).exists(), link


def test_commands_named_in_the_readme_exist() -> None:
    """Each `digest COMMAND` of the README is a command."""
    readme = (ROOT / "README.md").read_text()
    named = set(re.findall(r"(?:^    |`|&& )digest ([a-z]+)", readme, re.MULTILINE))
    assert named <= set(COMMANDS)


def test_the_python_page_runs() -> None:
    """The examples of docs/python.md do what they say."""
    content = (ROOT / "docs/python.md").read_text()
    examples = re.findall(r"```python\n(.*?)```", content, re.DOTALL)
    exec(compile("\n".join(examples), "docs/python.md", "exec"), {})


def test_every_target_of_the_menu_has_a_rule() -> None:
    """What the Makefile calls a target can be made."""
    makefile = (ROOT / "Makefile").read_text()
    phony = " ".join(re.findall(r"^\.PHONY: (.*)", makefile, re.MULTILINE)).split()
    rules = re.findall(r"^([a-z]+):(?!=)", makefile, re.MULTILINE)
    assert sorted(phony) == sorted(rules)
