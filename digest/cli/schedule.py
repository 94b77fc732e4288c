"""`digest schedule` and `digest approve`: digests that go out by themselves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    print_json,
    say,
)
from digest.errors import UsageError
from digest.model import Schedule
from digest.schedule import parse_cadence, parse_zone, upcoming


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
