"""May this account trade this instrument now: trading state, limits given, reconciliation, session, broker, form."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from engine import facts as f
from engine.model.enums import OrdType, Side, TimeInForce, TradingState
from engine.model.order import OrderRequest
from engine.risk.catalog import CATALOG
from engine.risk.limits import HELD_WHILE_REDUCING, LIMIT_SPECS
from tests.engine.risk.seat import ACCOUNT, BROKER, Seat, buy, sell, short


@pytest.fixture
def seat() -> Seat:
    seat = Seat()
    seat.quote("AAPL", "99.99", "100.01")
    seat.quote("NICKEL", "99.95", "100.00")
    return seat


def test_a_sound_order_on_a_quiet_desk_passes_every_check(seat: Seat) -> None:
    assert seat.denials(buy("100", limit="100.00")) == []


# --- trading state ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["desk", "account:PAPER", "instrument:AAPL", "strategy:sma"])
def test_any_scope_that_covers_the_order_halts_it(seat: Seat, scope: str) -> None:
    seat.restrict(scope, TradingState.HALTED, "lunch")
    found = seat.denial("HALTED", buy("100", limit="100", strategy="sma"))
    assert (found.value, found.limit, found.scope) == ("HALTED", "ACTIVE", scope)
    assert "lunch" in found.message


@pytest.mark.parametrize("scope", ["account:OTHER", "instrument:MSFT", "strategy:other"])
def test_a_scope_that_does_not_cover_the_order_leaves_it_alone(seat: Seat, scope: str) -> None:
    seat.restrict(scope, TradingState.HALTED)
    assert seat.codes(buy("100", limit="100", strategy="sma")) == []


def test_the_strictest_scope_wins_and_is_named(seat: Seat) -> None:
    seat.restrict("account:PAPER", TradingState.REDUCING)
    seat.restrict("instrument:AAPL", TradingState.HALTED)
    assert seat.denial("HALTED", buy("100", limit="100")).scope == "instrument:AAPL"


def test_reducing_takes_orders_that_only_reduce(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.restrict("desk", TradingState.REDUCING)
    assert seat.codes(sell("100", limit="100")) == []
    found = seat.denial("TRADING_STATE", buy("1", limit="100"))
    assert (found.value, found.limit, found.scope) == ("REDUCING", "ACTIVE", "desk")


def test_an_order_that_would_pass_zero_does_not_reduce(seat: Seat) -> None:
    seat.hold("AAPL", "-100")
    seat.restrict("desk", TradingState.REDUCING)
    assert seat.codes(buy("100", limit="100")) == []
    assert "TRADING_STATE" in seat.codes(buy("101", limit="100"))


def test_two_exits_that_together_pass_zero_do_not_both_reduce(seat: Seat) -> None:
    seat.hold("AAPL", "-100")
    seat.restrict("desk", TradingState.REDUCING)
    seat.send(buy("60", limit="90"))
    assert seat.codes(buy("40", limit="100")) == []
    assert "TRADING_STATE" in seat.codes(buy("41", limit="100"))


def test_where_the_broker_holds_less_than_we_believe_only_that_much_reduces(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.tell(f.BreakFound(1, "position", ACCOUNT, "AAPL", "100", "40"))
    seat.restrict("instrument:AAPL", TradingState.REDUCING)
    assert seat.codes(sell("40", limit="100")) == []
    assert seat.denial("SELL_EXCEEDS_POSITION", sell("41", limit="100")).limit == "40"
    assert "TRADING_STATE" in seat.codes(sell("41", limit="100"))


def test_while_halted_a_reducing_order_placed_by_hand_passes_and_an_algos_does_not(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.restrict("desk", TradingState.HALTED)
    assert seat.codes(sell("100", stop="95")) == []
    assert seat.codes(sell("100", limit="100", origin="algo")) == ["HALTED"]
    assert "HALTED" in seat.codes(buy("1", limit="100"))


def test_while_a_kill_is_still_at_work_not_even_a_reducing_order_passes(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.tell(f.KillPulled(1, "ann", "test", "no", ()))
    assert seat.denial("HALTED", sell("100", limit="100")).scope == "kill"
    seat.tell(f.KillPhase(1, "done"))
    assert seat.codes(sell("100", limit="100")) == []
    assert "HALTED" in seat.codes(buy("100", limit="100"))


def test_while_halted_no_order_is_replaced(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    working = seat.send(sell("100", limit="105"))
    seat.restrict("desk", TradingState.HALTED)
    assert seat.codes(sell("50", limit="105"), working) == ["HALTED"]


# --- limits, reconciliation, journal ----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [spec.key for spec in LIMIT_SPECS])
def test_what_only_reduces_is_refused_for_an_absent_limit_that_it_is_held_to_and_no_other(seat: Seat, key: str) -> None:
    texts = seat.state.limits.as_texts()
    del texts[key]
    seat.hold("AAPL", "100")
    seat.tell(f.LimitsLoaded("hash", texts))
    assert ("LIMIT_MISSING" in seat.codes(sell("100", limit="100"))) is (key in HELD_WHILE_REDUCING)
    assert "LIMIT_MISSING" in seat.codes(sell("100", "MSFT", limit="100")), "it opens a short, or is nothing"
    assert "LIMIT_MISSING" in seat.codes(buy("1", limit="100"))


def test_the_limits_that_hold_for_reducing_are_those_of_the_checks_that_do() -> None:
    """Short sales apart, which never reduce; and without ages no price is fresh."""
    checked = {key for line in CATALOG if not line.passes.startswith("reducing") for key in line.keys}
    ages = {spec.key for spec in LIMIT_SPECS if "quote_age" in spec.key} | {"risk.feed_heartbeat_s"}
    assert checked - {"risk.require_locate", "risk.short_sale_rule"} | ages == HELD_WHILE_REDUCING


@pytest.mark.parametrize("key", [spec.key for spec in LIMIT_SPECS])
def test_an_absent_limit_refuses_every_order_and_names_its_key(seat: Seat, key: str) -> None:
    texts = seat.state.limits.as_texts()
    del texts[key]
    seat.tell(f.LimitsLoaded("hash", texts))
    found = seat.denial("LIMIT_MISSING", buy("1", limit="100"))
    assert found.value == key
    assert key in found.message


@pytest.mark.parametrize("key", [spec.key for spec in LIMIT_SPECS if spec.may_be_off])
def test_a_limit_that_is_off_refuses_nothing(seat: Seat, key: str) -> None:
    seat.tell(f.LimitsLoaded("hash", {**seat.state.limits.as_texts(), key: "off"}))
    assert seat.codes(buy("100", limit="100")) == []


def test_no_order_goes_out_before_the_broker_was_asked(seat: Seat) -> None:
    seat.tell(f.BrokerDown("paper", "reset"))
    found = seat.denial("NOT_RECONCILED", buy("1", limit="100"))
    assert (found.value, found.limit, found.scope) == ("no", "yes", ACCOUNT)


def test_an_account_that_is_not_open_is_refused(seat: Seat) -> None:
    found = seat.denial("UNKNOWN_ACCOUNT", msgspec.structs.replace(buy("1", limit="100"), account="U999"))
    assert (found.value, found.limit) == ("U999", ACCOUNT)


def test_nothing_goes_out_while_the_journal_is_down(seat: Seat) -> None:
    seat.tell(f.JournalWentDown("disk full"))
    assert seat.codes(buy("1", limit="100")) == ["JOURNAL_DOWN"]
    seat.tell(f.JournalCameBack())
    assert seat.codes(buy("1", limit="100")) == []


# --- instrument, session, broker --------------------------------------------------------------------------------------


def test_a_symbol_outside_the_universe_is_refused_without_a_word_about_its_price(seat: Seat) -> None:
    assert seat.codes(buy("1", "GME", limit="100")) == ["UNKNOWN_INSTRUMENT"]


def test_an_instrument_in_a_currency_without_a_rate_is_refused(seat: Seat) -> None:
    seat.quote("SAP", "99.99", "100.01")
    found = seat.denial("NO_RATE", buy("1", "SAP", limit="100"))
    assert (found.value, found.limit, found.scope) == ("EUR", "a rate to USD", ACCOUNT)


def test_a_closed_session_refuses_in_the_calendars_own_words(seat: Seat) -> None:
    seat.closed = "XNYS opens 2023-11-15 14:30 UTC"
    assert seat.denial("SESSION_CLOSED", buy("1", limit="100")).message == seat.closed


@pytest.mark.parametrize(
    ("lacking", "request_", "value"),
    [
        ({"ord_types": frozenset({OrdType.LIMIT})}, buy("1"), "market"),
        (
            {"times_in_force": frozenset({TimeInForce.DAY})},
            buy("1", limit="100", time_in_force=TimeInForce.GTC),
            "gtc",
        ),
        ({"asset_classes": frozenset()}, buy("1", limit="100"), "equity"),
    ],
)
def test_what_the_broker_does_not_take_is_refused_with_what_it_takes(
    seat: Seat, lacking: dict[str, Any], request_: OrderRequest, value: str
) -> None:
    seat.broker = msgspec.structs.replace(BROKER, **lacking)
    found = seat.denial("NOT_SUPPORTED", request_)
    assert found.value == value
    assert found.limit == ",".join(member.value for member in next(iter(lacking.values())))


def test_an_algorithm_of_the_broker_s_is_one_that_it_has_and_works_what_is_for_now(seat: Seat) -> None:
    wanted = buy("1", limit="100", via="adaptive:patient")
    found = seat.denial("NOT_SUPPORTED", wanted)
    assert (found.value, found.limit) == ("adaptive", "none")
    seat.broker = msgspec.structs.replace(BROKER, algos=("adaptive", "twap"))
    assert "NOT_SUPPORTED" not in seat.codes(wanted)
    assert seat.denial("NOT_SUPPORTED", buy("1", limit="100", via="helix")).limit == "adaptive,twap"
    waits = buy("1", stop="101", via="twap")
    assert seat.denial("NOT_SUPPORTED", waits).value == "stop"


# --- order form -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ord_type", "limit_px", "stop_px", "value"),
    [
        (OrdType.MARKET, "100", None, "limit_px given"),
        (OrdType.MARKET, None, "100", "stop_px given"),
        (OrdType.LIMIT, None, None, "limit_px missing"),
        (OrdType.LIMIT, "100", "100", "stop_px given"),
        (OrdType.STOP, None, None, "stop_px missing"),
        (OrdType.STOP, "100", "100", "limit_px given"),
        (OrdType.STOP_LIMIT, None, "100", "limit_px missing"),
        (OrdType.STOP_LIMIT, "100", None, "stop_px missing"),
    ],
)
def test_prices_that_do_not_belong_to_the_type_are_refused(
    seat: Seat, ord_type: OrdType, limit_px: str | None, stop_px: str | None, value: str
) -> None:
    request = OrderRequest(
        ACCOUNT,
        "AAPL",
        Side.BUY,
        Decimal(1),
        ord_type,
        Decimal(limit_px) if limit_px else None,
        Decimal(stop_px) if stop_px else None,
    )
    found = seat.denial("ORDER_FORM", request)
    assert (found.value, found.limit, found.scope) == (value, ord_type.value, "AAPL")


@pytest.mark.parametrize("tif", [TimeInForce.OPG, TimeInForce.CLS])
def test_a_market_that_neither_opens_nor_closes_takes_no_auction_orders(seat: Seat, tif: TimeInForce) -> None:
    assert seat.denial("TIME_IN_FORCE", buy("1", limit="100", time_in_force=tif)).value == tif.value


def test_a_stop_that_the_broker_lacks_is_none_of_its_business(seat: Seat) -> None:
    seat.broker = msgspec.structs.replace(BROKER, ord_types=frozenset({OrdType.LIMIT, OrdType.MARKET}))
    assert seat.codes(buy("1", stop="101")) == []


def test_gtd_has_an_end_and_nothing_else_has_one(seat: Seat) -> None:
    assert seat.denial("ORDER_FORM", buy("1", limit="100", time_in_force=TimeInForce.GTD)).value == "no time"
    assert seat.denial("ORDER_FORM", buy("1", limit="100", expire_ns=2**60)).value == "a time"


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_a_stop_can_not_be_immediate(seat: Seat, tif: TimeInForce) -> None:
    assert seat.denial("ORDER_FORM", buy("1", stop="101", time_in_force=tif)).value == tif.value
    assert seat.codes(buy("1", limit="101", time_in_force=tif)) == []


@pytest.mark.parametrize("extra", [{"display_qty": Decimal(10)}])
def test_what_would_silently_be_dropped_on_the_way_to_the_broker_is_refused(seat: Seat, extra: dict[str, Any]) -> None:
    assert seat.denial("ORDER_FORM", buy("100", limit="100", **extra)).value == f"{next(iter(extra))} given"


@pytest.mark.parametrize("qty", ["20", "30", "5000"])
def test_quantities_on_the_lot_within_min_and_max_pass(seat: Seat, qty: str) -> None:
    assert seat.codes(buy(qty, "NICKEL", limit="20.00")) == []


@pytest.mark.parametrize(
    ("qty", "code", "limit"),
    [
        ("25", "LOT_SIZE", "10"),
        ("20.5", "LOT_SIZE", "10"),
        ("0", "LOT_SIZE", "10"),
        ("-20", "LOT_SIZE", "10"),
        ("10", "MIN_QTY", "20"),
        ("5010", "MAX_QTY", "5000"),
    ],
)
def test_quantities_off_the_lot_or_beyond_min_and_max_are_refused(seat: Seat, qty: str, code: str, limit: str) -> None:
    found = seat.denial(code, buy(qty, "NICKEL", limit="20.00"))
    assert (found.value, found.limit, found.scope) == (qty, limit, "NICKEL")


@pytest.mark.parametrize("px", ["20.01", "20.049", "0", "-20"])
def test_prices_off_the_tick_or_not_above_zero_are_refused(seat: Seat, px: str) -> None:
    found = seat.denial("TICK_SIZE", buy("20", "NICKEL", limit=px))
    assert (found.value, found.limit, found.scope) == (px, "0.05", "NICKEL")
    assert "limit price" in found.message
    assert "stop price" in seat.denial("TICK_SIZE", buy("20", "NICKEL", stop=px)).message


@pytest.mark.parametrize("odd", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("where", ["qty", "limit_px", "stop_px"])
def test_a_number_that_is_none_is_refused_and_never_compared(seat: Seat, odd: str, where: str) -> None:
    request = msgspec.structs.replace(buy("1", limit="100", stop="99"), **{where: Decimal(odd)})
    assert [d.code for d in seat.denials(request)] == ["ORDER_FORM"]
    assert seat.denials(request)[0].value == odd


# --- side -------------------------------------------------------------------------------------------------------------


def test_a_sale_up_to_the_position_less_working_sales_passes_and_one_more_does_not(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.send(sell("30", limit="105"))
    assert seat.codes(sell("70", limit="100")) == []
    found = seat.denial("SELL_EXCEEDS_POSITION", sell("71", limit="100"))
    assert (found.value, found.limit, found.scope) == ("71", "70", "AAPL")
    assert "short" in found.message


@pytest.mark.parametrize("held", ["0", "-50"])
def test_a_sale_without_a_position_is_refused_with_limit_zero(seat: Seat, held: str) -> None:
    seat.hold("AAPL", held)
    assert seat.denial("SELL_EXCEEDS_POSITION", sell("1", limit="100")).limit == "0"


def test_a_short_sale_is_its_own_verb_for_accounts_that_may(seat: Seat) -> None:
    assert seat.codes(short("100", limit="100")) == []
    seat.broker = msgspec.structs.replace(BROKER, short=False)
    found = seat.denial("SHORT_NOT_ALLOWED", short("100", limit="100"))
    assert (found.value, found.limit) == ("short", "long only")


def test_what_is_long_is_sold_before_it_is_shorted(seat: Seat) -> None:
    seat.hold("AAPL", "5")
    assert seat.denial("SHORT_WHILE_LONG", short("10", limit="100")).value == "5"


def test_a_short_may_grow(seat: Seat) -> None:
    seat.hold("AAPL", "-5")
    assert seat.codes(short("10", limit="100")) == []


def test_reduce_only_takes_no_more_than_the_position_less_what_closes_it_already(seat: Seat) -> None:
    seat.hold("AAPL", "-100")
    seat.send(buy("30", limit="90"))
    assert seat.codes(buy("70", limit="100", reduce_only=True)) == []
    found = seat.denial("REDUCE_ONLY", buy("71", limit="100", reduce_only=True))
    assert (found.value, found.limit) == ("71", "70")
    assert seat.denial("REDUCE_ONLY", short("1", limit="100", reduce_only=True)).limit == "0"
