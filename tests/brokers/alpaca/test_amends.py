"""Busts and corrections: which execution they mean, and what is said of one that is not known."""

from __future__ import annotations

from decimal import Decimal

import pytest

from brokers.alpaca.amends import Amends
from brokers.alpaca.words import UnreadableError
from engine.model.enums import Side
from engine.model.snapshot import Execution
from engine.protocol import Busted, Corrected, Gap


@pytest.fixture
def amends() -> Amends:
    """One execution is known, under the broker's id X1."""
    made = Amends("alpaca", "PA1")
    made.note("X1", Execution("o:10", "c1", "o", "PA1", "IBM", Side.BUY, Decimal(10), Decimal("5.00"), 7))
    return made


@pytest.mark.parametrize("event", ["trade_bust", "trade_correct"])
@pytest.mark.parametrize("named", [{}, {"previous_execution_id": "X9"}, {"previous_execution_id": None}])
def test_what_can_t_be_said_of_which_execution_is_a_gap(amends: Amends, event: str, named: dict[str, str]) -> None:
    assert isinstance(amends.report(event, {**named, "qty": "10", "price": "4.99"}, 8), Gap)


@pytest.mark.parametrize("key", ["previous_execution_id", "execution_id"])
def test_a_bust_names_the_execution_under_either_key(amends: Amends, key: str) -> None:
    assert amends.report("trade_bust", {key: "X1"}, 8) == Busted("PA1", "o:10", 8, "c1")


def test_corrections_of_corrections_each_amend_the_one_before(amends: Amends) -> None:
    for version, before, after, px in ((2, "X1", "X2", "4.99"), (3, "X2", "X3", "4.98")):
        data = {"previous_execution_id": before, "execution_id": after, "qty": "10", "price": px}
        told = amends.report("trade_correct", data, 8)
        assert isinstance(told, Corrected)
        assert told.exec_id == ("o:10" if version == 2 else "o:10/2")
        assert (told.execution.exec_id, told.execution.last_px) == (f"o:10/{version}", Decimal(px))
    assert (amends.key("o:10"), amends.key("o:10/2"), amends.key("o:20")) == ("o:10/3", "o:10/3", "o:20")
    assert amends.report("trade_bust", {"previous_execution_id": "X3"}, 9) == Busted("PA1", "o:10/3", 9, "c1")


def test_a_correction_without_its_price_can_t_be_read(amends: Amends) -> None:
    with pytest.raises(UnreadableError):
        amends.report("trade_correct", {"previous_execution_id": "X1", "qty": "10"}, 8)
