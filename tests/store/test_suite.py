"""The suite's own promises: a closed network, clean settings, named skips."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROBE = '''
import pytest

@pytest.mark.needs("prism")
def test_probe() -> None:
    """Never reached: the tool is missing."""
'''


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
        lambda: socket.getaddrinfo("example.org", 80),
        lambda: socket.gethostbyname("example.org"),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 53)),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_network_is_closed(reach: object) -> None:
    """No test reaches beyond this machine, by address or by name."""
    assert callable(reach)
    with pytest.raises(RuntimeError, match="tests stay on loopback"):
        reach()


def test_loopback_is_open() -> None:
    """Servers of the tests' own can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = ("localhost", server.getsockname()[1])
        socket.create_connection(address, timeout=5).close()


def test_settings_are_nobodys() -> None:
    """No setting of the person who runs the tests is seen by them."""
    assert not [name for name in os.environ if name.startswith(("DIGEST_", "SENDGRID"))]


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_missing_tool(tmp_path: Path, ci: str, outcome: str) -> None:
    """Without its tool a test is skipped by name; in CI that fails."""
    (tmp_path / "tests").mkdir()
    for name in ("conftest.py", "test_probe.py"):
        source = PROBE if name == "test_probe.py" else _conftest()
        (tmp_path / "tests" / name).write_text(source, "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-ra",
            "-p",
            "no:cacheprovider",
            "tests",
        ],
        check=False,
        cwd=tmp_path,
        env=os.environ | {"CI": ci, "PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome in done.stdout
    assert "needs prism: node is not installed" in done.stdout


def _conftest() -> str:
    return (ROOT / "tests/conftest.py").read_text("utf-8")
