"""Some seconds of the monkey, and whether its own eyes are open: a wrong cell, number or slope must not pass."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pyte
import pytest

from tests.monkey.keys import Monkey
from tests.monkey.memory import slope
from tests.monkey.run import Run
from tests.monkey.scrape import wrong_cells, wrong_numbers

SECONDS = 8.0


@pytest.mark.timeout(300)
def test_random_keys_and_resizes_leave_no_exception_and_no_wrong_cell(home: Path) -> None:
    run = Run(home, seed=7, symbols=30, orders=60)
    try:
        run.play(SECONDS)
    finally:
        run.close()
    print(f"\n{run.count}")
    assert run.count["looks"] >= 2
    assert run.count["cells"] > 1000


def test_equal_seeds_do_the_same() -> None:
    assert list(islice(Monkey(3, 50).actions(), 300)) == list(islice(Monkey(3, 50).actions(), 300))
    assert list(islice(Monkey(3, 50).actions(), 300)) != list(islice(Monkey(4, 50).actions(), 300))


def test_a_monkey_that_stays_does_not_ask_to_leave() -> None:
    monkey = Monkey(3, 50)
    assert [action for action in islice(monkey.actions(), 2000) if action.keys == b"q"]
    monkey = Monkey(3, 50)
    monkey.leaves = False
    assert not [action for action in islice(monkey.actions(), 2000) if b"q" in action.keys]


def shown(text: str) -> pyte.Screen:
    screen = pyte.Screen(12, 2)
    pyte.Stream(screen).feed(text)
    return screen


STILL = {
    "size": [12, 2],
    "rows": [
        [["SYM001", "ff0000", "default", "b"], ["   +25", None, "default", ""]],
        [[" " * 12, None, "default", ""]],
    ],
    "tables": [
        {"pane": "positions", "region": [0, -1, 12, 3], "left": 0, "columns": [["symbol", 0, 6], ["qty", 7, 5]]}
    ],
}
RIGHT = "\x1b[1;38;2;255;0;0mSYM001\x1b[0m   +25"


def test_a_screen_as_drawn_is_right() -> None:
    assert wrong_cells(STILL, shown(RIGHT)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        RIGHT.replace("25", "26"),
        RIGHT.replace("255;0;0", "254;0;0"),
        RIGHT.replace("\x1b[1;", "\x1b["),
        RIGHT + "x",
        "\x1b[44m" + RIGHT,
    ],
    ids=["a digit", "a colour", "the weight", "a cell too many", "a background"],
)
def test_one_wrong_cell_is_seen(wrong: str) -> None:
    assert wrong_cells(STILL, shown(wrong))


def test_a_quantity_that_the_desk_does_not_have_is_seen() -> None:
    rows = list(shown(RIGHT).display)
    assert wrong_numbers(STILL, rows, [], [{"symbol": "SYM001", "qty": "25"}]) == []
    assert wrong_numbers(STILL, rows, [], [{"symbol": "SYM001", "qty": "24"}])
    assert wrong_numbers(STILL, rows, [], [])


def test_a_slope_is_told_from_noise() -> None:
    noise = [(float(at), 100 + (at * 7 % 5)) for at in range(400)]
    flat = slope(noise)
    assert abs(flat.mb_per_hour) < flat.margin
    grows = slope([(at, size + at / 100) for at, size in noise])  # 36 MB an hour
    assert abs(grows.mb_per_hour - 36) < grows.margin < 18
