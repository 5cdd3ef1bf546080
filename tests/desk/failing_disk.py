"""A real desk whose disk fails under it, while its broker, with books of its own, goes on."""

from __future__ import annotations

import asyncio
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from engine.facts import DeskClosed, Fact, Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.journal.store import SqliteJournal
from engine.journal.verify import verify_file
from tests.crash.books import Books, read_books
from tests.crash.world import World

F = TypeVar("F", bound=Fact)
PATIENCE_S = 30.0
#: The emergency log has room for a hundred notes below it; the journal's log is longer by then.
BELOW = 32 * 1024


class Trouble:
    """One desk, its broker and what can be done to the disk. `held`: an order that rests far from the market."""

    def __init__(self, home: Path) -> None:
        self.world = World(home, 11)
        self.home = home

    def open(self) -> None:
        """Start both, hold 100 IBM, and leave a buy of AAPL resting."""
        self.world.start_broker()
        self.world.start_desk()
        self.ready()
        self.place("buy 100 ibm mkt")
        self.wait(lambda: self.position("IBM") == "100", "the position")
        self.place("buy 10 aapl lmt 20 gtc")
        self.wait(lambda: self.statuses().get("AAPL") == "NEW", "the resting order")

    def ready(self) -> None:
        self.wait(lambda: self.world.ask("order", line="buy 1 msft mkt", dry_run=True, yes=True).ok, "an open desk")

    # -- what a user sees -------------------------------------------------------------------------------------------

    def place(self, line: str) -> None:
        """Order; a locked quote of the moment is waited for."""
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := self.world.ask("order", line=line, yes=True)).ok:
            assert time.monotonic() < deadline, answer.error
            time.sleep(0.1)

    def refused(self, line: str) -> str:
        answer = self.world.ask("order", line=line, yes=True)
        assert not answer.ok
        return answer.error

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.world.ask("status").result
        return found

    def position(self, symbol: str) -> str:
        return next((row["qty"] for row in self.world.ask("positions").result if row["symbol"] == symbol), "0")

    def orders(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.ask("orders").result
        return found

    def statuses(self) -> dict[str, str]:
        """Symbol -> status of its newest order."""
        return {row["symbol"]: row["status"] for row in sorted(self.orders(), key=lambda row: int(row["id"]))}

    def wait(self, done: Any, what: str) -> None:
        self.world.wait(done, what, PATIENCE_S)

    # -- what is there ----------------------------------------------------------------------------------------------

    def books(self) -> Books:
        return read_books(self.world.books)

    def journaled(self) -> list[Stamped]:
        with JournalReader(self.world.state.journal) as reader:
            return [stamped for batch, _ in reader.facts(FactCodec()) for stamped in batch]

    def facts(self, kind: type[F]) -> list[F]:
        return [stamped.fact for stamped in self.journaled() if isinstance(stamped.fact, kind)]

    def intact(self) -> bool:
        return verify_file(self.world.state.journal).ok

    def append_from_the_future(self, seconds: int) -> None:
        """One more fact, as if the clock had been ahead by so much when it was recorded. No desk may run."""

        async def append() -> None:
            journal = await SqliteJournal.open(self.world.state.journal, FactCodec())
            at = time.time_ns() + seconds * 1_000_000_000
            chain = Chain(FactCodec(), journal.head)
            await journal.append(chain.stamp([Stamped(journal.head.seq + 1, at, at, DeskClosed("stop"))]))
            await journal.close()

        asyncio.run(append())

    # -- what is done to the disk -----------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        process = self.world._desk
        assert process is not None
        return process.pid

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another process holds the journal's write lock."""
        holder = sqlite3.connect(self.world.state.journal, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            holder.close()

    @contextmanager
    def no_file_longer_than(self, size: int) -> Iterator[None]:
        """Every write beyond that many bytes of any file fails with an error, in the desk's process alone."""
        before = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            if self.world._desk is not None and self.world._desk.poll() is None:
                resource.prlimit(self.pid, resource.RLIMIT_FSIZE, before)

    @contextmanager
    def calls_that(self, calls: str, fate: str, only: Path | None = None) -> Iterator[None]:
        """System calls of the desk's process meet a fate that strace gives them: `error=ENOSPC`, `delay_enter=9000000`
        (us). `only`: those on that file."""
        strace = shutil.which("strace")
        if strace is None:
            pytest.skip("needs strace, to break the disk under one process")
        words = [strace, "-f", "-p", str(self.pid), "-e", f"trace={calls}", "-e", f"inject={calls}:{fate}"]
        log = self.home / "strace.log"
        with log.open("wb") as told:
            tracer = subprocess.Popen([*words, *(["-P", str(only)] if only else [])], stdout=told, stderr=told)
        try:
            self.wait(lambda: tracer.poll() is not None or b"attached" in log.read_bytes(), "strace to attach")
            if tracer.poll() is not None:
                pytest.skip(f"strace may not trace here: {log.read_text(errors='replace').strip()[:200]}")
            yield
        finally:
            tracer.terminate()
            tracer.wait()

    def close(self) -> None:
        self.world.close()
