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
from tests.engine.risk.steps import STEPS, play, steps_among
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


def desk_of(limits: dict[str, str], accounts: tuple[str, ...] = (ACCOUNT,)) -> Shadowed:
    given = dict(limits)
    dearer = given.pop("margin_initial__dearer")
    if dearer:
        given["margin_initial.equity"] = dearer
    return Shadowed(LISTED, accounts, max_order_qty="1200", max_order_notional="off", duplicate_window_s="off", **given)


def limit_of(desk: Shadowed, key: str, scope: str = "") -> Decimal | None:
    limits = desk.state.limits
    return limits.scoped_value(scope, f"risk.{key}") if scope else limits.value(f"risk.{key}")


class Before(msgspec.Struct):
    """What the checks had to go by: the side's exposure and quantities, without what was sent in this step."""

    leaves: Decimal
    notional: Decimal


def look_before(desk: Shadowed) -> dict[str, Before]:
    return {ident: Before(sent.leaves(), sent.leaves() * sent.px()) for ident, sent in desk.orders.items()}


def broken(desk: Shadowed, sent: BrokerOrder | BrokerReplace, before: dict[str, Before]) -> list[str]:
    """Which limits the approval of this order or replace has broken: of the desk, added up over all of its accounts,
    and of the order's own account."""
    order = desk.orders[sent.cl_ord_id]
    account, symbol, up, new = order.account, order.symbol, order.side is Side.BUY, sent.cl_ord_id
    working, _ = desk.working(symbol, buys=up, newest=new, account=account)
    held = desk.held[account, symbol]
    if working <= (-held if up else held):
        return []  # it only reduces
    if isinstance(sent, BrokerReplace):
        old = before[sent.orig_cl_ord_id]
        if order.leaves(new) <= old.leaves and order.leaves(new) * order.px(new) <= old.notional:
            return []  # less than was approved before
    wrong = over(desk, sent, desk.accounts, "")
    if len(desk.accounts) > 1:
        wrong += over(desk, sent, (account,), f"account:{account}")
    equity = desk.worth(account)
    worst = worst_of(desk, sent, (account,))
    leverage, gross = limit_of(desk, "max_leverage"), sum(worst.values())
    if leverage is not None and gross > leverage * equity:
        wrong.append(f"max_leverage: {gross} > {leverage} x {equity}")
    dearer = limit_of(desk, "margin_initial.equity")
    rates = {**INITIAL, "AAPL": dearer, "MSFT": dearer}
    margin = sum(value * (rates[name] or ZERO) for (_, name), value in worst.items())
    if not desk.state.limits.is_off("risk.margin_model") and margin > equity:
        wrong.append(f"margin {margin} > {equity}")
    return wrong


def sides_of(
    desk: Shadowed, sent: BrokerOrder | BrokerReplace, accounts: tuple[str, ...]
) -> dict[tuple[str, str], dict[bool, Decimal]]:
    """What each account's instruments can come to: long (True) and short."""
    mine, new = desk.orders[sent.cl_ord_id], sent.cl_ord_id
    return {
        (account, name): {
            up: desk.reached(
                name, up=up, newest=new, own=(account, name) == (mine.account, mine.symbol), account=account
            )
            for up in (True, False)
        }
        for account in accounts
        for name in MID
    }


def worst_of(
    desk: Shadowed, sent: BrokerOrder | BrokerReplace, accounts: tuple[str, ...]
) -> dict[tuple[str, str], Decimal]:
    return {place: max(*both.values()) for place, both in sides_of(desk, sent, accounts).items()}


def over(desk: Shadowed, sent: BrokerOrder | BrokerReplace, accounts: tuple[str, ...], scope: str) -> list[str]:
    """Which limits of a scope the sum of these accounts is over."""
    order, new = desk.orders[sent.cl_ord_id], sent.cl_ord_id
    symbol, up = order.symbol, order.side is Side.BUY
    equity = sum(desk.worth(account) for account in accounts)
    sides, worst = sides_of(desk, sent, accounts), worst_of(desk, sent, accounts)
    # A long in one account and a short in another are not one position: either may be closed alone.
    mine = sum(max(desk.reached(symbol, up=up, newest=new, own=True, account=account), ZERO) for account in accounts)
    units = sum(max(desk.reached_qty(symbol, up=up, newest=new, account=account), ZERO) for account in accounts)
    sector = sum(value for (_, name), value in worst.items() if SECTORS[name] == SECTORS[symbol])
    found = {
        "max_position_qty": (units, D(1)),
        "max_position_pct": (mine, equity),
        "max_position_notional": (mine, D(1)),
        "max_gross_exposure": (sum(worst.values()), equity),
        "max_net_exposure": (sum(both[up] for both in sides.values()), equity),
        "max_sector_exposure": (sector, equity),
    }
    wrong = []
    for key, (value, scale) in found.items():
        limit = limit_of(desk, key, scope)
        if limit is not None and value > limit * scale:
            wrong.append(f"{scope} {key}: {value} > {limit} x {scale}")
    return wrong


@settings(max_examples=EXAMPLES)
@given(STEPS, LIMITS)
def test_no_history_takes_the_worst_case_over_a_limit(steps: list[tuple[object, ...]], limits: dict[str, str]) -> None:
    _play(desk_of(limits), steps)


TWO = (ACCOUNT, "SECOND")
OWN_LIMITS = st.fixed_dictionaries(
    {
        "account:SECOND/max_position_pct": st.sampled_from(["0.07", "off"]),
        "account:SECOND/max_position_qty": st.sampled_from(["300", "off"]),
        "account:SECOND/max_gross_exposure": st.sampled_from(["0.10", "off"]),
        "account:SECOND/max_net_exposure": st.sampled_from(["0.06", "off"]),
        "account:SECOND/max_sector_exposure": st.sampled_from(["0.08", "off"]),
    }
)


@settings(max_examples=max(EXAMPLES // 5, 1))
@given(steps_among(TWO), LIMITS, OWN_LIMITS)
def test_no_history_in_two_accounts_takes_their_sum_over_a_limit_of_the_desk(
    steps: list[tuple[object, ...]], limits: dict[str, str], own: dict[str, str]
) -> None:
    _play(desk_of({**limits, **own}, TWO), steps)


def _play(desk: Shadowed, steps: list[tuple[object, ...]]) -> None:
    for step in steps:
        before = look_before(desk)
        done = len(desk.approved)
        play(desk, step)
        for sent in desk.approved[done:]:
            assert broken(desk, sent, before) == []
        most, own = limit_of(desk, "max_position_qty"), limit_of(desk, "max_position_qty", "account:SECOND")
        # Independent of prices, and so for ever: not at approvals alone.
        for name in MID:
            for up in (True, False):
                reached = [max(desk.reached_qty(name, up=up, account=one), ZERO) for one in desk.accounts]
                assert most is None or sum(reached) <= most
                assert own is None or len(reached) < 2 or reached[1] <= own


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


def test_the_shadow_sees_what_two_accounts_come_to_together() -> None:
    off = dict.fromkeys(("max_position_pct", "max_position_qty", "max_leverage"), "off")
    desk = desk_of({**off, "margin_initial__dearer": ""}, TWO)
    for account in TWO:
        desk.give(i.PlaceOrder(OrderRequest(account, "AAPL", Side.BUY, D(300))))
    _, sent = desk.approved
    desk.state.limits = desk.state.limits.with_changes({"risk.max_position_qty": "599"})
    assert [line.split(":")[0].strip() for line in broken(desk, sent, {})] == ["max_position_qty"]
    desk.state.limits = desk.state.limits.with_changes({"risk.max_position_qty": "600"})
    assert broken(desk, sent, {}) == []


def test_the_shadow_counts_what_a_cancel_without_a_count_may_have_executed() -> None:
    desk = desk_of(dict.fromkeys(("max_position_pct", "max_leverage"), "off") | {"margin_initial__dearer": ""})
    desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "AAPL", Side.BUY, D(100))))
    (sent,) = desk.approved
    desk.answer(sent.cl_ord_id)
    desk.give(p.Canceled(sent.cl_ord_id, 0))
    assert desk.reached_qty("AAPL", up=True) == 100
    desk.give(p.Canceled(sent.cl_ord_id, 0, "", ZERO))
    assert desk.reached_qty("AAPL", up=True) == 0
