"""`digest config` and `digest doctor`: what is set, and what is wrong."""

from __future__ import annotations

import json
from typing import Any

import click

from digest.cli.exits import DONE, FAILED
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    confirm,
    json_option,
    pass_workspace,
    print_json,
    yes_option,
)
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
@click.option(
    "--probe",
    metavar="ADDR",
    help="Mail yourself what should not arrive: what does SendGrid's cancel do?",
)
@yes_option
@json_option
@pass_workspace
def doctor(workspace: Workspace, probe: str | None, yes: bool, as_json: bool) -> int:
    """Look at everything that sending needs, and say what to do.

    \b
    Examples:
      digest doctor
      digest doctor --probe me@example.org
    """
    from digest.doctor import examine

    if probe:
        return _probe(workspace, probe, yes=yes, as_json=as_json)

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


def _probe(workspace: Workspace, address: str, *, yes: bool, as_json: bool) -> int:
    from digest.delivery.probe import probe
    from subscribers.address import parse_address

    to = parse_address(address).display
    if not yes:
        confirm(f"Mail {to} a probe?")
    sent = probe(workspace.config, to)
    if as_json:
        print_json({"to": sent.to, "send_at": sent.send_at.isoformat()})
        return DONE
    say(f"a mail to {sent.to} was cancelled, and then handed over")
    say(
        f"  if nothing arrives by {sent.send_at:%H:%M} UTC and some minutes, SendGrid's"
    )
    say("  cancel also stops what comes after it; if it arrives, it does not: either")
    say("  way nobody gets two, for the cancel waits until nothing can be on its way")
    return DONE
