"""What leaves of a POST when its process is late, stopped or killed (rules 4 and 5)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digest.delivery.deadline import Deadline
from digest.delivery.wire import PIECE, Deadlines, Silence, Wire, _Pieces
from digest.ledger.times import boot_seconds
from tests.delivery.faults import FaultServer

QUICK = Deadlines(connect=1, read=1, total=0.5, fresh=0.2)


@pytest.fixture
def wire(faults: FaultServer) -> Iterator[Wire]:
    opened = Wire(faults.url, {}, QUICK)
    yield opened
    opened.close()


def test_an_old_check_sends_nothing(wire: Wire, faults: FaultServer) -> None:
    """Too long after the check nothing leaves, and the next one needs no connection."""
    with pytest.raises(Silence, match="the check before it was too old") as caught:
        wire.post("/", b"{}", checked=boot_seconds() - 0.3)
    assert (caught.value.sent, faults.requests) == (False, [])
    assert wire.post("/", b"{}", checked=boot_seconds()).status == 202
    assert faults.connections == 1


def test_without_a_check_none_is_too_old(wire: Wire, faults: FaultServer) -> None:
    """A single mail has no check, and its time begins with it."""
    assert wire.post("/", b"{}").status == 202


def test_the_deadline_counts_from_the_check(faults: FaultServer) -> None:
    """What the check has used of its time is gone."""
    wire = Wire(faults.url, {}, Deadlines(total=1, fresh=9))
    with pytest.raises(Silence, match="no answer within 1 s") as caught:
        wire.post("/", b"{}", checked=boot_seconds() - 2)
    assert (caught.value.sent, faults.requests) == (False, [])


@pytest.mark.parametrize("size", [1, 2, PIECE, PIECE + 1, 3 * PIECE + 7])
def test_the_last_byte_goes_alone(size: int) -> None:
    """The pieces are the body, and until the last byte it is certain that none left."""
    body = os.urandom(size)
    pieces = _Pieces(body, Deadline(boot_seconds() + 60), lambda: True)
    seen = [(piece, pieces.gone) for piece in pieces]
    assert b"".join(piece for piece, _ in seen) == body
    assert [gone for _, gone in seen] == [False] * (len(seen) - 1) + [True]
    assert len(seen[-1][0]) == 1


def test_no_room_for_the_last_byte() -> None:
    """Where the other side reads nothing, the last byte is not even begun."""
    pieces = _Pieces(b"body", Deadline(boot_seconds() + 60), lambda: False)
    with pytest.raises(TimeoutError):
        list(pieces)
    assert not pieces.gone


def test_too_late_for_the_first_byte() -> None:
    """Where opening took all the time, nothing leaves: a certain no."""
    pieces = _Pieces(b"body", Deadline(boot_seconds()), lambda: True)
    with pytest.raises(TimeoutError):
        list(pieces)
    assert not pieces.gone


def test_one_thread_watches_all() -> None:
    """However many deadlines there are, each is kept, the short one first."""
    pairs = [socket.socketpair() for _ in range(8)]
    for number, (ours, _) in enumerate(pairs):
        deadline = Deadline(boot_seconds() + (0.1 if number % 2 else 60))
        deadline.__enter__()
        deadline.watch(ours)
    for number, (_, theirs) in enumerate(pairs):
        theirs.settimeout(5 if number % 2 else 0.01)
        if number % 2:
            assert theirs.recv(1) == b""
        else:
            with pytest.raises(TimeoutError):
                theirs.recv(1)
    threads = [each for each in threading.enumerate() if each.name == "deadlines"]
    assert len(threads) == 1
    for pair in pairs:
        for each in pair:
            each.close()


@pytest.mark.parametrize("ended", ["closed", "not connected"])
def test_a_connection_that_is_gone_stops_no_watching(ended: str) -> None:
    """What cannot be cut any more leaves the other deadlines as they are."""
    gone, (ours, theirs) = socket.socket(), socket.socketpair()
    if ended == "closed":
        gone.close()
    first, second = (Deadline(boot_seconds() + after) for after in (0.05, 0.1))
    with gone, ours, theirs, first, second:
        first.watch(gone)
        second.watch(ours)
        theirs.settimeout(5)
        assert theirs.recv(1) == b""
        assert first.over


# --- Another process, which is stopped or killed ---------------------------------


class Poster:
    """tests/delivery/poster.py, and the connection that it opened to us."""

    def __init__(self, size: int, moment: str) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        # small, so that most of the body waits on the sender's side
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        port = self.server.getsockname()[1]
        module = [sys.executable, "-m", "tests.delivery.poster"]
        self.process = subprocess.Popen(
            [*module, f"http://127.0.0.1:{port}", str(size), moment],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        )

    def accept(self) -> socket.socket:
        self.server.settimeout(30)
        connection, _ = self.server.accept()
        connection.settimeout(10)
        return connection

    def until_stopped(self) -> None:
        wait(lambda: self._state() == "T")

    def _state(self) -> str:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0]

    def wake(self) -> str:
        """What it says became of its POST."""
        self.process.send_signal(signal.SIGCONT)
        said, _ = self.process.communicate(timeout=30)
        return said.decode().strip()


def wait(happens: Callable[[], bool]) -> None:
    for _ in range(3000):
        if happens():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen")


def received(connection: socket.socket) -> bytes:
    """What comes until the connection ends, in whatever way."""
    some = []
    try:
        while piece := connection.recv(1 << 20):
            some.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(some)


@pytest.fixture
def poster() -> Iterator[Callable[[int, str], Poster]]:
    running: list[Poster] = []

    def start(size: int, moment: str) -> Poster:
        running.append(Poster(size, moment))
        return running[-1]

    yield start
    for each in running:
        each.process.kill()
        each.process.communicate()
        each.server.close()


linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@linux
@pytest.mark.parametrize("moment", ["half", "last"])
def test_stopped_in_the_middle(
    poster: Callable[[int, str], Poster], moment: str
) -> None:
    """A process that wakes after the deadline does not finish what it had begun.

    At most the piece that it was about to write leaves, and the last byte is never in
    it: what has arrived is no request.
    """
    stopped = poster(2 * PIECE, moment)
    with stopped.accept() as connection:
        came: list[bytes] = []
        reader = threading.Thread(target=lambda: came.append(received(connection)))
        reader.start()
        stopped.until_stopped()
        time.sleep(1.2)
        assert stopped.wake() == "False no answer within 1 s"
        reader.join()
    assert PIECE <= len(came[0].partition(b"\r\n\r\n")[2]) < 2 * PIECE


@linux
def test_stopped_after_the_check(poster: Callable[[int, str], Poster]) -> None:
    """A process that wakes long after its check sends nothing at all."""
    stopped = poster(1000, "checked")
    stopped.until_stopped()
    time.sleep(0.6)
    assert stopped.wake() == "False the check before it was too old"
    with stopped.accept() as connection:
        assert received(connection) == b""


def _held(port: int) -> int:
    """Bytes between a process and a port: not yet sent, acknowledged or read."""
    count = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, remote, state, queues = line.split()[1:5]
        ports = {int(each.partition(":")[2], 16) for each in (local, remote)}
        if port in ports and state == "01":
            count += sum(int(each, 16) for each in queues.split(":"))
    return count


@linux
def test_killed_with_all_of_it_written(poster: Callable[[int, str], Poster]) -> None:
    """What a killed process had handed to the system does not arrive later.

    All of its request waits for a server that reads nothing; then it is killed, and
    only what the server's side had already taken in can be read.
    """
    size = 1_000_000
    killed = poster(size, "never")
    port = killed.server.getsockname()[1]
    with killed.accept() as connection:
        wait(lambda: _held(port) > size)
        killed.process.kill()
        killed.process.wait()
        assert len(received(connection)) < size
