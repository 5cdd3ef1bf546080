"""The restricted list: whom, what, and until when it forbids."""

from __future__ import annotations

import msgspec
import pytest

from engine import facts as f
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument, OptionTerms
from engine.model.restricted import RestrictedList, Restriction
from tests.engine.risk.seat import START, D, Seat, buy, sell, short

CALL = "AAPL231215C00100000"


@pytest.fixture
def seat() -> Seat:
    seat = Seat()
    terms = OptionTerms("AAPL", "2023-12-15", D(100), "C", START * 2)
    option = Instrument(CALL, AssetClass.OPTION, multiplier=D(100), option=terms)
    seat.tell(f.InstrumentsLoaded((option,)), f.DayRolled("2023-11-14", None, 2**62))
    for symbol in ("AAPL", "MSFT", CALL):
        seat.quote(symbol, "9.99", "10.01")
    return seat


def listed(seat: Seat, *lines: Restriction) -> None:
    seat.risk._surroundings = msgspec.structs.replace(seat.risk._surroundings, restricted=RestrictedList(lines))


def test_every_side_is_refused_also_what_reduces(seat: Seat) -> None:
    listed(seat, Restriction("AAPL", "insider list"))
    found = seat.denial("RESTRICTED", buy("1", limit="10"))
    assert (found.value, found.limit, found.scope) == ("buy", "none", "AAPL")
    assert found.message == "AAPL is restricted: insider list"
    assert seat.codes(short("1", limit="10")) == ["RESTRICTED"]
    seat.hold("AAPL", "10", "10")
    assert seat.codes(sell("1", limit="10")) == ["RESTRICTED"]


def test_close_only_lets_through_what_only_reduces(seat: Seat) -> None:
    listed(seat, Restriction("AAPL", "winding down", close_only=True))
    assert seat.codes(buy("1", limit="10")) == ["RESTRICTED"]
    seat.hold("AAPL", "10", "10")
    assert seat.codes(sell("10", limit="10")) == []
    assert "RESTRICTED" in seat.codes(sell("11", limit="10")), "one share beyond the position"
    assert seat.codes(buy("1", limit="10")) == ["RESTRICTED"]


def test_only_the_exact_symbol_is_meant(seat: Seat) -> None:
    listed(seat, Restriction("AAP", "x"), Restriction("AAPLX", "x"))
    assert seat.codes(buy("1", limit="10")) == []


def test_an_option_is_restricted_with_its_underlying(seat: Seat) -> None:
    listed(seat, Restriction("AAPL", "insider list"))
    found = seat.denial("RESTRICTED", buy("1", CALL, limit="10"))
    assert found.scope == "AAPL"
    listed(seat, Restriction(CALL, "this one"))
    assert seat.codes(buy("1", CALL, limit="10")) == ["RESTRICTED"]
    assert seat.codes(buy("1", limit="10")) == []


def test_a_line_for_one_account_leaves_the_others_alone(seat: Seat) -> None:
    listed(seat, Restriction("AAPL", "x", account="OTHER"))
    assert seat.codes(buy("1", limit="10")) == []
    listed(seat, Restriction("AAPL", "x", account="OTHER"), Restriction("AAPL", "x", account="PAPER"))
    assert seat.codes(buy("1", limit="10")) == ["RESTRICTED"]


def test_the_strictest_of_several_lines_holds(seat: Seat) -> None:
    seat.hold("AAPL", "10", "10")
    listed(seat, Restriction("AAPL", "a", close_only=True), Restriction("AAPL", "b"))
    assert "b" in seat.denial("RESTRICTED", sell("1", limit="10")).message


def test_it_ends_after_its_last_day(seat: Seat) -> None:
    listed(seat, Restriction("AAPL", "x", until="2023-11-14"))
    assert seat.codes(buy("1", limit="10")) == ["RESTRICTED"], "its last day"
    listed(seat, Restriction("AAPL", "x", until="2023-11-13"))
    assert seat.codes(buy("1", limit="10")) == []


def test_on_a_day_that_is_not_known_it_still_holds(seat: Seat) -> None:
    listed(seat, Restriction("AAPL", "x", until="2023-11-13"))
    seat.state.day = ""
    assert seat.codes(buy("1", limit="10")) == ["RESTRICTED"]


def test_a_replace_is_held_to_it_and_a_liquidation_is_not(seat: Seat) -> None:
    working = seat.send(buy("5", limit="9.90"))
    seat.hold("MSFT", "10", "10")
    listed(seat, Restriction("AAPL", "x"), Restriction("MSFT", "x"))
    assert seat.codes(buy("6", limit="9.90"), working) == ["RESTRICTED"]
    assert seat.risk.check_liquidation(sell("10", "MSFT", limit="9.90"), seat.now).denials == []
