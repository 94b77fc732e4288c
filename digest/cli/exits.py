"""Exit codes: the one table from what happened to what the shell is told."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import click

from digest import errors
from digest.cli.talk import complain

DONE = 0
FAILED = 1
USAGE = 2
NOTHING_TO_DO = 3
REFUSED = 4
UNSETTLED = 5
TRY_AGAIN = 75


def table() -> Iterator[tuple[type[Exception], int]]:
    """What may be raised → the exit code; the first class that fits decides."""
    yield errors.ConfigError, USAGE
    yield errors.UsageError, USAGE
    yield errors.NothingToDo, NOTHING_TO_DO
    yield errors.CheckRefused, REFUSED
    yield errors.TryAgain, TRY_AGAIN
    yield errors.DigestError, FAILED
    # Importing these takes SQLAlchemy with them, so only where the ones above fail.
    from subscribers.errors import (
        InvalidAddress,
        InvalidName,
        InvalidSegment,
        InvalidValue,
        SubscriberError,
        UnknownField,
        UnknownSubscriber,
    )

    yield InvalidAddress, USAGE
    yield InvalidValue, USAGE
    yield InvalidName, USAGE
    yield InvalidSegment, USAGE
    yield UnknownField, USAGE
    yield UnknownSubscriber, NOTHING_TO_DO
    yield SubscriberError, FAILED


def run(command: click.Command, argv: Sequence[str] | None) -> int:
    """Run a command; say in one line on stderr what went wrong.

    What the command enters on the ExitStack that it finds lasts until that is said.
    """
    with ExitStack() as stack:
        return _run(command, argv, stack)


def _run(command: click.Command, argv: Sequence[str] | None, stack: ExitStack) -> int:
    try:
        result = command.main(
            args=argv, prog_name="digest", standalone_mode=False, obj=stack
        )
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # what click makes of it
            return _say(str(error.__cause__) or "stopped", 128 + signal.SIGINT)
        return _say("nothing was done; say --yes not to be asked", FAILED)
    except BrokenPipeError:
        # Whoever read us has gone; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _say(f"{error.filename or 'system'}: {error.strerror or error}", FAILED)
    except Exception as error:
        return _say(str(error), _code(error))
    return result if isinstance(result, int) else DONE


def _code(error: Exception) -> int:
    """The exit code of an error of ours; any other is a bug, and raised again."""
    for kind, code in table():
        if isinstance(error, kind):
            return code
    raise error


def _say(message: str, code: int) -> int:
    complain(f"digest: {message}")
    return code
