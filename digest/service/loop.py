"""One process that does everything: what is due, single mails, pages, the webhook."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

from digest.delivery import carry_out
from digest.driving import Tell
from digest.errors import DigestError, UsageError
from digest.pipeline import Desk
from digest.service.campaigns import Driven, drive_due
from digest.web.connections import BUSY, Bounded
from subscribers.errors import SubscriberError

#: seconds between two looks at what is due, and at schedules
TICK, MINUTE = 10.0, 60.0
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

    steps = (
        _Step(errands, TICK),
        _Step(campaigns, TICK),
        _Step(lambda: due(halt), MINUTE),
    )
    while not halt.is_set():
        for step in steps:
            if not halt.is_set():
                step.take(tell)
        halt.wait(TICK)


@dataclass
class _Step:
    """Something that is done every so many seconds, or a little later."""

    do: Callable[[], None]
    every: float
    _next: float = 0

    def take(self, tell: Tell) -> None:
        if self._next > time.monotonic():
            return
        self._next = time.monotonic() + self.every - TICK / 2
        try:
            self.do()
        except (DigestError, SubscriberError) as error:
            tell(f"tried again in {self.every:.0f} s: {error}")


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
        log_config=None,  # by the root's handler, as all other libraries
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
