"""The engine's own thread with its own event loop: what a terminal, a dropped connection or a slow repaint can't stop.

`EngineThread` is the DeskHandle that the console and the control socket hold.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any, Literal

from engine.inputs import AlgoSpec, Command, Kill, PlaceGroup
from engine.model.basket import BasketItem
from engine.model.charts import AlgoDetail, DayCurve
from engine.model.diagnostics import Diagnostics
from engine.model.enums import AlertLevel
from engine.model.guards import GuardRow
from engine.model.order import OrderRequest, ReplaceRequest
from engine.model.scope import DESK
from engine.publish.algo_detail import algo_detail
from engine.publish.day_curve import day_curve
from engine.publish.limit_rows import limit_rows
from engine.risk.gate import Gate
from engine.risk.guards import guards
from engine.runtime.shell import Shell
from engine.views import AlgoPlan, BasketCheck, CommandResult, DeskView, LimitRow, OrderPreview, OrderResult

log = logging.getLogger("tradedesk.engine")

#: A thread hop at CPython's default of 5 ms made a commit 32 ms beside a busy UI thread (DESIGN §2).
SWITCH_INTERVAL_S = 0.0005


class Running:
    """What a start hands back: the shell, and how to take it down again (feed, socket, lock)."""

    def __init__(self, shell: Shell, close: Callable[[], Awaitable[None]]) -> None:
        self.shell = shell
        self.close = close


class EngineThread:
    """Starts a desk in its own thread and talks to it. Raises in `start` what the start raised."""

    def __init__(self, gate: Gate, build: Callable[[EngineThread], Awaitable[Running]]) -> None:
        """`build` runs in the engine's loop and gives a started shell."""
        self.gate = gate
        self._build = build
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._started: Future[None] = Future()
        self._finished = threading.Event()
        self._running: Running | None = None
        self.stopped_by = ""
        """The reason of the first graceful stop that was asked for."""
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self, timeout_s: float = 120.0) -> None:
        """Start and wait until the desk is up. Raises what went wrong."""
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        self._thread.start()
        self._started.result(timeout_s)

    def _run(self) -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(self._main())
        except BaseException as error:  # the thread's last word: whoever waits must hear it
            if not self._started.done():
                self._started.set_exception(error)
            else:
                log.exception("the engine thread ended")
        finally:
            self._finished.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop_wanted = asyncio.Event()
        self._running = await self._build(self)
        self._started.set_result(None)
        await self._stop_wanted.wait()
        await self._running.close()

    @property
    def shell(self) -> Shell:
        if self._running is None:
            raise RuntimeError("the desk has not started")
        return self._running.shell

    @property
    def finished(self) -> bool:
        """True once the engine's thread has ended."""
        return self._finished.is_set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the engine's thread to end."""
        return self._finished.wait(timeout_s)

    # -- DeskHandle ---------------------------------------------------------------------------------------------

    def view(self) -> DeskView:
        return self.shell.view()

    def send(self, command: Command) -> Future[OrderResult | CommandResult]:
        return self.shell.send(command)

    def preview(self, request: OrderRequest | PlaceGroup) -> Future[OrderPreview]:
        return self.shell.ask(lambda desk, now: desk.preview(request, now))

    def preview_replace(self, target: int | str, change: ReplaceRequest) -> Future[OrderPreview | CommandResult]:
        return self.shell.ask(lambda desk, now: desk.preview_replace(target, change, now))

    def plan(self, spec: AlgoSpec) -> Future[AlgoPlan]:
        return self.shell.ask(lambda desk, now: desk.plan(spec, now))

    def algo_detail(self, number: int) -> Future[AlgoDetail | None]:
        return self.shell.ask(lambda desk, now: algo_detail(desk, number, now))

    def day_curve(self) -> Future[DayCurve]:
        return self.shell.ask(lambda desk, now: day_curve(desk))

    def diagnostics(self) -> Future[Diagnostics]:
        shell, asked_s = self.shell, time.monotonic()
        return shell.ask(lambda desk, now: shell.diagnostics(asked_s))

    def check_basket(self, basket: int | tuple[BasketItem, ...]) -> Future[BasketCheck | CommandResult]:
        return self.shell.ask(lambda desk, now: desk.check_basket(basket, now))

    def guards(self) -> Future[tuple[GuardRow, ...]]:
        return self.shell.ask(lambda desk, now: guards(desk))

    def notice(self, level: AlertLevel, code: str, text: str) -> Future[None]:
        shell = self.shell
        return shell.ask(lambda desk, now: shell.notice(level, code, text))

    def ready(self) -> Future[bool]:
        """Whether an order could go out now as far as start-up goes: reconciled with the broker, prices coming in."""
        return self.shell.ask(lambda desk, now: self.shell.is_ready)

    def limits(self) -> Future[tuple[LimitRow, ...]]:
        return self.shell.ask(lambda desk, now: limit_rows(desk.state))

    def digest(self) -> Future[tuple[int, str]]:
        return self.shell.digest()

    def pull_kill(self, by: str, reason: str, flatten: Literal["no", "grace", "now"], scope: str = DESK) -> None:
        self.gate.slam(reason, scope, by)
        self.shell.post(Kill(by, reason, flatten, scope=scope))

    def watch(self, symbol: str) -> None:
        shell = self.shell
        shell.ask(lambda desk, now: shell.watch(symbol))

    def stop(self, how: Literal["leave", "cancel"], reason: str) -> Future[CommandResult]:
        future: Future[CommandResult] = Future()
        self.stopped_by = self.stopped_by or reason
        loop = self._loop
        if loop is None or self.finished:
            future.set_result(CommandResult(False, "the desk is not running"))
            return future
        loop.call_soon_threadsafe(lambda: loop.create_task(self._stop(how, reason, future)))
        return future

    async def _stop(self, how: str, reason: str, future: Future[Any]) -> None:
        try:
            future.set_result(await self.shell.stop(how, reason))
        except Exception as error:  # whoever waits must hear it
            future.set_exception(error)
        finally:
            # After the answer, so that a caller on the control socket gets it before the socket closes.
            await asyncio.sleep(0.05)
            self._stop_wanted.set()
