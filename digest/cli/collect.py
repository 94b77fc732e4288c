"""`digest collect`: what the sources have that is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.exits import DONE, FAILED
from digest.cli.workspace import Workspace, json_option, pass_workspace, print_json
from digest.errors import NothingToDo

if TYPE_CHECKING:
    from digest.collecting import Collected


@click.command()
@json_option
@pass_workspace
def collect(workspace: Workspace, as_json: bool) -> int:
    """Read the sources of digest.toml into the item store.

    Exit 1 if one of them failed; the others are read nevertheless.

    \b
    Example:
      digest collect; digest build --out out
    """
    from digest import pipeline

    if not workspace.config.source:
        raise NothingToDo(
            "there is no [[source]] in digest.toml; add one: digest sources add URL"
        )
    collected = pipeline.collect(workspace.desk)
    for each in collected:
        _say_collected(each, as_json=as_json)
    return FAILED if any(each.failed for each in collected) else DONE


def _say_collected(each: Collected, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "source": each.place,
                "new": each.new,
                "known": each.known,
                "edited": each.edited,
                "passed": each.passed,
                "held": each.held,
                "unchanged": each.unchanged,
                "failed": each.failed,
                "note": each.note,
            }
        )
        return
    click.echo(f"{each.place}: {_outcome(each)}")


def _outcome(each: Collected) -> str:
    if each.failed:
        return f"failed: {each.failed.removeprefix(f'{each.place}: ')}"
    if each.unchanged:
        said = "unchanged"
    else:
        figures = {
            "edited": each.edited,
            "passed over": each.passed,
            "held": each.held,
        }
        others = "".join(f", {n} {name}" for name, n in figures.items() if n)
        said = f"{each.new} new, {each.known} known{others}"
    return f"{said} ({each.note})" if each.note else said
