"""`digest run`, `serve` and `worker`: what goes on by itself."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING

import click

from digest.cli.exits import DONE, FAILED, REFUSED, UNSETTLED
from digest.cli.status import status_object
from digest.cli.talk import Log, say
from digest.cli.workspace import (
    Workspace,
    halting,
    json_option,
    pass_reader,
    pass_workspace,
    print_json,
)

if TYPE_CHECKING:
    from digest.service import Driven, SlotResult


@click.command()
@click.option("--once", is_flag=True, help="Do what is due, and end: for cron.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Of the pages and webhook."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8025, show_default=True)
@json_option
@pass_reader
def run(workspace: Workspace, once: bool, host: str, port: int, as_json: bool) -> int:
    """Build, check and send what is due, once a slot; serve the pages and the webhook.

    What was refused or failed is tried again, with the same issue. Through the outbox
    it is a rehearsal, and `state` says so. Put a proxy with https in front of the port,
    at [newsletter] base_url. Ctrl-C and SIGTERM end it, with nothing in doubt.

    \b
    Examples:
      digest run --port 8025
      */5 * * * * cd /srv/digest && set -a && . ./secrets && digest run --once
    """
    from digest.service import drive_due, forget, run_due
    from digest.service.alone import alone

    if not once:
        return _keep_running(workspace, host, port, as_json=as_json)
    with alone(workspace.database), halting() as halt:
        workspace.errands()
        driven = drive_due(workspace.desk, say, halt)
        results = [] if halt.is_set() else run_due(workspace.desk, halt)
        forget(workspace.desk)
    for each in driven:
        _say_driven(each, as_json=as_json)
    for result in results:
        _say_slot(result, as_json=as_json)
    codes = [_EXITS[result.state] for result in results]
    return max([*codes, *(_exit(each) for each in driven)], default=DONE)


def _keep_running(workspace: Workspace, host: str, port: int, *, as_json: bool) -> int:
    from digest.service import forget, run_due
    from digest.service.alone import alone
    from digest.service.drivers import Drivers
    from digest.service.loop import keep_running, serving
    from digest.web.public.app import public_app

    desk = workspace.desk

    def due(halt: threading.Event) -> None:
        for result in run_due(desk, halt, leave=True):
            _log_slot(log, result)
            if as_json:
                _say_slot(result, as_json=True)
        forget(desk)

    def told(driven: Driven) -> None:
        _log_driven(log, driven)
        if as_json:
            _say_driven(driven, as_json=True)

    with workspace.logging() as log, alone(desk.database), halting() as halt:
        with serving(public_app(desk), host, port) as address:
            say(f"runs, and serves {address}; Ctrl-C ends it")
            drivers = Drivers(desk=desk, told=told, tell=say, halt=halt)
            ended = keep_running(desk, drivers, due)
    if not ended:  # a thread waits for a server, and Python would wait for it
        workspace.close()
        os._exit(DONE)
    return DONE


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8025, show_default=True)
@pass_workspace
def serve(workspace: Workspace, host: str, port: int) -> int:
    """Serve the public pages and the webhook alone.

    \b
    Example:
      digest serve --port 8025
    """
    from digest.service.loop import serving
    from digest.web.public.app import public_app

    with workspace.logging(), halting() as halt:
        with serving(public_app(workspace.desk), host, port) as address:
            say(f"serves {address}; Ctrl-C ends it")
            halt.wait()
    return DONE


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 50), default=4, show_default=True)
@pass_workspace
def worker(workspace: Workspace, concurrency: int) -> int:
    """Do what is due, on as many machines as there are: with PostgreSQL.

    Each needs the same digest.toml, and digest.key. Ctrl-C and SIGTERM end it, with
    nothing in doubt; jobs of one that dies are done by the others.

    \b
    Example:
      digest worker --concurrency 4
    """
    from digest.service.drivers import Drivers
    from digest.service.queue import Working, queue_app, work

    desk = workspace.desk
    with workspace.logging() as log, halting() as halt:
        told = partial(_log_driven, log)
        working = Working(
            desk=desk,
            drivers=Drivers(desk=desk, told=told, tell=say, halt=halt),
            told=partial(_log_slot, log),
            tell=say,
            halt=halt,
        )
        app = queue_app(workspace.database, working)
        say("works; Ctrl-C ends it")
        work(app, working, concurrency)
    return DONE


def _say_slot(result: SlotResult, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "schedule": result.schedule,
                "slot": result.slot,
                "state": result.state,
                "issue": result.issue,
                "reason": result.reason,
            }
        )
    else:
        click.echo(_line(result))


def _say_driven(driven: Driven, *, as_json: bool) -> None:
    status = driven.status
    if as_json:
        found = status_object(status) if status else {"issue": driven.issue}
        print_json({**found, "failed_to_go_on": driven.failed or None})
    elif driven.failed:
        click.echo(f"issue {driven.issue}: not gone on with: {driven.failed}")
    elif status:
        reason = f" ({status.reason})" if status.reason else ""
        click.echo(
            f"issue {status.issue} {status.state}{reason}: {status.accepted} of "
            f"{status.planned} accepted, {status.pending} wait, "
            f"{status.unsettled} unsettled"
        )


def _log_slot(log: Log, result: SlotResult) -> None:
    level = {"failed": log.error, "refused": log.warning, "unsettled": log.warning}
    level.get(result.state, log.info)(
        "slot",
        schedule=result.schedule,
        slot=result.slot,
        state=str(result.state),
        issue=result.issue,
        reason=result.reason,
    )


def _log_driven(log: Log, driven: Driven) -> None:
    status = driven.status
    if status is None:
        log.error("issue", issue=driven.issue, reason=driven.failed)
        return
    log.info(
        "issue",
        issue=status.issue,
        state=str(status.state),
        reason=status.reason,
        planned=status.planned,
        accepted=status.accepted,
        pending=status.pending,
        unsettled=status.unsettled,
    )


def _exit(driven: Driven) -> int:
    if driven.status is None:
        return FAILED
    return UNSETTLED if driven.status.unsettled else DONE


def _line(result: SlotResult) -> str:
    issue = f", issue {result.issue}" if result.issue else ""
    reason = f": {result.reason}" if result.reason else ""
    again = "; mended, the next `digest run --once` goes on" if result.mendable else ""
    state = "scheduled" if result.ahead else result.state
    return f"{result.schedule} {result.slot} {state}{issue}{reason}{again}"


_EXITS = {
    "sent": DONE,
    "rehearsed": DONE,
    "skipped": DONE,
    "failed": FAILED,
    "refused": REFUSED,
    "unsettled": UNSETTLED,
    "waiting": DONE,
}
