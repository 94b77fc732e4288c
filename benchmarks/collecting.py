"""Collecting: 1,000 feeds of 20 items from a local server, new and unchanged.

`FEEDS=200 python -m benchmarks collecting` takes fewer. The server is a process of its
own at twenty addresses of the loopback network, for a host is asked one thing at a
time. Ours reads, keeps and commits to SQLite; rss2email reads as many feeds as it can
be waited for (`run --no-send`: it makes no mail) and keeps its JSON file. Both in
processes of their own, for their peak of memory.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from pathlib import Path
from typing import NamedTuple

FEEDS = int(os.environ.get("FEEDS", "1000"))
THEIRS = min(FEEDS, 200)
ITEMS = 20
HOSTS = 20
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
PROCESSES = multiprocessing.get_context("spawn")
SAID = "<p>The council of town {n} voted on day {i} to close the bridge to lorries.</p>"


class Round(NamedTuple):
    seconds: float
    megabytes: float
    new: int
    unchanged: int
    failed: int


# --- The server -----------------------------------------------------------------


def body(path: str) -> bytes:
    """A feed of the kind that blogs have: two paragraphs in HTML and a link each."""
    n = int(path.rpartition("/")[2])
    items = "".join(
        f"<item><title>Day {i} in town {n}</title><guid>https://t{n}.test/{i}</guid>"
        f"<link>https://t{n}.test/{i}?utm_source=rss</link>"
        f"<pubDate>{format_datetime(NOW - timedelta(hours=i))}</pubDate>"
        f"<description><![CDATA[{SAID.format(n=n, i=i) * 4}]]></description></item>"
        for i in range(ITEMS)
    )
    head = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Town {n}</title>"
    return f"{head}{items}</channel></rss>".encode()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        tag = f'"{hashlib.md5(self.path.encode()).hexdigest()}"'
        same = self.headers.get("If-None-Match") == tag
        content = b"" if same else body(self.path)
        self.send_response(304 if same else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def serve(told: Connection) -> None:
    first = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    port = first.server_port
    others = [
        ThreadingHTTPServer((f"127.0.0.{n}", port), Handler)
        for n in range(2, HOSTS + 1)
    ]
    for server in (first, *others):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    told.send(port)
    told.recv()


@contextmanager
def serving() -> Iterator[list[str]]:
    """The addresses of the feeds."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(theirs,))
    process.start()
    port = ours.recv()
    try:
        yield [f"http://127.0.0.{n % HOSTS + 1}:{port}/feed/{n}" for n in range(FEEDS)]
    finally:
        ours.send("end")
        process.join(10)


# --- Both -------------------------------------------------------------------------


def digest(told: Queue[Round], urls: list[str], folder: str, day: int) -> None:
    from digest.collecting import collect
    from digest.config import Config, FetchSettings, Source
    from digest.store import open_database

    config = Config(
        source=tuple(Source(url=url, first=ITEMS) for url in urls),
        fetch=FetchSettings(allow_private=("127.0.0.0/8",)),
    )
    database = open_database(f"sqlite:///{folder}/digest.db")
    began = time.perf_counter()
    found = collect(database, config, lambda: NOW + timedelta(days=day))
    seconds = time.perf_counter() - began
    database.close()
    told.put(
        Round(
            seconds,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            sum(each.new for each in found),
            sum(each.unchanged for each in found),
            sum(bool(each.failed) for each in found),
        )
    )


def rss2email(told: Queue[Round], urls: list[str], folder: str) -> None:
    config = Path(folder, "rss2email.cfg")
    feeds = "".join(f"[feed.f{n}]\nurl = {url}\n\n" for n, url in enumerate(urls))
    config.write_text(f"[DEFAULT]\nto = a@example.org\nverbose = error\n\n{feeds}")
    data = str(Path(folder, "rss2email.json"))
    start = "from rss2email.main import run; run()"
    command = [sys.executable, "-c", start, "-c", str(config), "-d", data]
    began = time.perf_counter()
    subprocess.run([*command, "run", "--no-send"], check=True, capture_output=True)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told.put(Round(seconds, peak, len(urls) * ITEMS, 0, 0))


def apart(target: object, *args: object) -> Round:
    """A round in a process of its own."""
    told: Queue[Round] = PROCESSES.Queue()
    process = PROCESSES.Process(target=target, args=(told, *args))  # type: ignore[arg-type]
    process.start()
    found = told.get()
    process.join()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving() as urls:
        theirs = apart(rss2email, urls[:THEIRS], folder)
        first = apart(digest, urls, folder, 0)
        second = apart(digest, urls, folder, 1)
    assert (first.new, first.failed) == (FEEDS * ITEMS, 0), first
    assert second.unchanged == FEEDS, second
    rate = THEIRS / theirs.seconds
    print(f"{'':32} {'feeds':>6} {'s':>6} {'feeds/s':>8} {'ratio':>6} {'MB':>5}")
    for name, count, found in (
        ("rss2email, no mail", THEIRS, theirs),
        ("digest collect", FEEDS, first),
        ("digest collect, all unchanged", FEEDS, second),
    ):
        speed = count / found.seconds
        print(
            f"{name:32} {count:6,} {found.seconds:6.1f} {speed:8,.0f} "
            f"{speed / rate:6.1f} {found.megabytes:5.0f}"
        )


if __name__ == "__main__":
    main()
