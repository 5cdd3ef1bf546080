"""Booking by hand what no broker reports, as a user notices it: position, cost, cash, profit, and refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import inputs as i
from engine import protocol as p
from engine.effects import Reply
from engine.model.enums import OrdStatus
from engine.orders.position import Position
from engine.views import CommandResult
from tests.engine.dealing import ACCOUNT, BUY, SELL, SHORT, D, Dealing

CALL = "IBM 240621C00100000"
PUT = "IBM 240621P00090000"


def book(desk: Dealing, what: Any, **fields: Any) -> CommandResult:
    """Book; the answer."""
    effects = desk.give(i.Book(what, ACCOUNT, fields.pop("reason", "as the statement says"), **fields, cmd_id=7))
    return next(e.result for e in effects if isinstance(e, Reply))  # type: ignore[return-value]


def reverse(desk: Dealing, no: int, reason: str = "typed wrongly") -> CommandResult:
    effects = desk.give(i.ReverseBooking(no, reason, "me", 7))
    return next(e.result for e in effects if isinstance(e, Reply))  # type: ignore[return-value]


def position(desk: Dealing, symbol: str = "IBM") -> Position:
    return desk.state.positions[(ACCOUNT, symbol)]


def cash(desk: Dealing) -> Decimal:
    return desk.state.accounts[ACCOUNT].cash


def day_flows(desk: Dealing) -> Decimal:
    """What day P&L leaves out."""
    return sum((a.not_earned for a in desk.state.accounts.values()), D(0)) - desk.state.day_flows


def holding(qty: str = "100", px: str = "100.00", **options: Any) -> Dealing:
    """A desk that bought some IBM."""
    desk = Dealing(**options).connect()
    side = BUY if D(qty) > 0 else SHORT
    order = desk.place(side, str(abs(D(qty))), "100.00" if side is BUY else "99.95")
    desk.fill(order, str(abs(D(qty))), px)
    return desk


# --- cash -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "amount", "moves", "earned"),
    [
        ("deposit", "1000", "1000", "0"),
        ("withdrawal", "1000", "-1000", "0"),
        ("dividend", "24.50", "24.50", "24.50"),
        ("dividend", "-24.50", "-24.50", "-24.50"),
        ("fee", "3", "-3", "-3"),
        ("interest", "7.01", "7.01", "7.01"),
        ("correction", "-0.02", "-0.02", "-0.02"),
    ],
)
def test_cash_moves_by_the_amount_and_only_transfers_are_no_profit(
    what: str, amount: str, moves: str, earned: str
) -> None:
    desk = Dealing().connect()
    before = cash(desk)
    answer = book(desk, what, amount=D(amount))
    assert answer.ok, answer.message
    assert cash(desk) - before == D(moves)
    assert cash(desk) - before - day_flows(desk) == D(earned)


def test_a_deposit_is_no_new_peak_and_a_withdrawal_no_drawdown() -> None:
    desk = Dealing().connect()
    desk.pass_s(2)
    peak = desk.state.peak_equity
    assert peak is not None
    book(desk, "withdrawal", amount=D(400_000))
    desk.pass_s(2)
    assert desk.state.peak_equity == peak - 400_000
    assert desk.state.loss.drawdown_since is None


# --- transfers, costs -----------------------------------------------------------------------------------------------


def test_units_that_come_in_carry_their_cost_and_are_no_profit_of_the_day() -> None:
    desk = Dealing().connect()
    book(desk, "in", qty=D(100), symbol="IBM", px=D(50))
    assert (position(desk).qty, position(desk).cost, position(desk).realized) == (100, 5000, 0)
    assert cash(desk) == 1_000_000
    assert day_flows(desk) == D("99.95") * 100, "worth what the market pays for it"


def test_units_that_leave_take_their_cost_along_without_profit() -> None:
    desk = holding("100", "90.00")
    book(desk, "out", qty=D(40), symbol="IBM")
    assert (position(desk).qty, position(desk).cost, position(desk).realized) == (60, 5400, 0)
    assert day_flows(desk) == -D("99.95") * 40


def test_a_corrected_average_price_changes_cost_and_later_profit_alone() -> None:
    desk = holding("100", "100.00")
    before = cash(desk)
    book(desk, "cost", symbol="IBM", px=D("95.00"))
    assert position(desk).avg_px == 95
    assert cash(desk) == before
    order = desk.place(SELL, "100", "99.95")
    desk.fill(order, "100", "100.00")
    assert position(desk).realized == 500


# --- corporate actions ----------------------------------------------------------------------------------------------


def test_a_split_changes_the_quantity_and_leaves_cost_cash_and_profit() -> None:
    desk = holding("100", "100.00")
    before = cash(desk)
    answer = book(desk, "split", symbol="IBM", new=D(7), old=D(1))
    assert "IBM 100 -> 700" in answer.message
    assert (position(desk).qty, position(desk).cost) == (700, 10_000)
    assert cash(desk) == before


def test_the_fraction_of_a_reverse_split_is_sold_for_the_cash_that_was_paid() -> None:
    desk = holding("105", "100.00")
    refused = book(desk, "split", symbol="IBM", new=D(1), old=D(10))
    assert not refused.ok
    assert "say what was paid for the 0.5 with cash AMOUNT" in refused.message
    before = cash(desk)
    book(desk, "split", symbol="IBM", new=D(1), old=D(10), amount=D("520.00"))
    assert position(desk).qty == 10
    assert cash(desk) - before == 520
    assert position(desk).cost + 500 == 10_500, "the cost of half a unit left with it"
    assert position(desk).realized == 20


def test_a_split_names_the_orders_that_keep_the_terms_of_before() -> None:
    desk = holding()
    order = desk.place(SELL, "50", "101.00")
    answer = book(desk, "split", symbol="IBM", new=D(2), old=D(1))
    assert f"orders {order.id} still have the terms of before" in answer.message


@pytest.mark.parametrize("method", ["average", "fifo"])
def test_a_symbol_change_moves_units_and_cost_and_keeps_what_was_realised(method: str) -> None:
    desk = holding("100", "90.00", pnl_method=method)
    order = desk.place(SELL, "40", "99.95")
    desk.fill(order, "40", "100.00")
    book(desk, "rename", symbol="IBM", to="AAPL")
    assert (position(desk).qty, position(desk).cost, position(desk).realized) == (0, 0, 400)
    assert (position(desk, "AAPL").qty, position(desk, "AAPL").cost) == (60, 5400)


# --- options --------------------------------------------------------------------------------------------------------


def with_option(symbol: str, contracts: str, px: str) -> Dealing:
    """Contracts that came with the account, at a price per share."""
    desk = Dealing(hold="500")
    desk.positions[symbol] = D(contracts)
    desk.connect()
    book(desk, "cost", symbol=symbol, px=D(px) * 100)
    return desk


def test_an_expired_option_is_gone_and_its_cost_is_lost() -> None:
    desk = with_option("IBM 231110C00100000", "2", "3.00")
    answer = book(desk, "expiry", symbol="IBM 231110C00100000")
    assert answer.ok, answer.message
    gone = position(desk, "IBM 231110C00100000")
    assert (gone.qty, gone.cost, gone.realized) == (0, 0, -600)


def test_a_written_option_that_expires_keeps_its_premium() -> None:
    desk = with_option("IBM 231110C00100000", "-2", "3.00")
    book(desk, "expiry", symbol="IBM 231110C00100000")
    assert position(desk, "IBM 231110C00100000").realized == 600


@pytest.mark.parametrize(
    ("what", "symbol", "contracts", "shares", "money", "cost"),
    [
        ("exercise", CALL, "2", "200", "-20000", "20600"),
        ("exercise", PUT, "2", "-200", "18000", None),
        ("assign", CALL, "-2", "-200", "20000", None),
        ("assign", PUT, "-2", "200", "-18000", "17400"),
    ],
)
def test_shares_move_at_the_strike_and_the_premium_goes_into_their_cost(
    what: str, symbol: str, contracts: str, shares: str, money: str, cost: str | None
) -> None:
    desk = with_option(symbol, contracts, "3.00")
    stock = position(desk)
    book(desk, "cost", symbol="IBM", px=D(100))
    qty, had, before = stock.qty, stock.cost, cash(desk)
    answer = book(desk, what, qty=D(2), symbol=symbol)
    assert answer.ok, answer.message
    assert stock.qty - qty == D(shares)
    assert cash(desk) - before == D(money)
    option = position(desk, symbol)
    assert (option.qty, option.cost, option.realized) == (0, 0, 0)
    if cost is not None:
        assert stock.cost - had == D(cost)
    else:
        # Sold: what it fetched (less the premium paid, or more by the one received) against 100.00 a share.
        fetched = {"exercise": D(18000) - 600, "assign": D(20000) + 600}[what]
        assert stock.realized == fetched - 20000


def test_what_the_symbol_does_not_say_has_to_be_given() -> None:
    desk = Dealing(hold="500")
    desk.positions["IBMX"] = D(1)
    desk.connect()
    refused = book(desk, "exercise", qty=D(1), symbol="IBMX")
    assert "give the underlying, call or put, and the strike" in refused.message
    answer = book(desk, "exercise", qty=D(1), symbol="IBMX", to="IBM", right="call", strike=D(80), multiplier=D(10))
    assert answer.ok, answer.message
    assert position(desk).qty == 510


# --- fills, busts ---------------------------------------------------------------------------------------------------


def test_a_fill_booked_for_an_unknown_order_is_its_fill_and_ends_the_doubt() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100", ack=False)
    desk.give(i.SubmitUnknown(order.cl_ord_id, "timeout"))
    answer = book(desk, "fill", side=BUY, qty=D(100), symbol="IBM", px=D("100.00"), target=order.id)
    assert answer.ok, answer.message
    assert order.status is OrdStatus.FILLED
    assert not desk.state.unknown
    assert position(desk).open_buy == 0
    assert position(desk).qty == 100


def test_the_report_of_a_fill_that_was_booked_by_hand_takes_its_place() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    book(desk, "fill", side=BUY, qty=D(40), symbol="IBM", px=D("100.00"), target=order.id)
    desk.give(p.Filled(desk.execution(order, "40", "100.00", "X9")))
    assert (order.cum_qty, position(desk).qty, cash(desk)) == (40, 40, 996_000)
    assert "BOOKED_FILL_CONFIRMED" in desk.codes()
    desk.pass_s(3)
    desk.compare(desk.shown(order, cum="40"))
    assert not desk.state.breaks
    assert "stand" in reverse(desk, 1).message, "what the broker reported is not ours to take back"


def test_the_same_fill_with_the_brokers_own_id_is_booked_once() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    book(desk, "fill", side=BUY, qty=D(40), symbol="IBM", px=D("100.00"), target=order.id, exec_id="X9")
    desk.give(p.Filled(desk.execution(order, "40", "100.00", "X9")))
    assert position(desk).qty == 40


def test_another_fill_of_the_same_order_is_booked_beside_it() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    book(desk, "fill", side=BUY, qty=D(40), symbol="IBM", px=D("100.00"), target=order.id)
    desk.give(p.Filled(desk.execution(order, "30", "100.00")))
    assert order.cum_qty == 70


def test_an_execution_that_does_not_stand_is_taken_back_by_hand() -> None:
    desk = holding("100")
    answer = book(desk, "bust", exec_id="X1")
    assert answer.ok, answer.message
    assert position(desk).qty == 0
    assert cash(desk) == 1_000_000
    assert not reverse(desk, 1).ok


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "fields", "says"),
    [
        ("deposit", {"amount": D("NaN")}, "no number"),
        ("deposit", {"amount": D(0)}, "books nothing"),
        ("deposit", {"amount": D(-5)}, "expected an amount above 0"),
        ("deposit", {"amount": D("0.123456789")}, "more than 8 decimals"),
        ("deposit", {}, "amount is missing"),
        ("dividend", {"amount": D(5), "symbol": "XYZ"}, "XYZ is not known"),
        ("out", {"qty": D(101), "symbol": "IBM"}, "more than the 100 that are held"),
        ("out", {"qty": D(1), "symbol": "AAPL"}, "holds no AAPL"),
        ("in", {"qty": D(-10), "symbol": "IBM", "px": D(5)}, "IBM is long 100"),
        ("in", {"qty": D("0.5"), "symbol": "IBM", "px": D(5)}, "no multiple of the lot"),
        ("in", {"qty": D(1), "symbol": "XYZ", "px": D(5)}, "XYZ is not known"),
        ("split", {"symbol": "IBM", "new": D(1), "old": D(1)}, "changes nothing"),
        ("split", {"symbol": "IBM", "new": D(0), "old": D(1)}, "above 0"),
        ("split", {"symbol": "IBM", "new": D(2), "old": D(1), "amount": D(5)}, "no fraction"),
        ("rename", {"symbol": "IBM", "to": "XYZ"}, "XYZ is not known"),
        ("cost", {"symbol": "IBM", "px": D(100)}, "already"),
        ("expiry", {"symbol": "IBM"}, "IBM is no option"),
        ("fill", {"side": SELL, "qty": D(101), "symbol": "IBM", "px": D(5)}, "more than the 100"),
        ("fill", {"side": BUY, "qty": D(1), "symbol": "IBM", "px": D(5), "target": 99}, "there is no order 99"),
        ("fill", {"side": BUY, "qty": D(1), "symbol": "IBM", "px": D(5), "target": 1}, "has 0 left"),
        ("fill", {"side": SELL, "qty": D(1), "symbol": "IBM", "px": D(5), "target": 1}, "is to buy IBM"),
        ("fill", {"side": BUY, "qty": D(1), "symbol": "IBM", "px": D(5), "exec_id": "X1"}, "booked already"),
        ("bust", {"exec_id": "NONE"}, "no execution NONE"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_and_audited(what: str, fields: dict[str, Any], says: str) -> None:
    desk = holding()
    books = _books(desk)
    answer = book(desk, what, **fields)
    assert not answer.ok
    assert says in answer.message
    assert "\n" not in answer.message
    assert not desk.state.bookings
    assert _books(desk) == books
    assert type(desk.recorded[-1]).__name__ == "CommandRefused"


def test_a_booking_needs_a_reason() -> None:
    assert book(Dealing().connect(), "deposit", amount=D(5), reason=" ").message == "a reason is needed"


def test_nothing_is_booked_while_the_journal_is_down() -> None:
    desk = Dealing().connect()
    desk.give(i.JournalFailed("disk full", ()))
    assert "the journal is down" in book(desk, "deposit", amount=D(5)).message


def test_the_same_key_books_once() -> None:
    desk = Dealing().connect()
    first = book(desk, "deposit", amount=D(5), key="K1")
    again = book(desk, "deposit", amount=D(5), key="K1")
    assert again.ids == first.ids
    assert "booked before" in again.message
    assert cash(desk) == 1_000_005


# --- taking back ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "fields"),
    [
        ("deposit", {"amount": D(5)}),
        ("fee", {"amount": D(5)}),
        ("in", {"qty": D(10), "symbol": "IBM", "px": D(5)}),
        ("in", {"qty": D(10), "symbol": "AAPL", "px": D(5)}),
        ("out", {"qty": D(10), "symbol": "IBM"}),
        ("cost", {"symbol": "IBM", "px": D(5)}),
        ("split", {"symbol": "IBM", "new": D(3), "old": D(1)}),
        ("rename", {"symbol": "IBM", "to": "AAPL"}),
        ("fill", {"side": BUY, "qty": D(10), "symbol": "IBM", "px": D(99)}),
    ],
)
def test_a_booking_taken_back_leaves_the_books_as_they_were(what: str, fields: dict[str, Any]) -> None:
    desk = holding()
    books = _books(desk)
    no = book(desk, what, **fields).ids[0]
    assert _books(desk) != books
    answer = reverse(desk, no)
    assert answer.ok, answer.message
    assert _books(desk) == books
    assert "already" in reverse(desk, no).message


def _books(desk: Dealing) -> Any:
    held = {s: (p.qty, p.cost, p.realized) for (_, s), p in desk.state.positions.items() if p.qty or p.realized}
    return held, cash(desk), day_flows(desk)


def test_a_booking_that_is_not_there_can_not_be_taken_back() -> None:
    assert reverse(Dealing().connect(), 3).message == "there is no booking 3"


# --- refolds --------------------------------------------------------------------------------------------------------


def test_a_bust_of_before_a_split_leaves_what_the_broker_has_after_it() -> None:
    desk = holding("100")
    order = desk.place(BUY, "10")
    desk.fill(order, "10", "100.00")
    book(desk, "split", symbol="IBM", new=D(7), old=D(1))
    desk.give(p.Busted(ACCOUNT, "X2", 0))
    assert (position(desk).qty, position(desk).cost) == (700, 10_000)


def test_a_bust_of_before_a_symbol_change_changes_what_the_new_symbol_holds() -> None:
    desk = holding("100")
    order = desk.place(BUY, "10")
    desk.fill(order, "10", "100.00")
    book(desk, "rename", symbol="IBM", to="AAPL")
    desk.give(p.Busted(ACCOUNT, "X2", 0))
    assert (position(desk).qty, position(desk).cost) == (0, 0)
    assert (position(desk, "AAPL").qty, position(desk, "AAPL").cost) == (100, 10_000)


def test_a_correction_of_the_execution_before_a_split_stays_before_it() -> None:
    desk = holding("100")
    book(desk, "split", symbol="IBM", new=D(2), old=D(1))
    old = desk.executions[0]
    new = type(old)(**{**{n: getattr(old, n) for n in old.__struct_fields__}, "exec_id": "X1b", "last_px": D("101.00")})
    desk.give(p.Corrected(ACCOUNT, "X1", new))
    assert (position(desk).qty, position(desk).cost) == (200, 10_100)
