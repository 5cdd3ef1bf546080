"""Hotkeys and macros on the desk: staged unless armed, one line after the other, through every confirmation."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.hotkeys.file import HotkeyFile, HotkeySetup
from console.hotkeys.macro import Macro
from console.keymap import resolve
from console.verbs import load_grammar
from engine.inputs import ArmHotkeys, CancelOrders, DisarmHotkeys, Flatten, PlaceOrder
from engine.model.enums import Side
from engine.views import CommandResult
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, HALTED
from tests.support.previews import HARD, preview

OUT = Macro("out", ("cxl $symbol", "flat $symbol"), "f6", send=True)
JOIN = Macro("join", ("buy 100 $symbol @bid",), "f5")
SHORTEN = Macro("shorten", ("short $1 ibm lmt 200", "ack"), "f8", send=True)
SETUP = HotkeySetup(macros=(JOIN, OUT, SHORTEN))


def typed(c: Console) -> str:
    return c.app.desk.command_line.input.value


async def armed(c: Console) -> None:
    await c.command("arm")
    await c.press("enter")
    await c.pilot.pause()
    assert c.desk.commands.pop() == ArmHotkeys(tuple(m.name for m in c.app.desk.hotkeys.macros if m.send), "ann")
    await c.show(BUSY)
    await c.press("1", "home")


async def test_a_hotkey_puts_its_line_on_the_command_line_and_sends_nothing() -> None:
    async with console(BUSY, (80, 24), hotkeys=SETUP) as c:
        c.desk.on_preview = preview()
        await c.press("1", "home", "down", "f5")
        assert typed(c) == "buy 100 IBM @bid"
        await c.pilot.pause()
        assert "GREEN" in c.text()
        assert c.desk.commands == []
        await c.press("enter")
        await c.pilot.pause()
        assert [type(command) for command in c.desk.commands] == [PlaceOrder]


async def test_the_lines_of_a_macro_come_one_by_one_and_escape_drops_the_rest() -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        await c.press("1", "home", "f6")
        assert typed(c) == "cxl BAC"
        assert "macro out: line 1 of 2" in c.text()
        await c.press("enter")
        await c.pilot.pause()
        assert typed(c) == "flat BAC"
        await c.press("escape", ":")
        assert typed(c) == ""
        assert [type(command) for command in c.desk.commands] == [CancelOrders]


async def test_armed_it_goes_out_line_by_line_and_the_status_line_says_armed() -> None:
    async with console(BUSY, (80, 24), hotkeys=SETUP) as c:
        await armed(c)
        assert "ARMED" in c.rows()[0]
        await c.press("f6")
        await c.pilot.pause()
        assert [type(command) for command in c.desk.commands] == [CancelOrders, Flatten]
        assert "macro out: 2 lines sent" in c.text()


async def test_a_key_that_is_held_down_calls_it_once() -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        await armed(c)
        for _ in range(10):
            await c.press("f6")
            c.clock.wait(40)
        await c.pilot.pause()
        assert len(c.desk.commands) == 2
        c.clock.wait(1_100)
        await c.press("f6")
        await c.pilot.pause()
        assert len(c.desk.commands) == 4


async def test_the_first_refused_line_ends_it_and_what_ran_is_said() -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        await armed(c)
        c.desk.on_send = lambda command: CommandResult(not isinstance(command, CancelOrders), "no such order")
        await c.press("f6")
        await c.pilot.pause()
        assert [type(command) for command in c.desk.commands] == [CancelOrders]
        assert "macro out stopped at line 1 of 2, cxl BAC: no such order; ran: nothing" in c.text()


async def test_a_line_that_the_checks_refuse_is_not_sent() -> None:
    red = HotkeySetup(macros=(Macro("red", ("ack", "buy 100 ibm mkt", "cxl all"), "f7", send=True),))
    async with console(BUSY, hotkeys=red) as c:
        c.desk.on_preview = preview(HARD)
        await armed(c)
        await c.press("f7")
        await c.pilot.pause()
        assert not any(isinstance(command, PlaceOrder | CancelOrders) for command in c.desk.commands)
        assert "macro red stopped at line 2 of 3" in c.text()
        assert "ran: ack" in c.text()


@pytest.mark.parametrize(("answer", "sent"), [("y", 2), ("enter", 0)])
async def test_an_armed_short_still_asks_for_y(answer: str, sent: int) -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        c.desk.on_preview = preview()
        await armed(c)
        await c.command("run shorten 5")
        await c.press("enter")
        await c.pilot.pause()
        assert "Are you sure?" in c.text()
        assert c.desk.commands == []
        c.clock.wait(400)
        await c.press(answer)
        await c.pilot.pause()
        assert len(c.desk.commands) == sent
        if sent:
            assert isinstance(c.desk.commands[0], PlaceOrder)
            assert c.desk.commands[0].request.side is Side.SELL_SHORT
        else:
            assert "not confirmed; ran: nothing" in c.text()


async def test_a_key_whose_macro_needs_a_value_asks_for_it_on_the_line() -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        await c.press("f8")
        assert typed(c) == "run shorten "


async def test_while_a_line_is_typed_an_armed_key_only_puts_text_there() -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        await armed(c)
        await c.command("buy 1")
        await c.press("f6")
        assert typed(c) == "cxl BAC"
        assert c.desk.commands == []


async def test_a_halt_disarms_and_so_does_a_file_that_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "hotkeys.toml"
    file = HotkeyFile(path, resolve(), load_grammar())
    async with console(BUSY, hotkeys=HotkeySetup(file, (OUT,))) as c:
        await armed(c)
        await c.show(HALTED)
        assert not c.app.desk.hotkeys.armed
        await c.show(BUSY)
        await armed(c)
        path.write_text("[a]\ndo = 'bye'\n")
        path.chmod(0o600)
        await c.command("hotkeys reload")
        await c.press("enter")
        assert "hotkeys.toml:2: a.do: 'bye': 'bye' is no command" in " ".join(c.text().split())
        assert (c.app.desk.hotkeys.armed, [m.name for m in c.app.desk.hotkeys.macros]) == (False, ["out"])
        path.write_text("[later]\ndo = 'ack'\n")
        await c.command("hotkeys reload")
        await c.press("enter")
        await c.command("run l")
        await c.press("tab")
        assert typed(c) == "run later "


async def test_arming_and_whatever_ends_it_is_in_the_audit_trail() -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        await armed(c)
        await c.command("disarm")
        await c.press("enter")
        await armed(c)
        await c.show(HALTED)
        await c.show(BUSY)
        await armed(c)
        await c.command("hotkeys reload")
        await c.press("enter", "escape")
        await c.command("disarm")
        await c.press("enter")
        ends = [command for command in c.desk.commands if isinstance(command, DisarmHotkeys)]
        reasons = ["by hand", "the desk is halted: resume it first", "hotkeys reload"]
        assert ends == [DisarmHotkeys(reason, "ann") for reason in reasons], "and nothing of what was not armed"


async def test_they_are_not_armed_where_that_can_not_be_recorded() -> None:
    async with console(BUSY, hotkeys=SETUP) as c:
        c.desk.on_send = lambda command: CommandResult(False, "the journal is down")
        await c.command("arm")
        await c.press("enter")
        await c.pilot.pause()
        assert "arm: the journal is down" in c.text()
        assert not c.app.desk.hotkeys.armed


async def test_a_macro_whose_key_the_desk_has_does_not_have_it_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "hotkeys.toml"
    path.write_text("[mine]\ndo = 'ack'\nkey = 'z'\n")
    path.chmod(0o600)
    async with console(BUSY, hotkeys=HotkeyFile(path, resolve(), load_grammar()).load()) as c:
        await c.press("3", "z")
        assert c.app.desk.zoomed, "the key is the desk's"
        await c.command("hotkeys")
        await c.press("enter")
        assert "z is the desk's key of zoom, not of the macro mine" in c.text()
        await c.press("escape")
        await c.command("hotkeys reload")
        await c.press("enter")
        assert "z is the desk's key of zoom, not of the macro mine" in c.text()
        await c.press("escape")
        await c.command("run mine")
        await c.press("enter")
        assert typed(c) == "ack"


async def test_a_read_only_console_can_not_be_armed() -> None:
    async with console(BUSY, hotkeys=SETUP, read_only=True) as c:
        await c.command("arm")
        await c.press("enter")
        assert "arm: this console is read-only" in c.text()
        assert not c.app.desk.hotkeys.armed
