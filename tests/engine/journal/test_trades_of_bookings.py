"""The blotter's trades and positions of what was booked by hand: a split is no sale, an expiry is an end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import inputs as i
from engine import protocol as p
from engine.facts import Stamped
from engine.journal.blotter import TABLES, Changes
from engine.journal.blotter_fold import Fold
from tests.engine.dealing import ACCOUNT, BUY, SELL, D, Dealing
from tests.engine.reconcile.test_booking import book, reverse

CALL = "IBM 231110C00100000"


class Blotter:
    """A desk whose facts go into a blotter."""

    def __init__(self, **positions: str) -> None:
        self.desk = Dealing()
        self.desk.positions = {symbol.replace("_", " "): D(qty) for symbol, qty in positions.items()}
        self.desk.connect()

    def trade(self, side: Any, qty: str, px: str) -> None:
        order = self.desk.place(side, qty, "99.95" if side is SELL else "100.00")
        self.desk.fill(order, qty, px)

    def rows(self, table: str) -> list[dict[str, Any]]:
        fold, changes = Fold(), Changes()
        for seq, fact in enumerate(self.desk.recorded, 1):
            fold.apply(Stamped(seq, seq, seq, fact), changes)
        fold.finish(changes)
        return [dict(zip(TABLES[table], row, strict=True)) for row in changes.rows[table].values()]

    def trades(self, symbol: str = "IBM") -> list[tuple[str, str, str | None, bool]]:
        """(quantity, entry price, net profit, closed)"""
        rows = [row for row in self.rows("trades") if row["symbol"] == symbol]
        return [(r["qty"], r["entry_px"], r["net_pnl"], r["closed"] is not None) for r in rows]


def test_a_split_between_entry_and_exit_is_one_trade_with_the_whole_profit() -> None:
    blotter = Blotter()
    blotter.trade(BUY, "100", "98.00")
    book(blotter.desk, "split", symbol="IBM", new=D(7), old=D(1))
    assert blotter.trades() == [("700", "14", None, False)]
    blotter.trade(SELL, "700", "15.00")
    assert blotter.trades() == [("700", "14", "700.00", True)]


def test_the_fraction_that_was_paid_out_is_a_part_of_the_exit() -> None:
    blotter = Blotter()
    blotter.trade(BUY, "105", "100.00")
    book(blotter.desk, "split", symbol="IBM", new=D(1), old=D(10), amount=D("520.00"))
    blotter.trade(SELL, "10", "1000.00")
    ((_, _, net, closed),) = blotter.trades()
    assert (net, closed) == ("20.00", True)


def test_an_expired_option_is_a_trade_that_lost_its_premium() -> None:
    blotter = Blotter(**{CALL.replace(" ", "_"): "2"})
    book(blotter.desk, "cost", symbol=CALL, px=D(300))
    book(blotter.desk, "expiry", symbol=CALL)
    ((qty, _, _, closed),) = blotter.trades(CALL)
    assert (qty, closed) == ("2", True)


def test_units_transferred_out_end_a_trade_without_profit_and_a_reversal_opens_it_again() -> None:
    blotter = Blotter()
    blotter.trade(BUY, "100", "98.00")
    book(blotter.desk, "out", qty=D(100), symbol="IBM")
    assert blotter.trades() == [("100", "98", "0.00", True)]
    reverse(blotter.desk, 1)
    assert blotter.trades() == [("100", "98", None, False)]


def test_a_symbol_change_ends_the_trade_of_the_old_name_and_opens_one_of_the_new() -> None:
    blotter = Blotter()
    blotter.trade(BUY, "100", "98.00")
    book(blotter.desk, "rename", symbol="IBM", to="AAPL")
    assert blotter.trades("IBM") == [("100", "98", "0.00", True)]
    assert blotter.trades("AAPL") == [("100", "98", None, False)]


@pytest.mark.parametrize("bust_first", [True, False])
def test_positions_of_the_blotter_are_those_of_the_desk_after_a_bust_through_a_split(bust_first: bool) -> None:
    blotter = Blotter()
    blotter.trade(BUY, "100", "98.00")
    blotter.trade(BUY, "10", "98.00")
    book(blotter.desk, "rename", symbol="IBM", to="AAPL")
    if bust_first:
        blotter.desk.give(p.Busted(ACCOUNT, "X2", 0))
    book(blotter.desk, "split", symbol="AAPL", new=D(2), old=D(1))
    if not bust_first:
        blotter.desk.give(p.Busted(ACCOUNT, "X2", 0))
    held = {row["symbol"]: Decimal(row["qty"]) for row in blotter.rows("positions")}
    assert held == {"IBM": 0, "AAPL": 200}


def test_a_fill_booked_by_hand_is_a_fill_and_its_order_shows_it() -> None:
    blotter = Blotter()
    order = blotter.desk.place(BUY, "100")
    blotter.desk.give(i.Book("fill", ACCOUNT, "by phone", "IBM", side=BUY, qty=D(40), px=D(100), target=order.id))
    assert [(row["last_qty"], row["busted"]) for row in blotter.rows("fills")] == [("40", 0)]
    assert [row["cum_qty"] for row in blotter.rows("orders")] == ["40"]
