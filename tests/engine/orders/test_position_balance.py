"""P&L balances to the last digit: cash paid = cost carried - profit realised + fees, whatever happens."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine import facts as f
from engine.model.snapshot import Execution
from engine.orders.position import Position, apply_execution, refold
from tests.engine.risk.seat import ACCOUNT, D, Seat, buy, short

TRADES = st.lists(
    st.tuples(
        st.decimals(min_value=-1000, max_value=1000, places=3).filter(bool),
        st.decimals(min_value=D("0.0001"), max_value=100_000, places=4),
        st.decimals(min_value=-5, max_value=50, places=4),
    ),
    max_size=40,
)
"""(signed quantity, price, fee); a negative fee is a rebate"""
METHODS = st.sampled_from(["average", "fifo"])
MULTIPLIERS = st.sampled_from([D(1), D(50), D("0.1")])


def _position(method: str, multiplier: Decimal) -> Position:
    return Position(ACCOUNT, "AAPL", multiplier, lots=deque() if method == "fifo" else None)


@given(TRADES, METHODS, MULTIPLIERS)
def test_cash_and_cost_less_realised_balance_after_every_execution(
    trades: list[tuple[Decimal, Decimal, Decimal]], method: str, multiplier: Decimal
) -> None:
    position = _position(method, multiplier)
    cash = held = D(0)
    for qty, px, fee in trades:
        apply_execution(position, qty, px, fee)
        cash -= qty * px * multiplier + fee
        held += qty
        assert position.qty == held
        assert cash + position.cost - position.realized + position.fees == 0
        if not held:
            assert position.cost == 0


@given(TRADES, METHODS, MULTIPLIERS, st.decimals(min_value=D("0.01"), max_value=1000, places=2))
def test_total_profit_at_any_mark_is_what_the_cash_says(
    trades: list[tuple[Decimal, Decimal, Decimal]], method: str, multiplier: Decimal, mark: Decimal
) -> None:
    position = _position(method, multiplier)
    cash = D(0)
    for qty, px, fee in trades:
        apply_execution(position, qty, px, fee)
        cash -= qty * px * multiplier + fee
    value = position.qty * mark * multiplier
    unrealized = value - position.cost
    assert cash + value == position.realized + unrealized - position.fees


@given(TRADES, METHODS)
def test_lots_sum_to_the_position(trades: list[tuple[Decimal, Decimal, Decimal]], method: str) -> None:
    position = _position(method, D(1))
    for qty, px, fee in trades:
        apply_execution(position, qty, px, fee)
        if position.lots is not None:
            assert sum(lot.qty for lot in position.lots) == position.qty
            assert sum(lot.cost for lot in position.lots) == position.cost
            assert all((lot.qty > 0) == (position.qty > 0) for lot in position.lots)


@given(TRADES)
def test_both_methods_agree_whenever_the_position_is_flat(trades: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    average, fifo = _position("average", D(1)), _position("fifo", D(1))
    for qty, px, fee in trades:
        apply_execution(average, qty, px, fee)
        apply_execution(fifo, qty, px, fee)
        assert average.qty == fifo.qty
        assert average.realized - average.cost == fifo.realized - fifo.cost
        if not average.qty:
            assert average.realized == fifo.realized


# --- busts and corrections --------------------------------------------------------------------------------------------


def _terms(position: Position) -> tuple[object, ...]:
    return (position.qty, position.cost, position.realized, position.fees, position.last_px, position.lots)


def test_a_bust_leaves_the_profit_that_would_have_been_without_the_execution() -> None:
    """Bought 100 at 10, sold 50 at 12: 100 gained. Without the buy it was a short sale, and nothing was gained."""
    seat = Seat()
    bought = seat.fill(seat.send(buy("100", limit="10")), "100", "10")
    seat.fill(seat.send(short("50", limit="12")), "50", "12", fee="0.50")
    position = seat.state.positions[(ACCOUNT, "AAPL")]
    assert position.realized == 100
    seat.tell(f.ExecutionBusted(ACCOUNT, bought.exec_id))
    assert (position.qty, position.cost, position.realized, position.fees) == (-50, -600, 0, D("0.50"))
    assert seat.state.accounts[ACCOUNT].cash == 1_000_000 + 600 - D("0.50")


def test_a_bust_of_what_was_adopted_before_keeps_the_adopted_position() -> None:
    seat = Seat()
    seat.hold("AAPL", "30", "8")
    bought = seat.fill(seat.send(buy("100", limit="10")), "100", "10")
    seat.tell(f.ExecutionBusted(ACCOUNT, bought.exec_id))
    position = seat.state.positions[(ACCOUNT, "AAPL")]
    assert (position.qty, position.cost, position.realized) == (30, 240, 0)


def test_a_correction_stands_where_the_execution_stood() -> None:
    """Bought 100 at 10 (corrected: 11), sold 100 at 12, bought 100 at 20: the gain is 100, the cost 2,000."""
    seat = Seat()
    first = seat.send(buy("100", limit="12"))
    wrong = seat.fill(first, "100", "10")
    seat.fill(seat.send(short("100", limit="12")), "100", "12")
    seat.fill(seat.send(buy("100", limit="20")), "100", "20")
    right = Execution(
        "C1", first.cl_ord_id, "B1", ACCOUNT, "AAPL", first.side, D(100), D(11), seat.market_ns, broker="paper"
    )
    seat.tell(f.ExecutionCorrected(ACCOUNT, wrong.exec_id, right))
    position = seat.state.positions[(ACCOUNT, "AAPL")]
    assert (position.qty, position.cost, position.realized) == (100, 2000, 100)
    assert seat.state.accounts[ACCOUNT].cash == 1_000_000 - 1100 + 1200 - 2000
    assert (first.cum_qty, first.avg_px) == (100, 11)


EXECUTIONS = st.lists(
    st.tuples(st.booleans(), st.integers(1, 500), st.decimals(min_value=1, max_value=500, places=2), st.booleans()),
    min_size=1,
    max_size=25,
)
"""(is buy, quantity, price, is busted in the end)"""


@given(EXECUTIONS, METHODS, st.randoms(use_true_random=False))
def test_busts_in_any_order_give_the_books_that_never_saw_the_busted(
    executions: list[tuple[bool, int, Decimal, bool]], method: str, rng: object
) -> None:
    seat, clean = Seat(pnl_method=method), Seat(pnl_method=method)
    busted = []
    for is_buy, qty, px, will_bust in executions:
        request = (buy if is_buy else short)(str(qty), limit=str(px))
        booked = seat.fill(seat.send(request), str(qty), str(px), fee="0.10")
        if will_bust:
            busted.append(booked)
        else:
            clean.fill(clean.send(request), str(qty), str(px), fee="0.10")
    rng.shuffle(busted)  # type: ignore[attr-defined]
    for execution in busted:
        seat.tell(f.ExecutionBusted(ACCOUNT, execution.exec_id))
    assert seat.state.accounts[ACCOUNT].cash == clean.state.accounts[ACCOUNT].cash
    ours, theirs = (s.state.positions.get((ACCOUNT, "AAPL")) for s in (seat, clean))
    if theirs is None:
        assert ours is not None
        assert _terms(ours)[:4] == (0, 0, 0, 0)
    else:
        assert ours is not None
        assert _terms(ours) == _terms(theirs)


@given(TRADES, METHODS)
def test_a_refold_of_everything_changes_nothing(trades: list[tuple[Decimal, Decimal, Decimal]], method: str) -> None:
    seat = Seat(pnl_method=method)
    executions = []
    for qty, px, fee in trades:
        request = (buy if qty > 0 else short)(str(abs(qty)), limit=str(px))
        executions.append(seat.fill(seat.send(request), str(abs(qty)), str(px), fee=str(fee)))
    if executions:
        position = seat.state.positions[(ACCOUNT, "AAPL")]
        before = _terms(position)
        refold(position, executions)
        assert _terms(position) == before
