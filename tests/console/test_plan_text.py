"""A plan in the shell and above the command line: chart, cost, part of the market, frontier, checks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from console import json_rows
from console.plan_text import CHART_ROWS, chart, check_lines, facts, frontier_rows, slice_rows
from engine.model.enums import Side
from engine.views import AlgoPlan, CheckRow, Denial, FrontierRow
from widgets.glyphs import ASCII, UNICODE, columns

D = Decimal
MINUTE = 60_000_000_000
LARGE = Denial("MAX_ORDER_QTY", "900", "500", "IBM", "quantity is above the fat-finger limit")
PLAN = AlgoPlan(
    "is",
    "PAPER",
    "IBM",
    Side.SELL,
    D(1000),
    ((0, D(500)), (10 * MINUTE, D(300)), (20 * MINUTE, D(200))),
    D("45.20"),
    D("310.75"),
    (LARGE,),
    ("a note",),
    D("190.05"),
    D("2.38"),
    D(90_000),
    D("0.011"),
    D("0.0321"),
    (D("0.25"), D("0.25"), D("0.5")),
    ("sigma 0.95: given",),
    (
        FrontierRow(D(0), D(40), D(400), None),
        FrontierRow(D("0.000001"), D("45.20"), D("310.75"), D("5940.1")),
    ),
    D("0.000001"),
    (CheckRow("check_price"), CheckRow("check_fat_finger", (LARGE,))),
)


def _json(**changes: Any) -> dict[str, Any]:
    return json_rows.plan(msgspec.structs.replace(PLAN, **changes))


def test_the_chart_has_a_bar_a_slice_and_a_mark_where_the_market_s_usual_share_stands() -> None:
    assert list(chart(_json(), ASCII)) == [
        "00:00:00  500  ####################|###################   50.0%",
        "00:10:00  300  ####################|###................   30.0%",
        "00:20:00  200  ################.......................|   20.0%",
    ]
    assert "|" not in "".join(chart(_json(market_shares=()), ASCII))


def test_times_are_those_of_the_exchange_with_dates_where_there_are_several() -> None:
    there = json_rows.plan(PLAN, "America/New_York")
    assert [row["at"] for row in slice_rows(there)] == ["19:00:00", "19:10:00", "19:20:00"]
    days = json_rows.plan(msgspec.structs.replace(PLAN, slices=((0, D(1)), (24 * 60 * MINUTE, D(2)))), "Asia/Tokyo")
    assert slice_rows(days) == [{"at": "1970-01-01 09:00:00", "qty": "1"}, {"at": "1970-01-02 09:00:00", "qty": "2"}]
    assert list(chart(days, ASCII))[1].startswith("1970-01-02 09:00:00  2 ")


def test_many_slices_share_bars_and_nothing_is_lost() -> None:
    many = tuple((n * MINUTE, D(n % 7 + 1)) for n in range(390))
    lines = list(chart(_json(slices=many, market_shares=()), UNICODE))
    assert len(lines) == CHART_ROWS
    assert sum(int(line.split()[1]) for line in lines) == sum(n % 7 + 1 for n in range(390))


def test_cost_participation_and_sources_are_said() -> None:
    assert list(facts(_json())) == [
        "expected cost 45.20 (2.38 bps of the arrival price 190.05), standard deviation 310.75",
        "participation 1.10%, at most 3.21% of a slice, of a usual volume of 90000",
        "  sigma 0.95: given",
    ]
    unknown = _json(cost_bps=None, expected_stdev=None, participation=None, assumptions=())
    assert list(facts(unknown)) == ["expected cost 45.20, standard deviation -"]


def test_the_frontier_marks_the_plan_s_own_point() -> None:
    assert [row[""] for row in frontier_rows(_json())] == ["", "<- this plan"]


def test_checks_that_pass_are_counted_and_the_others_named() -> None:
    assert list(check_lines(_json())) == [
        "checks of the largest child: 1 of 2 pass",
        "  fat_finger: refuse: MAX_ORDER_QTY",
        "MAX_ORDER_QTY: value=900 limit=500 scope=IBM",
    ]


def test_json_says_it_all_with_decimals_as_text() -> None:
    plan = _json()
    assert plan["checks"][0]["code"] == "MAX_ORDER_QTY"
    assert plan["child_checks"] == [
        {"check": "price", "verdict": "pass", "codes": []},
        {"check": "fat_finger", "verdict": "refuse", "codes": ["MAX_ORDER_QTY"]},
    ]
    assert plan["frontier"][1] == {
        "risk_aversion": "0.000001",
        "expected_cost": "45.20",
        "expected_stdev": "310.75",
        "half_life_s": "5940.1",
    }
    assert (plan["participation"], plan["peak_participation"], plan["cost_bps"]) == ("0.011", "0.0321", "2.38")


def test_columns_are_one_line_high_and_add_up_what_does_not_fit() -> None:
    assert columns([1.0, 4.0, 0.0, 8.0], 60, UNICODE) == "▁▄ █"
    assert columns([1.0, 1.0, 8.0, 8.0], 2, UNICODE) == "▁█"
    assert columns([1.0, 4.0, 0.0, 8.0], 60, ASCII) == ".= @"
    assert columns([], 60, ASCII) == ""
