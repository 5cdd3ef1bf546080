"""The whole product as its users start it: the command `tradedesk` in a terminal, in a shell and behind its socket."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from console.client import ask
from console.config.defaults import write_missing
from console.config.paths import Paths, StatePaths
from console.wire import Answer, read_ask
from engine.facts import Fact
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.runtime.lock import is_held, read_owner
from tests.support.pty import KEYS, REPOSITORY, PtyProcess, spawn

F = TypeVar("F", bound=Fact)
_SCRIPT = Path(sys.executable).with_name("tradedesk")
TRADEDESK = [str(_SCRIPT)] if _SCRIPT.exists() else [sys.executable, "-m", "console.cli"]
PATIENCE_S = 20.0


class Product:
    """One TRADEDESK_HOME and everything that runs on it."""

    def __init__(self, home: Path) -> None:
        self.paths = Paths.of({"TRADEDESK_HOME": str(home)})
        self.state: StatePaths = self.paths.state_of("paper", "PAPER")
        self._consoles: list[PtyProcess] = []

    # -- files ------------------------------------------------------------------------------------------------------

    def change(self, path: Path, old: str, new: str) -> None:
        """Change one place in a file of settings, writing the defaults first where there are none."""
        write_missing(self.paths)
        text = path.read_text()
        assert text.count(old) == 1, f"{path} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))

    def facts(self, kind: type[F]) -> list[F]:
        """All facts of one kind in the journal as it stands."""
        with JournalReader(self.state.journal) as reader:
            batches = [batch for batch, _ in reader.facts(FactCodec())]
        return [stamped.fact for batch in batches for stamped in batch if isinstance(stamped.fact, kind)]

    # -- the command ------------------------------------------------------------------------------------------------

    def console(self, *arguments: str, size: tuple[int, int] = (120, 40)) -> Console:
        """Open the console in a terminal of its own."""
        process = spawn([*TRADEDESK, *arguments], env=self._environment(), size=size)
        self._consoles.append(process)
        return Console(process)

    def shell(self, *arguments: str, timeout: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """Run the command in a second shell, without a terminal."""
        return subprocess.run(
            [*TRADEDESK, *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **self._environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        return {"TRADEDESK_HOME": str(self.paths.config.parent)}

    # -- the running desk -------------------------------------------------------------------------------------------

    def ask(self, verb: str, **fields: object) -> Answer:
        """One question on the control socket."""
        return ask(self.state.socket, read_ask({"verb": verb, **fields}), PATIENCE_S)

    def look(self, verb: str) -> Any:
        """What the desk shows of itself: status, orders, fills, positions, algos."""
        return self.ask(verb).result

    def order(self, line: str) -> dict[str, Any]:
        """Place an order through the socket; it must be accepted. A locked quote of the moment is waited for, as a
        trader would: the simulated market has one now and then, and the desk rightly takes no order on it."""
        deadline = time.monotonic() + PATIENCE_S
        answer = self.ask("order", line=line, yes=True)
        while not answer.ok and ("stale" in answer.error or "locked" in answer.error):
            assert time.monotonic() < deadline, answer.error
            time.sleep(0.1)
            answer = self.ask("order", line=line, yes=True)
        assert answer.ok, answer.error
        result: dict[str, Any] = answer.result
        return result

    def wait(self, done: Callable[[], object], what: str, timeout: float = PATIENCE_S) -> None:
        """Wait for a condition."""
        deadline = time.monotonic() + timeout
        while not done():
            assert time.monotonic() < deadline, f"waited {timeout} s for {what}"
            time.sleep(0.02)

    def wait_until_open(self) -> None:
        """Wait until orders may go out: connected, compared with the broker, prices there."""
        self.wait(self.state.socket.exists, "the control socket")
        self.wait(
            lambda: self.ask("order", line="buy 1 ibm mkt", dry_run=True, yes=True).ok, "an order to be acceptable"
        )

    def runs(self) -> bool:
        """Whether a live process holds the state folder."""
        return is_held(self.state.lock)

    def wait_until_gone(self) -> None:
        """Wait until no process holds the state folder."""
        self.wait(lambda: not self.runs(), "the desk to end")

    def close(self) -> None:
        """End everything that was started here."""
        for console in self._consoles:
            console.close()
        if self.runs():
            pid, _ = read_owner(self.state.lock)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.wait_until_gone()


class Console:
    """A console in its terminal, used by its keys."""

    def __init__(self, terminal: PtyProcess) -> None:
        self.terminal = terminal

    def opened(self) -> Console:
        """Wait for the first screen."""
        self.terminal.wait_for("F12 KILL", PATIENCE_S)
        return self

    def press(self, *keys: str) -> None:
        """Keys by name (`KEYS`), or text."""
        self.terminal.send("".join(KEYS.get(key, key) for key in keys))

    def see(self, *texts: str, timeout: float = PATIENCE_S) -> list[str]:
        """Wait until all texts stand on the screen; its rows."""
        return self.terminal.wait_until(
            lambda rows: all(any(text in row for row in rows) for text in texts), timeout, f"{texts} on the screen"
        )

    def see_row(self, *words: str, timeout: float = PATIENCE_S) -> str:
        """Wait until one row has all these words; that row."""
        rows = self.terminal.wait_until(
            lambda rows: any(_has(row, words) for row in rows), timeout, f"a row with {words}"
        )
        return next(row for row in rows if _has(row, words))

    def type(self, line: str) -> None:
        """Enter COMMAND mode and type, as a user does: nothing is sent yet."""
        self.press(":", line)
        self.see(f": {line}")

    def command(self, line: str) -> str:
        """Type a command, wait for green, send it, and go back to NORMAL mode once the answer is there: its row."""
        self.type(line)
        self.see("GREEN")
        self.press("enter")
        rows = self.see(f"{line}: ")
        self.normal()
        return next(row for row in rows if f"{line}: " in row)

    def normal(self) -> None:
        """Leave COMMAND mode. Esc is a key of its own only when nothing follows at once: so wait for the footer."""
        self.press("escape")
        self.see(": command")

    def leave(self, answer: str) -> int:
        """Quit through the box with this answer; the exit code."""
        self.press("q")
        self.see("Leave the desk")
        self.see("stay")
        deadline = time.monotonic() + PATIENCE_S
        time.sleep(0.5)  # the box takes no answer in its first moments
        while self.terminal.alive() and time.monotonic() < deadline:
            self.press(answer)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self.terminal.wait(2)  # the same key again sooner than this would count as held down
        return self.terminal.wait(1)


def _has(row: str, words: Sequence[str]) -> bool:
    found = row.replace("┃", " ").split()
    return all(word in found for word in words)
