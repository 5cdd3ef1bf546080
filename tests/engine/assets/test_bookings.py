"""Bookings by hand beside other currencies: money that would land in the wrong one is refused."""

from __future__ import annotations

from engine import inputs as i
from engine.model.enums import Side
from engine.views import CommandResult
from tests.engine.assets.floor import ACCOUNT, D, Floor


def test_a_dividend_of_an_instrument_in_another_currency_is_not_booked_as_dollars() -> None:
    floor = Floor()
    floor.order(Side.BUY, "10", "SAP")
    floor.order(Side.BUY, "10", "AAPL")

    refused = floor.command(i.Book("dividend", ACCOUNT, "paid", symbol="SAP", amount=D(12), user="ann", cmd_id=901))
    booked = floor.command(i.Book("dividend", ACCOUNT, "paid", symbol="AAPL", amount=D(12), user="ann", cmd_id=902))

    assert isinstance(refused, CommandResult)
    assert isinstance(booked, CommandResult)
    assert (refused.ok, booked.ok) == (False, True)
    assert "SAP trades in EUR, bookings of money are in USD" in refused.message
