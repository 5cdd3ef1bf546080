"""A paper market apart from the desk's: prices by ticks, sizes by a factor."""

from __future__ import annotations

from decimal import Decimal

from brokers.paper.apart import Apart, market_apart
from engine.model.market import Bar, MarketEvent, Quote, Trade

TICK = Decimal("0.01")
QUOTE = Quote("A", Decimal("10.00"), Decimal("10.02"), Decimal(301), None, 5)


def test_a_quote_is_moved_by_ticks_and_its_sizes_are_scaled_to_whole_units() -> None:
    moved = Apart(-2, Decimal("0.5")).event(QUOTE, TICK)
    assert moved == Quote("A", Decimal("9.98"), Decimal("10.00"), Decimal(150), None, 5)


def test_a_fraction_that_is_less_than_a_unit_stays_one() -> None:
    small = Quote("B", Decimal(9), Decimal(10), Decimal("0.5"), Decimal(1), 5)
    moved = Apart(0, Decimal("0.5")).event(small, TICK)
    assert isinstance(moved, Quote)
    assert (moved.bid_size, moved.ask_size) == (Decimal("0.25"), Decimal("0.5"))


def test_prints_move_along_and_bars_stay() -> None:
    trade = Trade("A", Decimal("10.01"), Decimal(100), 5)
    assert Apart(3).event(trade, TICK) == Trade("A", Decimal("10.04"), Decimal(100), 5)
    ten = Decimal(10)
    bar = Bar("A", ten, ten, ten, ten, ten, 0, 60)
    assert Apart(3).event(bar, TICK) is bar


def test_what_would_not_be_a_price_is_left_out() -> None:
    seen: list[MarketEvent] = []
    take = market_apart(Apart(-100), lambda symbol: Decimal("0.10"), seen.append)
    take(QUOTE)
    take(Trade("A", Decimal("10.00"), Decimal(1), 5))
    assert not seen
    take(Trade("A", Decimal("10.01"), Decimal(1), 5))
    assert seen == [Trade("A", Decimal("0.01"), Decimal(1), 5)]


def test_only_what_differs_is_apart() -> None:
    assert not Apart().is_apart
    assert Apart(1).is_apart
    assert Apart(0, Decimal(2)).is_apart
