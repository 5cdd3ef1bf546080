"""The kill key in Textual's own loop, and what the screen shows until the proof is complete."""

from __future__ import annotations

import msgspec
import pytest

from console.driver import KillStep
from console.kill_key import KillKey
from engine.inputs import KeepPositions
from engine.model.enums import TradingState
from tests.support.console_app import Console, console
from tests.support.desk_views import ALERTS, BUSY, HALTED, changed
from tests.support.previews import SOFT, preview

FIRST = ("console", "kill key", "grace")
NOW = ("console", "kill key, second press", "now")


async def open_nothing(c: Console) -> None:
    return


async def open_command(c: Console) -> None:
    c.desk.on_preview = preview()
    await c.command("buy 100 ibm lmt 182.20")


async def open_help(c: Console) -> None:
    await c.press("f1")


async def open_details(c: Console) -> None:
    await c.press("2", "enter")


async def open_quit(c: Console) -> None:
    await c.press("q")


async def open_amber(c: Console) -> None:
    c.desk.on_preview = preview(SOFT)
    await c.command("buy 100 ibm lmt 182.20")
    await c.press("enter")


async def open_word(c: Console) -> None:
    await c.command("flat all")
    await c.press("enter")


EVERYWHERE = [open_nothing, open_command, open_help, open_details, open_quit, open_amber, open_word]


@pytest.mark.parametrize("where", EVERYWHERE, ids=lambda where: where.__name__)
async def test_f12_kills_from_everywhere_without_a_question(where: object) -> None:
    async with console(BUSY) as c:
        await where(c)  # type: ignore[operator]
        await c.press("f12")
        assert c.desk.kills == [FIRST]
        assert c.desk.commands == []


@pytest.mark.parametrize("where", EVERYWHERE, ids=lambda where: where.__name__)
async def test_k_keeps_the_positions_wherever_the_kill_was_pulled(where: object) -> None:
    async with console(BUSY) as c:
        await where(c)  # type: ignore[operator]
        await c.press("f12")
        await c.show(HALTED)
        assert "k KEEP POSITIONS" in c.text()
        await c.press("k")
        assert c.desk.commands == [KeepPositions(user="ann")]


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40), (200, 60)])
async def test_f12_kills_at_every_size(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        await c.press("f12")
        assert c.desk.kills == [FIRST]


async def test_a_held_f12_is_one_press() -> None:
    async with console(BUSY) as c:
        for _ in range(60):
            await c.press("f12")
            c.clock.wait(33)
        assert c.desk.kills == [FIRST]


async def test_a_deliberate_second_f12_flattens_now() -> None:
    async with console(BUSY) as c:
        await c.press("f12")
        c.clock.wait(699)
        await c.press("f12")
        assert c.desk.kills == [FIRST]
        c.clock.wait(250)
        await c.press("f12")
        assert c.desk.kills == [FIRST, NOW]


async def test_ctrl_x_kills_when_pressed_twice_within_a_second() -> None:
    async with console(BUSY) as c:
        await c.press("ctrl+x")
        c.clock.wait(1_001)
        await c.press("ctrl+x")
        assert c.desk.kills == []
        c.clock.wait(900)
        await c.press("ctrl+x")
        assert c.desk.kills == [FIRST]


async def test_the_kill_key_can_be_remapped() -> None:
    async with console(BUSY, keymap={"kill": "f9"}) as c:
        await c.press("f12")
        assert c.desk.kills == []
        await c.press("f9")
        assert c.desk.kills == [FIRST]
        assert "F9 KILL" in c.text()


async def test_a_press_seen_by_driver_and_loop_counts_once() -> None:
    kills: list[tuple[str, str, str]] = []
    key = KillKey(lambda *args: kills.append(args))
    async with console(BUSY, kill_key=key) as c:
        assert key.press(c.clock.now) is KillStep.KILL
        await c.press("f12")
        assert kills == [FIRST]


async def test_a_pull_from_elsewhere_closes_what_is_open_and_sends_nothing() -> None:
    async with console(BUSY) as c:
        await open_amber(c)
        await c.show(HALTED)
        await c.pilot.pause()
        text = c.text()
        assert "Are you sure?" not in text
        assert not c.app.desk.command.active
        assert c.desk.commands == []
        assert "HALTED 14:03:22" in text


async def test_after_resume_the_next_press_is_a_first_one() -> None:
    async with console(BUSY) as c:
        await c.press("f12")
        await c.show(HALTED)
        await c.show(BUSY)
        c.clock.wait(1_000)
        await c.press("f12")
        assert c.desk.kills == [FIRST, FIRST]


async def test_a_key_typed_for_a_row_is_no_keep_when_nothing_counts_down() -> None:
    async with console(BUSY) as c:
        await c.press("2", "down", "k")
        assert c.desk.commands == []
        assert c.app.desk.panes["orders"].table.cursor_key == "31"


async def test_the_command_line_takes_a_k_as_text_even_while_a_kill_counts_down() -> None:
    async with console(HALTED) as c:
        await c.press(":")
        await c.type("k")
        assert c.app.desk.command_line.input.value == "k"
        assert c.desk.commands == []


async def test_escape_does_not_keep_the_positions() -> None:
    async with console(HALTED) as c:
        await c.press("escape", "escape")
        assert c.desk.commands == []
        assert "FLATTENING IN 2.4 s" in c.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_proof_is_shown_whole(size: tuple[int, int]) -> None:
    async with console(HALTED, size) as c:
        text = c.text()
        assert "HALTED 14:03:22  5 cancels sent, 3 confirmed, 2 pending · 4 positions, 0 flat" in text
        assert "k keeps the positions  F12 flattens now" in text
        assert "positions left without their stop: BAC -5,000" in text


async def test_the_proof_stays_until_it_is_verified_and_seen() -> None:
    async with console(HALTED) as c:
        kill = HALTED.kill
        assert kill is not None
        done = msgspec.structs.replace(
            kill, phase="done", cancels_confirmed=5, flat=4, verified=False, grace_left_ns=None, unprotected=()
        )
        view = changed(HALTED, kill=done, alerts=ALERTS)
        await c.show(view)
        await c.press("a")
        assert "5 confirmed, 0 pending · 4 positions, 4 flat" in c.text()
        await c.show(changed(view, kill=msgspec.structs.replace(done, verified=True)))
        assert "✓ VERIFIED" in c.text()
        await c.press("a")
        assert "VERIFIED" not in c.text()
        assert "HALTED" in c.text()


async def test_a_desk_that_is_not_flat_says_so_until_it_is() -> None:
    async with console(HALTED) as c:
        kill = HALTED.kill
        assert kill is not None
        stuck = msgspec.structs.replace(
            kill, phase="not_flat", grace_left_ns=None, verified=True, problems=("IBM: no quote for 30 s",)
        )
        await c.show(changed(HALTED, kill=stuck))
        await c.press("a")
        text = c.text()
        assert "NOT FLAT" in text
        assert "IBM: no quote for 30 s" in text


async def test_a_halt_without_a_kill_says_why() -> None:
    halted = changed(BUSY, status__trading_state=TradingState.HALTED, status__state_reason="daily loss")
    async with console(halted) as c:
        assert "HALTED: daily loss" in c.text()


async def test_k_is_heard_over_a_box_that_was_opened_while_the_kill_counts_down() -> None:
    async with console(HALTED) as c:
        await c.press("f1", "k")
        assert c.desk.commands == [KeepPositions(user="ann")]


async def test_a_desk_that_only_reduces_says_why() -> None:
    reducing = changed(BUSY, status__trading_state=TradingState.REDUCING, status__state_reason="stale mark: IBM")
    async with console(reducing, (80, 24)) as c:
        assert "REDUCING  stale mark: IBM" in c.text()
