"""Confirmation by blast radius: nothing is confirmed by habit, by a held key, or by keys typed too early."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.inputs import Book, CancelOrders, CancelSelector, Flatten, PlaceOrder, Resume
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, HALTED, STALE
from tests.support.previews import SOFT, preview

BUY = "buy 100 ibm lmt 182.20"


async def ask_amber(c: Console) -> None:
    c.desk.on_preview = preview(SOFT)
    await c.command(BUY)
    await c.press("enter")
    await c.pilot.pause()


async def test_a_soft_limit_needs_a_typed_y() -> None:
    async with console(BUSY) as c:
        await ask_amber(c)
        text = c.text()
        assert c.desk.commands == []
        assert "Are you sure?" in text
        assert "MAX_POSITION_PCT: value=0.083 limit=0.08 scope=IBM" in text
        c.clock.wait(400)
        await c.press("y")
        await c.pilot.pause()
        (sent,) = c.desk.commands
        assert isinstance(sent, PlaceOrder)
        assert sent.request.accept_soft


@pytest.mark.parametrize("key", ["enter", "space", "n", "escape"])
async def test_enter_and_space_mean_no(key: str) -> None:
    async with console(BUSY) as c:
        await ask_amber(c)
        c.clock.wait(400)
        await c.press(key)
        await c.pilot.pause()
        assert c.desk.commands == []
        assert "Are you sure?" not in c.text()
        assert "not sent" in c.text()
        assert c.app.desk.command_line.input.value == BUY


async def test_a_y_within_the_dead_time_is_dropped() -> None:
    async with console(BUSY) as c:
        await ask_amber(c)
        c.clock.wait(299)
        await c.press("y")
        assert c.desk.commands == []
        assert "Are you sure?" in c.text()
        c.clock.wait(1_099)
        await c.press("y")
        assert c.desk.commands == []  # as if it were held down
        c.clock.wait(1_100)
        await c.press("y")
        await c.pilot.pause()
        assert len(c.desk.commands) == 1


async def test_a_held_y_never_confirms() -> None:
    async with console(BUSY) as c:
        await ask_amber(c)
        for _ in range(40):
            c.clock.wait(30)
            await c.press("y")
        assert c.desk.commands == []


async def test_the_keys_of_the_desk_are_not_heard_under_a_box() -> None:
    async with console(BUSY) as c:
        await ask_amber(c)
        c.clock.wait(400)
        await c.press("a", "q", "2", ":", "f1")
        assert "Are you sure?" in c.text()
        assert c.desk.commands == []


async def test_cancel_all_needs_a_y_although_no_limit_is_touched() -> None:
    async with console(BUSY) as c:
        await c.command("cxl all")
        assert "! AMBER  Enter, then y" in c.text()
        await c.press("enter")
        assert c.desk.commands == []
        c.clock.wait(400)
        await c.press("y")
        assert c.desk.commands == [CancelOrders(CancelSelector(all=True), user="ann")]


async def test_a_short_sale_needs_a_y_and_accepts_no_soft_limit_that_was_not_shown() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.command("short 100 aapl lmt 489.30")
        await c.press("enter")
        assert c.desk.commands == []
        c.clock.wait(400)
        await c.press("y")
        (sent,) = c.desk.commands
        assert isinstance(sent, PlaceOrder)
        assert not sent.request.accept_soft


async def test_flat_all_needs_its_word() -> None:
    async with console(BUSY) as c:
        await c.command("flat all")
        await c.press("enter")
        assert "FLATTEN" in c.text()
        c.clock.wait(400)
        await c.type("flatten")
        assert c.desk.commands == []
        await c.press("enter")
        assert c.desk.commands == [Flatten(user="ann")]


async def test_resume_after_a_halt_needs_its_word() -> None:
    async with console(HALTED) as c:
        await c.command("resume reason all clear")
        await c.press("enter")
        c.clock.wait(400)
        await c.type("RESUME")
        await c.press("enter")
        assert c.desk.commands == [Resume("all clear", user="ann")]


@pytest.mark.parametrize("typed", ["", "flat", "flattenn", "yes"])
async def test_any_other_word_means_no(typed: str) -> None:
    async with console(BUSY) as c:
        await c.command("flat all")
        await c.press("enter")
        c.clock.wait(400)
        await c.type(typed)
        await c.press("enter")
        await c.pilot.pause()
        assert c.desk.commands == []
        assert "not sent" in c.text()


async def test_a_word_may_be_corrected() -> None:
    async with console(BUSY) as c:
        await c.command("flat all")
        await c.press("enter")
        c.clock.wait(400)
        await c.type("flattem")
        await c.press("backspace", "n", "enter")
        assert c.desk.commands == [Flatten(user="ann")]


async def test_a_held_enter_opens_the_box_and_confirms_nothing() -> None:
    async with console(BUSY) as c:
        await c.command("flat all")
        for _ in range(20):
            c.clock.wait(30)
            await c.press("enter")
        assert "FLATTEN" in c.text()
        assert c.desk.commands == []


async def test_the_question_expires_after_ten_seconds() -> None:
    async with console(BUSY) as c:
        await c.command("flat all")
        await c.press("enter")
        c.clock.wait(9_900)
        await c.pilot.pause(0.15)
        assert "This needs a word" in c.text()
        c.clock.wait(200)
        await c.wait_for(lambda: "This needs a word" not in c.text(), "the question to go away")
        assert c.desk.commands == []


async def test_a_booking_needs_its_word() -> None:
    async with console(BUSY) as c:
        await c.command("book dividend 24 ibm reason statement of 15 May")
        await c.press("enter")
        assert "BOOK" in c.text()
        assert c.desk.commands == []
        c.clock.wait(400)
        await c.type("BOOK")
        await c.press("enter")
        (command,) = c.desk.commands
        assert isinstance(command, Book)
        assert (command.what, command.amount, command.symbol, command.user) == ("dividend", Decimal(24), "IBM", "ann")


async def test_enter_on_a_break_says_at_80_columns_why_it_stands_and_what_can_be_done() -> None:
    async with console(STALE, (80, 24)) as c:
        await c.press("8", "enter")
        text = c.text()
        assert "Break 1: position IBM" in text
        assert "probably a fill that nothing reported: buy 60 IBM 184.21" in text
        assert "> book fill buy 60 IBM 184.21 reason TEXT" in text
