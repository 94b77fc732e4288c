"""`digest report`: what came back of an issue, and how lists grow."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from shutil import get_terminal_size

import click

from digest.cli.exits import DONE
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    print_json,
)
from digest.errors import UsageError
from digest.files import written_whole

#: columns of a terminal: wider ones are left empty, narrower ones are not kept to
WIDEST, NARROWEST = 100, 72

file_type = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command()
@click.argument("issue", type=int, required=False)
@click.option(
    "--out",
    type=file_type,
    metavar="FILE.html",
    help="A page with plots, in one file that needs no other.",
)
@click.option("--csv", "csv_file", type=file_type, metavar="FILE", help="- is stdout.")
@json_option
@pass_workspace
def report(
    workspace: Workspace,
    issue: int | None,
    out: Path | None,
    csv_file: Path | None,
    as_json: bool,
) -> int:
    """Figures of an issue: delivered, bounced, opened, clicked; readers and programs
    apart. Without ISSUE: how lists grow, and how issues compare.

    \b
    Examples:
      digest report 3
      digest report 3 --out report.html --csv report.csv
      digest report --json
    """
    from digest import report as reports

    if out:
        _check_plots(out)
    now = workspace.now()
    made = (
        reports.of_issue(workspace.database, issue, now)
        if issue is not None
        else reports.of_everything(workspace.database, now)
    )
    if csv_file:
        text = io.StringIO(newline="")
        reports.write_csv(made, text)
        _write(csv_file, text.getvalue())
    if out:
        from digest.report.page import page

        _write(out, page(made))
    if as_json:
        print_json(reports.as_object(made))
    elif not (out or csv_file):
        width = min(max(get_terminal_size().columns, NARROWEST), WIDEST)
        click.echo("\n".join(reports.lines(made, width)))
    return DONE


def _check_plots(out: Path) -> None:
    from digest.report import plots

    if not plots.available():
        raise UsageError(
            f"--out {out}: {plots.HINT}; without plots: --csv FILE, --json"
        )


def _write(file: Path, content: str) -> None:
    if file == Path("-"):
        sys.stdout.write(content)
        return
    with written_whole({file: content.encode()}):
        say(f"written: {file}")
