"""A basket in the console: a file staged, looked at, released up the ladder, followed and cancelled."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.inputs import CancelOrders, CancelSelector, ControlBasket, ReleaseBasket, StageBasket
from engine.views import BasketCheck, BasketLineCheck, BasketLineRow, BasketRow, CommandResult, Denial, DeskView
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY

D = Decimal
HARD = Denial("MAX_POSITION_PCT", "0.124", "0.10", "AAPL", "position too large")
LINES = ("buy 100 AAPL lmt 190.50 day @SIM-1 #am", "sell 50 IBM lmt 182.20 day @SIM-1 #am")


Files = Callable[[str, str], None]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Write files into the folder that the console works in."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text)

    return write


def basket(status: str = "STAGED", **more: Any) -> BasketRow:
    lines = tuple(BasketLineRow(no, line, None, "") for no, line in enumerate(LINES, 2))
    row = BasketRow(1, "am", status, "ann", "ab" * 32, 1, 0, 0, "", 0, 0, 2, 0, lines)
    return msgspec.structs.replace(row, **more)


def check(*denials: Denial, **more: Any) -> BasketCheck:
    first = BasketLineCheck(2, LINES[0], D("19050.00"), D(0), D(100), denials)
    second = BasketLineCheck(3, LINES[1], D("9110.00"), D(500), D(450), ())
    found = BasketCheck((first, second), 1 if denials else 2, D("19050.00"), D("9110.00"), (), 0)
    return msgspec.structs.replace(found, **more)


def with_basket(row: BasketRow) -> DeskView:
    return msgspec.structs.replace(BUSY, baskets=(row,))


async def looking(c: Console, found: BasketCheck, row: BasketRow | None = None) -> None:
    c.desk.on_basket = found
    await c.show(with_basket(row or basket()))
    await c.command("basket am")
    await c.press("enter")
    await c.pilot.pause()


def released(c: Console) -> list[ReleaseBasket]:
    return [command for command in c.desk.commands if isinstance(command, ReleaseBasket)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_row_shows_its_worth_its_verdict_and_the_position_after_it(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        await looking(c, check(HARD))
        text = c.text()
        for part in ("STAGED", "buys 19,050.00", "sells 9,110.00", "net +9,940.00", "total 28,160.00"):
            assert part in text
        assert "✗ buy 100 AAPL lmt 190.50 day" in text
        assert "MAX_POSITION_PCT: value=0.124 limit=0.10 scope=AAPL" in text
        assert "9,110.00        500 → 450" in text
        assert "1 of 2 refused" in text


async def test_it_is_released_by_one_y_and_nothing_less() -> None:
    async with console(BUSY) as c:
        await looking(c, check())
        await c.press("r", "enter", "r", "y")
        assert released(c) == [], "what was typed before the box opened is dropped"
        c.clock.wait(400)
        await c.press("enter")
        assert released(c) == []
        await c.press("r")
        c.clock.wait(400)
        await c.press("y")
        assert [(one.target, one.accept_soft, one.skip_refused, one.again) for one in released(c)] == [
            (1, False, False, False)
        ]


async def test_a_large_one_and_a_second_time_ask_for_a_word() -> None:
    for more, word in (({"word_for": "21 orders at once"}, "RELEASE"), ({"twin": "am", "twin_ns": 1}, "AGAIN")):
        async with console(BUSY) as c:
            await looking(c, check(**more))
            await c.press("r")
            assert f" {word} " in c.text()
            c.clock.wait(400)
            await c.press("y", "enter")
            assert released(c) == []
            await c.press("r")
            c.clock.wait(400)
            await c.press(*word, "enter")
            assert [one.again for one in released(c)] == [word == "AGAIN"]


async def test_refused_rows_keep_it_back_and_o_releases_the_others() -> None:
    async with console(BUSY) as c:
        await looking(c, check(HARD))
        await c.press("r")
        c.clock.wait(400)
        await c.press("y")
        assert released(c) == []
        await c.press("o")
        c.clock.wait(400)
        await c.press(*"RELEASE", "enter")
        assert [one.skip_refused for one in released(c)] == [True]


async def test_it_is_followed_and_cancelled_as_one() -> None:
    async with console(BUSY, (80, 24)) as c:
        lines = (BasketLineRow(2, LINES[0], 14, ""), BasketLineRow(3, LINES[1], None, ""))
        await looking(c, check(), basket("RELEASING", released_ns=5, sent=1, unsent=1, lines=lines))
        assert "1/2 · 1 sent · 1 to go" in c.text()
        assert "to go" in c.row_of("sell 50 IBM")
        await c.press("x")
        c.clock.wait(400)
        await c.press("y")
        (cancel,) = [command for command in c.desk.commands if isinstance(command, CancelOrders)]
        assert cancel.selector == CancelSelector(basket=1)
        await c.press("s")
        assert [command.action for command in c.desk.commands if isinstance(command, ControlBasket)] == ["stop"]
        await c.show(with_basket(basket("STOPPED", released_ns=5, sent=1, unsent=1, lines=lines, reason="HALTED")))
        assert "NOT SENT" in c.row_of("sell 50 IBM")
        await c.press("escape")
        assert "NOT SENT" not in c.text()


async def test_a_file_is_read_staged_and_shown(files: Files) -> None:
    files("am.csv", "side,qty,symbol,px\nbuy,100,aapl,190.50\nsell,50,ibm,182.20\n")
    async with console(BUSY) as c:
        c.desk.on_basket = check()
        c.desk.on_send = lambda command: CommandResult(True, "basket am staged: 2 orders", (1,))
        await c.command("basket am.csv")
        c.desk.show(with_basket(basket()))
        await c.press("enter")
        await c.until("STAGED")
        (staged,) = [command for command in c.desk.commands if isinstance(command, StageBasket)]
        assert (staged.name, [item.row for item in staged.items], staged.user) == ("am", [2, 3], "ann")


async def test_a_file_with_a_mistake_is_not_staged_and_says_where(files: Files) -> None:
    files("am.csv", "side,qty,symbol,px\nbuy,100,aapl,190.50\nsell,50,ibm,dear\n")
    async with console(BUSY, (80, 24)) as c:
        await c.command("basket am.csv")
        await c.press("enter")
        await c.until("nothing was staged")
        assert "row 3" in c.text()
        assert "px: 'dear' is no price" in c.text()
        assert not c.desk.commands


async def test_a_file_that_is_not_there_is_said(files: Files) -> None:
    async with console(BUSY) as c:
        await c.command("basket none.csv")
        await c.press("enter")
        await c.until("No such file")
        await c.command("basket")
        await c.press("enter")
        await c.until("no basket today")
