"""Quitting, and a console that may only look."""

from __future__ import annotations

import msgspec
import pytest
from textual.events import Key

from engine.model.enums import OrdStatus
from tests.support.console_app import console
from tests.support.desk_views import BUSY, EMPTY, HALTED, ORDERS, changed
from tests.support.previews import preview


@pytest.mark.parametrize(("key", "choice"), [("l", "leave"), ("c", "cancel"), ("h", "headless")])
async def test_q_asks_what_to_do_with_what_is_working(key: str, choice: str) -> None:
    async with console(BUSY) as c:
        await c.press("q")
        text = c.text()
        assert "5 working orders   2 algos   4 positions" in text
        c.clock.wait(400)
        await c.press(key)
        await c.pilot.pause()
        assert c.app.return_value == choice


@pytest.mark.parametrize("key", ["escape", "n", "enter", "q"])
async def test_leaving_is_never_an_accident(key: str) -> None:
    async with console(BUSY) as c:
        await c.press("q")
        c.clock.wait(400)
        await c.press(key)
        await c.pilot.pause()
        assert c.app.is_running
        assert c.app.return_value is None


async def test_a_key_typed_too_early_does_not_leave() -> None:
    async with console(BUSY) as c:
        await c.press("q", "c")
        assert c.app.return_value is None
        assert "Leave the desk" in c.text()


async def test_orders_that_die_with_the_desk_are_named() -> None:
    held = msgspec.structs.replace(ORDERS[0], status=OrdStatus.HELD)
    async with console(changed(BUSY, orders=(held, *ORDERS[1:]))) as c:
        await c.press("q")
        assert "1 LOCAL orders die with the desk" in c.text()


async def test_quitting_an_idle_desk_says_that_nothing_is_working() -> None:
    async with console(EMPTY) as c:
        await c.press("q")
        assert "Nothing is working." in c.text()


async def test_quit_can_be_typed() -> None:
    async with console(BUSY) as c:
        await c.command("quit")
        await c.press("enter")
        await c.pilot.pause()
        assert "Leave the desk" in c.text()


async def test_a_read_only_console_sends_nothing() -> None:
    async with console(BUSY, read_only=True) as c:
        c.desk.on_preview = preview()
        assert "READ-ONLY" in c.rows()[0]
        await c.press("2", "c", "4", "p", "a")
        await c.command("buy 100 ibm lmt 182.20")
        assert "read-only" in c.text()
        await c.press("enter")
        await c.pilot.pause()
        assert c.desk.commands == []


async def test_a_read_only_console_can_still_kill() -> None:
    async with console(BUSY, read_only=True) as c:
        await c.press("f12")
        assert c.desk.kills == [("console", "kill key", "grace")]
        await c.show(HALTED)
        await c.press("k")
        assert len(c.desk.commands) == 1


async def test_a_look_and_a_key_that_come_while_the_app_closes_find_no_screen_and_do_nothing() -> None:
    async with console(BUSY) as c:
        app = c.app
    assert not app.screen_stack
    app._keys_typed.append(Key("c", "c"))
    await app._next_key()
    await app.poll()
    assert not app._keys_typed
    assert c.desk.commands == []
