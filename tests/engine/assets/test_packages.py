"""Packages of several legs as one order, at the real paper exchange: all legs of a package or none."""

from __future__ import annotations

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine.evolve import evolve
from engine.model.enums import AlertLevel, OrdStatus, OrdType, Side, TimeInForce, TradingState
from engine.model.market import Quote
from engine.model.package import Leg
from engine.model.snapshot import Execution, OrderSnapshot
from engine.protocol import Busted, Filled
from engine.state import DeskState
from tests.engine.assets.floor import ACCOUNT, BROKER, CALL_200, CALL_210, D, Floor, package_request

BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT
LONG, WRITTEN = (BUY, 1, CALL_200), (SELL, 1, CALL_210)


def codes(result: object) -> list[str]:
    return [denial.code for denial in result.denials]  # type: ignore[attr-defined]


def test_a_package_fills_every_leg_at_its_own_touch_under_its_own_execution_id() -> None:
    floor = Floor()

    floor.package("2", LONG, WRITTEN, net="4.20")

    assert [(e.symbol, e.side, str(e.last_qty), str(e.last_px)) for e in floor.executions] == [
        (CALL_200, BUY, "2", "12.10"),
        (CALL_210, SELL, "2", "7.90"),
    ]
    assert len({e.exec_id for e in floor.executions}) == 2
    order = floor.newest()
    assert (order.status, order.cum_qty, order.avg_px) == (OrdStatus.FILLED, 2, D("4.20"))
    assert (floor.held(CALL_200), floor.held(CALL_210)) == (2, -2)
    assert floor.state.accounts[ACCOUNT].cash == 1_000_000 - 2 * 420
    floor.compare()
    assert not floor.state.breaks


def test_a_package_waits_until_the_net_of_the_touches_reaches_its_limit() -> None:
    floor = Floor()
    floor.package("2", LONG, WRITTEN, net="4.19")
    assert floor.newest().status is OrdStatus.NEW
    assert not floor.executions

    floor.quote(CALL_210, "7.91", "8.11")

    assert floor.newest().status is OrdStatus.FILLED
    assert floor.newest().avg_px == D("4.19")


def test_nothing_fills_while_one_leg_has_no_regular_quote() -> None:
    floor = Floor()
    floor.package("1", LONG, WRITTEN, net="4.00")
    floor.quote(CALL_210, "9.00", "9.00")
    floor.quote(CALL_200, "11.00", "11.10")
    assert not floor.executions

    floor.quote(CALL_210, "7.90", "8.10")

    assert {e.symbol for e in floor.executions} == {CALL_200, CALL_210}


def test_only_whole_packages_fill_as_many_as_the_thinnest_leg_displays() -> None:
    floor = Floor()
    floor.package("5", (BUY, 1, CALL_200), (SELL, 2, CALL_210), net="-3.00", time_in_force=TimeInForce.GTC)
    assert floor.newest().base is OrdStatus.DENIED, "two written calls on one that is owned"
    floor.order(BUY, "500", "AAPL")
    floor.package("5", (BUY, 1, CALL_200), (SELL, 2, CALL_210), net="-3.75", time_in_force=TimeInForce.GTC)
    assert floor.newest().status is OrdStatus.NEW

    floor.quote(CALL_210, "7.95", "8.15", size="5")

    order = floor.newest()
    assert (order.status, order.cum_qty) == (OrdStatus.PARTIALLY_FILLED, 2)
    assert (floor.held(CALL_200), floor.held(CALL_210)) == (2, -4)
    assert order.avg_px == D("12.10") - 2 * D("7.95")
    floor.quote(CALL_210, "7.95", "8.15", size="500")
    assert (order.status, order.cum_qty) == (OrdStatus.FILLED, 5)


@pytest.mark.parametrize("how", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_immediate_package_that_can_not_fill_lapses(how: TimeInForce) -> None:
    floor = Floor()

    floor.package("2", LONG, WRITTEN, net="4.10", time_in_force=how)

    assert floor.newest().status is OrdStatus.CANCELED
    assert not floor.state.open_orders
    assert not any(p.is_active for p in floor.state.positions.values())


def test_each_leg_is_reserved_on_its_own_instrument_until_the_package_ends() -> None:
    floor = Floor()
    floor.package("3", LONG, WRITTEN, net="4.00")
    long, written = (floor.state.positions[(ACCOUNT, symbol)] for symbol in (CALL_200, CALL_210))
    assert (long.open_buy, written.open_sell) == (3, 3)
    assert long.open_buy_notional == 3 * D("12.10") * D("1.05") * 100
    assert written.open_sell_notional == 3 * D("7.90") * 100

    floor.cancel(i.CancelSelector(ids=(floor.newest().id,)))

    assert floor.newest().status is OrdStatus.CANCELED
    assert (long.open_buy, written.open_sell, long.open_buy_notional, written.open_sell_notional) == (0, 0, 0, 0)
    assert not floor.state.active


def test_a_package_is_changed_as_a_whole() -> None:
    floor = Floor()
    floor.package("3", LONG, WRITTEN, net="4.00")
    number = floor.newest().id

    floor.change(number, qty="1", px="4.20")

    order = floor.newest()
    assert (order.status, order.qty, order.cum_qty) == (OrdStatus.FILLED, 1, 1)
    assert (floor.held(CALL_200), floor.held(CALL_210)) == (1, -1)
    assert not floor.state.open_orders


def test_cancelling_a_legs_symbol_cancels_the_package() -> None:
    floor = Floor()
    floor.package("3", LONG, WRITTEN, net="4.00")

    floor.cancel(i.CancelSelector(symbol=CALL_210))

    assert floor.newest().status is OrdStatus.CANCELED


def test_flat_of_a_leg_cancels_the_package_before_it_closes_what_is_held() -> None:
    floor = Floor()
    floor.package("1", LONG, WRITTEN, net="4.20")
    floor.package("3", LONG, WRITTEN, net="4.00")
    waiting = floor.newest()

    floor.give(i.Flatten(CALL_210, "ann", 1))
    for _ in range(5):
        floor.pass_seconds(1)

    assert waiting.status is OrdStatus.CANCELED
    assert floor.held(CALL_210) == 0
    assert floor.held(CALL_200) == 1


def test_a_broker_without_packages_is_not_asked() -> None:
    floor = Floor(broker=msgspec.structs.replace(BROKER, multileg=False))

    result = floor.package("1", LONG, WRITTEN, net="4.20")

    assert codes(result) == ["NOT_SUPPORTED"]
    assert "several legs" in result.denials[0].message


@pytest.mark.parametrize(
    ("legs", "net", "code"),
    [
        ((LONG,), "12.10", "ORDER_FORM"),
        ((LONG, (SELL, 1, CALL_200)), "0", "ORDER_FORM"),
        ((LONG, (SELL, 0, CALL_210)), "4.20", "ORDER_FORM"),
        ((LONG, WRITTEN), "4.205", "TICK_SIZE"),
        ((LONG, WRITTEN), "5.50", "PRICE_COLLAR"),
        ((LONG, (SELL, 1, "GME260116C00020000")), "4.20", "UNKNOWN_INSTRUMENT"),
        ((LONG, (SELL, 1, "SAP")), "4.20", "ORDER_FORM"),
        (((BUY, 1, "IBM"), (SELL, 1, "AAPL")), "-99.90", "SELL_EXCEEDS_POSITION"),
    ],
)
def test_what_is_wrong_with_a_package_is_said(legs: tuple[tuple[Side, int, str], ...], net: str, code: str) -> None:
    assert code in codes(Floor().package("1", *legs, net=net))


def test_a_package_is_a_limit_order_of_whole_packages() -> None:
    floor = Floor()
    legs = (Leg(CALL_200, BUY), Leg(CALL_210, SELL))
    market = msgspec.structs.replace(package_request("1", legs, "4.20"), ord_type=OrdType.MARKET)
    assert "ORDER_FORM" in codes(floor.place(market))
    assert "LOT_SIZE" in codes(floor.place(package_request("1.5", legs, "4.20")))
    assert "ORDER_FORM" in codes(floor.place(msgspec.structs.replace(market, limit_px=None)))
    assert "ORDER_FORM" in codes(floor.place(package_request("NaN", legs, "4.20")))


def test_a_halted_leg_stops_the_package() -> None:
    floor = Floor()
    floor.give(i.AddInstrument(CALL_210, "ann", 1))
    floor.desk.emit(f.TradingStateSet(f"instrument:{CALL_210}", TradingState.HALTED, "ann", "why not"))

    assert "TRADING_STATE" in codes(floor.package("1", LONG, WRITTEN, net="4.20"))


def test_a_package_does_not_meet_its_mirror_image_at_a_net_price_that_fits() -> None:
    floor = Floor()
    assert floor.package("1", LONG, WRITTEN, net="4.00").accepted
    mirror = (SELL, 1, CALL_200), (BUY, 1, CALL_210)
    assert "SELF_MATCH" in codes(floor.package("1", *mirror, net="-4.00"))
    assert "SELF_MATCH" not in codes(floor.package("1", *mirror, net="-4.01"))
    assert "SELF_MATCH" not in codes(floor.package("1", (SELL, 2, CALL_200), (BUY, 1, CALL_210), net="-4.00"))


def test_a_package_does_not_meet_an_own_order_within_the_spread_of_a_leg() -> None:
    floor = Floor()
    floor.order(BUY, "1", CALL_210)
    assert floor.held(CALL_210) == 1
    assert floor.order(SELL, "1", CALL_210, "8.10").accepted
    bought = (SELL, 1, CALL_200), (BUY, 1, CALL_210)
    assert "SELF_MATCH" in codes(floor.package("1", *bought, net="-1.00"))
    floor.cancel(i.CancelSelector(all=True))
    assert floor.order(SELL, "1", CALL_210, "8.20").accepted
    assert "SELF_MATCH" not in codes(floor.package("1", *bought, net="-1.00"))


def test_fat_fingers_are_held_to_the_largest_leg_and_to_all_legs_together() -> None:
    floor = Floor(max_order_qty="10", max_order_notional="20000")

    found = codes(floor.package("11", LONG, WRITTEN, net="4.20"))

    assert found[:2] == ["MAX_ORDER_QTY", "MAX_ORDER_NOTIONAL"]


@pytest.mark.parametrize(
    ("key", "limit", "within", "beyond", "code"),
    [
        ("max_order_qty", "20", ("20", "4.20"), ("21", "4.20"), "MAX_ORDER_QTY"),
        ("max_order_notional", "19057.5", ("15", "4.20"), ("16", "4.20"), "MAX_ORDER_NOTIONAL"),
        ("warn_order_notional", "19057.5", ("15", "4.20"), ("16", "4.20"), "WARN_ORDER_NOTIONAL"),
        # A share of both mids: 12.00 by the desk's 5 %, 8.00 by the instrument's own.
        ("price_collar_pct", "0.01", ("1", "4.68"), ("1", "4.69"), "PRICE_COLLAR"),
    ],
)
def test_each_leg_is_held_to_the_limits_of_its_own_instrument(
    key: str, limit: str, within: tuple[str, str], beyond: tuple[str, str], code: str
) -> None:
    symbol = CALL_200 if "notional" in key else CALL_210
    floor = Floor(max_order_qty="50")
    floor.give(i.AddInstrument(symbol, "ann", 1))
    changed = floor.command(i.SetLimit(f"instrument:{symbol}/risk.{key}", limit, "thin", "ann", next(floor.ids)))
    assert changed.ok  # type: ignore[attr-defined]

    for (qty, net), expected in ((within, []), (beyond, [code])):
        assert codes(floor.package(qty, LONG, WRITTEN, net=net)) == expected
        floor.cancel(i.CancelSelector(all=True))


def test_the_working_orders_of_a_legs_instrument_are_counted() -> None:
    floor = Floor()
    floor.order(BUY, "1", CALL_210)
    changed = floor.command(
        i.SetLimit(f"instrument:{CALL_210}/risk.max_working_orders", "1", "thin", "ann", next(floor.ids))
    )
    assert changed.ok  # type: ignore[attr-defined]

    assert floor.package("1", LONG, WRITTEN, net="3.80").accepted
    assert codes(floor.package("1", LONG, WRITTEN, net="3.81")) == ["MAX_WORKING_ORDERS"]


def test_legs_that_are_reported_one_after_the_other_make_the_package_when_the_last_has_come() -> None:
    floor = Floor()
    floor.package("2", LONG, WRITTEN, net="4.00")
    order = floor.newest()

    def fill(number: int, symbol: str, side: Side, qty: int, px: str) -> None:
        floor.give(
            Filled(
                Execution(
                    f"X{number}", order.live_id, order.order_id or "", ACCOUNT, symbol, side, D(qty), D(px), floor.ns
                )
            )
        )

    fill(1, CALL_200, BUY, 2, "12.00")
    long = floor.state.positions[(ACCOUNT, CALL_200)]
    assert (order.cum_qty, floor.held(CALL_200), long.open_buy) == (0, 2, 0)
    assert order.is_open
    fill(2, CALL_210, SELL, 1, "8.00")
    assert (order.cum_qty, order.status) == (1, OrdStatus.PARTIALLY_FILLED)
    fill(3, CALL_210, SELL, 1, "8.00")
    assert (order.cum_qty, order.status, order.avg_px) == (2, OrdStatus.FILLED, D("4.00"))
    assert not floor.state.open_orders


def test_a_bust_of_one_leg_opens_the_package_again() -> None:
    floor = Floor()
    floor.package("2", LONG, WRITTEN, net="4.20")
    order = floor.newest()

    floor.give(Busted(ACCOUNT, floor.executions[1].exec_id, floor.ns))

    assert (order.cum_qty, order.is_open, floor.held(CALL_210)) == (0, True, 0)
    assert floor.state.positions[(ACCOUNT, CALL_210)].open_sell == 2
    assert floor.state.positions[(ACCOUNT, CALL_200)].open_buy == 0
    assert floor.state.accounts[ACCOUNT].cash == 1_000_000 - 2 * 1210


def test_a_leg_that_fills_beyond_its_share_is_an_overfill_of_that_leg() -> None:
    floor = Floor()
    floor.package("2", LONG, WRITTEN, net="4.20")
    order = floor.newest()
    extra = Execution("X9", order.live_id, "", ACCOUNT, CALL_210, SELL, D(1), D("7.90"), floor.ns)

    floor.give(Filled(extra))

    assert floor.held(CALL_210) == -3
    assert floor.state.trading[f"instrument:{CALL_210}"] is TradingState.REDUCING
    assert floor.state.alerts[-1].code == "OVERFILL"


def test_an_execution_in_no_leg_of_its_package_is_booked_and_alarmed() -> None:
    floor = Floor()
    floor.package("2", LONG, WRITTEN, net="4.00")
    odd = Execution("X9", floor.newest().live_id, "", ACCOUNT, "IBM", BUY, D(1), D("100"), floor.ns)

    floor.give(Filled(odd))

    assert floor.held("IBM") == 1
    assert (floor.state.alerts[-1].code, floor.state.alerts[-1].level) == ("ORPHAN_FILL", AlertLevel.ALARM)
    assert floor.newest().cum_qty == 0


def test_a_package_that_was_placed_elsewhere_is_adopted_with_its_legs() -> None:
    floor = Floor()
    floor.give(i.AddInstrument(CALL_200, "ann", 1))
    legs = (Leg(CALL_200, BUY), Leg(CALL_210, SELL))
    seen = OrderSnapshot(
        "B77", "", ACCOUNT, "AAPL spread", BUY, OrdType.LIMIT, TimeInForce.DAY, D(4), D(1), OrdStatus.NEW, D("4.00"),
        legs=legs,
    )  # fmt: skip

    floor.give(
        i.BrokerSnapshot(floor.exchange.account_snapshot(), (seen,), (), floor.exchange.positions(), floor.ns, "look")
    )

    order = floor.newest()
    assert (order.external, order.qty, order.cum_qty, len(order.legs)) == (True, 4, 1, 2)
    assert floor.state.positions[(ACCOUNT, CALL_210)].open_sell == 3


def test_a_fold_of_a_day_with_packages_gives_the_same_state() -> None:
    floor = Floor()
    floor.package("2", LONG, WRITTEN, net="4.20")
    floor.package("2", (SELL, 1, CALL_200), (BUY, 1, CALL_210), net="-3.90")
    floor.change(floor.newest().id, px="-3.85")
    floor.package("9", LONG, WRITTEN, net="99")
    again = DeskState()

    for recorded, market, fact in floor.journal:
        evolve(again, fact, recorded, market)

    assert again.digest() == floor.state.digest()
    intents = [fact for _, _, fact in floor.journal if isinstance(fact, f.OrderIntended)]
    assert all(
        [type(quote) for quote in intent.leg_quotes] == [Quote, Quote] and len(intent.leg_ref_pxs) == 2
        for intent in intents
    )
