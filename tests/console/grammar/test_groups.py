"""Lines about orders that hang together, and orders that wait: what they become, and that their echo says the same."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from console.grammar.parsed import Parsed
from engine.inputs import PlaceGroup, PlaceOrder, ReleaseHeld
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import OrderRequest
from tests.console.grammar.desk import context
from tests.console.grammar.lines import GRAMMAR, placed, request

BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT
MARKET, LIMIT, STOP, TRAILING = OrdType.MARKET, OrdType.LIMIT, OrdType.STOP, OrdType.TRAILING_STOP
D = Decimal


def group(line: str) -> PlaceGroup:
    command = parse(line).command
    assert isinstance(command, PlaceGroup)
    return command


def parse(line: str) -> Parsed:
    return GRAMMAR.parse(line, context())


def exit_(side: Side, symbol: str, ord_type: OrdType, **more: Any) -> OrderRequest:
    return request(side, "100", symbol, ord_type, reduce_only=True, **more)


def test_tp_and_sl_make_a_bracket_whose_exits_only_reduce() -> None:
    found = group("buy 100 aapl lmt 190.50 tp 195 sl 188 gtc")
    gtc = {"time_in_force": TimeInForce.GTC}
    assert found == PlaceGroup(
        "bracket",
        (
            request(BUY, "100", "AAPL", LIMIT, limit_px="190.50", **gtc),
            exit_(SELL, "AAPL", LIMIT, limit_px="195.00", **gtc),
            exit_(SELL, "AAPL", STOP, stop_px="188.00", **gtc),
        ),
    )


def test_the_exits_of_an_immediate_entry_last_for_the_day() -> None:
    found = group("buy 100 aapl lmt 190.50 ioc sl 188")
    assert [r.time_in_force for r in found.requests] == [TimeInForce.IOC, TimeInForce.DAY]


def test_the_exits_of_a_short_are_buys() -> None:
    found = group("short 100 aapl mkt tp 180 sl trail 2%")
    assert [(r.side, r.ord_type) for r in found.requests] == [(SHORT, MARKET), (BUY, LIMIT), (BUY, TRAILING)]
    assert found.requests[2].trail_pct == D("0.02")


def test_full_makes_the_exits_wait_for_the_whole_entry() -> None:
    assert group("buy 100 aapl lmt 190 tp 195").partial
    assert not group("buy 100 aapl lmt 190 tp 195 full").partial


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("sell 100 aapl trail 0.50", {"trail_amount": D("0.50")}),
        ("sell 100 aapl trail 2% gtc", {"trail_pct": D("0.02"), "time_in_force": TimeInForce.GTC}),
        ("sell 100 aapl trail 1 trigger last", {"trail_amount": D(1), "trigger": "last"}),
    ],
)
def test_a_trailing_stop_has_its_distance(line: str, change: dict[str, Any]) -> None:
    assert placed(line) == msgspec.structs.replace(request(SELL, "100", "AAPL", TRAILING), **change)


def test_a_stop_may_be_held_against_the_last_price() -> None:
    assert placed("sell 100 aapl stop 188 trigger last").trigger == "last"


@pytest.mark.parametrize(("word", "tif"), [("opg", TimeInForce.OPG), ("cls", TimeInForce.CLS)])
def test_orders_for_the_open_and_the_close(word: str, tif: TimeInForce) -> None:
    assert placed(f"sell 100 aapl mkt {word}").time_in_force is tif


def test_gtd_takes_a_time_a_date_and_both() -> None:
    def end(text: str) -> datetime:
        expire_ns = placed(f"buy 100 aapl lmt 190 gtd {text}").expire_ns
        assert expire_ns is not None
        return datetime.fromtimestamp(expire_ns / 1e9, UTC)

    day = end("15:30").date().isoformat()
    assert end(f"{day}T15:30") == end("15:30")
    assert end("2013-10-08T20:00:00Z") == datetime(2013, 10, 8, 20, tzinfo=UTC)


def test_an_oco_takes_whole_orders_with_a_slash_between_them() -> None:
    found = group("oco sell 100 aapl lmt 195 gtc / sell 100 aapl stop 188 gtc #swing")
    assert found.contingency == "oco"
    assert [(r.side, r.ord_type, r.tag) for r in found.requests] == [(SELL, LIMIT, "swing"), (SELL, STOP, "swing")]


def test_an_oto_may_go_on_in_another_symbol() -> None:
    found = group("oto buy 100 aapl lmt 190 / short 50 tsla mkt full")
    assert (found.contingency, found.partial) == ("oto", False)
    assert [r.symbol for r in found.requests] == ["AAPL", "TSLA"]
    assert parse("oto buy 100 aapl lmt 190 / short 50 tsla mkt").level == 2


@pytest.mark.parametrize(
    "line",
    [
        "buy 100 aapl lmt 190.50 tp 195 sl 188 gtc #a @HEDGE",
        "short 100 aapl mkt tp 180 sl trail 2% full",
        "sell 100 aapl trail 0.50 trigger last ext",
        "buy 100 aapl lmt 190 gtd 2013-10-08T15:30",
        "oco sell 100 aapl lmt 195 / sell 100 aapl stop 188 / sell 100 aapl trail 3",
        "oto buy 100 aapl lmt 190 / sell 100 aapl trail 2% gtc full @HEDGE #b",
    ],
)
def test_the_echo_of_a_line_means_the_same_line(line: str) -> None:
    parsed = parse(line)
    again = parse(parsed.echo)
    assert again.command == parsed.command
    assert again.echo == parsed.echo
    assert isinstance(parsed.command, PlaceGroup | PlaceOrder)


def test_release_names_a_held_order_and_asks_for_a_y() -> None:
    parsed = parse("release 14")
    assert parsed.command == ReleaseHeld(14, "ann")
    assert parsed.level == 2


def test_reverse_closes_and_opens_the_same_the_other_way() -> None:
    parsed = parse("reverse foxa #turn")
    assert parsed.command == PlaceGroup(
        "oto",
        (
            request(SELL, "1", "FOXA", MARKET, reduce_only=True, tag="turn"),
            request(SHORT, "1", "FOXA", MARKET, tag="turn"),
        ),
        partial=False,
    )
    assert (parsed.level, parsed.why) == (2, "turns 1 FOXA into -1 at the market")
    assert parse(parsed.echo).command == parsed.command
    bought = group("reverse tsla").requests
    assert [(r.side, r.qty, r.reduce_only) for r in bought] == [(BUY, D(200), True), (BUY, D(200), False)]
