"""An app of this room on a port of this machine, until Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from digest.errors import UsageError

HOST = "127.0.0.1"


def serve_locally(app: Starlette, port: int, on_ready: Callable[[str], None]) -> None:
    """Serve on 127.0.0.1 until Ctrl-C; 0 is any free port.

    `on_ready` is called with the address to open, once requests are answered.

    Raises:
        UsageError: the port is taken, or not for everybody.
    """
    with _listening(port) as listener:
        address = f"http://{HOST}:{listener.getsockname()[1]}{app.state.path}"
        server = _Server(app, lambda: on_ready(address))
        with contextlib.suppress(KeyboardInterrupt):  # raised again once all is closed
            server.run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    # asyncio sends small parts at once only where the protocol is said to be TCP; else
    # each answer of two parts waits 40 ms for the other side (Nagle, delayed ACK)
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere it would let two servers share a port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"port {port} of {HOST} cannot be had: {error.strerror}; "
            "name another with --port, or 0 for any free one"
        ) from error
    return listener


class _Server(uvicorn.Server):
    """Says when it is ready, and little else."""

    def __init__(self, app: Starlette, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,  # the secret is in every path
                lifespan="off",
                log_config=None,  # by logging's own way, as all other libraries
                log_level="error",
                server_header=False,
                timeout_graceful_shutdown=1,
                ws="none",
            )
        )
        self._app = app
        self._on_ready = on_ready

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._app.state.close()  # a stream would hold it up
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()
