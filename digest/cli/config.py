"""`digest config` and `digest doctor`: what is set, and what is wrong."""

from __future__ import annotations

import json
from typing import Any

import click

from digest.cli.exits import DONE, FAILED
from digest.cli.workspace import Workspace, json_option, pass_workspace, print_json
from digest.config import shown, table


@click.group()
def config() -> None:
    """The settings in force.

    \b
    Example:
      digest config show
    """


@config.command()
@json_option
@pass_workspace
def show(workspace: Workspace, as_json: bool) -> None:
    """Every setting with its value and its help; secrets are not printed.

    \b
    Example:
      DIGEST_ISSUE_MAX_STORIES=5 digest config show
    """
    settings = workspace.config
    for row in table():
        if row.section == "source":
            continue
        value = shown(settings, row)
        if as_json:
            print_json({"setting": row.name, "value": value, "help": row.help})
        else:
            click.echo(f"{_toml(row.name, value):<48} # {row.help}")
    for source in settings.source:
        if as_json:
            print_json({"setting": "source", "value": source.place, "help": ""})
        else:
            click.echo(_toml("source", source.place))


def _toml(name: str, value: Any) -> str:
    """A setting as digest.toml writes it; what JSON there is in one is TOML."""
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"


@click.command()
@json_option
@pass_workspace
def doctor(workspace: Workspace, as_json: bool) -> int:
    """Look at everything that sending needs, and say what to do.

    \b
    Example:
      digest doctor
    """
    from digest.doctor import examine

    diagnoses = examine(workspace.config, workspace.now())
    for diagnosis in diagnoses:
        if as_json:
            print_json(
                {
                    "name": diagnosis.name,
                    "ok": diagnosis.ok,
                    "message": diagnosis.message,
                    "help": diagnosis.help,
                }
            )
        else:
            mark = "ok  " if diagnosis.ok else "MEND"
            click.echo(f"{mark} {diagnosis.name}: {diagnosis.message}")
            if diagnosis.help:
                click.echo(f"       {diagnosis.help}")
    return DONE if all(diagnosis.ok for diagnosis in diagnoses) else FAILED
