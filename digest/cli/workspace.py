"""What every command shares: the settings, the database, the clock, how to print."""

from __future__ import annotations

import json
import re
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property, wraps
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from digest.cli.talk import Log, say
from digest.config import Config, load
from digest.errors import ConfigError, DatabaseError, DigestError, UsageError

if TYPE_CHECKING:
    from digest.pipeline import Desk, Enqueue
    from digest.store import Database
    from subscribers.model import Provider
    from subscribers.outgoing import Standing
    from subscribers.secret_key import SecretKey


Command = TypeVar("Command", bound=Callable[..., Any])


class Workspace:
    """A command's surroundings; settings and database are opened when first asked."""

    def __init__(self, config_file: Path | None = None) -> None:
        self._file = config_file
        self._log: Log | None = None
        #: a command that needs what is there would be told that all is well
        self.makes_database = True

    @classmethod
    def of(cls, config: Config) -> Workspace:
        """A workspace with settings that are in no file."""
        workspace = cls()
        workspace.config = config
        return workspace

    @cached_property
    def config(self) -> Config:
        return load(self._file)

    @cached_property
    def database(self) -> Database:
        from digest.store import open_database

        file = self.config.database_file
        if not self.makes_database and file and not file.exists():
            raise DatabaseError(
                f"there is no database at {file}; is this the right folder? "
                "A list makes one: digest lists add NAME"
            )
        return open_database(self.config.database_url)

    @cached_property
    def desk(self) -> Desk:
        from digest.pipeline import Desk, nobody

        enqueue: Enqueue = nobody
        if self.database.file is None:
            from digest.service.queue import enqueue
        return Desk(
            database=self.database,
            config=self.config,
            clock=self.now,
            nonce=self.nonce,
            enqueue=enqueue,
        )

    @cached_property
    def secret_key(self) -> SecretKey:
        """The key of erased people; its file is read when it is first needed."""
        from subscribers.secret_key import SecretKey

        return SecretKey(self.config.at(self.config.subscribers.key_file))

    @cached_property
    def provider(self) -> Provider | None:
        """Who is told of people that leave; None where no key is set."""
        from digest.delivery import provider_of

        return provider_of(self.config)

    @contextmanager
    def logging(self, *, as_json: bool = False) -> Iterator[Log]:
        """Have all that is said in the block logged; as it is already, if it is."""
        if self._log:
            yield self._log
            return
        from digest.cli.logs import logging_to

        with logging_to(sys.stderr, as_json=as_json, secrets=self._secrets) as log:
            self._log = log
            yield log
            self._log = None

    def _secrets(self) -> Sequence[str]:
        """What must not be said, as far as settings were read."""
        return self._kept_secret if "config" in self.__dict__ else ()

    @cached_property
    def _kept_secret(self) -> Sequence[str]:
        config = self.config
        try:
            given = (config.api_key, config.smtp_password)
        except ConfigError:  # a file that is not there; whoever needs it says so
            given = (config.sendgrid.api_key, config.smtp.password)
        return [*filter(None, (*given, urlsplit(config.database_url).password))]

    def errands(self) -> None:
        """Carry out the single mails and calls that are due, for some seconds.

        For a command that wrote some, once they are kept: it never fails by them, but
        says what waits.
        """
        from digest.delivery import carry_out

        try:
            standing = carry_out(self.database, self.config, clock=self.now)
        except DigestError as error:
            say(f"single mails and calls wait: {error}")
            return
        if standing.waiting:
            say(outgoing_line(standing))

    def close(self) -> None:
        if "database" in self.__dict__:
            self.database.close()

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def nonce() -> str:
        """Random characters for the tags of an e-mail."""
        return secrets.token_hex(6)

    @staticmethod
    def secret() -> bytes:
        """Random bytes for a subscription's token."""
        return secrets.token_bytes(12)

    @staticmethod
    def token() -> str:
        """A random text for a link that works once."""
        return secrets.token_urlsafe(24)


@contextmanager
def halting() -> Iterator[threading.Event]:
    """Set by Ctrl-C or SIGTERM: what is under way is ended, and nothing begun.

    A second one ends the process as ever.
    """
    halt = threading.Event()

    def on_signal(number: int, _: object) -> None:
        # in a thread: this one may be writing a line, and hold what another waits for
        Thread(target=say, args=["ending: what is under way is finished first"]).start()
        halt.set()
        signal.signal(number, before[number])

    before: dict[int, Any] = {
        number: signal.signal(number, on_signal)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield halt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stopped_saying(words: Callable[[], str]) -> Iterator[None]:
    """Ctrl-C in the block ends the command as ever, and says how far it came."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(words()) from None


pass_workspace = click.make_pass_decorator(Workspace)


def pass_reader(command: Callable[..., Any]) -> Callable[..., Any]:
    """As `pass_workspace`, for one that needs what is there: it makes no database."""

    @wraps(command)
    def reading(workspace: Workspace, *arguments: Any, **options: Any) -> Any:
        workspace.makes_database = False
        return command(workspace, *arguments, **options)

    return pass_workspace(reading)


json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line."
)
yes_option = click.option("--yes", is_flag=True, help="Don't ask.")
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be done, and do nothing."
)


def _fetched(
    ctx: click.Context, param: click.Parameter, places: tuple[str, ...]
) -> tuple[str, ...]:
    """What looks like an address of another kind is not taken for a file."""
    for place in places:
        if _OTHER_SCHEME.match(place):
            raise UsageError(
                f"{place}: only http and https are fetched; name a file by its path"
            )
    return places


_OTHER_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def places_argument(metavar: str) -> Callable[[Command], Command]:
    """Files and addresses of articles, as many as there are."""
    return click.argument("places", metavar=metavar, nargs=-1, callback=_fetched)


def count(number: int, one: str, several: str) -> str:
    """A number with its word: 1 story, 2 stories."""
    return f"{number} {one if number == 1 else several}"


def outgoing_line(standing: Standing) -> str:
    """How many single mails and calls wait and failed, and why the newest did."""
    failed = f", {standing.failed} failed" if standing.failed else ""
    reason = f": {standing.reason}" if standing.reason else ""
    what = count(standing.waiting, "mail or call waits", "mails and calls wait")
    return f"{what}{failed}{reason}"


def confirm(question: str) -> None:
    """Ask at the terminal; without one, or with another answer than yes, it ends.

    Raises:
        click.Abort: the answer is not yes.
    """
    if not sys.stdin.isatty():
        raise click.Abort
    click.confirm(question, abort=True, err=True)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON object in one line of stdout; half a character is escaped."""
    import msgspec

    try:
        line = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        line = json.dumps(msgspec.to_builtins(value))
    click.echo(line)
