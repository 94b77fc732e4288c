"""Handing batches over: a request made for each, against one that is made already.

The sink is a process of its own on loopback that reads each request and says 202 at
once, so what is left is our own work: claims are made up, SendGrid's transport makes
the bytes and posts them, each connection in a thread. Resending one prepared body over
the same connections is the limit.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection

from benchmarks.harness import measure
from benchmarks.request_builder import PEOPLE, sample
from digest.delivery import Handover, request_body
from digest.delivery.sendgrid import PATH, SendGrid
from digest.delivery.wire import Deadlines, Wire
from digest.ledger.times import boot_seconds
from digest.model import AttemptState

CONNECTIONS = 10
REQUESTS = 200
ROUNDS = 9
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nX-Message-Id: m\r\n\r\n"


def main() -> None:
    handover, config = sample()
    config = replace(config, sendgrid=replace(config.sendgrid, api_key="SG.key"))
    with sink() as url:
        config = replace(config, sendgrid=replace(config.sendgrid, host=url))
        transports = [SendGrid(config) for _ in range(CONNECTIONS)]
        wires = [Wire(url, {}, Deadlines()) for _ in range(CONNECTIONS)]
        body = request_body(handover, config)
        with ThreadPoolExecutor(CONNECTIONS) as pool:

            def ours() -> None:
                list(pool.map(_send, transports, _shares(handover)))

            def prepared() -> None:
                list(pool.map(_resend, wires, [body] * CONNECTIONS))

            limit, made = measure(
                {"one prepared body": prepared, "made for each batch": ours},
                rounds=ROUNDS,
            )
        for transport, wire in zip(transports, wires, strict=True):
            transport.close()
            wire.close()
    people = PEOPLE * REQUESTS
    size = f"{len(body) / PEOPLE:.0f} bytes a recipient"
    print(
        f"{REQUESTS} requests for {PEOPLE:,} people, {CONNECTIONS} connections, {size}"
    )
    print(f"{'':20}  {'recipients/s':>12}  {'of the limit':>12}")
    for timing in (limit, made):
        share = limit.median / timing.median
        print(f"{timing.name:20}  {people / timing.median:12,.0f}  {share:12.2f}")


def _shares(handover: Handover) -> list[list[Handover]]:
    """Made-up claims: the batches of each connection."""
    each = REQUESTS // CONNECTIONS
    return [
        [replace(handover, attempt=f"{number}{one:03}") for one in range(each)]
        for number in range(CONNECTIONS)
    ]


def _send(transport: SendGrid, batches: Sequence[Handover]) -> None:
    for batch in batches:
        outcome = transport.send(replace(batch, checked=boot_seconds()))
        assert outcome.state is AttemptState.ACCEPTED, outcome


def _resend(wire: Wire, body: bytes) -> None:
    for _ in range(REQUESTS // CONNECTIONS):
        assert wire.post(PATH, body, checked=boot_seconds()).status == 202


# --- The sink ------------------------------------------------------------------


@contextmanager
def sink() -> Iterator[str]:
    ours, theirs = multiprocessing.Pipe()
    spawning = multiprocessing.get_context("spawn")
    process = spawning.Process(target=serve, args=(theirs, take), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def serve(tell: Connection, handle: Callable[[socket.socket], None]) -> None:
    """Tell the port, and answer each connection in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        tell.send(server.getsockname()[1])
        while True:
            connection, _ = server.accept()
            threading.Thread(target=handle, args=(connection,), daemon=True).start()


def take(connection: socket.socket) -> None:
    """Read requests, and accept each."""
    room = bytearray(1 << 20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = b""
    try:
        while some := connection.recv(1 << 16):
            head += some
            if b"\r\n\r\n" not in head:
                continue
            lines, _, body = head.partition(b"\r\n\r\n")
            length = int(lines.lower().partition(b"content-length: ")[2].split()[0])
            left = length - len(body)
            while left > 0:
                left -= connection.recv_into(room, min(left, len(room)))
            connection.sendall(ACCEPTED)
            head = b""
    except ConnectionError:
        pass  # the other side went away


if __name__ == "__main__":
    main()
