"""`digest db`: the database itself, to migrate and to back up."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import click

from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    confirm,
    json_option,
    pass_workspace,
    print_json,
    yes_option,
)


@click.group()
def db() -> None:
    """The database: SQLite's file, or PostgreSQL.

    \b
    Example:
      digest db backup /mnt/backup/digest
    """


@db.command()
@json_option
@pass_workspace
def migrate(workspace: Workspace, as_json: bool) -> None:
    """Bring the database to this program's version, as every command does first.

    \b
    Example:
      digest db migrate
    """
    from digest.store import HEAD

    place = workspace.database.place
    if as_json:
        print_json({"database": place, "version": HEAD})
    else:
        say(f"{place}: at version {HEAD}")


@db.command()
@yes_option
@json_option
@pass_workspace
def adopt(workspace: Workspace, yes: bool, as_json: bool) -> None:
    """Let a copied or restored database take the original's place.

    Every issue that is under way is paused, for the original may have handed over
    what is planned here; SendGrid is asked who has left meanwhile.

    \b
    Example:
      digest db adopt
    """
    from digest.recovery import adopt as take_over

    if not yes:
        confirm("Is the original stopped for good?")
    held = take_over(workspace.desk)
    if as_json:
        print_json({"database": workspace.database.place, "held": held})
        return
    say(f"{workspace.database.place}: is the one that sends from now on")
    for issue in held:
        say(f"  issue {issue} is paused; see digest status {issue}")


@db.command()
@click.option("--to", "url", required=True, metavar="URL", help="postgresql://…")
@json_option
@pass_workspace
def copy(workspace: Workspace, url: str, as_json: bool) -> None:
    """Copy everything into another database, and compare every row.

    Stopped, the same command goes on. Nobody should write meanwhile: stop `digest run`
    first. The copy sends once `digest db adopt` was run there, and is copied into no
    more.

    \b
    Example:
      digest db copy --to postgresql://digest@db.example.org/digest
    """
    from digest.service.alone import alone
    from digest.store import open_database
    from digest.store.copying import copy as copy_all

    def progress(table: str, rows: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r  {table}: {rows}  ", err=True, nl=False)

    with alone(workspace.database), closing(open_database(url)) as target:
        copied = copy_all(workspace.database, target, progress)
    if as_json:
        print_json({"database": target.place, "rows": copied.rows})
        return
    rows = sum(copied.rows.values())
    say(f"copied {rows} rows into {target.place}, and compared them")
    say("  set [database] url to it, and then: digest db adopt")


@db.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
@pass_workspace
def backup(workspace: Workspace, folder: Path, as_json: bool) -> None:
    """Copy the database, digest.toml and the key into a folder, while others write.

    Of PostgreSQL it prints the command that copies the data. A copy that is there is
    replaced, whole. Keep it as safe as the original: everybody's address is in it.

    \b
    Example:
      digest db backup /mnt/backup/digest
    """
    from digest.backup import back_up

    done = back_up(workspace.database, workspace.config, folder)
    if as_json:
        print_json(
            {
                "database": str(done.database) if done.database else None,
                "command": done.command or None,
                "settings": str(done.settings) if done.settings else None,
                "key": str(done.key) if done.key else None,
            }
        )
        return
    for file in (done.database, done.settings, done.key):
        if file:
            say(f"wrote {file}")
    if done.command:
        say("the data is in PostgreSQL, which copies it by what follows; if it wants a")
        say("password, give it in PGPASSWORD or ~/.pgpass:")
        click.echo(done.command)
