"""The program that stall.py and kill.py measure: the product's own console and engine, watched from inside.

`python -m tests.benchmarks.desk_child MODE REPORT SECONDS` (`TRADEDESK_HOME` as for the product):

* `watch`: the desk trades the simulated market; once REPORT.go exists, the gaps of the engine's loop are measured
* `busy`: the same, with a CPU-bound UI thread meanwhile
* `kill`: five times 200 working orders, 2,000 quotes a second and a CPU-bound UI thread; REPORT.ready1 to .ready5 say
  when the kill key may be pressed
* `floor`, `floor-busy`: a bare event loop in a thread, without and with a CPU-bound main thread; no desk

Figures are written into REPORT (JSON) when they are complete, and the program ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path

from console.logs import open_log
from console.options import RunOptions
from console.run import _Console, read_config
from console.terminal import prepare_terminal
from console.wiring import Plan, open_desk, plan_desk
from engine.inputs import PlaceOrder, Resume
from engine.model.enums import OrdType, Side, TradingState
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.runtime.collector import hold_back
from engine.runtime.thread import SWITCH_INTERVAL_S, EngineThread

BEAT_S = 0.001
ROUNDS = 5
ORDERS = 200
QUOTES_PER_S = 2_000
PATIENCE_S = 30.0


class Heart:
    """A task that wants to run every millisecond, and how late it came."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._future = asyncio.run_coroutine_threadsafe(self._beat(seconds), loop)

    @staticmethod
    async def _beat(seconds: float) -> list[float]:
        now = asyncio.get_running_loop().time
        end, late = now() + seconds, []
        while now() < end:
            due = now() + BEAT_S
            await asyncio.sleep(BEAT_S)
            late.append(now() - due)
        return late

    def figures(self) -> dict[str, float]:
        """p50, p99 and the longest gap in ms; call from another thread."""
        late = sorted(self._future.result())
        picks = {"p50_ms": len(late) // 2, "p99_ms": len(late) * 99 // 100, "longest_ms": len(late) - 1}
        return {name: late[place] * 1e3 for name, place in picks.items()}


def spin_until(done: Callable[[], bool]) -> None:
    """Keep the interpreter busy."""
    number = 0
    while not done():
        for _ in range(1000):
            number += 1


def wait(done: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S} s for {what}")
        time.sleep(0.005)


class Desk:
    """The product in this process."""

    def __init__(self, report: Path) -> None:
        hold_back()
        prepare_terminal(os.environ, slow_link=False)
        config = read_config(RunOptions())
        open_log(config.state)
        self.plan: Plan = plan_desk(config, RunOptions())
        self.thread: EngineThread
        self.thread, self._lock = open_desk(self.plan, headless=False)
        self.console = _Console(self.plan, self.thread, self._lock)
        self.report = report
        loop = self.thread._loop
        assert loop is not None
        self.loop = loop

    def run(self, scenario: Callable[[Desk], dict[str, object]]) -> None:
        """The console in this thread, the scenario in another; ends with the scenario."""

        def play() -> None:
            try:
                figures = scenario(self)
            except BaseException as error:  # the parent reads it; nothing else would tell
                figures = {"error": f"{type(error).__name__}: {error}"}
            part = self.report.with_suffix(".part")
            part.write_text(json.dumps(figures))
            part.replace(self.report)
            os._exit(0)

        threading.Thread(target=play, daemon=True).start()
        self.console.run()

    def keep_busy(self, done: Callable[[], bool]) -> threading.Thread:
        """Let the UI thread work without a pause until `done()`."""
        app = self.console._app
        worker = threading.Thread(target=lambda: app.call_from_thread(spin_until, done), daemon=True)
        worker.start()
        return worker

    def wait_ready(self) -> None:
        wait(lambda: self.thread.ready().result(), "the desk to be ready")


def watch(desk: Desk, seconds: float, *, busy: bool) -> dict[str, object]:
    desk.wait_ready()
    wait(desk.report.with_suffix(".go").exists, "the sign to begin")
    heart = Heart(desk.loop, seconds)
    if busy:
        end = time.monotonic() + seconds
        desk.keep_busy(lambda: time.monotonic() > end)
    return dict(heart.figures())


def kill(desk: Desk) -> dict[str, object]:
    """The monotonic ns at which the last cancel of each round was handed over."""
    desk.wait_ready()
    feeding = asyncio.run_coroutine_threadsafe(_feed(desk), desk.loop)
    numbers = count(1)
    handed = []
    for number in range(1, ROUNDS + 1):
        _place(desk, numbers)
        killed = threading.Event()
        busy = desk.keep_busy(killed.is_set)
        desk.report.with_suffix(f".ready{number}").touch()
        wait(lambda: _status(desk) is TradingState.HALTED, "the kill")
        wait(lambda: desk.thread.view().status.working_orders == 0, "the cancels")
        killed.set()
        busy.join()
        wall = desk.plan.wall
        offset = wall.wall_ns() - time.monotonic_ns()
        handed.append(desk.thread.shell.gateway.cancels_handed_over_ns - offset)
        _resume(desk)
    feeding.cancel()
    return {"handed_over": handed}


def _status(desk: Desk) -> TradingState:
    return desk.thread.view().status.trading_state


def _place(desk: Desk, numbers: count[int]) -> None:
    """Rest 200 buys far below the market."""
    rows = {row.symbol: row for row in desk.thread.view().quotes}
    symbol, row = next((s, r) for s, r in rows.items() if r.bid is not None)
    assert row.bid is not None
    px = (row.bid * Decimal("0.7")).quantize(Decimal("0.01"))
    account = desk.plan.config.profile.account
    for number in range(ORDERS):
        limit = px - Decimal(number) / 100
        qty = Decimal(1 + next(numbers) % 3)
        request = OrderRequest(account, symbol, Side.BUY, qty, OrdType.LIMIT, limit, user="bench")
        answer = desk.thread.send(PlaceOrder(request)).result(PATIENCE_S)
        assert getattr(answer, "accepted", False), str(answer)
    wait(lambda: desk.thread.view().status.working_orders == ORDERS, f"{ORDERS} working orders")
    wait(lambda: all(o.order_id for o in desk.thread.view().orders if o.is_open), "all acknowledgements")


def _resume(desk: Desk) -> None:
    """Open the desk again, for the next round."""

    def is_open() -> bool:
        desk.thread.send(Resume("next round", user="bench")).result(PATIENCE_S)
        return _status(desk) is TradingState.ACTIVE

    wait(is_open, "the desk to be open again")
    # The console sees it and takes the next press as a first one.
    time.sleep(1.0)


async def _feed(desk: Desk) -> None:
    """2,000 quotes a second on top of the simulated market's own."""
    shell = desk.thread.shell
    every, burst = 0.01, QUOTES_PER_S // 100
    loop = asyncio.get_running_loop()
    due = loop.time()
    for number in count():
        rows = [row for row in desk.thread.view().quotes if row.bid is not None and row.ask is not None]
        for step in range(burst):
            row = rows[(number * burst + step) % len(rows)]
            assert row.bid is not None
            assert row.ask is not None
            size = Decimal(100 + 100 * ((number + step) % 7))
            shell.on_market(Quote(row.symbol, row.bid, row.ask, size, size, desk.plan.market.clock.now_ns()))
        due += every
        await asyncio.sleep(max(due - loop.time(), 0))


def floor(report: Path, seconds: float, *, busy: bool) -> None:
    """The same heartbeat on a bare loop."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    end = time.monotonic() + seconds
    heart = Heart(loop, seconds)
    if busy:
        spin_until(lambda: time.monotonic() > end)
    report.write_text(json.dumps(heart.figures()))


def main() -> None:
    mode, report, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    if mode.startswith("floor"):
        floor(report, seconds, busy=mode.endswith("busy"))
    elif mode == "kill":
        Desk(report).run(kill)
    else:
        Desk(report).run(lambda desk: watch(desk, seconds, busy=mode == "busy"))


if __name__ == "__main__":
    main()
