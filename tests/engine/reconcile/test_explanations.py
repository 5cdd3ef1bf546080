"""Corporate actions are explained, not flagged as theft: real splits and symbol changes, from prices' own records."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine import inputs as i
from engine.model.corporate import CorporateAction
from engine.model.enums import TimeInForce, TradingState
from engine.model.snapshot import AccountSnapshot, OrderSnapshot, PositionSnapshot
from engine.reconcile.explanation import RATIOS
from engine.state import Break
from tests.engine.dealing import ACCOUNT, SELL, D, Dealing
from tests.engine.reconcile.test_booking import book, reverse

#: AAPL's split factors of two days around each split (LEAN factor files: the factor of all later splits).
AAPL_FACTORS = {
    "2000-06-21": ("0.00892857", "0.01785710", "2:1"),
    "2005-02-28": ("0.01785710", "0.03571430", "2:1"),
    "2014-06-09": ("0.03571430", "0.25", "7:1"),
    "2020-08-31": ("0.25", "1", "4:1"),
}
#: Symbol changes (LEAN map files): Nasdaq-100 trust, Bank of America, Google's new class.
RENAMES = [("QQQ", "QQQQ"), ("QQQQ", "QQQ"), ("NB", "BAC"), ("GOOCV", "GOOG")]


def look(desk: Dealing, *orders: OrderSnapshot, avg: dict[str, str] | None = None) -> None:
    """Two looks at the broker's books, far enough apart; `avg`: the average prices that it shows."""
    for wait in (2.5, 1.5):
        desk.pass_s(wait)
        positions = [
            PositionSnapshot(ACCOUNT, s, qty, D(avg[s]) if avg and s in avg else None)
            for s, qty in desk.positions.items()
            if qty
        ]
        account = AccountSnapshot(ACCOUNT, False, "USD", {"USD": desk.cash})
        asked = desk.now.wall_ns
        desk.give(i.BrokerSnapshot(account, orders, tuple(desk.executions), positions, asked, "timer"))


def holding(
    qty: str = "100", symbol: str = "IBM", px: str = "100.00", actions: tuple[CorporateAction, ...] = ()
) -> Dealing:
    """A desk that holds `qty` at `px`, and knows of these corporate actions on 2023-11-14."""
    desk = Dealing()
    desk.positions = {symbol: D(qty)}
    desk.desk.surroundings = msgspec.structs.replace(desk.desk.surroundings, corporate_actions=actions)
    desk.connect()
    book(desk, "cost", symbol=symbol, px=D(px))
    return desk


def only_break(desk: Dealing) -> Break:
    assert len(desk.state.breaks) == 1, list(desk.state.breaks.values())
    return next(iter(desk.state.breaks.values()))


@pytest.mark.parametrize("day", AAPL_FACTORS)
def test_the_splits_of_apple_are_explained_as_what_they_were(day: str) -> None:
    before, after, ratio = AAPL_FACTORS[day]
    factor = (D(after) / D(before)).quantize(D("0.01"))
    new, old = (D(part) for part in ratio.split(":"))
    assert factor == new / old, "the record says so"
    desk = holding("100", "AAPL", "645.57")
    desk.positions["AAPL"] = D(100) * new / old
    look(desk, avg={"AAPL": str((D("645.57") * old / new).quantize(D("0.0001")))})
    found = only_break(desk)
    assert found.why.startswith(f"probably a split {ratio}: the quantity fits, the cost is unchanged")
    assert found.remedies == (f"book split AAPL {ratio} reason TEXT",)
    assert desk.state.trading["instrument:AAPL"] is TradingState.REDUCING, "nothing is booked by itself"
    book(desk, "split", symbol="AAPL", new=new, old=old)
    look(desk)
    assert not desk.state.breaks
    assert "instrument:AAPL" not in desk.state.trading


def test_a_split_that_the_file_names_is_certain() -> None:
    desk = holding(actions=(CorporateAction("2023-11-14", "IBM", D(7), D(1)),))
    desk.positions["IBM"] = D(700)
    look(desk)
    assert only_break(desk).why == "the split 7:1 of 2023-11-14 (corporate_actions.yaml)"


@pytest.mark.parametrize("date", ["2023-11-15", "2023-11-01"])
def test_a_split_of_another_time_explains_nothing_by_itself(date: str) -> None:
    desk = holding(actions=(CorporateAction(date, "IBM", D(13), D(1)),))
    desk.positions["IBM"] = D(1300)
    look(desk)
    assert "split" not in only_break(desk).why


def test_another_cost_is_no_split() -> None:
    desk = holding("100")
    desk.positions["IBM"] = D(200)
    look(desk, avg={"IBM": "99.00"})
    found = only_break(desk)
    assert "split" not in found.why
    assert found.remedies[0].startswith("book transfer in 100 IBM")


def test_twice_the_quantity_for_money_is_a_fill_and_no_split() -> None:
    desk = holding("100")
    desk.positions["IBM"] = D(200)
    desk.cash -= 10_000
    look(desk)
    position = next(b for b in desk.state.breaks.values() if b.kind == "position")
    assert "a fill that nothing reported" in position.why


def test_the_fraction_of_a_reverse_split_comes_as_cash_and_is_booked_with_it() -> None:
    desk = holding("105")
    desk.positions["IBM"] = D(10)
    desk.cash += D("520.00")
    look(desk, avg={"IBM": "1050.00"})
    by_kind = {b.kind: b for b in desk.state.breaks.values()}
    assert by_kind["position"].remedies == ("book split IBM 1:10 cash 520.00 reason TEXT",)
    assert "fraction" in by_kind["cash"].why
    book(desk, "split", symbol="IBM", new=D(1), old=D(10), amount=D("520.00"))
    look(desk)
    assert not desk.state.breaks


def test_open_gtc_orders_of_a_split_symbol_are_named() -> None:
    desk = holding("100")
    order = desk.place(SELL, "50", "101.00", time_in_force=TimeInForce.GTC)
    desk.positions["IBM"] = D(200)
    look(desk, desk.shown(order), avg={"IBM": "50.00"})
    assert f"open GTC order {order.id} may keep the old terms" in only_break(desk).why


@pytest.mark.parametrize(("old", "new"), RENAMES)
def test_a_position_that_is_there_under_another_name_is_a_symbol_change(old: str, new: str) -> None:
    desk = holding("100", old)
    desk.positions = {new: D(100)}
    look(desk)
    assert len(desk.state.breaks) == 2
    for found in desk.state.breaks.values():
        assert f"symbol change {old} -> {new}" in found.why
        assert found.remedies == (f"book rename {old} {new} reason TEXT",)
    assert desk.state.trading[f"instrument:{old}"] is TradingState.REDUCING
    book(desk, "rename", symbol=old, to=new)
    look(desk)
    assert not desk.state.breaks
    assert not desk.state.trading
    assert desk.state.positions[(ACCOUNT, new)].cost == 10_000


def test_a_dividend_that_the_file_names_is_certain() -> None:
    desk = holding("100", actions=(CorporateAction("2023-11-10", "IBM", dividend=D("1.66")),))
    desk.cash += 166
    look(desk)
    found = only_break(desk)
    assert found.why == "the dividend of IBM of 2023-11-10 (corporate_actions.yaml): 1.66 x 100"
    assert found.remedies == ("book dividend 166 IBM reason TEXT",)


def test_an_option_that_has_expired_is_said_to_have() -> None:
    desk = holding("2", "IBM 231110C00100000", "300")
    desk.positions = {}
    look(desk)
    assert only_break(desk).remedies == ("book expiry IBM 231110C00100000 reason TEXT",)


def test_an_option_that_is_gone_with_shares_that_came_was_exercised() -> None:
    desk = holding("2", "IBM 240621C00100000", "300")
    desk.positions = {"IBM": D(200)}
    desk.cash -= 20_000
    look(desk)
    option = next(b for b in desk.state.breaks.values() if b.key.startswith("IBM 24"))
    assert option.remedies == ("book exercise 2 IBM 240621C00100000 reason TEXT",)
    book(desk, "exercise", qty=D(2), symbol="IBM 240621C00100000")
    look(desk)
    assert not desk.state.breaks


def test_an_explanation_that_comes_later_replaces_the_one_that_stood() -> None:
    desk = holding("100", "QQQ")
    desk.positions = {}
    look(desk)
    assert "transfer" in only_break(desk).why
    desk.positions = {"QQQQ": D(100)}
    look(desk)
    assert all("symbol change" in found.why for found in desk.state.breaks.values())


def test_no_ratio_stands_for_another_one() -> None:
    values = [new / old for new, old in RATIOS]
    assert len(set(values)) == len(values)
    assert all(value != 1 for value in values)
    assert Decimal(7) in values


def test_cash_that_only_a_booking_by_hand_explains_is_to_be_reversed() -> None:
    desk = Dealing().connect()
    for amount in ("12.50", "7"):
        assert book(desk, "fee", amount=D(amount)).ok
    desk.cash -= 7
    look(desk)
    found = only_break(desk)
    assert (found.kind, found.remedies) == ("cash", ("book reverse 1 reason TEXT",))
    assert found.why.startswith("booking 1 by")
    reverse(desk, 1)
    look(desk)
    assert not desk.state.breaks
