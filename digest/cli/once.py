"""Options that take one value take it once.

click keeps the last and loses the others: `import --list a --list b` would bring people
onto b only, and say that all went well.
"""

from __future__ import annotations

from collections import Counter

import click

from digest.errors import UsageError


class OnceCommand(click.Command):
    """A command that refuses an option of one value that is given twice."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _, _, given = self.make_parser(ctx).parse_args(args=list(args))
        for each, times in Counter(given).items():
            if times > 1 and isinstance(each, click.Option) and _takes_one(each):
                raise UsageError(
                    f"{each.opts[0]} is given {times} times; it takes one value"
                )
        return super().parse_args(ctx, args)


class OnceGroup(click.Group):
    """A group of such commands."""

    command_class = OnceCommand


def _takes_one(option: click.Option) -> bool:
    return not (option.multiple or option.is_flag or option.count)
