"""HALTED: 10,000 seeded attempts from tickets, algos, one connection to the control socket and replaces. Nothing leaves
but cancels and what reduces the broker's own position."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.inputs import AlgoSpec, ControlAlgo, Flatten, Halt, Kill, LaunchAlgo, ModifyOrder, PlaceGroup, PlaceOrder
from engine.model.enums import OrdType, Side, TimeInForce, TradingState
from engine.model.order import BrokerReplace, OrderRequest, ReplaceRequest
from tests.fire.desk import ACCOUNT, PATIENCE_S, STOCKS, Desk, burning_desk

ATTEMPTS = 10_000
BATCH = 200
NAMES = STOCKS[:6]


class Attempts:
    """Whatever a user, a strategy or an algo may try, drawn from a seed."""

    def __init__(self, desk: Desk, rng: Random) -> None:
        self.desk, self.rng = desk, rng
        self.prices = {symbol: desk.px(symbol) for symbol in NAMES}
        self.working = [row.id for row in desk.view.orders if row.is_open]
        self.made = dict.fromkeys(("ticket", "algo", "socket", "replace"), 0)

    def one(self) -> Any:
        """Start one attempt; a future, or None when it is done."""
        kind = self.rng.choices(("ticket", "algo", "socket", "replace"), (50, 12, 8, 30))[0]
        self.made[kind] += 1
        doing: Callable[[], Any] = getattr(self, kind)
        return doing()

    def request(self) -> OrderRequest:
        rng = self.rng
        symbol = rng.choice(NAMES)
        side = rng.choice((Side.BUY, Side.SELL, Side.SELL_SHORT))
        kind = rng.choice((OrdType.MARKET, OrdType.LIMIT, OrdType.LIMIT, OrdType.STOP))
        px = (self.prices[symbol] * Decimal(rng.choice(("0.9", "0.99", "1", "1.01")))).quantize(Decimal("0.01"))
        return OrderRequest(
            ACCOUNT,
            symbol,
            side,
            Decimal(rng.choice((1, 7, 50, 100, 250))),
            kind,
            px if kind is OrdType.LIMIT else None,
            px if kind is OrdType.STOP else None,
            rng.choice((TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC)),
            reduce_only=rng.random() < 0.1,
            origin=rng.choice(("manual", "manual", "strategy", "algo")),
            strategy=rng.choice(("", "mean")),
            user="test",
            accept_soft=True,
        )

    def ticket(self) -> Any:
        if self.rng.random() < 0.1:
            first = self.request()
            other = OrderRequest(
                ACCOUNT, first.symbol, Side.SELL if first.side.is_buy else Side.BUY, first.qty, OrdType.STOP,
                None, self.prices[first.symbol], user="test",
            )  # fmt: skip
            return self.desk.thread.send(PlaceGroup("oto", (first, other)))
        return self.desk.thread.send(PlaceOrder(self.request()))

    def algo(self) -> Any:
        running = [row.id for row in self.desk.view.algos]
        if running and self.rng.random() < 0.5:
            action = self.rng.choice(("resume", "resume", "pause"))
            return self.desk.thread.send(ControlAlgo(self.rng.choice(running), action))  # type: ignore[arg-type]
        now = self.desk.view.market_ns
        end = now + self.rng.randrange(1, 30) * 10**9
        side = self.rng.choice((Side.BUY, Side.SELL))
        qty = Decimal(self.rng.randrange(1, 40))
        return self.desk.thread.send(LaunchAlgo(AlgoSpec("twap", ACCOUNT, self.rng.choice(NAMES), side, qty, now, end)))

    def socket(self) -> Any:
        rng = self.rng
        symbol = rng.choice(NAMES).lower()
        line = rng.choice(
            (
                f"buy {rng.randrange(1, 90)} {symbol} mkt",
                f"short {rng.randrange(1, 90)} {symbol} mkt",
                f"sell {rng.randrange(1, 300)} {symbol} lmt {self.prices[symbol.upper()]}",
                f"buy 10 {symbol} lmt {self.prices[symbol.upper()]} tp {self.prices[symbol.upper()] + 1}",
            )
        )
        self.desk.ask("order", line=line, yes=True)

    def replace(self) -> Any:
        rng = self.rng
        change = ReplaceRequest(
            Decimal(rng.choice((1, 5, 60, 400))) if rng.random() < 0.7 else None,
            self.prices[rng.choice(NAMES)] if rng.random() < 0.7 else None,
            user="test",
            accept_soft=True,
        )
        return self.desk.thread.send(ModifyOrder(rng.choice(self.working), change))


@pytest.mark.parametrize("how", ["halt", "kill"])
def test_nothing_leaves_a_halted_desk_but_what_reduces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    attempts = ATTEMPTS if how == "halt" else ATTEMPTS // 10
    with burning_desk(tmp_path, monkeypatch, messages="off", rejects="off") as desk:
        for symbol, side in zip(NAMES, (Side.BUY, Side.BUY, Side.SELL_SHORT, Side.SELL_SHORT), strict=False):
            desk.surely(symbol, side, "200")
        for symbol in NAMES:
            desk.surely(symbol, Side.BUY, "20", (desk.px(symbol) * Decimal("0.8")).quantize(Decimal("0.01")))
        desk.wait(lambda: len(desk.held()) == 4, "the positions")
        desk.wait(lambda: len(desk.working()) == len(NAMES), "the orders")
        trying = Attempts(desk, Random(20131007))
        command = Halt(None, "test", "lunch") if how == "halt" else Kill("test", "enough")
        desk.thread.send(command).result(PATIENCE_S)
        desk.wait(lambda: desk.view.status.trading_state is TradingState.HALTED, "the halt")
        before = len(desk.broker.sent)
        watched = Watch(desk)
        for _ in range(attempts // BATCH):
            for waiting in [found for _ in range(BATCH) if (found := trying.one()) is not None]:
                waiting.result(PATIENCE_S)
            watched.look()
        if how == "halt":
            desk.thread.send(Flatten(None, "test")).result(PATIENCE_S)
            desk.wait(lambda: not desk.held(), "the liquidation")
        watched.look()
        assert sum(trying.made.values()) == attempts
        assert min(trying.made.values()) > attempts // 20
        assert watched.wrong == []
        left = len(desk.broker.sent) - before
        assert left == watched.seen > 0, "reducing orders by hand and the liquidation do leave"
        print(f"\nHALTED by {how}: {attempts} attempts {trying.made}, {left} reducing orders left, nothing else")


class Watch:
    """Judges what was handed over by the broker's own books alone: the position before, and what was out already."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.at = len(desk.broker.sent)
        self.position = desk.held()
        self.wrong: list[str] = []
        self.seen = 0
        self.out: dict[tuple[str, bool], Decimal] = {}

    def look(self) -> None:
        """Go through what left since the last look. Worst case: nothing of it was cancelled in the meantime, so that
        all together must not be more than what was held when the desk was halted."""
        for sent in self.desk.broker.sent[self.at :]:
            self.seen += 1
            self.at += 1
            if isinstance(sent, BrokerReplace):
                self.wrong.append(f"a replace left: {sent}")
                continue
            held = self.position.get(sent.symbol, Decimal(0))
            if held == 0 or (held > 0) is sent.side.is_buy:
                self.wrong.append(f"{sent} does not reduce {held}")
            elif sent.qty > abs(held):
                self.wrong.append(f"{sent} goes past zero: {held}")
