"""`digest schedule` and `digest run`: digests that go out by themselves."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.exits import DONE, FAILED, REFUSED, UNSETTLED
from digest.cli.status import status_object
from digest.cli.workspace import (
    Workspace,
    halting,
    json_option,
    pass_workspace,
    print_json,
    say,
)
from digest.errors import UsageError
from digest.model import Schedule
from digest.schedule import parse_cadence, parse_zone, upcoming

if TYPE_CHECKING:
    from digest.service import Driven, SlotResult


class _Span(click.ParamType):  # type: ignore[type-arg]
    """A span of time: 90m, 2h, 1h30m."""

    name = "SPAN"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?", value)
        if not value or found is None:
            raise UsageError(f"{value!r} is no span of time; write 90m, 2h or 1h30m")
        return timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))


SPAN = _Span()


@click.group()
def schedule() -> None:
    """Digests that go out by themselves.

    \b
    Example:
      digest schedule add weekly --every "monday 08:00" --zone Europe/Amsterdam \\
        --list weekly
    """


@schedule.command()
@click.argument("name")
@click.option("--every", metavar="WHEN", help="'monday 08:00'")
@click.option("--cron", metavar="LINE", help="Instead: '0 8 * * 1'")
@click.option("--zone", required=True, help="As in Europe/Amsterdam.")
@click.option("--list", "lists", required=True, multiple=True, metavar="LIST")
@click.option(
    "--lead",
    type=SPAN,
    default="2h",
    show_default=True,
    help="So long before it goes out it is built, and handed over.",
)
@click.option(
    "--missed",
    type=click.Choice(["once", "skip", "ask"]),
    default="once",
    show_default=True,
    help="What becomes of a slot when nobody was there.",
)
@click.option(
    "--lateness",
    type=SPAN,
    default="6h",
    show_default=True,
    help="So long after its time it is still sent.",
)
@click.option("--approve", is_flag=True, help="Somebody looks at it first.")
@click.option(
    "--deadline",
    type=SPAN,
    default="75m",
    show_default=True,
    help="So long before it goes out it must be approved.",
)
@click.option(
    "--otherwise",
    type=click.Choice(["skip", "send"]),
    default="skip",
    show_default=True,
    help="What becomes of it if nobody approves it by then.",
)
@json_option
@pass_workspace
def add(
    workspace: Workspace,
    /,
    name: str,
    every: str | None,
    cron: str | None,
    zone: str,
    lists: tuple[str, ...],
    as_json: bool,
    **how: Any,
) -> None:
    """Build and send a digest again and again, at a local time.

    \b
    Example:
      digest schedule add weekly --every "monday 08:00" --zone Europe/Amsterdam \\
        --list weekly
    """
    import subscribers as people

    if "@" in name:  # it stays when somebody is erased
        raise UsageError(f"the name {name} holds an @; take another")
    from digest.store import schedules

    if (every is None) == (cron is None):
        raise UsageError("say when: --every 'monday 08:00', or --cron '0 8 * * 1'")
    every = every or f"cron {cron}"
    now = workspace.now()
    slots = upcoming(parse_cadence(every), parse_zone(zone), now, 1)
    if not slots:
        raise UsageError(f"{every!r} names no day that ever comes")
    new = Schedule(name=name, every=every, zone=zone, lists=lists, **how)
    with workspace.database.write() as connection:
        for list_name in lists:
            people.find_list(connection, list_name)
        schedules.add_schedule(connection, new, now)
    local = slots[0].at.astimezone(parse_zone(zone))
    if as_json:
        print_json({"schedule": name, "at": slots[0].at})
    say(f"schedule {name}: first on {local:%A %d %B %Y, %H:%M %Z}")


@schedule.command("list")
@json_option
@pass_workspace
def list_schedules(workspace: Workspace, as_json: bool) -> None:
    """Every schedule.

    \b
    Example:
      digest schedule list
    """
    from digest.store import schedules

    with workspace.database.read() as connection:
        found = [each.schedule for each in schedules.all_schedules(connection)]
    for stored in found:
        if as_json:
            print_json(
                {
                    "schedule": stored.name,
                    "every": stored.every,
                    "zone": stored.zone,
                    "lists": stored.lists,
                }
            )
        else:
            to = ", ".join(stored.lists)
            click.echo(f"{stored.name}: {stored.every} {stored.zone}, to {to}")


@schedule.command()
@click.argument("name")
@json_option
@pass_workspace
def remove(workspace: Workspace, name: str, as_json: bool) -> None:
    """Take a schedule away; what it has sent stays.

    \b
    Example:
      digest schedule remove weekly
    """
    from digest.store import schedules

    with workspace.database.write() as connection:
        schedules.remove_schedule(connection, name)
    if as_json:
        print_json({"schedule": name, "removed": True})
    say(f"schedule {name} is no more")


@schedule.command("next")
@click.argument("name", required=False)
@click.option("--count", type=click.IntRange(1, 1000), default=5)
@json_option
@pass_workspace
def next_slots(
    workspace: Workspace, name: str | None, count: int, as_json: bool
) -> None:
    """When digests are due.

    \b
    Example:
      digest schedule next weekly --count 10
    """
    from digest.store import schedules

    with workspace.database.read() as connection:
        found = (
            [schedules.find_schedule(connection, name)]
            if name
            else schedules.all_schedules(connection)
        )
    for stored in (each.schedule for each in found):
        zone = parse_zone(stored.zone)
        slots = upcoming(parse_cadence(stored.every), zone, workspace.now(), count)
        for slot in slots:
            local = slot.at.astimezone(zone)
            built = (slot.at - stored.lead).astimezone(zone)
            until = (slot.at - stored.deadline).astimezone(zone)
            if as_json:
                approval = until.isoformat() if stored.approve else None
                print_json(
                    {
                        "schedule": stored.name,
                        "at": local.isoformat(),
                        "build": built.isoformat(),
                        "approve_by": approval,
                    }
                )
            else:
                approval = f", approved by {until:%H:%M}" if stored.approve else ""
                click.echo(
                    f"{stored.name}\t{local:%a %d %b %Y %H:%M %Z}\t"
                    f"built at {built:%H:%M}{approval}"
                )


@click.command()
@click.option("--once", is_flag=True, help="Do what is due, and end: for cron.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Of the pages and webhook."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8025, show_default=True)
@json_option
@pass_workspace
def run(workspace: Workspace, once: bool, host: str, port: int, as_json: bool) -> int:
    """Build, check and send what is due, once a slot; serve the pages and the webhook.

    What was refused or failed is tried again, with the same issue. Through the outbox
    it is a rehearsal, and `state` says so. Put a proxy with https in front of the port,
    at [newsletter] base_url. Ctrl-C and SIGTERM end it, with nothing in doubt.

    \b
    Examples:
      digest run --port 8025
      */5 * * * * cd /srv/digest && digest run --once        (in crontab)
    """
    from digest.service import drive_due, forget, run_due

    if not once:
        return _keep_running(workspace, host, port, as_json=as_json)
    workspace.errands()
    with halting() as halt:
        driven = drive_due(workspace.desk, say, halt)
        results = [] if halt.is_set() else run_due(workspace.desk, halt)
    for each in driven:
        _say_driven(each, as_json=as_json)
    for result in results:
        _say_slot(result, as_json=as_json)
    forget(workspace.desk)
    codes = [_EXITS[result.state] for result in results]
    return max([*codes, *(_exit(each) for each in driven)], default=DONE)


def _keep_running(workspace: Workspace, host: str, port: int, *, as_json: bool) -> int:
    from digest.service import forget, run_due
    from digest.service.loop import alone, keep_running, serving
    from digest.web.public import public_app

    desk = workspace.desk

    def due(halt: threading.Event) -> None:
        for result in run_due(desk, halt):
            _say_slot(result, as_json=as_json)
        forget(desk)

    with alone(desk.database), halting() as halt:
        with serving(public_app(desk), host, port) as address:
            say(f"runs, and serves {address}; Ctrl-C ends it")
            keep_running(
                desk,
                due,
                told=lambda driven: _say_driven(driven, as_json=as_json),
                tell=say,
                halt=halt,
            )
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
    from digest.web.public import public_app

    with halting() as halt, serving(public_app(workspace.desk), host, port) as address:
        say(f"serves {address}; Ctrl-C ends it")
        halt.wait()
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


def _exit(driven: Driven) -> int:
    if driven.status is None:
        return FAILED
    return UNSETTLED if driven.status.unsettled else DONE


def _line(result: SlotResult) -> str:
    issue = f", issue {result.issue}" if result.issue else ""
    reason = f": {result.reason}" if result.reason else ""
    again = "; mended, the next `digest run --once` goes on" if result.mendable else ""
    return f"{result.schedule} {result.slot} {result.state}{issue}{reason}{again}"


_EXITS = {
    "sent": DONE,
    "rehearsed": DONE,
    "skipped": DONE,
    "failed": FAILED,
    "refused": REFUSED,
    "unsettled": UNSETTLED,
    "waiting": DONE,
}


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
    from digest.service.queue import Working, queue_app, work

    with halting() as halt:
        working = Working(desk=workspace.desk, tell=say, halt=halt)
        app = queue_app(workspace.database, working)
        say("works; Ctrl-C ends it")
        work(app, halt, concurrency)
    return DONE


@click.command()
@click.argument("issue", type=int)
@json_option
@pass_workspace
def approve(workspace: Workspace, issue: int, as_json: bool) -> None:
    """Let a schedule's issue go out, which waits for somebody to look at it.

    \b
    Example:
      digest approve 3
    """
    from digest.store import schedules

    with workspace.database.write() as connection:
        schedules.approve(connection, issue_id=issue)
    if as_json:
        print_json({"issue": issue, "approved": True})
    say(f"issue {issue} is approved; the next run sends it")
