"""No sequence of orders, fills, part fills, cancels that cross, rejects and replaces takes the worst case over a limit.

The worst case is added up by a shadow that sees the wire alone (tests.engine.risk.shadow). `make properties N=20000`
plays as many histories.
"""

from __future__ import annotations

import os
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import Side
from engine.model.order import BrokerOrder, BrokerReplace, OrderRequest
from tests.engine.risk.seat import ACCOUNT, INSTRUMENTS, D
from tests.engine.risk.shadow import ZERO, Shadowed
from tests.engine.risk.steps import STEPS, play
from tests.engine.risk.trading import MID

EXAMPLES = int(os.environ.get("EXAMPLES", "150"))
SECTORS = {"AAPL": "Tech", "MSFT": "Tech", "ESZ3": "Indices"}
LISTED = tuple(msgspec.structs.replace(one, sector=SECTORS.get(one.symbol, "Other")) for one in INSTRUMENTS)
INITIAL = {"AAPL": D("0.5"), "MSFT": D("0.5"), "ESZ3": D("0.1")}

LIMITS = st.fixed_dictionaries(
    {
        "max_position_pct": st.sampled_from(["0.06", "0.10", "0.20", "off"]),
        "max_position_qty": st.sampled_from(["500", "900", "off"]),
        "max_position_notional": st.sampled_from(["45000", "150000", "off"]),
        "max_gross_exposure": st.sampled_from(["0.08", "0.20", "off"]),
        "max_net_exposure": st.sampled_from(["0.05", "0.12", "off"]),
        "max_sector_exposure": st.sampled_from(["0.07", "0.15", "off"]),
        "max_leverage": st.sampled_from(["0.10", "0.25", "off"]),
        "margin_model": st.sampled_from(["reg_t", "off"]),
        "margin_initial__dearer": st.sampled_from(["", "5"]),
    }
)


def desk_of(limits: dict[str, str]) -> Shadowed:
    given = dict(limits)
    dearer = given.pop("margin_initial__dearer")
    if dearer:
        given["margin_initial.equity"] = dearer
    return Shadowed(LISTED, max_order_qty="1200", max_order_notional="off", duplicate_window_s="off", **given)


def limit_of(desk: Shadowed, key: str) -> Decimal | None:
    return desk.state.limits.value(f"risk.{key}")


class Before(msgspec.Struct):
    """What the checks had to go by: the side's exposure and quantities, without what was sent in this step."""

    leaves: Decimal
    notional: Decimal


def look_before(desk: Shadowed) -> dict[str, Before]:
    return {ident: Before(sent.leaves(), sent.leaves() * sent.px()) for ident, sent in desk.orders.items()}


def broken(desk: Shadowed, sent: BrokerOrder | BrokerReplace, before: dict[str, Before]) -> list[str]:
    """Which limits the approval of this order or replace has broken."""
    order = desk.orders[sent.cl_ord_id]
    symbol, up, new = order.symbol, order.side is Side.BUY, sent.cl_ord_id
    working, _ = desk.working(symbol, buys=up, newest=new)
    if working <= (-desk.held[symbol] if up else desk.held[symbol]):
        return []  # it only reduces
    if isinstance(sent, BrokerReplace):
        old = before[sent.orig_cl_ord_id]
        if order.leaves(new) <= old.leaves and order.leaves(new) * order.px(new) <= old.notional:
            return []  # less than was approved before
    equity = desk.worth()
    sides = {
        name: {way: desk.reached(name, up=way, newest=new, own=name == symbol) for way in (True, False)} for name in MID
    }
    worst = {name: max(*both.values()) for name, both in sides.items()}
    mine = sides[symbol][up]
    gross = sum(worst.values())
    sector = sum(value for name, value in worst.items() if SECTORS[name] == SECTORS[symbol])
    dearer = limit_of(desk, "margin_initial.equity")
    rates = {**INITIAL, "AAPL": dearer, "MSFT": dearer}
    margin = sum(value * (rates[name] or ZERO) for name, value in worst.items())
    found = {
        "max_position_qty": (desk.reached_qty(symbol, up=up, newest=new), D(1)),
        "max_position_pct": (mine, equity),
        "max_position_notional": (mine, D(1)),
        "max_gross_exposure": (gross, equity),
        "max_leverage": (gross, equity),
        "max_net_exposure": (sum(both[up] for both in sides.values()), equity),
        "max_sector_exposure": (sector, equity),
    }
    wrong = []
    for key, (value, scale) in found.items():
        limit = limit_of(desk, key)
        if limit is not None and value > limit * scale:
            wrong.append(f"{key}: {value} > {limit} x {scale}")
    if not desk.state.limits.is_off("risk.margin_model") and margin > equity:
        wrong.append(f"margin {margin} > {equity}")
    return wrong


@settings(max_examples=EXAMPLES)
@given(STEPS, LIMITS)
def test_no_history_takes_the_worst_case_over_a_limit(steps: list[tuple[object, ...]], limits: dict[str, str]) -> None:
    desk = desk_of(limits)
    for step in steps:
        before = look_before(desk)
        done = len(desk.approved)
        play(desk, step)
        for sent in desk.approved[done:]:
            assert broken(desk, sent, before) == []
        most = limit_of(desk, "max_position_qty")
        if most is not None:
            # Independent of prices, and so for ever: not at approvals alone.
            for name in MID:
                for up in (True, False):
                    assert desk.reached_qty(name, up=up) <= most


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_position_qty", "500"),
        ("max_position_pct", "0.05"),
        ("max_position_notional", "50000"),
        ("max_gross_exposure", "0.05"),
        ("max_leverage", "0.05"),
        ("max_net_exposure", "0.05"),
        ("max_sector_exposure", "0.05"),
        ("margin_initial__dearer", "20"),
    ],
)
def test_the_shadow_sees_an_order_that_is_over_its_limit(key: str, value: str) -> None:
    """A watchdog that never barks proves nothing: with the limit let off for the desk alone, the shadow names it."""
    off = dict.fromkeys(
        ("max_position_pct", "max_position_qty", "max_position_notional", "max_gross_exposure", "max_net_exposure"),
        "off",
    )
    off |= {"max_sector_exposure": "off", "max_leverage": "off", "margin_model": "off", "margin_initial__dearer": ""}
    desk = desk_of(off)
    desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "AAPL", Side.BUY, D(501), limit_px=None)))
    (sent,) = desk.approved
    assert broken(desk, sent, {}) == []
    strict = {f"risk.{key}": value} if not key.endswith("dearer") else {"risk.margin_initial.equity": value}
    desk.state.limits = desk.state.limits.with_changes({**strict, "risk.margin_model": "reg_t"})
    assert len(broken(desk, sent, {})) == 1


def test_the_shadow_counts_what_a_cancel_without_a_count_may_have_executed() -> None:
    desk = desk_of(dict.fromkeys(("max_position_pct", "max_leverage"), "off") | {"margin_initial__dearer": ""})
    desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "AAPL", Side.BUY, D(100))))
    (sent,) = desk.approved
    desk.answer(sent.cl_ord_id)
    desk.give(p.Canceled(sent.cl_ord_id, 0))
    assert desk.reached_qty("AAPL", up=True) == 100
    desk.give(p.Canceled(sent.cl_ord_id, 0, "", ZERO))
    assert desk.reached_qty("AAPL", up=True) == 0
