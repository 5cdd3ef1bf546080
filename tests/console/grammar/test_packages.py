"""Options and packages as lines of the command language."""

from __future__ import annotations

import pytest

from console.grammar.parsed import GrammarError, Parsed
from console.verbs import load_grammar
from engine.inputs import CancelOrders, Flatten, ModifyOrder, PlaceOrder
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import OrderRequest
from engine.model.package import Leg
from tests.console.grammar.desk import D, context

GRAMMAR = load_grammar()
C200, C210, P180 = "AAPL260116C00200000", "AAPL260116C00210000", "AAPL260116P00180000"


def parse(line: str) -> Parsed:
    return GRAMMAR.parse(line, context())


def request(line: str) -> OrderRequest:
    command = parse(line).command
    assert isinstance(command, PlaceOrder)
    return command.request


def error(line: str) -> str:
    with pytest.raises(GrammarError) as found:
        parse(line)
    return str(found.value)


@pytest.mark.parametrize("symbol", [C200, C200.lower(), "aapl260116c200", "AAPL 260116C00200000", "aapl260116C200.00"])
def test_an_option_is_named_by_its_occ_symbol_in_any_form(symbol: str) -> None:
    found = request(f"buy 3 {symbol} lmt 12.40 gtc")
    assert (found.symbol, found.qty, found.limit_px) == (C200, 3, D("12.40"))
    assert found.time_in_force is TimeInForce.GTC


def test_other_verbs_take_options_too() -> None:
    cancel = parse("cxl aapl260116c200").command
    assert isinstance(cancel, CancelOrders)
    assert cancel.selector.symbol == C200
    flat = parse("flat aapl260116c200").command
    assert isinstance(flat, Flatten)
    assert flat.symbol == C200


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("buy 1 gme260116c20 lmt 1", "GME260116C00020000 is an option on no stock of the universe"),
        ("buy 1 aapl261316c200 lmt 1", "261316 is no date"),
        ("buy 1 aapl260116c0 lmt 1", "strike 0"),
        ("buy 1 aapl26x lmt 1", "is no symbol of the universe"),
    ],
)
def test_what_is_no_option_here_is_said(line: str, says: str) -> None:
    assert says in error(line)


def test_a_package_is_one_order_at_a_net_price() -> None:
    parsed = parse("buy 2 aapl260116c200 / sell 2 aapl260116c210 lmt 3.10 gtc #roll @paper")
    found = request("buy 2 aapl260116c200 / sell 2 aapl260116c210 lmt 3.10 gtc #roll @paper")

    assert found.legs == (Leg(C200, Side.BUY, 1), Leg(C210, Side.SELL, 1))
    assert (found.qty, found.limit_px, found.ord_type, found.side) == (2, D("3.10"), OrdType.LIMIT, Side.BUY)
    assert found.symbol == "AAPL260116C200/-AAPL260116C210"
    assert (found.tag, found.time_in_force) == ("roll", TimeInForce.GTC)
    assert parsed.echo == f"buy 2 {C200} / sell 2 {C210} lmt 3.10 gtc @PAPER #roll"
    assert parsed.level == 1
    assert "a debit of 3.10: what a package costs" in parsed.notes
    assert request(parsed.echo) == found


@pytest.mark.parametrize("credit", ["lmt -1.20", "lmt 1.20 cr", "limit 1.20 credit"])
def test_a_credit_is_a_price_below_zero(credit: str) -> None:
    parsed = parse(f"sell 1 aapl260116c200 / buy 1 aapl260116c210 {credit}")
    assert isinstance(parsed.command, PlaceOrder)
    assert parsed.command.request.limit_px == D("-1.20")
    assert "a credit of 1.20: what it brings" in parsed.notes


def test_ratios_are_what_the_quantities_have_left_over() -> None:
    found = request("buy 4 aapl260116c200 / sell 8 aapl260116c210 / buy 100 aapl lmt 0")
    assert found.qty == 4
    assert found.legs == (Leg(C200, Side.BUY, 1), Leg(C210, Side.SELL, 2), Leg("AAPL", Side.BUY, 25))
    assert found.limit_px == 0


def test_a_net_price_off_the_tick_is_rounded_down_and_said() -> None:
    parsed = parse("buy 1 aapl260116c200 / sell 1 aapl260116c210 lmt 3.109")
    assert isinstance(parsed.command, PlaceOrder)
    assert parsed.command.request.limit_px == D("3.10")
    assert "3.109 is off the tick of 0.01: 3.10" in parsed.notes
    assert request("sell 1 aapl260116c200 / buy 1 aapl260116c210 lmt -1.205").limit_px == D("-1.21")


def test_a_leg_sold_short_asks_for_y() -> None:
    parsed = parse("buy 1 aapl260116c200 / short 100 aapl lmt -180")
    assert (parsed.level, parsed.why) == (2, "a leg is sold short")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("buy 1 aapl260116c200 / sell 1 aapl260116c210", "at what net price?"),
        ("buy 1 aapl260116c200 / 1 aapl260116c210 lmt 1", "'1' is no side"),
        ("buy 1 aapl260116c200 / sell 1 aapl260116c200 lmt 1", "is a leg already"),
        ("buy $5k aapl260116c200 / sell 1 aapl260116c210 lmt 1", "whole units"),
        ("buy 1 aapl260116c200 / sell all aapl260116c210 lmt 1", "whole units"),
        ("buy 1 aapl260116c200 / sell 1 aapl260116c210 mkt", "can't stand here"),
        ("buy 1 aapl260116c200 / sell 1 aapl260116c210 lmt x", "no net price"),
        ("buy 1 aapl260116c200 / sell 1 aapl260116c210 mid", "needs a fresh quote of AAPL260116C00200000"),
        ("buy 1 aapl / sell 1 ibm / buy 1 msft / sell 1 nvda / buy 1 tsla lmt 1", "at most 4 legs"),
    ],
)
def test_what_a_package_lacks_is_said(line: str, says: str) -> None:
    assert says in error(line)


def test_a_packages_net_price_is_changed_as_it_was_typed() -> None:
    import msgspec

    from console.grammar.context import DeskContext
    from engine.market.calendar import Calendar
    from engine.views import LegRow
    from tests.console.grammar.desk import INSTRUMENTS, desk_view

    view = desk_view("regular")
    package = msgspec.structs.replace(
        view.orders[0], id=77, symbol="AAPL260116C200/-AAPL260116C210", legs=(LegRow(C200, Side.BUY, 1, D(0), None),)
    )
    here = DeskContext(
        msgspec.structs.replace(view, orders=(package, *view.orders)),
        INSTRUMENTS,
        accounts=("PAPER",),
        user="ann",
        calendar=Calendar.load("XNYS"),
    )

    command = GRAMMAR.parse("mod 77 px 1.25 cr", here).command

    assert isinstance(command, ModifyOrder)
    assert command.change.limit_px == D("-1.25")
    negative = GRAMMAR.parse("mod 77 px -1.25", here).command
    assert isinstance(negative, ModifyOrder)
    assert negative.change.limit_px == D("-1.25")


def test_what_may_follow_a_first_leg_says_that_another_may() -> None:
    expected = [e.text for e in GRAMMAR.explain("buy 2 aapl", context())]
    assert "/" in expected
    assert "lmt" in expected
