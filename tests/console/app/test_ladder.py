"""The ladder of confirmations key by key, with time, focus, size, fills and boxes between question and answer."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TypeVar

import msgspec
import pytest
from textual.events import AppBlur, AppFocus

from console.screens.boxes import BoxScreen, DetailBox, WordBox, YesBox
from engine.inputs import ControlAlgo, PlaceOrder
from engine.model.enums import Side
from engine.model.order import OrderRequest
from engine.views import CommandResult, Denial, OrderResult
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, HALTED
from tests.support.previews import SOFT, preview

BUY = "buy 100 ibm lmt 182.20"
SMALL = (80, 24)
BoxT = TypeVar("BoxT", bound=BoxScreen[bool])
OTHER = Denial("MAX_SECTOR_PCT", "0.31", "0.30", "Technology", "31 % of equity in one sector", soft=True)


async def ask(c: Console, line: str = BUY) -> YesBox:
    """A level 2 question, on the screen and past its dead time."""
    c.desk.on_preview = c.desk.on_preview or preview(SOFT)
    await c.command(line)
    await c.press("enter")
    return await opened(c, YesBox)


async def opened(c: Console, kind: type[BoxT]) -> BoxT:
    """The box, on the screen and past its dead time."""
    await c.wait_for(lambda: isinstance(c.app.screen, kind) and c.app.screen.in_sight, "the box")
    c.clock.wait(400)
    box = c.app.screen
    assert isinstance(box, kind)
    return box


async def resize(c: Console, width: int, height: int) -> None:
    await c.pilot.resize_terminal(width, height)
    await c.wait_for(lambda: c.app.screen.size == (width, height), "the new size")
    await c.pilot.pause(0.05)


async def sends(c: Console, count: int) -> None:
    await c.wait_for(lambda: len(c.desk.commands) >= count, f"{count} commands")
    assert len(c.desk.commands) == count


async def ask_word(c: Console, line: str = "flat all") -> WordBox:
    await c.command(line)
    await c.press("enter")
    return await opened(c, WordBox)


async def test_a_key_that_waited_while_the_screen_was_busy_counts_from_when_it_was_pressed() -> None:
    late = [0]
    async with console(BUSY, loop_clock=lambda: time.monotonic_ns() + late[0]) as c:
        await ask(c)
        late[0] = 150_000_000  # pressed at most 250 ms after the box was there, heard 400 ms after
        await c.press("y")
        await c.pilot.pause()
        assert c.desk.commands == []
        assert "not heard: wait a second" in c.text()


async def test_a_y_that_came_too_early_and_is_held_down_never_confirms() -> None:
    async with console(BUSY) as c:
        box = await ask(c)
        c.clock.now -= 200_000_000
        await c.press("y")  # too early
        c.clock.wait(660)  # as long as a terminal waits before it repeats a key
        for _ in range(30):
            await c.press("y")
            c.clock.wait(33)
        assert c.app.screen is box
        assert c.desk.commands == []
        await c.press("n")  # too close behind the last one, so not heard either
        c.clock.wait(300)
        await c.press("y")
        await sends(c, 1)


async def test_focus_and_size_that_change_begin_the_dead_time_anew() -> None:
    async with console(BUSY) as c:
        box = await ask(c)
        c.app.post_message(AppBlur())
        await c.pilot.pause()
        c.app.post_message(AppFocus())
        await c.pilot.pause()
        await c.press("y")
        assert c.desk.commands == []
        c.clock.wait(1_100)
        await resize(c, 100, 30)
        await c.press("y")
        assert c.desk.commands == []
        await resize(c, 60, 12)
        c.clock.wait(2_000)
        await c.press("y", "enter")
        assert c.app.screen is box  # there is no room to see what is asked
        assert c.desk.commands == []
        await resize(c, *SMALL)
        c.clock.wait(1_100)
        await c.press("y")
        await sends(c, 1)


@pytest.mark.parametrize("keys", [("enter",), ("escape",)])
async def test_a_box_without_room_still_closes_by_esc_and_by_nothing_else(keys: tuple[str, ...]) -> None:
    async with console(BUSY) as c:
        box = await ask_word(c)
        await resize(c, 60, 12)
        c.clock.wait(400)
        await c.type("flatten")
        await c.press(*keys)
        await c.pilot.pause()
        assert (c.app.screen is box) is (keys == ("enter",))
        assert c.desk.commands == []


async def test_a_yes_to_a_limit_is_no_yes_to_another_one_that_came_up_meanwhile() -> None:
    async with console(BUSY) as c:
        await ask(c)
        c.desk.on_preview = preview(SOFT, OTHER)
        await c.press("y")
        await c.wait_for(lambda: "not sent" in c.text(), "the refusal")
        assert c.desk.commands == []
        assert "not sent: MAX_SECTOR_PCT: value=0.31 limit=0.30 scope=Technology came up meanwhile" in c.text()
        assert c.app.desk.command_line.input.value == BUY


async def test_a_fill_that_leaves_the_order_what_it_was_does_not_stand_in_its_way() -> None:
    async with console(BUSY) as c:
        await ask(c)
        c.desk.on_preview = preview(SOFT, before=Decimal(1490))
        await c.press("y")
        await sends(c, 1)
        (sent,) = c.desk.commands
        assert isinstance(sent, PlaceOrder)
        assert (sent.request.qty, sent.request.accept_soft) == (100, True)


async def test_an_order_that_was_to_close_a_position_is_not_sent_when_a_fill_changed_the_position() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview(SOFT, before=Decimal(-100))
        await ask(c)
        c.desk.on_preview = preview(SOFT, before=Decimal(-40))
        await c.press("y")
        await c.wait_for(lambda: "not sent" in c.text(), "the refusal")
        assert c.desk.commands == []
        assert "not sent: the position changed meanwhile: -100, now -40" in c.text()


async def test_the_change_of_an_order_that_was_filled_while_it_was_asked_about_is_not_sent() -> None:
    async with console(BUSY) as c:
        row = BUSY.orders[1]
        looked = preview(SOFT)(OrderRequest("SIM-1", row.symbol, Side.BUY, Decimal(900)))
        c.desk.on_replace = lambda target, change: looked
        await ask(c, f"mod {row.id} qty 900")
        c.desk.on_replace = lambda target, change: CommandResult(ok=False, message=f"order {row.id} is FILLED")
        await c.press("y")
        await c.wait_for(lambda: "not sent" in c.text(), "the refusal")
        assert c.desk.commands == []
        assert f"not sent: order {row.id} is FILLED" in c.text()


async def test_the_ticket_asks_again_in_the_same_way() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview(SOFT)
        await c.type("ts\tibm\t\t200\tss\t181\t180.50\t\t\tg")
        await c.pilot.pause()
        c.clock.wait(400)
        await c.press("enter")
        await opened(c, YesBox)
        c.desk.on_preview = preview(SOFT, OTHER)
        await c.press("y")
        await c.wait_for(lambda: "came up meanwhile" in c.text(), "the refusal")
        assert c.desk.commands == []


async def test_a_word_is_too_late_after_ten_seconds_even_before_the_box_is_gone() -> None:
    async with console(BUSY) as c:
        await ask_word(c)
        await c.type("flatten")
        c.clock.wait(9_600)
        await c.press("enter")
        await c.pilot.pause()
        assert c.desk.commands == []


async def test_a_box_that_another_one_covers_closes_itself_and_not_the_other() -> None:
    async with console(BUSY) as c:
        word = await ask_word(c)
        cover = DetailBox("Cover", lambda view: [[("over it", "normal")]], BUSY)
        await c.app.push_screen(cover)
        c.clock.wait(11_000)
        await c.wait_for(lambda: word.is_answered, "the question to expire")
        assert c.app.screen is cover
        await c.press("escape")
        await c.wait_for(lambda: c.app.screen is c.app.desk, "the desk")
        assert word not in c.app.screen_stack
        assert c.desk.commands == []
        assert "not sent" in c.text()


async def test_an_enter_that_is_held_down_does_not_send_a_refused_line_again() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        refusal = Denial("MAX_ORDERS_S", "21", "20", "desk", "too many")
        c.desk.on_send = lambda command: OrderResult(False, None, None, None, denials=(refusal,))
        await c.command(BUY)
        await c.press("enter")
        await c.wait_for(lambda: c.app.desk.command_line.input.value == BUY and c.desk.commands, "the refused line")
        c.clock.wait(660)
        for _ in range(20):
            await c.press("enter")
            c.clock.wait(33)
        assert len(c.desk.commands) == 1
        c.clock.wait(1_100)
        await c.press("enter")
        await sends(c, 2)


async def test_a_p_that_is_held_down_pauses_and_does_not_resume() -> None:
    async with console(BUSY) as c:
        await c.press("4", "p")
        paused = tuple(msgspec.structs.replace(algo, status="PAUSED") for algo in BUSY.algos)
        await c.show(msgspec.structs.replace(BUSY, algos=paused))
        c.clock.wait(660)
        for _ in range(10):
            await c.press("p")
            c.clock.wait(33)
        assert c.desk.commands == [ControlAlgo(3, "pause", user="ann")]
        c.clock.wait(1_100)
        await c.press("p")
        assert c.desk.commands[1:] == [ControlAlgo(3, "resume", user="ann")]


async def test_what_is_asked_about_is_read_in_full_at_80_columns() -> None:
    async with console(BUSY, SMALL) as c:
        c.desk.on_preview = preview(
            *(msgspec.structs.replace(SOFT, scope=f"A_LONG_SCOPE_{n}_{'X' * 40}") for n in range(3))
        )
        box = await ask(c)
        box_rows = "\n".join(row.split("┃")[1] for row in c.text().splitlines() if row.count("┃") == 2)
        assert "…" not in box_rows
        assert all(f"A_LONG_SCOPE_{n}_{'X' * 40}" in box_rows for n in range(3))
        assert isinstance(box, BoxScreen)


async def test_f12_over_a_box_over_a_box_kills_and_answers_both_with_no() -> None:
    async with console(BUSY) as c:
        await ask_word(c)
        await c.app.push_screen(DetailBox("Cover", lambda view: [[("over it", "normal")]], BUSY))
        await c.type("flatten")
        await c.press("f12")
        await c.pilot.pause()
        assert c.desk.kills == [("console", "kill key", "grace")]
        assert c.app.screen is c.app.desk
        await c.show(HALTED)
        assert c.desk.commands == []
