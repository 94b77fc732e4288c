"""`digest schedule` and `digest approve`: digests that go out by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digest.cli.due import last_line, line, not_over, slot_times, told
from digest.cli.spans import SPAN, span
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    print_json,
)
from digest.errors import UsageError
from digest.model import Missed, Otherwise, Schedule
from digest.schedule import (
    Slot,
    parse_cadence,
    parse_zone,
    starts_after,
    upcoming,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection


Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def schedule() -> None:
    """Digests that go out by themselves.

    \b
    Example:
      digest schedule add weekly --every "monday 08:00" --zone Europe/Amsterdam \\
        --list weekly
    """


class _Word(click.Choice[Any]):
    """One of an enum's words, as they are written."""

    def normalize_choice(self, choice: object, ctx: click.Context | None) -> str:
        return str(choice)


def _how(command: Command) -> Command:
    """What a schedule says beside when and to whom; what is not given is None."""
    for option in reversed(HOW):
        command = option(command)
    return command


HOW = (
    click.option(
        "--local/--one-time",
        default=None,
        help="At its time of day in each subscriber's own zone.",
    ),
    click.option(
        "--lead",
        type=SPAN,
        help="So long before its time it is built, and then handed over.  "
        "[2h, with --approve the deadline and 2h]",
    ),
    click.option(
        "--missed",
        type=_Word(Missed),
        help="What becomes of a slot when nobody was there.  [once]",
    ),
    click.option(
        "--lateness", type=SPAN, help="So long after its time it is still sent.  [6h]"
    ),
    click.option(
        "--approve/--no-approve", default=None, help="Somebody looks at it first."
    ),
    click.option(
        "--deadline",
        type=SPAN,
        help="So long before its time it must be approved.  [75m]",
    ),
    click.option(
        "--otherwise",
        type=_Word(Otherwise),
        help="What becomes of it if nobody approves it by then.  [skip]",
    ),
)


@schedule.command()
@click.argument("name")
@click.option("--every", metavar="WHEN", help="'monday 08:00'")
@click.option("--cron", metavar="LINE", help="Instead: '0 8 * * 1'")
@click.option("--zone", required=True, help="As in Europe/Amsterdam.")
@click.option("--list", "lists", required=True, multiple=True, metavar="LIST")
@_how
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

    WHEN is as people say it: 'every monday 08:00', 'weekdays 07:30', 'tue and fri
    10:00', 'first tuesday of the month 09:00', 'last day of the month 17:00'. A time
    that clocks skip comes as much later; one that they show twice is the first.

    \b
    Example:
      digest schedule add weekly --every "monday 08:00" --zone Europe/Amsterdam \\
        --list weekly
    """
    from digest.store import schedules

    if "@" in name:  # it stays when somebody is erased
        raise UsageError(f"the name {name} holds an @; take another")
    when = _when(every, cron)
    if when is None:
        raise UsageError("say when: --every 'monday 08:00', or --cron '0 8 * * 1'")
    new = Schedule(name=name, every=when, zone=zone, lists=lists, **_given(how))
    _check_deadline(how, new)
    now = workspace.now()
    first = _first(new, now)
    with workspace.database.write() as connection:
        _check_lists(connection, lists)
        schedules.add_schedule(connection, new, now)
    _say_first(new, first, as_json=as_json)


@schedule.command("set")
@click.argument("name")
@click.option("--every", metavar="WHEN", help="'monday 08:00'")
@click.option("--cron", metavar="LINE", help="Instead: '0 8 * * 1'")
@click.option("--zone", help="As in Europe/Amsterdam.")
@click.option(
    "--list", "lists", multiple=True, metavar="LIST", help="Instead of those it has."
)
@_how
@json_option
@pass_workspace
def change(
    workspace: Workspace,
    /,
    name: str,
    every: str | None,
    cron: str | None,
    zone: str | None,
    lists: tuple[str, ...],
    as_json: bool,
    **how: Any,
) -> None:
    """Change a schedule: what is given, and nothing else.

    Another time starts with the next day that it has not gone out on, or was to; one
    that waits is given up, and its issue kept. All else counts from now on.

    \b
    Example:
      digest schedule set weekly --every "tuesday 08:00"
    """
    from digest.store import schedules

    now, when = workspace.now(), _when(every, cron)
    given = {"every": when, "zone": zone, "lists": lists or None, **how}
    with workspace.database.write() as connection:
        stored = schedules.find_schedule(connection, name)
        changed = replace(stored.schedule, **_given(given))
        _check_deadline(how, changed)
        since = stored.since
        if (changed.every, changed.zone) != (
            stored.schedule.every,
            stored.schedule.zone,
        ):
            since = starts_after(stored.last, parse_zone(changed.zone), now)
        first = _first(changed, max(since, now))
        _check_lists(connection, lists)
        given_up = schedules.change_schedule(connection, changed, since, now)
    if given_up is not None:
        _say_given_up(given_up, changed.lists)
    _say_first(changed, first, as_json=as_json)


def _say_given_up(issue: int, lists: Sequence[str]) -> None:
    from digest.sending import send_command

    again = send_command(issue, lists)
    say(f"issue {issue} does not go out by itself any more; to send it: {again}")


def _when(every: str | None, cron: str | None) -> str | None:
    if every is not None and cron is not None:
        raise UsageError("--every and --cron say the same; give one of them")
    return every if cron is None else f"cron {cron}"


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _check_deadline(how: Mapping[str, Any], new: Schedule) -> None:
    if how["deadline"] is not None and not new.approve:
        raise UsageError("--deadline is when it must be approved; add --approve")


def _first(new: Schedule, after: datetime) -> Slot:
    """The first slot of a schedule; it is refused where it can have none."""
    slots = upcoming(parse_cadence(new.every), parse_zone(new.zone), after, 1)
    if not slots:
        raise UsageError(f"{new.every!r} names no day that ever comes")
    if new.approve and new.deadline >= new.ahead:
        raise UsageError(
            f"--deadline {span(new.deadline)}: it is built only {span(new.ahead)} "
            "before its time (--lead), so nobody could approve it by then"
        )
    return slots[0]


def _check_lists(connection: Connection, lists: Sequence[str]) -> None:
    import subscribers as people

    for name in lists:
        people.find_list(connection, name)


def _say_first(new: Schedule, slot: Slot, *, as_json: bool) -> None:
    local = slot.at.astimezone(parse_zone(new.zone))
    if as_json:
        print_json({"schedule": new.name, "at": slot.at})
    say(f"schedule {new.name}: first on {local:%A %d %B %Y, %H:%M %Z}")


@schedule.command("list")
@json_option
@pass_workspace
def list_schedules(workspace: Workspace, as_json: bool) -> None:
    """Every schedule, and what became of its last slot.

    \b
    Example:
      digest schedule list
    """
    from digest.store import schedules

    with workspace.database.read() as connection:
        found = schedules.all_schedules(connection)
    for each in found:
        stored = each.schedule
        if as_json:
            print_json(
                {
                    "schedule": stored.name,
                    "every": stored.every,
                    "zone": stored.zone,
                    "lists": stored.lists,
                    "local": stored.local,
                    "lead": stored.ahead.total_seconds(),
                    "missed": stored.missed,
                    "lateness": stored.lateness.total_seconds(),
                    "approve": stored.approve,
                    "deadline": stored.deadline.total_seconds(),
                    "otherwise": stored.otherwise,
                    "last": {
                        "slot": each.last,
                        "state": each.state,
                        "issue": each.issue,
                        "reason": each.reason,
                    }
                    if each.last
                    else None,
                }
            )
        else:
            click.echo(told(stored))
            if each.last:
                click.echo(last_line(each))


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
        was = schedules.remove_schedule(connection, name)
    if was.issue and was.state in schedules.OPEN:
        _say_given_up(was.issue, was.schedule.lists)
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
    """When digests are due: built, approved, handed over, and when they arrive.

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
    for each in found:
        after = not_over(each, workspace.now())
        for times in slot_times(each.schedule, after, count):
            if as_json:
                print_json(times)
            else:
                click.echo(line(each.schedule, times))


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
    from digest.store import approvals

    with workspace.database.write() as connection:
        name = approvals.approve(connection, issue_id=issue)
        workspace.desk.enqueue(connection, "slot", schedule=name)
    if as_json:
        print_json({"issue": issue, "approved": True})
    say(f"issue {issue} is approved; the next run sends it")
