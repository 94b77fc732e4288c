"""One process that does everything: what is due, single mails, pages, the webhook."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from digest.delivery import carry_out
from digest.driving import Tell
from digest.errors import DigestError, TryAgain, UsageError
from digest.pipeline import Desk
from digest.service.campaigns import Driven, drive_due
from digest.store import Database
from digest.web.connections import BUSY, Bounded
from subscribers.errors import SubscriberError

#: seconds between two looks at what is due
TICK = 10.0
#: seconds that requests under way have to end in
GRACE = 5
#: seconds that a connection may be idle between two requests
KEEP_ALIVE = 5


def keep_running(
    desk: Desk,
    due: Callable[[threading.Event], None],
    *,
    told: Callable[[Driven], None],
    tell: Tell,
    halt: threading.Event,
) -> None:
    """Do what is due, again and again, until told to halt; one failure ends nothing."""

    def errands() -> None:
        carry_out(desk.database, desk.config, clock=desk.clock)

    def campaigns() -> None:
        for each in drive_due(desk, tell, halt):
            told(each)

    steps = (errands, campaigns, lambda: due(halt))
    while not halt.is_set():
        for step in steps:
            if not halt.is_set():
                _tried(step, tell)
        halt.wait(TICK)


def _tried(step: Callable[[], None], tell: Tell) -> None:
    try:
        step()
    except (DigestError, SubscriberError) as error:
        tell(f"tried again in {TICK:.0f} s: {error}")


@contextmanager
def serving(app: Starlette, host: str, port: int) -> Iterator[str]:
    """The pages, in a thread of their own; their address.

    Raises:
        UsageError: the port is taken.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=Bounded,
        ws="none",
        log_level="warning",
        access_log=False,  # tokens stand in the addresses
        forwarded_allow_ips=list(app.state.desk.config.public.proxies),
        limit_concurrency=BUSY,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEEP_ALIVE,
        server_header=False,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    if not thread.is_alive():
        raise UsageError(f"--port {port}: cannot be listened on; another is there?")
    bound = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{host}:{bound}"
    finally:
        server.should_exit = True
        thread.join(GRACE + 2)


class _Server(uvicorn.Server):
    """Signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def run(self, sockets: object = None) -> None:
        with contextlib.suppress(SystemExit):  # what it does where a port is taken
            super().run()


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Be the only one that runs on a SQLite file; PostgreSQL may have many.

    Raises:
        TryAgain: there is one; says its process id.
    """
    if database.file is None:
        yield
        return
    with _locked(database.file.with_name(f"{database.file.name}.pid")):
        yield


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.pread(descriptor, 20, 0).decode().strip() or "unknown"
            raise TryAgain(
                f"digest run is there already, as process {pid}; stop it first"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
