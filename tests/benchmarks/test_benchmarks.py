"""The benchmarks stay runnable: they are found, their desk trades, their table says what is over budget."""

from __future__ import annotations

from itertools import islice

import pytest

from tests.benchmarks.__main__ import benchmarks
from tests.benchmarks.memory_desk import MemoryDesk, marketable
from tests.benchmarks.result import Result, print_results


def test_every_module_with_a_run_is_a_benchmark_and_nothing_else_is() -> None:
    found = benchmarks()
    assert {"durable_path", "journal", "kill", "order_path", "paper_matching", "quote_cache", "stall"} <= set(found)
    assert not {"result", "memory_desk", "desk_child", "grid_child"} & set(found)


@pytest.mark.parametrize("run", [1, 16])
def test_the_memory_desk_fills_every_order_with_all_checks_on(run: int) -> None:
    desk = MemoryDesk(("IBM", "SPY"))
    requests = marketable(("IBM", "SPY"), run)
    for _ in range(4):
        desk.quote()
        desk.trade(islice(requests, 4 * run))
    desk.check_flat(16 * run)


def test_the_table_says_what_is_over_budget(capsys: pytest.CaptureFixture[str]) -> None:
    print_results(
        [
            Result("cheap", 24.9, "us", 1.2, 25.0, peers="others 156"),
            Result("dear", 26.0, "us", None, 25.0),
            Result("slow", 90_000, "bars/s", None, 130_000, more_is_better=True),
        ]
    )
    cheap, dear, slow = capsys.readouterr().out.splitlines()[1:]
    assert [part.strip() for part in cheap.split("|")] == ["cheap", "24.9 us", "1.2 us", "25 us", "others 156"]
    assert dear.endswith("OVER BUDGET")
    assert "90,000 bars/s" in slow
    assert slow.endswith("OVER BUDGET")
