"""Lines of the algos: the parent order that each becomes, and how a running one is supervised."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.inputs import AlgoChange, AlgoSpec, ControlAlgo, LaunchAlgo
from tests.console.grammar.desk import NOW_NS
from tests.console.grammar.lines import BUY, SECOND, SELL, at, parse, spec


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("twap sell 5000 ibm 10:30-11:30 slices 7", spec(SELL, "5000", "IBM", at(10, 30), at(11, 30), slices=7)),
        (
            "twap sell 5000 msft 10:30-11:30 cap 10%",
            spec(SELL, "5000", "MSFT", at(10, 30), at(11, 30), cap=Decimal("0.1")),
        ),
        (
            "tw buy 1k spy lot 100 limit 169.999 10:30:00-11:30 #x",
            spec(BUY, "1000", "SPY", at(10, 30), at(11, 30), lot=Decimal(100), limit_px=Decimal("169.99"), tag="x"),
        ),
        ("twap buy 1000 ibm duration 30m", spec(BUY, "1000", "IBM", NOW_NS, NOW_NS + 1_800_000_000_000)),
        ("twap buy 1000 ibm 5d12h", spec(BUY, "1000", "IBM", NOW_NS, NOW_NS + 132 * 3600 * SECOND)),
        ("twap buy 1000 ibm 10:00-11:30", spec(BUY, "1000", "IBM", NOW_NS, at(11, 30))),
        ("twap sell all aapl 10:30-11:00", spec(SELL, "61", "AAPL", at(10, 30), at(11, 0))),
        ("twap buy 5k aapl 10m slices 10", spec(BUY, "5000", "AAPL", NOW_NS, NOW_NS + 600 * SECOND, slices=10)),
        (
            "twap buy 900 ibm 30m passive stay deadline 90s min 10 max 50 offset 0.2% would 180 seed 7",
            spec(
                BUY,
                "900",
                "IBM",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                style="passive",
                escalate=False,
                deadline_ns=90 * SECOND,
                min_child=Decimal(10),
                max_child=Decimal(50),
                limit_offset=Decimal("0.002"),
                would_px=Decimal("180.00"),
                seed=7,
            ),
        ),
        (
            "twap buy 900 ibm 30m jitter 20% timing 50% open 10% close 25% end cancel missed shift",
            spec(
                BUY,
                "900",
                "IBM",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                randomise_size=Decimal("0.2"),
                randomise_time=Decimal("0.5"),
                open_share=Decimal("0.1"),
                close_share=Decimal("0.25"),
                at_end="cancel",
                catch_up="shift",
            ),
        ),
        (
            "vwap sell 5000 ibm 10:30-11:30 profile 3,1,0,2.5",
            spec(
                SELL,
                "5000",
                "IBM",
                at(10, 30),
                at(11, 30),
                algo="vwap",
                profile=(Decimal(3), Decimal(1), Decimal(0), Decimal("2.5")),
            ),
        ),
        (
            "is buy 900 ibm 30m price 50 sigma 2%",
            spec(
                BUY, "900", "IBM", NOW_NS, NOW_NS + 1800 * SECOND, algo="is", price=Decimal(50), volatility=Decimal(1)
            ),
        ),
        (
            "is buy 900 ibm 30m slices 6 price 50 sigma 0.95 eta 2.5e-6 gamma 2.5e-7 epsilon 0.0625 lambda 1e-6",
            spec(
                BUY,
                "900",
                "IBM",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                algo="is",
                slices=6,
                price=Decimal(50),
                volatility=Decimal("0.95"),
                eta=Decimal("2.5e-6"),
                gamma=Decimal("2.5e-7"),
                epsilon=Decimal("0.0625"),
                risk_aversion=Decimal("1e-6"),
            ),
        ),
        (
            "is buy 900 ibm 30m price 50 drift -0.4%",
            spec(
                BUY, "900", "IBM", NOW_NS, NOW_NS + 1800 * SECOND, algo="is", price=Decimal(50), drift=Decimal("-0.2")
            ),
        ),
        (
            "is buy 900 ibm 30m drift 0.25",
            spec(BUY, "900", "IBM", NOW_NS, NOW_NS + 1800 * SECOND, algo="is", drift=Decimal("0.25")),
        ),
        (
            "vwap buy 900 ibm 30m slices 6 profile Mine",
            spec(BUY, "900", "IBM", NOW_NS, NOW_NS + 1800 * SECOND, algo="vwap", slices=6, profile_name="mine"),
        ),
        (
            "scale buy 1000 aapl from 189 to 185 steps 5 profile 1,1,2,2,3",
            spec(
                BUY,
                "1000",
                "AAPL",
                NOW_NS,
                0,
                algo="scale",
                from_px=Decimal(189),
                to_px=Decimal(185),
                slices=5,
                profile=(Decimal(1), Decimal(1), Decimal(2), Decimal(2), Decimal(3)),
            ),
        ),
        (
            "sor buy 500 aapl limit 190.5",
            spec(BUY, "500", "AAPL", NOW_NS, 0, algo="sor", limit_px=Decimal("190.5"), accounts=("PAPER2", "HEDGE")),
        ),
        (
            "sor buy 500 aapl at 190.5 via hedge 30m",
            spec(
                BUY,
                "500",
                "AAPL",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                algo="sor",
                limit_px=Decimal("190.5"),
                accounts=("HEDGE",),
            ),
        ),
        (
            "pov buy 5k aapl 30m rate 10% cap 15%",
            spec(
                BUY,
                "5000",
                "AAPL",
                NOW_NS,
                NOW_NS + 1800 * SECOND,
                algo="pov",
                participation=Decimal("0.1"),
                cap=Decimal("0.15"),
            ),
        ),
        (
            "iceberg buy 5k aapl show 200 at 189.90 delay 10s",
            spec(
                BUY,
                "5000",
                "AAPL",
                NOW_NS,
                0,
                algo="iceberg",
                display=Decimal(200),
                limit_px=Decimal("189.90"),
                delay_ns=10 * SECOND,
            ),
        ),
    ],
)
def test_an_algo_line_becomes_exactly_that_parent_order(line: str, expected: AlgoSpec) -> None:
    assert parse(line).command == LaunchAlgo(expected)


@pytest.mark.parametrize(
    ("line", "action", "rest"),
    [
        ("algo 3 resume shift", "resume", {"catch_up": "shift"}),
        ("algo resume 3 catchup", "resume", {"catch_up": "catch_up"}),
        ("algo 3 finish", "finish", {}),
        ("algo 3 manual", "manual", {}),
        (
            "algo 3 amend qty 800 limit 190.5 end 15:30",
            "amend",
            {"change": AlgoChange(qty=Decimal(800), limit_px=Decimal("190.50"), end_ns=at(15, 30))},
        ),
        (
            "algo amend 3 rate 5% cap 8% would 189 passive duration 1h",
            "amend",
            {
                "change": AlgoChange(
                    duration_ns=3600 * SECOND, participation=Decimal("0.05"), cap=Decimal("0.08"),
                    would_px=Decimal(189), style="passive",
                )
            },
        ),
        ("algo 3 repace 30m slices 5", "repace", {"change": AlgoChange(duration_ns=1800 * SECOND, slices=5)}),
    ],
)  # fmt: skip
def test_a_running_algo_is_supervised_in_one_line(line: str, action: Any, rest: dict[str, Any]) -> None:
    parsed = parse(line)
    assert parsed.command == ControlAlgo(3, action, user="ann", reason="command line", **rest)
    assert parsed.level == 1
