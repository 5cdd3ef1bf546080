"""Comparisons with the broker: first sight, orders placed elsewhere, breaks."""

from __future__ import annotations

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdStatus, OrdType, TimeInForce, TradingState
from engine.model.snapshot import OrderSnapshot
from tests.engine.dealing import ACCOUNT, BUY, SECOND, SELL, D, Dealing, snapshots, submits


def elsewhere(qty: str = "100", cum: str = "0", ident: str = "", side: object = BUY) -> OrderSnapshot:
    """An order that another terminal placed."""
    return OrderSnapshot(
        "B77", ident, ACCOUNT, "IBM", side, OrdType.LIMIT, TimeInForce.GTC, D(qty), D(cum), OrdStatus.NEW, D(100)
    )  # type: ignore[arg-type]


def test_an_account_is_adopted_from_two_equal_pictures_only() -> None:
    desk = Dealing(hold="100")
    desk.give(p.Connected("sim", 0))
    assert snapshots(desk.compare()) == ["first sight"]
    desk.positions["IBM"] = D(110)
    desk.compare()
    assert not desk.state.accounts
    desk.compare()
    assert desk.state.position_qty(ACCOUNT, "IBM") == 110
    assert desk.state.accounts[ACCOUNT].reconciled


def test_an_order_placed_elsewhere_without_an_id_is_adopted_once_under_an_id_that_no_order_of_ours_gets() -> None:
    desk = Dealing().connect()
    desk.compare(elsewhere())
    desk.pass_s(1)
    desk.compare(elsewhere())
    adopted = [o for o in desk.state.by_id.values() if o.external]
    assert len(adopted) == 1
    ours = desk.place(BUY, "10")
    assert ours.cl_ord_id != adopted[0].cl_ord_id


def test_an_order_placed_elsewhere_without_an_id_is_over_when_the_broker_lists_it_no_more() -> None:
    desk = Dealing().connect()
    desk.compare(elsewhere())
    order = next(o for o in desk.state.by_id.values() if o.external)
    desk.pass_s(1)
    desk.compare()
    assert order.status is OrdStatus.CANCELED
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 0


def test_what_an_order_placed_elsewhere_filled_before_it_was_seen_counts_once() -> None:
    desk = Dealing()
    before = desk.execution(Dealing().connect().place(BUY, "100"), "30")
    desk.executions[0] = type(before)(**{**_fields(before), "cl_ord_id": "EXT", "order_id": "B77"})
    desk.give(p.Connected("sim", 0))
    desk.compare(elsewhere(cum="30", ident="EXT"))
    desk.compare(elsewhere(cum="30", ident="EXT"))
    order = desk.state.orders["EXT"]
    assert (order.cum_qty, order.leaves_qty) == (30, 70)
    assert desk.state.position_qty(ACCOUNT, "IBM") == 30


def test_a_fill_that_came_before_its_order_was_seen_is_its_own_afterwards() -> None:
    desk = Dealing().connect()
    fill = desk.execution(Dealing().connect().place(BUY, "100"), "30")
    desk.executions.clear()
    orphan = type(fill)(**{**_fields(fill), "cl_ord_id": "EXT", "order_id": "B77"})
    desk.executions.append(orphan)
    desk.give(p.Filled(orphan))
    desk.compare(elsewhere(cum="30", ident="EXT"))
    order = desk.state.orders["EXT"]
    assert (order.cum_qty, order.leaves_qty) == (30, 70)
    assert desk.state.position_qty(ACCOUNT, "IBM") == 30


def _fields(value: object) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__struct_fields__}  # type: ignore[attr-defined]


def broken(ours: str = "100", theirs: str = "60") -> Dealing:
    """A position break that two looks have confirmed."""
    desk = Dealing(hold=ours).connect()
    desk.positions["IBM"] = D(theirs)
    desk.compare()
    desk.pass_s(1.5)
    desk.compare()
    assert [b.kind for b in desk.state.breaks.values()] == ["position"]
    return desk


def test_two_looks_at_one_stale_cache_make_no_break() -> None:
    desk = Dealing(hold="100").connect()
    desk.positions["IBM"] = D(60)
    desk.compare()
    desk.pass_s(0.3)
    desk.compare()
    assert not desk.state.breaks


def test_positions_that_lag_behind_a_fill_just_reported_make_no_break() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.fill(order, "100")
    stale = {"IBM": D(0)}
    for _ in range(3):
        fresh, desk.positions = desk.positions, stale
        desk.compare()
        desk.positions = fresh
        desk.pass_s(0.6)
    assert not desk.state.breaks


def test_a_break_reduces_its_instrument_until_it_is_gone_though_it_changed_in_between() -> None:
    desk = broken()
    assert desk.state.trading["instrument:IBM"] is TradingState.REDUCING
    desk.positions["IBM"] = D(70)
    desk.pass_s(3)
    desk.compare()
    desk.positions["IBM"] = D(100)
    desk.pass_s(3)
    desk.compare()
    assert "instrument:IBM" not in desk.state.trading


def test_what_is_filled_after_a_break_moves_the_brokers_position_too() -> None:
    desk = broken()
    order = desk.place(SELL, "60")
    desk.fill(order, "60")
    assert desk.state.broker_qty(ACCOUNT, "IBM") == 0


def test_a_liquidation_beside_a_break_never_sells_more_than_the_broker_holds() -> None:
    desk = broken()
    effects = desk.give(i.Flatten("IBM"))
    assert submits(effects) == [(SELL, D(60))]
    order = list(desk.state.by_id.values())[-1]
    desk.ack(order)
    effects = desk.give(p.Filled(desk.execution(order, "60")))
    assert submits(effects) == []
    assert not desk.state.liquidations


def test_a_picture_asked_for_in_a_session_that_is_over_makes_nothing_ready() -> None:
    desk = Dealing().connect()
    asked = desk.now.wall_ns
    desk.give(p.Disconnected("sim", "reset", 0))
    desk.give(p.Connected("sim", 0))
    desk.compare(asked_ns=asked)
    assert not desk.state.accounts[ACCOUNT].reconciled
    desk.compare(asked_ns=desk.now.wall_ns + SECOND)
    assert desk.state.accounts[ACCOUNT].reconciled
