"""What a preview says beside its refusals: fees, how far each limit would be used, and every check by name."""

from __future__ import annotations

import msgspec
import pytest

from engine.model.enums import OrdType, Side
from engine.model.fees import FeeSchedule
from engine.model.order import OrderRequest
from engine.orders.preview import preview_order
from engine.risk.engine import CHECKS
from engine.views import OrderPreview
from tests.engine.dealing import ACCOUNT, BROKER, BUY, SELL, D, Dealing


def order(qty: str, limit: str | None = "100", side: Side = BUY) -> OrderRequest:
    kind = OrdType.MARKET if limit is None else OrdType.LIMIT
    return OrderRequest(ACCOUNT, "IBM", side, D(qty), kind, None if limit is None else D(limit))


def dealing(**limits: str) -> Dealing:
    """Equity 1,000,000; IBM about 100."""
    return Dealing("0", **limits).connect()


def used(preview: OrderPreview) -> dict[str, str]:
    return {row.key.removeprefix("risk."): f"{row.value} of {row.limit}" for row in preview.uses}


def test_fees_are_those_that_the_broker_publishes_for_taking_or_for_resting() -> None:
    schedule = FeeSchedule(taker_per_unit=D("0.01"), maker_per_unit=D("-0.002"))
    desk = Dealing("0", able=msgspec.structs.replace(BROKER, fees=schedule)).connect()
    assert preview_order(desk.desk, order("100", None)).fees == D("1.00")
    assert preview_order(desk.desk, order("100", "50")).fees == D("-0.200")
    assert preview_order(dealing().desk, order("100", "50")).fees is None, "this broker publishes none"


def test_each_limit_that_is_on_says_how_much_of_it_is_used_nearest_first() -> None:
    desk = dealing(risk__max_position_pct="0.10", risk__max_gross_exposure="0.50", risk__max_order_qty="5000")
    preview = preview_order(desk.desk, order("500"))
    found = used(preview)
    assert found["max_position_pct"] == "0.0500 of 0.10"
    assert found["max_gross_exposure"] == "0.0500 of 0.50"
    assert found["max_order_qty"] == "500 of 5000"
    shares = [row.used for row in preview.uses]
    assert shares == sorted(shares, reverse=True)
    assert preview.denials == ()
    off = dealing(risk__max_position_pct="0.10", risk__max_gross_exposure="off")
    assert "max_gross_exposure" not in used(preview_order(off.desk, order("500")))


@pytest.mark.parametrize(("qty", "refused"), [("1000", False), ("1001", True)])
def test_what_is_used_up_is_what_the_check_compares(qty: str, refused: bool) -> None:
    desk = dealing(risk__max_position_pct="0.10")
    preview = preview_order(desk.desk, order(qty))
    (row,) = (row for row in preview.uses if row.key == "risk.max_position_pct")
    assert row.used is not None
    assert (row.used > 1) == refused
    assert ("MAX_POSITION_PCT" in [denial.code for denial in preview.denials]) == refused


def test_what_only_reduces_is_not_measured_against_exposure() -> None:
    desk = Dealing("500", risk__max_position_pct="0.10").connect()
    found = used(preview_order(desk.desk, order("100", None, SELL)))
    assert "max_position_pct" not in found
    assert "max_order_qty" in found


def test_every_check_is_named_and_those_that_refuse_have_the_denials() -> None:
    desk = dealing(risk__max_order_qty="100")
    preview = preview_order(desk.desk, order("500"))
    assert [row.check for row in preview.checks] == [check.__name__ for check in CHECKS]
    refusing = {row.check: [denial.code for denial in row.denials] for row in preview.checks if row.denials}
    assert refusing["check_fat_finger"] == ["MAX_ORDER_QTY"]
    assert [denial for row in preview.checks for denial in row.denials] == list(preview.denials)
