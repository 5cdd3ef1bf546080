"""Whatever executes, is busted and corrected: the trades add up to the positions' own profit, and statistics are those
of an independent count."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import facts as f
from engine.model.enums import Side
from engine.model.snapshot import Execution
from engine.performance.fold import PerformanceFold
from engine.performance.report import report
from engine.performance.targets import Targets
from tests.engine.performance.ledger import D, Ledger

Step = tuple[str, str, str, int, int, int]
_MULTIPLIER = {"AAPL": 1, "IBM": 1, "ES": 50}
steps = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "sell", "sell", "bust", "correct"]),
        st.sampled_from(["AAPL", "IBM", "ES"]),
        st.sampled_from(["", "", "mean"]),
        st.integers(1, 9),
        st.integers(1, 40),
        st.integers(0, 3),
    ),
    max_size=30,
)


def played(moves: list[Step], method: str) -> tuple[Ledger, dict[str, tuple[str, Execution]]]:
    """The journal, and the executions that stand, in the order in which they were booked, each with its strategy."""
    book = Ledger(pnl_method=method)
    standing: dict[str, tuple[str, Execution]] = {}
    for kind, symbol, strategy, qty, px, fee in moves:
        if kind in ("buy", "sell"):
            side = Side.BUY if kind == "buy" else Side.SELL
            execution = book.trade(side, str(qty), str(px), symbol, str(fee), strategy)
            standing[execution.exec_id] = (strategy, execution)
        elif standing:
            exec_id = list(standing)[qty % len(standing)]
            strategy, old = standing.pop(exec_id)
            if kind == "bust":
                book.record(f.ExecutionBusted("A1", exec_id))
            else:
                new = msgspec.structs.replace(old, exec_id=f"{exec_id}c", last_qty=D(qty), last_px=D(px), fee=D(fee))
                book.record(f.ExecutionCorrected("A1", exec_id, new))
                standing[new.exec_id] = (strategy, new)
    return book, standing


def counted(standing: dict[str, tuple[str, Execution]]) -> tuple[list[Fraction], Fraction, int]:
    """Net results of the round trips, by plain arithmetic of fractions; what open ones moved; how many are open."""
    closed: list[Fraction] = []
    held: dict[tuple[str, str], tuple[int, Fraction]] = {}
    for strategy, e in standing.values():
        at = (strategy, e.symbol)
        qty, money = held.get(at, (0, Fraction(0)))
        signed = int(e.last_qty) * e.side.sign
        px, unit = Fraction(e.last_px) * _MULTIPLIER[e.symbol], Fraction(e.fee) / abs(signed)
        first = signed if qty == 0 or (qty > 0) == (signed > 0) or abs(signed) <= abs(qty) else -qty
        for part in (first, signed - first):
            if part:
                qty, money = qty + part, money - part * px - abs(part) * unit
                if qty == 0:
                    closed.append(money)
                    money = Fraction(0)
        held[at] = (qty, money)
    return closed, sum((m for q, m in held.values() if q), Fraction(0)), sum(1 for q, _ in held.values() if q)


@settings(max_examples=60, deadline=None)
@given(steps, st.sampled_from(["average", "fifo"]))
def test_trades_and_what_is_open_add_up_to_the_positions_profit(moves: list[Step], method: str) -> None:
    book, _ = played(moves, method)
    fold = book.fold()
    for (account, symbol), position in fold.state.positions.items():
        ended = sum((trade.net for trade in fold.trades() if trade.symbol == symbol), Decimal(0))
        going_on = fold.open_trades(lambda a, s, at=(account, symbol): (a, s) == at).money  # type: ignore[misc]
        # What is open has paid its cost: that is no loss yet.
        assert ended + going_on + position.cost == position.realized - position.fees


@settings(max_examples=60, deadline=None)
@given(steps, st.sampled_from(["average", "fifo"]))
def test_an_independent_count_of_fractions_finds_the_same(moves: list[Step], method: str) -> None:
    book, standing = played(moves, method)
    closed, money, still_open = counted(standing)
    found = book.report()
    wins, losses = [n for n in closed if n > 0], [-n for n in closed if n < 0]
    stats = found.overall

    def near(value: Decimal | None, exact: Fraction) -> bool:
        return value is not None and abs(Fraction(value) - exact) < Fraction(1, 1_000_000)

    # The fee of a fill through zero is shared to 1e-8: a trade of exactly 0 may come out a hair beside it.
    if all(abs(net) > Fraction(1, 1000) or net == 0 for net in closed):
        assert sorted(round(float(trade.net), 6) for trade in book.fold().trades()) == sorted(
            round(float(net), 6) for net in closed
        )
    assert (stats.trades, found.open_trades) == (len(closed), still_open)
    assert near(stats.net_pnl, sum(closed, Fraction(0)))
    assert near(book.fold().open_trades().money, money)
    if losses:
        assert stats.profit_factor is None or near(
            stats.profit_factor, sum(wins, Fraction(0)) / sum(losses, Fraction(0))
        )
    if closed:
        assert near(stats.expectancy, sum(closed, Fraction(0)) / len(closed))


@settings(max_examples=40, deadline=None)
@given(steps, st.lists(st.integers(1, 40), max_size=4))
def test_told_bit_by_bit_it_finds_the_same_as_told_at_once(moves: list[Step], cuts: list[int]) -> None:
    book, _ = played(moves, "average")
    by_bits = PerformanceFold()
    begin = 0
    for end in [*sorted(cuts), len(book.facts)]:
        by_bits.apply(book.facts[begin:end])
        report(by_bits, 0, Targets())
        begin = max(begin, end)
    at_once = book.fold()
    assert report(by_bits, 0, Targets()) == report(at_once, 0, Targets())
    assert by_bits.trades() == at_once.trades()
