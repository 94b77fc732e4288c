"""Public pages as they are served, beside a bare handler of Starlette.

Leaving is measured twice: by tokens that are used for the first time, so that each is a
transaction that is on disk before it is answered; and again by the same. The client is
another process, with 64 connections that stay open.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

import subscribers as people
from benchmarks.harness import measure, table
from digest.config import Config, Newsletter, PublicSettings
from digest.pipeline import Desk
from digest.store import Database, open_database
from digest.web.connections import Bounded
from digest.web.public.app import public_app
from subscribers.tables import subscriber, subscription
from subscribers.tokens import format_token
from tests.rendering.issues import week
from tests.web.archived import publish

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
CONNECTIONS, TURN, ROUNDS = 64, 640, 9


# --- The client, in a process of its own ----------------------------------------------


def client(port: int, orders: Connection) -> None:
    """Sends what it is ordered, as quickly as it is answered; None ends it."""
    asyncio.run(_work(port, orders))


async def _work(port: int, orders: Connection) -> None:
    lines = [
        await asyncio.open_connection("127.0.0.1", port) for _ in range(CONNECTIONS)
    ]
    while (requests := orders.recv()) is not None:
        each = iter(requests)
        await asyncio.gather(*(_send(*line, each) for line in lines))
        orders.send(len(requests))


async def _send(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Iterator[bytes],
) -> None:
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))


def ask(method: str, path: str) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n"
    return f"{head}Content-Length: 0\r\n\r\n".encode()


# --- The server ---------------------------------------------------------------------


@contextmanager
def served(app: Starlette) -> Iterator[Callable[[Sequence[bytes]], object]]:
    """An app on a port of this machine; what is called to have requests sent to it."""
    config = uvicorn.Config(
        app,
        port=0,
        http=Bounded,
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        timeout_keep_alive=600,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    worker = context.Process(target=client, args=(port, theirs), daemon=True)
    worker.start()

    def send(requests: Sequence[bytes]) -> object:
        ours.send(requests)
        return ours.recv()

    yield send
    ours.send(None)
    worker.join()
    server.should_exit = True
    thread.join()


def bare(html: str) -> Starlette:
    async def look(request: Request) -> Response:
        return HTMLResponse(html)

    async def leave(request: Request) -> Response:
        return HTMLResponse("<h1>You have left</h1>")

    return Starlette(
        routes=[
            Route("/i/{issue}", look),
            Route("/u/{token}", leave, methods=["POST"]),
        ]
    )


def join(database: Database, number: int) -> list[str]:
    """So many people on a list; the tokens of their links."""
    with database.write() as connection:
        on = people.add_list(connection, "weekly", NOW)
        rows = range(1, number + 1)
        connection.execute(
            insert(subscriber),
            [
                {
                    "id": each,
                    "key": f"reader{each}@example.org",
                    "email": f"reader{each}@example.org",
                    "name": "",
                    "created_at": NOW,
                }
                for each in rows
            ],
        )
        secret = b"twelve bytes"
        connection.execute(
            insert(subscription),
            [
                {
                    "id": each,
                    "list_id": on.id,
                    "subscriber_id": each,
                    "state": "confirmed",
                    "secret": secret,
                    "since": NOW,
                }
                for each in rows
            ],
        )
    return [format_token(each, secret) for each in rows]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'digest.db'}")
        config = Config(
            newsletter=Newsletter(name="The Tide", base_url="https://tide.example.com"),
            public=PublicSettings(lists=("weekly",)),
            folder=Path(folder),
        )
        nonces = count(1)
        desk = Desk(
            database=database,
            config=config,
            clock=lambda: NOW,
            nonce=lambda: f"{next(nonces):012x}",
        )
        tokens = join(database, TURN * (ROUNDS + 1))
        issue = publish(desk, week())
        page = ask("GET", f"/i/{issue}")
        fresh = iter([ask("POST", f"/u/{token}") for token in tokens])
        again = [ask("POST", f"/u/{token}") for token in tokens[:TURN]]
        with served(public_app(desk)) as ours, served(bare("x" * 30_000)) as limit:
            read = measure(
                {
                    "bare handler": lambda: limit([page] * TURN),
                    "digest": lambda: ours([page] * TURN),
                },
                rounds=ROUNDS,
            )
            left = measure(
                {
                    "bare handler": lambda: limit(again),
                    "digest: each for the first time": lambda: ours(
                        [next(fresh) for _ in range(TURN)]
                    ),
                    "digest: again": lambda: ours(again),
                },
                rounds=ROUNDS,
            )
        database.close()
    print(table(f"GET /i/{{issue}}, {TURN} requests", read, unit="turn"))
    print(table(f"POST /u/{{token}}, {TURN} requests", left, unit="turn"))
    print(f"{TURN / left[1].median:,.0f} people a second leave")


if __name__ == "__main__":
    main()
