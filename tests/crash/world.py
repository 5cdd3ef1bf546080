"""One state folder, one broker process that outlives everything, and the desk process that is killed."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from console.client import ask
from console.config.defaults import write_missing
from console.config.paths import Paths, StatePaths
from console.options import RunOptions
from console.wire import Answer, read_ask

REPOSITORY = Path(__file__).resolve().parents[2]
LATENCY_MS = "5-50"
START_S = 60.0
ANSWER_S = 20.0
#: What the trading of this harness must not be stopped by: it sends faster than a hand does.
LIMITS = {"max_orders_per_s: 20": "max_orders_per_s: 500", "duplicate_window_s: 2": "duplicate_window_s: off"}


class CrashError(Exception):
    """A promise was broken, or a process did not do what it was told; the text says which."""


class World:
    """A broker with its own market, books and socket, and a desk that trades through it."""

    def __init__(self, home: Path, market_seed: int) -> None:
        self.home = home
        self.books = home / "broker.sqlite3"
        self.broker_socket = home / "b.sock"
        self._market_seed = market_seed
        self._environment = {**os.environ, "TRADEDESK_HOME": str(home), "PYTHONUNBUFFERED": "1"}
        self._broker: subprocess.Popen[bytes] | None = None
        self._desk: subprocess.Popen[bytes] | None = None
        paths = Paths.of({"TRADEDESK_HOME": str(home)})
        self.state: StatePaths = paths.state_of("paper", "PAPER")
        write_missing(paths)
        _edit(paths.desk_file, {"socket: null ": f"socket: {self.broker_socket} "})
        _edit(paths.desk_file, {"    sim:\n      seed: 1 ": f"    sim:\n      seed: {market_seed} "})
        _edit(paths.risk_file, LIMITS)

    # -- the broker -------------------------------------------------------------------------------------------------

    def start_broker(self) -> None:
        """Start the broker; returns when it listens. Raises CrashError."""
        arguments = {
            "--socket": str(self.broker_socket),
            "--books": str(self.books),
            "--latency-ms": LATENCY_MS,
            "--seed": str(self._market_seed),
            "--market-seed": str(self._market_seed),
            "--commission-per-share": "0.0035",
        }
        flat = [word for pair in arguments.items() for word in pair]
        self._broker = self._spawn(["-m", "brokers.paper.serve", *flat], "broker")
        self.wait(self.broker_socket.exists, "the broker to listen", START_S)

    def stop_broker(self) -> None:
        """Stop the broker as an operator would. Raises CrashError when it ends with an error."""
        broker = self._broker
        if broker is None:
            raise CrashError("there is no broker to stop")
        broker.send_signal(signal.SIGTERM)
        code = broker.wait(START_S)
        self._broker = None
        if code != 0:
            raise CrashError(f"the broker ended with {code}:\n{self.log('broker')}")

    # -- the desk ---------------------------------------------------------------------------------------------------

    def launch_desk(self) -> int:
        """Start the desk process, the one that `tradedesk start` starts; the descriptor that hears that it is up."""
        reader, writer = os.pipe()
        try:
            self._desk = self._spawn(
                ["-m", "console.headless", str(writer), RunOptions().to_text()], "desk", pass_fds=(writer,)
            )
        finally:
            os.close(writer)
        return reader

    def start_desk(self) -> float:
        """Start the desk; returns, when it is up, how many seconds that took. Raises CrashError."""
        began = time.monotonic()
        reader = self.launch_desk()
        try:
            if not select.select([reader], [], [], START_S)[0]:
                raise CrashError(f"the desk was not up after {START_S} s")
            said = os.read(reader, 4096).decode().strip()
        finally:
            os.close(reader)
        if said != "up":
            raise CrashError(f"the desk did not start: {said or self.log('desk')}")
        return time.monotonic() - began

    def kill_desk(self, *, may_have_stopped: bool = False) -> None:
        """SIGKILL: the process is gone, with everything that was not on disk. A desk that was told to stop may have."""
        desk = self._desk
        if desk is None:
            raise CrashError("there is no desk to kill")
        if desk.poll() is not None and not (may_have_stopped and desk.returncode == 0):
            raise CrashError(f"the desk had ended by itself with {desk.returncode}:\n{self.log('desk')}")
        desk.send_signal(signal.SIGKILL)
        desk.wait()
        self._desk = None

    def stop_desk(self) -> None:
        """The graceful stop; raises CrashError when the desk does not end with 0."""
        self.ask("stop", how="leave")
        if self._desk is not None and (code := self._desk.wait(ANSWER_S)) != 0:
            raise CrashError(f"the stopped desk ended with {code}:\n{self.log('desk')}")
        self._desk = None

    def ask(self, verb: str, **fields: object) -> Answer:
        """One question on the control socket."""
        return ask(self.state.socket, read_ask({"verb": verb, **fields}), ANSWER_S)

    # -- both -------------------------------------------------------------------------------------------------------

    def wait(self, done: Callable[[], object], what: str, timeout_s: float) -> None:
        """Wait for a condition while both processes live. Raises CrashError."""
        deadline = time.monotonic() + timeout_s
        while not done():
            for name, process in (("broker", self._broker), ("desk", self._desk)):
                if process is not None and process.poll() is not None:
                    raise CrashError(
                        f"waiting for {what}: the {name} ended with {process.returncode}:\n{self.log(name)}"
                    )
            if time.monotonic() > deadline:
                raise CrashError(f"waited {timeout_s} s for {what}")
            time.sleep(0.01)

    def log(self, name: str) -> str:
        """The last lines that a process wrote."""
        try:
            return "\n".join((self.home / f"{name}.log").read_text(errors="replace").splitlines()[-20:])
        except OSError:
            return "(no output)"

    def close(self) -> None:
        """End both processes, whatever state they are in."""
        for process in (self._desk, self._broker):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()

    def _spawn(self, arguments: list[str], name: str, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        out: IO[bytes]
        with open(self.home / f"{name}.log", "ab") as out:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=REPOSITORY,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=pass_fds,
                start_new_session=True,
            )


def _edit(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text()
    for old, new in changes.items():
        if old not in text:
            raise CrashError(f"{path}: has no {old!r} to change")
        text = text.replace(old, new)
    path.write_text(text)
