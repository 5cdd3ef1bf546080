"""The chain's strikes, expirations, figures and marks; and its screen, up to the ticket and the command line."""

from __future__ import annotations

import datetime
from decimal import Decimal

import msgspec
import pytest

from console.chain.grid import chain_of, third_friday, usual_expiries
from console.chain.marks import Marks
from console.chain.model import greeks
from console.verbs import load_grammar
from engine.inputs import PlaceOrder
from engine.market.sim_options import option_value
from engine.views import DeskView, QuoteRow
from tests.console.grammar.desk import context, quote
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY
from tests.support.previews import preview

D = Decimal
YEAR_NS = 365 * 86_400 * 1_000_000_000
DAY = datetime.date(2013, 10, 7)
CALL, PUT = "IBM131011C00185000", "IBM131011P00185000"


def test_expirations_are_the_next_fridays_and_the_third_ones_behind() -> None:
    found = usual_expiries(DAY)
    assert found[:4] == [
        datetime.date(2013, 10, 11 + 7 * week) if week < 3 else datetime.date(2013, 11, 1) for week in range(4)
    ]
    assert {third_friday(2013, 11), third_friday(2013, 12), third_friday(2014, 3)} <= set(found)
    assert third_friday(2026, 1) == datetime.date(2026, 1, 16)
    friday = datetime.date(2013, 10, 11)
    assert usual_expiries(friday)[0] == friday, "on its last day an option still trades"
    assert all(day.weekday() == 4 and day >= DAY for day in found)


def test_strikes_stand_around_the_price_and_those_that_are_known_beside() -> None:
    chain = chain_of("IBM", D("184.30"), DAY, ["IBM131220C00300000", "IBM130101C00100000", "AAPL131220C00111000"])
    assert chain.strikes[chain.nearest(D("184.30"))] == D(185)
    assert {D("182.5"), D("187.5"), D(300), D(100)} <= set(chain.strikes)
    assert D(111) not in chain.strikes
    assert datetime.date(2013, 1, 1) not in chain.expiries, "it has expired"
    assert datetime.date(2013, 12, 20) in chain.expiries
    assert chain.symbol(datetime.date(2013, 10, 11), D(185), "P") == PUT
    assert chain_of("IBM", None, DAY, []).strikes == ()
    assert all(strike > 0 for strike in chain_of("BRK.B", D("0.75"), DAY, []).strikes)


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize("strike", [80.0, 100.0, 125.0])
def test_the_volatility_behind_a_price_is_found_again(strike: float, is_call: bool) -> None:
    value = option_value(100.0, strike, 0.25, 0.3, is_call=is_call)
    found = greeks(value, 100.0, strike, YEAR_NS // 4, is_call=is_call)
    assert found is not None
    assert found.iv == pytest.approx(0.3, abs=1e-6)
    up, down = (option_value(price, strike, 0.25, 0.3, is_call=is_call) for price in (100.01, 99.99))
    assert found.delta == pytest.approx((up - down) / 0.02, abs=1e-4)


def test_a_price_that_no_volatility_gives_has_no_figures() -> None:
    assert greeks(19.0, 100.0, 80.0, YEAR_NS, is_call=True) is None, "below what it is worth at once"
    assert greeks(101.0, 100.0, 80.0, YEAR_NS, is_call=True) is None
    assert greeks(1.0, 100.0, 100.0, 0, is_call=True) is None


def quotes(symbol: str) -> QuoteRow | None:
    known = {CALL: ("2.50", "2.60"), PUT: ("3.10", "3.25"), "IBM131011C00190000": ("0.90", "1.00")}
    return quote(symbol, *known[symbol]) if symbol in known else None


def test_marks_make_a_line_that_reads_as_that_package() -> None:
    marks = Marks()
    for symbol, change in ((CALL, 1), (CALL, 1), ("IBM131011C00190000", -1), ("IBM131011C00190000", -1)):
        assert marks.add(symbol, change) == ""
    assert marks.net(quotes) == (D("1.60"), D("1.70"))
    assert marks.packages == 2
    line = marks.line(quotes)
    assert line == f"buy 2 {CALL} / sell 2 IBM131011C00190000 lmt 1.60"
    parsed = load_grammar().parse(line, context())
    assert isinstance(parsed.command, PlaceOrder)
    request = parsed.command.request
    assert (request.qty, request.limit_px, [leg.ratio for leg in request.legs]) == (D(2), D("1.60"), [1, 1])


def test_a_straddle_that_is_sold_brings_money_rounded_in_the_seller_s_favour() -> None:
    marks = Marks()
    marks.add(CALL, -1)
    marks.add(PUT, -1)
    assert marks.line(quotes) == f"sell 1 {CALL} / sell 1 {PUT} lmt -5.73"
    marks.add(PUT, 1)
    assert marks.line(quotes) == f"sell 1 {CALL} mid"


def test_a_package_has_four_legs_and_a_price_only_with_every_quote() -> None:
    marks = Marks()
    for no in range(4):
        assert not marks.add(f"IBM131011C001{no}0000", 1)
    assert marks.add(CALL, 1) == "a package has at most 4 legs"
    assert marks.net(quotes) is None
    assert marks.line(quotes).endswith("lmt")
    marks.clear()
    assert not marks.legs


# --- the screen -----------------------------------------------------------------------------------------------------


def with_quotes() -> DeskView:
    more = tuple(row for symbol in (CALL, PUT, "IBM131011C00182500") if (row := quotes(symbol)) is not None)
    return msgspec.structs.replace(BUSY, quotes=(*(q for q in BUSY.quotes if q.symbol not in (CALL, PUT)), *more))


async def opened(c: Console) -> None:
    await c.show(with_quotes())
    await c.command("chain ibm")
    await c.press("enter")
    await c.until("Options on IBM")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_calls_stand_left_and_puts_right_of_the_strikes(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        await opened(c)
        row = c.row_of("182.5 ")
        left, right = row.split("182.5 ")
        assert left.count("-") >= 4, "what has no quote shows no price"
        await c.press("down")
        row = c.row_of(" 185 ")
        left, right = row.split(" 185 ")
        assert ("2.50" in left, "2.60" in left, "3.10" in right, "3.25" in right) == (True, True, True, True)
        assert "%" in left
        assert CALL in c.desk.watched


async def test_enter_takes_the_option_into_the_ticket() -> None:
    async with console(BUSY, (80, 24)) as c:
        c.desk.on_preview = preview()
        await opened(c)
        await c.press("down", "right", "enter")
        await c.until("Order ticket")
        assert PUT in c.text()
        assert c.desk.commands == []


async def test_the_ticket_has_a_key_for_the_chain_of_its_symbol() -> None:
    async with console(BUSY, (80, 24)) as c:
        c.desk.on_preview = preview()
        await opened(c)
        await c.press("down", "right", "enter")
        await c.until("Order ticket")
        await c.press("f4")
        await c.until("Options on IBM")
        await c.press("escape")
        assert "Order ticket" not in c.text()


async def test_marked_legs_go_onto_the_command_line_as_one_package() -> None:
    async with console(BUSY, (80, 24)) as c:
        c.desk.on_preview = preview()
        await opened(c)
        await c.press("down", "b", "right", "b")
        await c.until("debit at mid +5.72")
        await c.press("enter")
        await c.pilot.pause()
        assert c.app.desk.command_line.input.value == f"buy 1 {CALL} / buy 1 {PUT} lmt 5.72"
        assert c.desk.commands == [], "nothing is sent by a choice"
