"""A stand-in for SendGrid's mail/send and scheduled sends, in a time of its own.

It does what is documented, and what is not as its switches say: the assumptions A1,
A2, A5, A6, A7 of design/delivery.md, and partial late cancels. Its time stands still
while anybody works and moves on when all sleep, so that hours pass in no time, and yet
nothing is late that would not be. It is used in the process (`Counter`), or by HTTP
from processes that tests kill.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: 2026-11-23 08:00 UTC
START = 1_795_420_800.0
#: OpenAPI of scheduled_sends
CUTOFF, SLOTS = 600, 10


@dataclass(frozen=True, kw_only=True)
class Switches:
    """What is not documented; the defaults are what is most likely."""

    #: A1: a cancel also stops what arrives after it
    stops_later_mail: bool = True
    #: A2: it is in force also after its time
    cancelled_for_good: bool = True
    #: A7: what comes too late goes out at once; else it is dropped
    past_goes_out: bool = True
    #: a cancel in the last ten minutes stops some of it
    late_cancels: bool = False


@dataclass(kw_only=True)
class Copy:
    """One person's mail at SendGrid."""

    person: int
    attempt: str
    batch_id: str
    send_at: float
    #: queued, out, dropped
    state: str = "queued"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What becomes of a request instead of a plain 202.

    `accept`: it is taken; `status` 0: the connection breaks. `late`: it arrives so many
    seconds later, and nobody is told.
    """

    status: int = 0
    accept: bool = False
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    late: float = 0


LOST = Fault(accept=True)
BREAK = Fault()
PROXY = Fault(status=502, accept=True)
FIVE = Fault(status=500)


def refusal(
    status: int, message: str, about: str | None = None, **headers: str
) -> Fault:
    """SendGrid's own JSON for an error."""
    body = {"errors": [{"message": message, "field": about, "help": None}]}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status=status, body=body, headers=named)


Reply = tuple[int, Any, Mapping[str, str]]


class Office:
    """Its state; any thread may call it."""

    def __init__(self, switches: Switches | None = None, seed: int = 0) -> None:
        self.switches = switches or Switches()
        self.copies: list[Copy] = []
        self.cancelled: dict[str, float] = {}
        self.faults: list[Fault | None] = []
        self.cancel_faults: list[Fault | None] = []
        #: addresses that a request is refused for, and whether it says which
        self.bad: set[str] = set()
        self.names_the_bad = True
        self.requests = 0
        self.cancels: list[tuple[float, str]] = []
        self.time = START
        #: seconds of ours that a mail/send takes, and when we last asked for its time
        self.delay = self.asked = 0.0
        self._ids = 0
        self._late: list[tuple[float, Any]] = []
        self._chance = random.Random(seed)
        self._lock = threading.RLock()
        self._moved = threading.Condition(self._lock)
        self._awake = 0
        self._alarms: list[float] = []

    # --- Time -------------------------------------------------------------------------

    @contextmanager
    def working(self) -> Iterator[None]:
        """Somebody is at work: time stands still, but while they sleep."""
        with self._moved:
            self._awake += 1
        try:
            yield
        finally:
            with self._moved:
                self._awake -= 1
                self._move()

    @contextmanager
    def without_one(self) -> Iterator[None]:
        """One of those at work is stopped: the others' time goes on."""
        with self._moved:
            self._awake -= 1
            self._move()
        try:
            yield
        finally:
            with self._moved:
                self._awake += 1

    def sleep(self, seconds: float) -> float:
        """Sleep, as one of those at work; what time it is then."""
        with self._moved:
            until = self.time + max(0.0, seconds)
            self._alarms.append(until)
            self._awake -= 1
            self._move()
            while self.time < until:
                self._moved.wait()
            self._alarms.remove(until)
            self._awake += 1
            return self.time

    def _move(self) -> None:
        if self._awake <= 0 and self._alarms:
            self.advance(min(self._alarms))
            self._moved.notify_all()

    def advance(self, until: float) -> None:
        """Let time pass, and everything happen that is due meanwhile."""
        with self._moved:
            while due := sorted(t for t in self._events() if self.time < t <= until):
                self.time = due[0]
                self._happen()
            self.time = max(self.time, until)
            self._happen()
            self._moved.notify_all()

    def _events(self) -> Iterator[float]:
        yield from (at for at, _ in self._late)
        yield from (copy.send_at for copy in self.copies if copy.state == "queued")

    def _happen(self) -> None:
        arrived = [body for at, body in self._late if at <= self.time]
        self._late = [each for each in self._late if each[0] > self.time]
        for body in arrived:
            self._take(body)
        for copy in self.copies:
            if copy.state == "queued" and copy.send_at <= self.time:
                copy.state = "out"

    # --- Mail -------------------------------------------------------------------------

    def mail(self, body: Any) -> Reply | None:
        """Answer mail/send; None where the connection breaks."""
        with self._lock:
            self.requests += 1
            fault = self.faults.pop(0) if self.faults else None
            if fault is None and (found := self._refused(body)):
                fault = found
            if fault is None:
                self._take(body)
                return 202, None, {"X-Message-Id": f"m-{self.requests}"}
            if fault.late:
                self._late.append((self.time + fault.late, body))
            elif fault.accept:
                self._take(body)
            if not fault.status:
                return None
            return fault.status, fault.body, fault.headers

    def _refused(self, body: Any) -> Fault | None:
        people = [each["to"][0]["email"] for each in body["personalizations"]]
        bad = [place for place, email in enumerate(people) if email in self.bad]
        if not bad:
            return None
        about = f"personalizations.{bad[0]}.to.0.email" if self.names_the_bad else None
        return refusal(400, "Does not contain a valid address.", about)

    def _take(self, body: Any) -> None:
        batch_id = body.get("batch_id", "")
        send_at = float(body.get("send_at", self.time))
        past = send_at <= self.time and "send_at" in body
        stopped = batch_id in self.cancelled and self.switches.stops_later_mail
        if past and not self.switches.cancelled_for_good:
            stopped = False
        gone = stopped or (past and not self.switches.past_goes_out)
        for each in body["personalizations"]:
            self.copies.append(
                Copy(
                    person=int(each.get("custom_args", {}).get("dg_recipient", 0)),
                    attempt=each.get("custom_args", {}).get("dg_attempt", ""),
                    batch_id=batch_id,
                    send_at=send_at,
                    state="dropped" if gone else "queued",
                )
            )
        self._happen()

    # --- Scheduled sends --------------------------------------------------------------

    def new_id(self) -> str:
        with self._lock:
            self._ids += 1
            return f"batch-{self._ids}"

    def cancel(self, batch_id: str) -> Reply | None:
        """Answer POST scheduled_sends."""
        with self._lock:
            fault = self.cancel_faults.pop(0) if self.cancel_faults else None
            if fault is not None and not fault.accept:
                found = refusal(fault.status, "unavailable")
                return (fault.status, found.body, {}) if fault.status else None
            reply = self._cancel(batch_id)
            return None if fault else reply

    def _cancel(self, batch_id: str) -> Reply:
        if batch_id in self.cancelled:
            return 400, refusal(400, "a status for this batch id exists").body, {}
        if len(self.cancelled) >= SLOTS:
            return 400, refusal(400, "max limit reached").body, {}
        self.cancels.append((self.time, batch_id))
        mine = [each for each in self.copies if each.batch_id == batch_id]
        for copy in mine:
            if copy.state == "queued" and self._acts(copy):
                copy.state = "dropped"
        self.cancelled[batch_id] = self.time
        return 201, {"batch_id": batch_id, "status": "cancel"}, {}

    def _acts(self, copy: Copy) -> bool:
        in_time = self.time <= copy.send_at - CUTOFF
        return in_time or (self.switches.late_cancels and self._chance.random() < 0.5)

    def scheduled(self, batch_id: str | None = None) -> list[dict[str, str]]:
        with self._lock:
            return [
                {"batch_id": each, "status": "cancel"}
                for each in self.cancelled
                if batch_id in (None, each)
            ]

    def forget(self, batch_id: str) -> None:
        """A cancellation that is deleted lets out what has not gone (rule 11)."""
        with self._lock:
            if self.cancelled.pop(batch_id, None) is None:
                return
            for copy in self.copies:
                stopped = copy.batch_id == batch_id and copy.state == "dropped"
                if stopped and copy.send_at > self.time:
                    copy.state = "queued"

    # --- What came of it --------------------------------------------------------------

    @property
    def out(self) -> Counter[int]:
        """How many mails each person has got, or will."""
        with self._lock:
            return Counter(
                each.person for each in self.copies if each.state in ("out", "queued")
            )


# --- By HTTP --------------------------------------------------------------------------


@contextmanager
def serving(office: Office) -> Iterator[str]:
    """The office on loopback; its address."""

    class Handler(_Handler):
        pass

    Handler.office = office
    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Whoever was killed has nothing to say."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    office: Office
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._do("GET")

    def do_POST(self) -> None:
        self._do("POST")

    def do_DELETE(self) -> None:
        self._do("DELETE")

    def _do(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        if len(raw) < length:  # its sender is dead
            self.close_connection = True
            return
        if self.path == "/control":
            self._control()
            return
        reply = self._reply(method, json.loads(raw) if raw else None)
        if reply is None:
            self.close_connection = True
            self.connection.close()
            return
        self._answer(*reply)

    def _reply(self, method: str, body: Any) -> Reply | None:
        path = self.path.split("?")[0].split("/")[2:]
        match method, path:
            case "POST", ["mail", "send"]:
                time.sleep(self.office.delay)
                return self.office.mail(body)
            case "POST", ["mail", "batch"]:
                return 201, {"batch_id": self.office.new_id()}, {}
            case "POST", ["user", "scheduled_sends"]:
                return self.office.cancel(body["batch_id"])
            case "GET", ["user", "scheduled_sends", *some]:
                return 200, self.office.scheduled(*some), {}
            case "GET", ["suppression", _]:
                return 200, [], {}
            case "GET", ["now"]:  # for processes that are not at work
                self.office.asked = time.monotonic()
                return 200, self.office.time, {}
            case "DELETE", ["user", "scheduled_sends", one]:
                self.office.forget(one)
                return 204, None, {}
        return 404, refusal(404, "not found").body, {}

    def _answer(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        try:
            self.send_response_only(status)
            moment = datetime.fromtimestamp(int(self.office.time), UTC)
            self.send_header("Date", format_datetime(moment, usegmt=True))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    def _control(self) -> None:
        """One at work, as long as the connection lasts: each line is a sleep."""
        self.close_connection = True
        self.send_response_only(200)
        self.end_headers()
        with self.office.working():
            self.wfile.write(f"{self.office.time}\n".encode())
            while line := self.rfile.readline():
                now = self.office.sleep(float(line))
                try:
                    self.wfile.write(f"{now}\n".encode())
                except OSError:
                    return

    def log_message(self, *_: object) -> None:
        pass
