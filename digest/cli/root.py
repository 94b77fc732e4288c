"""The commands by name; a command's file is imported when it is called."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click

from digest import __version__
from digest.cli.workspace import Workspace

#: name → (module, command in it, short help)
COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "init": ("start", "init", "Write a commented digest.toml."),
    "demo": ("demo", "demo", "Build, check, preview and 'send' a bundled sample."),
    "summarize": ("summarize", "summarize", "Lead paragraphs and key quotes."),
    "extract": ("extract", "extract", "The article that is in a page."),
    "collect": ("collect", "collect", "Read the sources of digest.toml."),
    "sources": ("sources", "sources", "Add, list and remove sources."),
    "build": ("build", "build", "Freeze an issue, from the sources or from files."),
    "issues": ("issues", "issues", "What was built; compare, rebuild, discard."),
    "check": ("build", "check", "Find what readers would trip over."),
    "preview": ("preview", "preview", "Show the e-mail in a browser."),
    "send": ("send", "send", "Hand an issue to the subscribers of lists."),
    "approve": ("schedule", "approve", "Let a schedule's issue go out."),
    "status": ("status", "status", "What was sent, and what is unsettled."),
    "pause": ("operate", "pause", "Stop an issue, and take back what has not gone."),
    "resume": ("operate", "resume", "Go on with an issue that stands."),
    "cancel": ("operate", "cancel", "Take an issue back, for good."),
    "resend": ("operate", "resend", "Try those again who were refused."),
    "settle": ("operate", "settle", "Settle what is unknown, by evidence or by hand."),
    "subscribers": (
        "subscribers",
        "subscribers",
        "Add, import, export and erase people.",
    ),
    "lists": ("lists", "lists", "Add and list mailing lists."),
    "segments": (
        "segments",
        "segments",
        "Name parts of an audience, and look at them.",
    ),
    "events": ("events", "events", "Take in what SendGrid says came of the mail."),
    "report": ("report", "report", "Figures and plots of an issue, and of lists."),
    "schedule": ("schedule", "schedule", "Digests that go out by themselves."),
    "run": ("run", "run", "Build and send what is due, and serve the pages."),
    "serve": ("run", "serve", "Serve the public pages and the webhook."),
    "worker": ("run", "worker", "Do what is due, on many machines."),
    "db": ("database", "db", "Migrate and back up the database."),
    "config": ("config", "config", "Show the settings in force."),
    "doctor": ("config", "doctor", "What is wrong, and what to do."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' help without importing them.

    `digest --help` must not wait for what only `digest build` needs.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(
            importlib.import_module(f"digest.cli.{module}"), name
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # click suggests among the commands that are imported: here none is
        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if near and args[0] not in COMMANDS:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, row[2]) for name, row in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings; by default ./digest.toml where there is one.",
)
@click.option(
    "--log-json", is_flag=True, help="What is said on stderr is JSON, an object a line."
)
@click.version_option(__version__, prog_name="digest")
@click.pass_context
def root(ctx: click.Context, config_file: Path | None, log_json: bool) -> None:
    """Turn articles into a newsletter, and send it once to each subscriber.

    \b
    Example:
      digest init && digest build article.txt --out out && digest preview out
    """
    stack = ctx.find_object(ExitStack)
    ctx.obj = Workspace(config_file)
    if log_json and stack:
        stack.enter_context(ctx.obj.logging(as_json=True))
    ctx.obj.makes_database = ctx.invoked_subcommand != "status"
    ctx.call_on_close(ctx.obj.close)
