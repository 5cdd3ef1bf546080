from __future__ import annotations

import math
from decimal import Decimal
from statistics import fmean, stdev

import pytest

from engine import facts as f
from engine.model.enums import Side
from engine.performance.fold import Period
from tests.engine.performance.ledger import D, Ledger

BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT


def results(book: Ledger) -> list[tuple[str, Decimal]]:
    return [(trade.symbol, trade.net) for trade in book.fold().trades()]


def test_a_trade_is_flat_to_flat_and_net_of_fees() -> None:
    book = Ledger()
    book.trade(BUY, "60", "10", fee="1")
    book.trade(BUY, "40", "11", fee="1")
    book.trade(SELL, "50", "12", fee="1")
    assert results(book) == []
    book.trade(SELL, "50", "13", fee="1")
    # bought for 600 + 440, sold for 600 + 650, four fees
    assert results(book) == [("AAPL", D("206"))]
    assert book.fold().open_trades().count == 0


def test_the_method_of_the_account_changes_no_trade() -> None:
    nets = []
    for method in ("average", "fifo"):
        book = Ledger(pnl_method=method)
        for side, qty, px in ((BUY, "60", "10"), (BUY, "40", "11"), (SELL, "70", "12"), (SELL, "30", "9")):
            book.trade(side, qty, px)
        nets.append(results(book))
    assert nets[0] == nets[1] == [("AAPL", D("70"))]


def test_a_fill_through_zero_ends_one_trade_and_begins_another_sharing_its_fee() -> None:
    book = Ledger()
    book.trade(BUY, "100", "10")
    book.trade(SHORT, "150", "12", fee="3")
    book.trade(BUY, "50", "11", fee="1")
    assert results(book) == [("AAPL", D("198")), ("AAPL", D("48"))]


def test_a_multiplier_counts() -> None:
    book = Ledger()
    book.trade(SHORT, "2", "4000", "ES")
    book.trade(BUY, "2", "3990.5", "ES", fee="2")
    assert results(book) == [("ES", D("948"))]


def test_a_bust_opens_the_trade_again_and_a_correction_changes_its_result() -> None:
    book = Ledger()
    book.trade(BUY, "100", "10")
    out = book.trade(SELL, "100", "12")
    assert results(book) == [("AAPL", D("200"))]
    book.record(f.ExecutionBusted("A1", out.exec_id))
    assert results(book) == []
    again = book.trade(SELL, "100", "11")
    right = f.ExecutionCorrected("A1", again.exec_id, book.execution(book.order(SELL, "100"), "100", "11.50"))
    book.record(right)
    assert results(book) == [("AAPL", D("150"))]


def test_a_trade_has_the_tag_of_the_order_that_opened_it() -> None:
    book = Ledger()
    book.trade(BUY, "100", "10", tag="earnings play")
    book.trade(SELL, "100", "12", tag="out")
    book.trade(BUY, "10", "10")
    book.trade(SELL, "10", "9", tag="out")
    assert book.group("tag", "earnings play").stats.net_pnl == D(200)
    assert book.group("tag", "").stats.net_pnl == D(-10)
    assert {group.name for group in book.report().groups if group.by == "tag"} == {"", "earnings play"}


def test_accounts_and_strategies_have_trades_of_their_own() -> None:
    book = Ledger()
    book.record(f.AccountAdopted("A2", "USD", D(1000)))
    book.trade(BUY, "10", "10", strategy="mean")
    book.trade(BUY, "10", "10", account="A2")
    book.trade(SELL, "10", "11", account="A2")
    book.trade(SELL, "10", "8", strategy="mean")
    assert results(book) == [("AAPL", D("10")), ("AAPL", D("-20"))]
    assert (book.group("strategy", "mean").stats.net_pnl, book.group("strategy", "").stats.net_pnl) == (D(-20), D(10))
    assert (book.group("account", "A1").stats.lost, book.group("account", "A2").stats.won) == (1, 1)


def test_a_trade_in_another_currency_counts_by_its_rate_and_without_one_is_left_out_and_said() -> None:
    book = Ledger()
    book.trade(BUY, "10", "10", "VOD")
    book.trade(SELL, "10", "11", "VOD")
    book.trade(BUY, "10", "10")
    book.trade(SELL, "10", "11")
    report = book.report()
    assert (report.overall.trades, report.overall.net_pnl, report.untold) == (1, D(10), 1)


def test_a_position_adopted_at_no_known_cost_has_no_result_of_its_own() -> None:
    book = Ledger()
    book.record(f.PositionAdopted("A1", "IBM", D(10), D(0)), f.PositionAdopted("A1", "AAPL", D(10), D(9)))
    book.trade(SELL, "10", "100", "IBM")
    book.trade(SELL, "10", "10")
    report = book.report()
    assert (report.overall.trades, report.overall.net_pnl, report.untold) == (1, D(10), 1)


def five(book: Ledger) -> None:
    """+200, -100, 0, +50 and -25 over three days."""
    book.day("2026-01-05", "1000000")
    for px in ("12", "9"):
        book.trade(BUY, "100", "10")
        book.trade(SELL, "100", px)
    book.marks("1000100")
    book.day("2026-01-06", "1000100")
    for px, qty in (("10", "10"), ("15", "10")):
        book.trade(BUY, qty, "10", "IBM")
        book.trade(SELL, qty, px, "IBM")
    book.marks("1000150")
    book.day("2026-01-07", "1000150")
    book.trade(BUY, "5", "10")
    book.trade(SELL, "5", "5")
    book.marks("1000125")


def test_the_statistics_are_those_that_one_works_out_by_hand() -> None:
    book = Ledger()
    five(book)
    stats = book.report().overall
    assert (stats.trades, stats.won, stats.lost, stats.even) == (5, 2, 2, 1)
    assert (stats.win_rate, stats.net_pnl, stats.expectancy) == (D("0.5"), D(125), D(25))
    assert (stats.gross_profit, stats.gross_loss) == (D(250), D(125))
    assert (stats.average_win, stats.average_loss) == (D(125), D("62.5"))
    assert (stats.largest_win, stats.largest_loss) == (D(200), D(100))
    assert stats.profit_factor == D(2)
    returns = [100 / 1_000_000, 50 / 1_000_100, -25 / 1_000_150]
    assert float(stats.sharpe or 0) == pytest.approx(fmean(returns) / stdev(returns) * math.sqrt(252), abs=1e-6)
    downside = math.sqrt(returns[2] ** 2 / 3)
    assert float(stats.sortino or 0) == pytest.approx(fmean(returns) / downside * math.sqrt(252), abs=1e-6)
    assert float(stats.max_drawdown or 0) == pytest.approx(25 / 1_000_150, abs=1e-6)


def test_days_and_symbols_have_theirs() -> None:
    book = Ledger()
    five(book)
    day, symbol = book.group("day", "2026-01-06").stats, book.group("symbol", "IBM").stats
    assert (day.trades, day.won, day.even, day.net_pnl) == (2, 1, 1, D(50)) == (
        symbol.trades, symbol.won, symbol.even, symbol.net_pnl,
    )  # fmt: skip
    returns = [0.0, 50 / 1_000_100, 0.0]
    assert float(symbol.sharpe or 0) == pytest.approx(fmean(returns) / stdev(returns) * math.sqrt(252), abs=1e-6)
    assert (day.sharpe, symbol.sortino) == (None, None)
    aapl = book.group("symbol", "AAPL").stats
    assert float(aapl.max_drawdown or 0) == pytest.approx(125 / 1_000_200, abs=1e-6)


def test_a_period_has_its_days_alone_and_a_trade_counts_on_the_day_on_which_it_ended() -> None:
    book = Ledger(period=Period("2026-01-06", "2026-01-06"))
    book.day("2026-01-05", "1000000")
    book.trade(BUY, "10", "10")
    book.day("2026-01-06", "1000000")
    book.trade(SELL, "10", "13")
    book.day("2026-01-07", "1000030")
    book.trade(BUY, "10", "10")
    book.trade(SELL, "10", "9")
    report = book.report()
    assert [day.day for day in report.days] == ["2026-01-06"]
    assert (report.overall.trades, report.overall.net_pnl) == (1, D(30))


def test_without_a_loss_there_is_no_profit_factor_and_without_trades_there_is_nothing() -> None:
    book = Ledger()
    stats = book.report().overall
    assert (stats.trades, stats.win_rate, stats.profit_factor, stats.expectancy, stats.sharpe) == (0, *[None] * 4)
    book.trade(BUY, "10", "10")
    book.trade(SELL, "10", "11")
    stats = book.report().overall
    assert (stats.win_rate, stats.profit_factor, stats.average_loss, stats.expectancy) == (D(1), None, None, D(10))


def test_money_paid_in_is_no_profit_and_makes_no_drawdown_good() -> None:
    book = Ledger(cash="1000")
    book.day("2026-01-05", "1000")
    book.marks("900")
    book.record(f.AccountAdopted("A2", "USD", D(1000)))
    book.marks("1900")
    report = book.report()
    assert report.days[0].pnl == D(-100)
    assert report.overall.max_drawdown == D("0.1")
