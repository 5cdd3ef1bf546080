"""Whatever is executed, busted, corrected and booked by hand, in whatever order: nothing is lost, to the last digit."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.evolve import evolve
from engine.journal.state_codec import decode, encode
from engine.model import booking as b
from engine.model.enums import Side
from engine.model.money import ZERO
from engine.model.snapshot import Execution
from engine.orders.position import Position
from engine.state import DeskState
from tests.engine.dealing import ACCOUNT, BUY, SELL, SHORT, D, Dealing

SYMBOLS = ("IBM", "AAPL")
CALL = "IBM 991217C00100000"

qty = st.integers(1, 300).map(Decimal)
px = st.integers(1, 30_000).map(lambda cents: Decimal(cents) / 100)
symbol = st.sampled_from((*SYMBOLS, CALL))
ratio = st.sampled_from([(7, 1), (2, 1), (3, 2), (1, 10), (1, 3), (5, 4)])
money = st.integers(-100_000, 100_000).filter(bool).map(lambda cents: Decimal(cents) / 100)
which = st.integers(0, 20)

steps = st.one_of(
    st.tuples(st.just("trade"), st.sampled_from([BUY, SELL, SHORT]), symbol, qty, px, st.integers(0, 99)),
    st.tuples(st.just("bust"), which),
    st.tuples(st.just("correct"), which, qty, px),
    st.tuples(st.just("reverse"), which),
    st.tuples(st.sampled_from(["dividend", "interest", "correction"]), money),
    st.tuples(st.sampled_from(["deposit", "withdrawal", "fee"]), px),
    st.tuples(st.just("in"), symbol, qty, px, st.booleans()),
    st.tuples(st.just("out"), symbol, qty),
    st.tuples(st.just("cost"), symbol, px),
    st.tuples(st.just("split"), symbol, ratio, px),
    st.tuples(st.just("rename"), symbol, symbol),
    st.tuples(st.just("expiry"), st.just(CALL)),
    st.tuples(st.sampled_from(["exercise", "assign"]), st.integers(1, 3).map(Decimal)),
    st.tuples(st.just("fill"), st.sampled_from([BUY, SELL, SHORT]), symbol, qty, px),
)


class Trading:
    """A desk on which everything happens, by reports and commands alone."""

    def __init__(self, method: str) -> None:
        self.desk = Dealing(hold="50", pnl_method=method)
        self.desk.positions[CALL] = D(3)
        self.desk.connect()
        self.executions: list[str] = []

    def do(self, step: tuple[Any, ...]) -> None:
        kind, *rest = step
        getattr(self, f"_{kind}", self._cash)(*(rest if hasattr(self, f"_{kind}") else step))

    def _trade(self, side: Side, symbol: str, size: Decimal, price: Decimal, fee: int) -> None:
        no = len(self.executions) + 1
        fill = Execution(f"X{no}", "", f"B{no}", ACCOUNT, symbol, side, size, price, no, Decimal(fee) / 100)
        self.executions.append(fill.exec_id)
        self.desk.give(p.Filled(fill))

    def _bust(self, at: int) -> None:
        if self.executions:
            self.desk.give(p.Busted(ACCOUNT, self.executions[at % len(self.executions)], 0))

    def _correct(self, at: int, size: Decimal, price: Decimal) -> None:
        if not self.executions:
            return
        old_id = self.executions[at % len(self.executions)]
        old = self.desk.state.seen_executions[(ACCOUNT, old_id)]
        new_id = f"X{len(self.executions) + 1}"
        self.executions.append(new_id)
        new = Execution(new_id, "", old.order_id, ACCOUNT, old.symbol, old.side, size, price, old.ts_ns)
        self.desk.give(p.Corrected(ACCOUNT, old_id, new))

    def _book(self, what: Any, **fields: Any) -> None:
        self.desk.give(i.Book(what, ACCOUNT, "test", **fields))

    def _reverse(self, at: int) -> None:
        made = len(self.desk.state.bookings)
        if made:
            self.desk.give(i.ReverseBooking(1 + at % made, "test"))

    def _cash(self, what: str, amount: Decimal) -> None:
        self._book(what, amount=amount)

    def _in(self, symbol: str, size: Decimal, price: Decimal, long: bool) -> None:
        self._book("in", symbol=symbol, qty=size if long else -size, px=price)

    def _out(self, symbol: str, size: Decimal) -> None:
        self._book("out", symbol=symbol, qty=size)

    def _cost(self, symbol: str, price: Decimal) -> None:
        self._book("cost", symbol=symbol, px=price)

    def _split(self, symbol: str, terms: tuple[int, int], cash: Decimal) -> None:
        fields = {"symbol": symbol, "new": D(terms[0]), "old": D(terms[1])}
        self._book("split", **fields)
        self._book("split", **fields, amount=cash)

    def _rename(self, symbol: str, to: str) -> None:
        self._book("rename", symbol=symbol, to=to)

    def _expiry(self, symbol: str) -> None:
        # By its own symbol it has not expired yet: an entry of before, as a journal may hold it.
        if self.desk.state.position_qty(ACCOUNT, symbol):
            self.desk.desk.emit(f.Booked(self.desk.state.next_booking, b.ExpiryEntry(ACCOUNT, symbol), "", "test"))
            self.desk._take()

    def _exercise(self, contracts: Decimal) -> None:
        self._book("exercise", symbol=CALL, qty=contracts)

    def _assign(self, contracts: Decimal) -> None:
        self._book("assign", symbol=CALL, qty=contracts, fee=D("0.65"))

    def _fill(self, side: Side, symbol: str, size: Decimal, price: Decimal) -> None:
        self._book("fill", side=side, symbol=symbol, qty=size, px=price)


def standing(state: DeskState) -> list[Execution]:
    return [e for key, e in state.seen_executions.items() if key not in state.busted]


def check_money(state: DeskState) -> None:
    """Cash is what moved it; cost less profit is what was paid and what bookings brought; both without a rest."""
    account = state.accounts[ACCOUNT]
    entries = [booking.entry for booking in state.bookings.values() if not booking.taken_back]
    paid = sum((e.last_qty * e.side.sign * e.last_px for e in standing(state)), ZERO)
    fees = sum((e.fee for e in standing(state)), ZERO)
    by_hand = sum((b.cash_of(entry) for entry in entries), ZERO)
    assert account.cash == D(1_000_000) + by_hand - paid - fees
    assert account.flows == D(1_000_000) + sum((b.flow_of(e) for e in entries if isinstance(e, b.CashEntry)), ZERO)
    assert account.asset_flows == sum((b.flow_of(e) for e in entries if isinstance(e, b.TransferEntry)), ZERO)
    assert account.cash == account.flows + account.booked - paid - fees
    strikes = sum((e.shares * e.strike for e in entries if isinstance(e, b.ExerciseEntry)), ZERO)
    fractions = sum((e.cash or ZERO for e in entries if isinstance(e, b.SplitEntry)), ZERO)
    positions = [held for (owner, _), held in state.positions.items() if owner == ACCOUNT]
    left = sum((held.cost - held.realized - held.moved for held in positions), ZERO)
    adopted = sum((held.adopted_qty * held.adopted_px * held.multiplier for held in positions), ZERO)
    assert left == paid + adopted + strikes - fractions
    for held in positions:
        check_position(held)


def check_position(held: Position) -> None:
    if not held.qty:
        assert held.cost == 0, held
    if held.lots is not None:
        assert sum((lot.qty for lot in held.lots), ZERO) == held.qty
        assert sum((lot.cost for lot in held.lots), ZERO) == held.cost


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=25), st.sampled_from(["average", "fifo"]))
def test_nothing_is_lost_whatever_is_executed_and_booked(history: list[tuple[Any, ...]], method: str) -> None:
    trading = Trading(method)
    for step in history:
        trading.do(step)
        check_money(trading.desk.state)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=25), st.sampled_from(["average", "fifo"]))
def test_the_state_is_the_fold_of_its_facts_and_survives_a_snapshot(
    history: list[tuple[Any, ...]], method: str
) -> None:
    trading = Trading(method)
    recorded: list[tuple[int, int, f.Fact]] = []
    real_take = trading.desk.desk.take
    again = copy.deepcopy(trading.desk.state)

    def take() -> Any:
        facts, effects = real_take()
        recorded.extend(facts)
        return facts, effects

    trading.desk.desk.take = take  # type: ignore[method-assign]
    for step in history:
        trading.do(step)
    for wall_ns, market_ns, fact in recorded:
        evolve(again, fact, wall_ns, market_ns)
    assert again.digest() == trading.desk.state.digest()
    assert decode(encode(trading.desk.state)).digest() == trading.desk.state.digest()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=20), st.sampled_from(["average", "fifo"]), which)
def test_an_execution_that_came_and_was_busted_leaves_positions_as_if_it_had_never_been(
    history: list[tuple[Any, ...]], method: str, at: int
) -> None:
    """Bookings stand between executions: a bust of before them is undone through them."""
    plain_steps = [step for step in history if step[0] not in ("bust", "correct", "reverse", "out", "cost", "fill")]
    bookings = [step for step in plain_steps if step[0] not in ("trade",)]
    with_it, without = Trading(method), Trading(method)
    entries: list[b.Entry] = []
    for step in bookings:
        before = len(without.desk.state.bookings)
        without.do(step)
        entries += [booking.entry for no, booking in without.desk.state.bookings.items() if no > before]
    desk = with_it.desk.desk
    with_it._trade(BUY, "IBM", D(10), D(at + 1), 0)
    for entry in entries:
        desk.emit(f.Booked(with_it.desk.state.next_booking, entry, "", "test"))
    with_it._bust(0)
    for symbol in (*SYMBOLS, CALL):
        mine = with_it.desk.state.position(ACCOUNT, symbol)
        theirs = without.desk.state.position(ACCOUNT, symbol)
        assert _figures(mine) == _figures(theirs), symbol


def _figures(held: Position | None) -> tuple[Decimal, ...]:
    return (held.qty, held.cost, held.realized, held.moved) if held is not None else (ZERO,) * 4
