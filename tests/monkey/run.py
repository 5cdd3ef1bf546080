"""One run of the monkey: the console in its terminal, what is done to it, and what is looked at in between."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from console.client import NoDeskError, SilentDeskError, ask
from console.config.paths import Paths
from console.wire import Answer, read_ask
from engine.runtime.lock import is_held, read_owner
from tests.monkey.keys import Action, Monkey
from tests.monkey.market import prepare
from tests.monkey.memory import Slope, resident_mb, slope
from tests.monkey.scrape import wrong_cells, wrong_numbers
from tests.support.pty import PtyProcess, spawn

PATIENCE_S = 120.0
LOOK_EVERY_S = 4.0
TRIES = 6
WARM_UP = 0.25
"""The share of a start after which its memory is looked at: caches fill first."""
LEAVING = 0.2
"""The share of a run in which the monkey may leave the console. After it one process lives on, long enough to grow."""


class MonkeyError(AssertionError):
    """Something is wrong with the console; what, where, and after how many actions."""


class _LeftError(Exception):
    """The console ended while it was being looked at. The monkey may leave by the quit box: how it ended says more."""


class Run:
    """Plays one seed on one home. `say` hears what happens."""

    def __init__(
        self, home: Path, seed: int, symbols: int, orders: int, *, kills: bool = True, talk: bool = False
    ) -> None:
        self.paths = Paths.of({"TRADEDESK_HOME": str(home)})
        self._state = self.paths.state_of("paper", "PAPER")
        self._window = home / "w"
        self._symbols, self._orders, self._talk = symbols, orders, talk
        self._monkey = Monkey(seed, symbols, kills=kills)
        self._actions = self._monkey.actions()
        self._terminal: PtyProcess | None = None
        self._memory: list[tuple[float, float]] = []
        self._facts: list[int] = []
        """How long the journal was at each weighing: every order stays in memory, so that work alone makes it grow."""
        self.count = {"actions": 0, "looks": 0, "cells": 0, "numbers": 0, "starts": 0, "halts": 0, "resizes": 0}
        self.wrong: list[str] = []
        self.refused = ""
        prepare(self.paths, symbols)

    def play(self, seconds: float) -> None:
        """Raises MonkeyError at the first thing that is wrong."""
        self._start()
        began = time.monotonic()
        next_look = began + min(LOOK_EVERY_S, seconds / 3)
        while time.monotonic() < began + seconds:
            self._monkey.leaves = time.monotonic() < began + seconds * LEAVING
            self._do(next(self._actions))
            if time.monotonic() >= next_look:
                self._visit(began)
                next_look = time.monotonic() + LOOK_EVERY_S
        self._visit(began)

    def _visit(self, began: float) -> None:
        try:
            self._tend()
            self._look()
        except _LeftError:
            self._judge_end()
        else:
            self._weigh(time.monotonic() - began)

    def _weigh(self, seconds: float) -> None:
        """Note the console's memory. It may have gone since it was looked at: `_tend` finds out why."""
        with contextlib.suppress(FileNotFoundError):
            if self._console.alive():
                facts = int(self._look_at("status")["journal"]["seq"])
                self._memory.append((seconds, resident_mb(self._console.pid)))
                self._facts.append(facts)

    @property
    def slope(self) -> Slope:
        """How fast the console's process grew, of its newest start, without the first quarter."""
        return slope(self._memory[int(len(self._memory) * WARM_UP) :])

    @property
    def per_fact(self) -> tuple[int, float]:
        """(facts recorded in that time, bytes that the process grew for each of them)."""
        first = int(len(self._memory) * WARM_UP)
        facts = self._facts[-1] - self._facts[first]
        return facts, (self._memory[-1][1] - self._memory[first][1]) * 1e6 / max(facts, 1)

    @property
    def memory(self) -> tuple[float, float]:
        """MB at the first look and at the last."""
        return self._memory[0][1], self._memory[-1][1]

    def close(self) -> None:
        """End what was started, whatever state it is in, and look at the log."""
        with contextlib.suppress(MonkeyError, _LeftError):
            if self._terminal is not None and self._terminal.alive():
                self._ask("stop", how="leave")
                self._terminal.wait(20)
        if self._terminal is not None:
            self._terminal.close()
        self._end_headless()
        self._check_log()

    # -- the console -----------------------------------------------------------------------------------------------

    @property
    def _console(self) -> PtyProcess:
        assert self._terminal is not None
        return self._terminal

    def _start(self) -> None:
        self._end_headless()
        argv = [sys.executable, "-m", "tests.monkey.launcher", str(self._symbols), str(self._window)]
        self._window.unlink(missing_ok=True)
        self._terminal = spawn(argv, env={"TRADEDESK_HOME": str(self.paths.config.parent)}, size=(120, 40))
        self._terminal.wait_for("KILL", PATIENCE_S)
        self.count["starts"] += 1
        self._memory.clear()
        self._facts.clear()
        self._resume()
        # Orders only rest when their symbol has a quote: the market of hundreds of symbols takes a moment.
        self._top_up()

    def _end_headless(self) -> None:
        """The monkey may have answered the quit box with `keep running headless`."""
        if is_held(self._state.lock):
            pid, _ = read_owner(self._state.lock)
            with contextlib.suppress(MonkeyError, _LeftError, NoDeskError, SilentDeskError):
                self._ask("stop", how="leave")
            deadline = time.monotonic() + 20
            while is_held(self._state.lock):
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                time.sleep(0.1)

    def _tend(self) -> None:
        """Bring back what the monkey undid: the console, an open desk, the working orders. A crash is a finding."""
        if not self._console.alive():
            self._judge_end()
            self._start()
            return
        if self._look_at("status")["trading_state"] != "ACTIVE":
            self.count["halts"] += 1
            self._resume()
        self._top_up()

    def _judge_end(self) -> None:
        """A console that ended must have been left, and not have fallen."""
        code = self._console.wait(5)
        rows = "\n".join(row.rstrip() for row in self._console.screen()).strip()
        if code != 0 or "Traceback" in rows:
            raise self._finding(f"the console ended with {code}:\n{rows}")

    def _resume(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self._look_at("status")["trading_state"] != "ACTIVE":
            self._ask("resume", line="resume reason monkey", yes=True, confirm="RESUME")
            if time.monotonic() > deadline:
                raise self._finding(f"the desk does not open again: {self._look_at('status')['state_reason']}")
            time.sleep(0.2)

    def _top_up(self) -> None:
        answer = self._through_window({"ask": "orders", "count": self._orders}) or {}
        if "refused" in answer:
            self.refused = str(answer["refused"])

    def _look_at(self, verb: str) -> Any:
        return self._ask(verb).result

    def _ask(self, verb: str, **fields: object) -> Answer:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return ask(self._state.socket, read_ask({"verb": verb, **fields}), 30)
            except (NoDeskError, SilentDeskError) as error:
                if not self._console.alive():
                    raise _LeftError from None
                if time.monotonic() > deadline:
                    raise self._finding(f"the desk's socket does not answer {verb}: {error}") from None
                time.sleep(0.2)

    # -- acting ----------------------------------------------------------------------------------------------------

    def _do(self, action: Action) -> None:
        self.count["actions"] += 1
        console = self._console
        if not console.alive():
            self._tend()
            return
        match action.kind:
            case "keys" if action.apart:
                for byte in action.keys:
                    console.send(bytes([byte]))
                    time.sleep(action.apart)
            case "keys":
                console.send(action.keys)
            case "held":
                end = time.monotonic() + action.seconds
                console.send(action.keys)
                while len(action.keys) < 8 and time.monotonic() < end:
                    console.send(action.keys)
                    time.sleep(action.apart)
            case "resize" | "storm":
                for size in action.sizes:
                    self.count["resizes"] += 1
                    console.resize(*size)
                    time.sleep(action.apart)
            case "stall":
                console.stop_reading()
                time.sleep(action.seconds)
                console.resume_reading()
            case "wait":
                time.sleep(action.seconds)
        if action.kind == "keys":
            time.sleep(action.seconds or 0.01)

    # -- looking ---------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """The screen must be what the widgets drew, and its quantities what the desk's socket says. Orders fill while
        the one is read and the other asked, so that numbers get another try; cells don't."""
        if not self._console.alive():
            return
        self.count["looks"] += 1
        for left in reversed(range(TRIES)):
            still = self._through_window({"ask": "still"})
            if still is None:
                return
            rows = self._console.wait_quiet(0.25, 30)
            cells = wrong_cells(still, self._console.terminal())
            if cells:  # a busy machine may have been slow to paint: nothing but that changes while it stands still
                self.wrong.append(f"after {self.count['actions']} actions, {len(cells)}: {cells[0]}")
                still = self._through_window({"ask": "still"})
                if still is None:
                    return
                rows = self._console.wait_quiet(1.0, 30)
                cells = wrong_cells(still, self._console.terminal())
            numbers = wrong_numbers(still, rows, self._look_at("orders"), self._look_at("positions"))
            self._through_window({"ask": "go on"})
            self.count["cells"] += still["size"][0] * still["size"][1]
            self.count["numbers"] += sum(len(table["columns"]) for table in still["tables"])
            if not cells and not numbers:
                return
            if cells or not left:
                shown = "\n".join(row.rstrip() for row in rows)
                found = "\n".join([*cells[:12], *numbers[:12]])
                raise self._finding(f"{len(cells)} wrong cells, {len(numbers)} wrong numbers:\n{found}\n{shown}")
            time.sleep(0.4)

    def _through_window(self, question: dict[str, object]) -> Any:
        """The launcher's answer; None where the console is gone."""
        deadline = time.monotonic() + PATIENCE_S
        while self._console.alive():
            try:
                with socket.socket(socket.AF_UNIX) as window:
                    window.settimeout(60)
                    window.connect(str(self._window))
                    with window.makefile("rw") as file:
                        file.write(json.dumps(question) + "\n")
                        file.flush()
                        answer = json.loads(file.readline())
                if not isinstance(answer, dict) or "error" not in answer:
                    return answer
                problem = str(answer["error"])
            except (OSError, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"
            if time.monotonic() > deadline:
                raise self._finding(f"the console does not answer {question}: {problem}")
            time.sleep(0.2)
        return None

    def _check_log(self) -> None:
        """Warnings are the desk's daily bread here; exceptions are not."""
        if not self._state.log.exists():
            return
        for line in self._state.log.read_text().splitlines():
            entry = json.loads(line)
            if "exception" in entry or entry.get("level") in ("error", "critical"):
                raise self._finding(f"log.jsonl: {line[:2000]}")

    def _finding(self, words: str) -> MonkeyError:
        return MonkeyError(f"after {self.count['actions']} actions: {words}")
