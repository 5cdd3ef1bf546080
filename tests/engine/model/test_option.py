"""OCC symbols: read as users type them, written one way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model.enums import AssetClass, Side
from engine.model.instrument import Instrument
from engine.model.option import Occ, OccError, listed_option, parse_occ
from engine.model.package import Leg, package_symbol

D = Decimal


@pytest.mark.parametrize(
    "text",
    ["AAPL260116C00200000", "AAPL  260116C00200000", "aapl260116c00200000", "AAPL260116C200", "aapl260116c200.0"],
)
def test_an_occ_symbol_is_read_in_every_form_that_users_type(text: str) -> None:
    occ = parse_occ(text)

    assert (occ.root, occ.expiry, occ.right, occ.strike) == ("AAPL", date(2026, 1, 16), "C", 200)
    assert occ.symbol == "AAPL260116C00200000"
    assert occ.padded == "AAPL  260116C00200000"
    assert len(occ.padded) == 21


def test_strikes_have_up_to_three_decimals() -> None:
    assert parse_occ("SPY260116P412.5").symbol == "SPY260116P00412500"
    assert parse_occ("F260116C00007125").strike == D("7.125")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("AAPL", "expected ROOT, YYMMDD, C or P, strike"),
        ("AAPL261316C00200000", "261316 is no date"),
        ("AAPL260230C00200000", "260230 is no date"),
        ("AAPL260116C00000000", "not above 0"),
        ("AAPL260116X00200000", "is no option symbol"),
        ("TOOLONGROOT260116C00200000", "is no option symbol"),
        ("AAPL260116C0020000012", "is no option symbol"),
    ],
)
def test_what_is_no_symbol_is_told_why(text: str, says: str) -> None:
    with pytest.raises(OccError, match=says):
        parse_occ(text)


@given(
    root=st.from_regex(r"[A-Z][A-Z0-9]{0,5}", fullmatch=True),
    expiry=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    right=st.sampled_from(["C", "P"]),
    strike=st.integers(1, 99_999_999),
)
def test_a_symbol_says_exactly_what_it_was_made_of(root: str, expiry: date, right: str, strike: int) -> None:
    occ = Occ(root, expiry, "C" if right == "C" else "P", D(strike) / 1000)
    assert parse_occ(occ.symbol) == occ
    assert parse_occ(occ.padded) == occ
    assert len(occ.padded) == 21


@pytest.mark.parametrize(("day", "utc_hour"), [("260116", 21), ("260717", 20)])
def test_it_can_be_traded_until_four_in_new_york_on_its_last_day(day: str, utc_hour: int) -> None:
    seconds = parse_occ(f"AAPL{day}C00200000").expires_ns // 1_000_000_000
    assert seconds % 86_400 == utc_hour * 3600


def test_an_option_takes_currency_and_sessions_of_its_underlying() -> None:
    universe = {i.symbol: i for i in (Instrument("AAPL", calendar="24x7"), Instrument("BRK.B"), Instrument("ES"))}
    option = listed_option("AAPL260116C00200000", universe)
    assert option is not None
    assert option.option
    assert (option.calendar, option.currency, option.multiplier, option.lot) == ("24x7", "USD", 100, 1)
    assert option.option.underlying == "AAPL"
    berkshire = listed_option("BRKB260116P00400000", universe)
    assert berkshire is not None
    assert berkshire.option
    assert berkshire.option.underlying == "BRK.B"


def test_nothing_is_listed_on_what_is_unknown_adjusted_or_no_stock() -> None:
    universe = {i.symbol: i for i in (Instrument("AAPL"), Instrument("EURUSD", AssetClass.FX))}
    assert listed_option("GME260116C00020000", universe) is None
    assert listed_option("AAPL1260116C00200000", universe) is None
    assert listed_option("EURUSD260116C00001000", universe) is None
    assert listed_option("AAPL", universe) is None


def test_a_packages_symbol_says_its_legs() -> None:
    legs = (Leg("AAPL260116C00200000", Side.BUY), Leg("AAPL260116C00210000", Side.SELL, 2), Leg("AAPL", Side.SELL))
    assert package_symbol(legs) == "AAPL260116C200/-2xAAPL260116C210/-AAPL"
