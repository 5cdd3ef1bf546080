"""A scripted session on the real shell, its journal on disk, with everything that was shown and where it stood."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from console.config.defaults import write_missing
from console.config.load import load_config
from console.config.paths import Paths, StatePaths
from console.options import RunOptions
from console.wiring import open_desk, plan_desk
from engine.desk import Desk
from engine.effects import Effect
from engine.inputs import (
    AlgoSpec,
    CancelOrders,
    CancelSelector,
    Command,
    Halt,
    LaunchAlgo,
    ModifyOrder,
    Now,
    PlaceOrder,
    Resume,
)
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest, ReplaceRequest
from engine.runtime.pump import Batch
from engine.runtime.thread import EngineThread
from engine.views import DeskView

ACCOUNT = "PAPER"
MINUTE_NS = 60_000_000_000


class Shown(msgspec.Struct, frozen=True):
    """A view that was published, the newest fact in it and the digest of the state it shows."""

    seq: int
    view: DeskView
    digest: str


class Session(msgspec.Struct, frozen=True):
    """What a session left behind."""

    state: StatePaths
    shown: tuple[Shown, ...]


@contextmanager
def _own_switch_interval() -> Iterator[None]:
    """A desk sets the switch interval of its process: give it back."""
    interval = sys.getswitchinterval()
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


def run_session(home: Path) -> Session:
    """Trade for some seconds on a real desk: orders that rest, fill, are changed, cancelled and denied; an algo, a
    halt, and a kill that flattens. Then stop."""
    paths = Paths(home / "config", home / "state")
    write_missing(paths)
    config = load_config(paths)
    with _own_switch_interval():
        thread, lock = open_desk(plan_desk(config, RunOptions()), headless=False)
        try:
            shown = _record(thread)
            _trade(thread)
            thread.stop("leave", "the session is over").result(30)
        finally:
            thread.join(10)
            lock.release()
    return Session(config.state, tuple(shown))


def _record(thread: EngineThread) -> list[Shown]:
    """Keep every view from now on, with the number of the newest fact in it; publish one with each commit, too."""
    shell = thread.shell
    shown: list[Shown] = []
    publisher, pump, desk = shell._publisher, shell._pump, shell.desk
    build: Callable[..., DeskView] = publisher.build

    def recording(now: Now, **rest: Any) -> DeskView:
        view = build(now, **rest)
        shown.append(Shown(pump.decided, view, desk.state.digest()))
        return view

    committed = pump.committed

    def publishing(batch: Batch, now: Now) -> list[Effect]:
        effects = committed(batch, now)
        shell._publish()
        return effects

    publisher.build = recording  # type: ignore[method-assign]
    pump.committed = publishing  # type: ignore[method-assign]
    return shown


def _trade(thread: EngineThread) -> None:
    def until(done: Callable[[DeskView], bool], what: str) -> None:
        deadline = time.monotonic() + 20
        while not done(thread.view()):
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.01)

    def send(command: Command) -> Any:
        return thread.send(command).result(20)

    def order(symbol: str, side: Side, qty: str, limit: str | None = None) -> Any:
        kind = OrdType.MARKET if limit is None else OrdType.LIMIT
        price = None if limit is None else Decimal(limit)
        return send(PlaceOrder(OrderRequest(ACCOUNT, symbol, side, Decimal(qty), kind, price, user="ann")))

    def ready(desk: Desk, now: Now) -> bool:
        return all(desk.quotes.usable(symbol, now.market_ns) for symbol in ("AAPL", "IBM", "MSFT"))

    until(lambda view: thread.shell.ask(ready).result(5), "quotes")
    until(lambda view: view.status.equity is not None, "the account")
    order("IBM", Side.BUY, "100")
    until(lambda view: any(row.qty for row in view.positions), "a position")
    resting = order("AAPL", Side.BUY, "100", "1.00").id
    order("MSFT", Side.BUY, "10000000", "300")
    until(lambda view: any(o.id == resting and o.status.value == "NEW" for o in view.orders), "an ack")
    send(ModifyOrder(resting, ReplaceRequest(limit_px=Decimal("1.10"), user="ann")))
    until(lambda view: any(o.id == resting and o.limit_px == Decimal("1.10") for o in view.orders), "a change")
    send(CancelOrders(CancelSelector(ids=(resting,)), "ann"))
    order("IBM", Side.SELL, "40")
    order("MSFT", Side.SELL_SHORT, "20")
    now_ns = thread.view().market_ns
    send(LaunchAlgo(AlgoSpec("twap", ACCOUNT, "AAPL", Side.BUY, Decimal(40), now_ns, now_ns + 4 * MINUTE_NS, slices=4)))
    until(lambda view: sum(1 for row in view.fills) >= 4, "the algo's first fill")
    send(Halt(user="ann", reason="lunch"))
    order("AAPL", Side.BUY, "1")
    send(Resume("back again", user="ann"))
    order("XOM", Side.BUY, "50", "1.00")
    time.sleep(1.2)  # a sample of marks or two
    thread.pull_kill("ann", "enough", "now")
    until(lambda view: view.kill is not None and view.kill.verified, "the proof of the kill")
    time.sleep(0.3)
