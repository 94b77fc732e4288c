"""One process that does everything: what is due, single mails, pages, the webhook."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from digest.delivery import carry_out
from digest.errors import UsageError
from digest.pipeline import Desk
from digest.service.chores import Chore, keep_at
from digest.service.drivers import Drivers
from digest.web.connections import BUSY, Bounded

#: seconds between two looks at what is due, and at schedules
TICK, MINUTE = 10.0, 60.0
#: seconds that requests under way have to end in
GRACE = 5
#: seconds that a connection may be idle between two requests
KEEP_ALIVE = 5


def keep_running(
    desk: Desk, drivers: Drivers, due: Callable[[threading.Event], None]
) -> bool:
    """Do what is due, again and again, until told to halt; one failure ends nothing.

    Whether everything has ended; if not, it holds nothing that could be in doubt.
    """

    def errands() -> None:
        carry_out(desk.database, desk.config, clock=desk.clock)

    chores = (
        Chore(name="single mails", do=errands, every=TICK),
        Chore(name="campaigns", do=drivers.look, every=TICK),
        Chore(name="schedules", do=lambda: due(drivers.halt), every=MINUTE),
    )
    ended = keep_at(chores, drivers.tell, drivers.halt)
    drivers.end()
    return ended


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
