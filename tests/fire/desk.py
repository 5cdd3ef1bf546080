"""The whole desk in this process: engine thread, journal, gate, control socket, simulated market, and a paper broker
that can be set on fire. Nothing of ours is replaced but the broker's cancels."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import console.market_setup
import console.wiring
from console.broker_setup import Broker, make_broker
from console.client import ask
from console.config.defaults import write_missing
from console.config.load import load_config
from console.config.paths import Paths
from console.options import RunOptions
from console.wire import Answer, read_ask
from console.wiring import open_desk, plan_desk
from engine.inputs import PlaceOrder
from engine.market.sim_names import invented_names
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest
from engine.runtime.feed import SimulatedFeed
from engine.views import DeskView
from tests.fire.broker import FireBroker
from tests.fire.limits import write_limits

ACCOUNT = "PAPER"
NAMES = invented_names(44, 7)
STOCKS = tuple(name.symbol for name in NAMES)
PATIENCE_S = 60.0


class Desk:
    """One running desk and its broker."""

    def __init__(self, paths: Paths, broker: FireBroker, thread: Any, plan: Any, feed: Any) -> None:
        self.paths, self.broker, self.thread, self.plan, self._feed = paths, broker, thread, plan, feed
        self.state = plan.config.state

    def cut_the_feed(self, *, for_the_broker_too: bool) -> None:
        """No quote comes any more: to the desk; or to anybody, so that nothing can fill."""

        async def cut() -> None:
            await self._feed.close()
            if not for_the_broker_too:
                its_own = SimulatedFeed(self.plan.market.sim, self.plan.market.clock, lambda error: None)
                listed = tuple(self.thread.shell.desk.state.instruments)
                await its_own.subscribe(listed, self.broker.inner.on_market)
                self._feed = its_own

        asyncio.run_coroutine_threadsafe(cut(), self.thread._loop).result(PATIENCE_S)

    def ask(self, verb: str, **fields: object) -> Answer:
        return ask(self.state.socket, read_ask({"verb": verb, **fields}), PATIENCE_S)

    @property
    def view(self) -> DeskView:
        view: DeskView = self.thread.view()
        return view

    def wait(self, done: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + timeout_s
        while not done():
            assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}: {self.view.kill}"
            time.sleep(0.02)

    def place(self, symbol: str, side: Side, qty: str, px: Decimal | None = None, **more: Any) -> Any:
        kind = OrdType.MARKET if px is None else OrdType.LIMIT
        request = OrderRequest(ACCOUNT, symbol, side, Decimal(qty), kind, px, user="test", accept_soft=True, **more)
        return self.thread.send(PlaceOrder(request)).result(PATIENCE_S)

    def surely(self, symbol: str, side: Side, qty: str, px: Decimal | None = None, **more: Any) -> Any:
        """Place it; a locked quote of the moment and one that is late (the machine is busy) are waited for."""
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := self.place(symbol, side, qty, px, **more)).accepted:
            codes = {denial.code for denial in answer.denials}
            assert codes <= {"STALE_PRICE", "STALE_MARK", "THROTTLE", "UNCOVERED_OPTION"}, answer.denials
            assert time.monotonic() < deadline, answer.denials
            time.sleep(0.05)
        return answer

    def px(self, symbol: str) -> Decimal:
        """About what it costs."""
        self.thread.watch(symbol)
        self.wait(lambda: self._bid(symbol) is not None, f"a quote of {symbol}")
        bid = self._bid(symbol)
        assert bid is not None
        return bid

    def _bid(self, symbol: str) -> Decimal | None:
        return next((row.bid for row in self.view.quotes if row.symbol == symbol), None)

    def held(self) -> dict[str, Decimal]:
        """What the broker itself holds."""
        future = asyncio.run_coroutine_threadsafe(self.broker.inner.positions(), self.thread._loop)
        return {row.symbol: row.qty for row in future.result(PATIENCE_S) if row.qty}

    def working(self) -> list[str]:
        """Which orders work at the broker itself."""
        future = asyncio.run_coroutine_threadsafe(self.broker.inner.open_orders(), self.thread._loop)
        return [row.cl_ord_id for row in future.result(PATIENCE_S)]

    def fill_the_books(self, orders: int) -> None:
        """50 positions, long and short, options among them, and so many working orders around them."""
        for number, symbol in enumerate(STOCKS):
            self.surely(symbol, Side.BUY if number % 2 == 0 else Side.SELL_SHORT, "100")
        self.wait(lambda: len(self.held()) == len(STOCKS), "the stocks")
        for number in range(6):
            option = f"{STOCKS[2 * number]}261218C{self._strike(2 * number):08d}"
            self.px(option)
            self.surely(option, Side.BUY if number % 2 else Side.SELL_SHORT, "1")
        self.wait(lambda: len(self.held()) == len(STOCKS) + 6, "the options")
        for number in range(orders):
            symbol = STOCKS[number % len(STOCKS)]
            away = Decimal("0.7") - Decimal(number // len(STOCKS)) / 50
            px = (self.px(symbol) * away).quantize(Decimal("0.01"))
            self.surely(symbol, Side.BUY, str(2 + number % 3), px)
        self.wait(lambda: len(self.working()) == orders, f"{orders} working orders")
        self.wait(lambda: all(o.order_id for o in self.view.orders if o.is_open), "all acknowledgements")

    def _strike(self, number: int) -> int:
        px = self.px(STOCKS[number])
        return int(px) * 1000


@contextmanager
def burning_desk(home: Path, monkeypatch: pytest.MonkeyPatch, **limits: str) -> Iterator[Desk]:
    """A desk that is open and connected, gone afterwards."""
    paths = Paths.of({"TRADEDESK_HOME": str(home)})
    write_missing(paths)
    monkeypatch.setattr(console.market_setup, "ALL_NAMES", NAMES)
    names = "".join(f"  {name}: {{sector: Test, tick: 0.01}}\n" for name in STOCKS)
    paths.universe_file.write_text("instruments:\n" + names)
    settings = paths.desk_file.read_text()
    settings = settings.replace("request_timeout: 5 ", "request_timeout: 1 ")
    renew = limits.pop("new_session_after_s", "20")
    paths.desk_file.write_text(settings.replace("new_session_after_s: 20 ", f"new_session_after_s: {renew} "))
    write_limits(paths.risk_file, **limits)
    brokers: list[FireBroker] = []

    def on_fire(*arguments: Any, **more: Any) -> Broker:
        made = make_broker(*arguments, **more)
        brokers.append(FireBroker(made.adapter))  # type: ignore[arg-type]
        made.adapter = brokers[0]
        return made

    feeds: list[Any] = []
    make_feed = console.wiring._feed

    def kept(*arguments: Any) -> Any:
        feeds.append(make_feed(*arguments))
        return feeds[-1]

    monkeypatch.setattr(console.wiring, "make_broker", on_fire)
    monkeypatch.setattr(console.wiring, "_feed", kept)
    config = load_config(paths, None)
    plan = plan_desk(config, RunOptions())
    thread, _ = open_desk(plan, headless=True)
    desk = Desk(paths, brokers[0], thread, plan, feeds[0])
    try:
        desk.wait(lambda: thread.ready().result(), "the desk to be ready")
        yield desk
    finally:
        desk.broker.hung = desk.broker.on_fire = False
        thread.stop("leave", "test").result(PATIENCE_S)
        thread.join(PATIENCE_S)
