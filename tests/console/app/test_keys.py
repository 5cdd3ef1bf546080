"""Every key of NORMAL mode, pressed on a console whose desk writes down what it is told."""

from __future__ import annotations

import asyncio
import re

import msgspec
import pytest
from textual.events import Key

from engine.inputs import AckAlerts, CancelOrders, CancelSelector, ControlAlgo
from engine.model.enums import AlertLevel, OrdStatus
from tests.support.console_app import console
from tests.support.desk_views import ALERTS, BUSY, EMPTY, ORDERS, alert, changed

SMALL = (80, 24)
STANDARD = (120, 40)


@pytest.mark.parametrize(
    ("key", "pane", "title"),
    [
        ("1", "positions", "1 Positions"),
        ("2", "orders", "2 Working orders"),
        ("3", "fills", "3 Fills"),
        ("4", "algos", "4 Algos"),
        ("5", "risk", "5 Risk"),
        ("6", "alerts", "6 Alerts"),
        ("7", "watch", "7 Quotes"),
        ("8", "breaks", "8 Breaks"),
        ("9", "letters", "9 Dead letters"),
        ("0", "performance", "0 Performance"),
    ],
)
@pytest.mark.parametrize("size", [SMALL, STANDARD, (200, 60)])
async def test_a_digit_goes_to_its_pane_at_every_size(size: tuple[int, int], key: str, pane: str, title: str) -> None:
    async with console(BUSY, size) as c:
        await c.press(key)
        assert c.app.desk.focused_pane == pane
        assert title in c.text()


async def test_c_cancels_the_selected_order_and_nothing_else() -> None:
    async with console(BUSY) as c:
        await c.press("2", "down", "c")
        await c.pilot.pause()
        assert c.desk.commands == [CancelOrders(CancelSelector(ids=(30,)), user="ann")]
        assert "cancel 30: done" in c.text()


async def test_c_outside_the_orders_does_nothing() -> None:
    async with console(BUSY) as c:
        await c.press("1", "c", "3", "c")
        assert c.desk.commands == []


async def test_c_on_an_order_that_ended_says_so() -> None:
    async with console(BUSY) as c:
        await c.press("2", "end", "c")
        assert c.desk.commands == []
        assert "order 23 is DENIED: nothing to cancel" in c.text()


async def test_a_held_c_sends_one_cancel() -> None:
    async with console(BUSY) as c:
        await c.press("2", "c")
        pending = msgspec.structs.replace(ORDERS[0], status=OrdStatus.PENDING_CANCEL)
        await c.show(changed(BUSY, orders=(pending, *ORDERS[1:])))
        await c.press("c", "c", "c")
        assert len(c.desk.commands) == 1
        assert "its cancel was sent already" in c.text()


async def test_c_is_not_taken_for_the_row_that_slid_under_the_cursor() -> None:
    async with console(BUSY) as c:
        await c.press("2")
        await c.show(changed(BUSY, orders=ORDERS[1:]))
        await c.press("c")
        assert c.desk.commands == []
        assert "has just gone" in c.text()
        c.clock.wait(600)
        await c.press("c")
        assert len(c.desk.commands) == 1


async def test_m_writes_the_change_of_an_order_into_the_command_line() -> None:
    async with console(BUSY) as c:
        await c.press("2", "down", "m")
        assert c.app.desk.command_line.input.value == "mod 30 "
        assert c.desk.commands == []


async def test_f_writes_the_closing_of_a_position_into_the_command_line() -> None:
    async with console(BUSY) as c:
        await c.press("1", "down", "f")
        assert c.app.desk.command_line.input.value == "flat ibm"
        assert c.desk.commands == []


async def test_p_pauses_a_running_algo_and_resumes_a_paused_one() -> None:
    async with console(BUSY) as c:
        await c.press("4", "p", "down", "p")
        assert c.desk.commands == [ControlAlgo(3, "pause", user="ann"), ControlAlgo(2, "resume", user="ann")]


async def test_p_on_an_algo_that_ended_says_so() -> None:
    async with console(BUSY) as c:
        await c.press("4", "end", "p")
        assert c.desk.commands == []
        assert "algo 1 is DONE: nothing to pause" in c.text()


async def test_a_acknowledges_what_is_shown() -> None:
    async with console(BUSY) as c:
        await c.press("a")
        assert c.desk.commands == [AckAlerts(42, user="ann")]


async def test_a_with_nothing_to_acknowledge_sends_nothing() -> None:
    async with console(EMPTY) as c:
        await c.press("a")
        assert c.desk.commands == []


async def test_z_gives_the_focused_pane_the_screen_and_takes_it_back() -> None:
    async with console(BUSY) as c:
        await c.press("3", "z")
        assert "3 Fills" in c.text()
        assert "1 Positions" not in c.text()
        await c.press("z")
        assert "1 Positions" in c.text()


async def test_a_users_key_does_what_the_user_gave_it_to_and_not_what_it_does_by_default() -> None:
    async with console(BUSY, keymap={"zoom": "q", "ticket": "f12"}) as c:
        await c.press("3", "q")
        assert "1 Positions" not in c.text()
        assert "q zoom" in c.text()
        await c.press("f12")
        assert c.desk.kills


async def test_escape_leaves_zoom_then_focus() -> None:
    async with console(BUSY) as c:
        await c.press("3", "z", "escape")
        assert "1 Positions" in c.text()
        assert c.app.desk.focused_pane == "fills"
        await c.press("escape")
        assert c.app.desk.focused_pane is None


async def test_a_pane_without_a_place_gets_the_screen_until_another_is_chosen() -> None:
    async with console(BUSY) as c:
        await c.press("7")
        assert "7 Quotes" in c.text()
        assert "1 Positions" not in c.text()
        await c.press("2")
        assert "1 Positions" in c.text()


async def test_tab_goes_round_the_panes_on_the_screen_and_back() -> None:
    async with console(BUSY) as c:
        seen = []
        for _ in range(7):
            await c.press("tab")
            seen.append(c.app.desk.focused_pane)
        assert seen == ["positions", "orders", "risk", "algos", "fills", "alerts", "positions"]
        await c.press("shift+tab")
        assert c.app.desk.focused_pane == "alerts"


async def test_a_row_key_without_focus_gives_it_to_the_current_pane() -> None:
    async with console(BUSY) as c:
        await c.press("j")
        assert c.app.desk.focused_pane == "positions"


@pytest.mark.parametrize("keys", [("down", "j", "up", "k", "down"), ("end", "home", "down"), ("pagedown", "home", "j")])
async def test_letters_and_arrows_move_the_selection(keys: tuple[str, ...]) -> None:
    async with console(BUSY) as c:
        await c.press("2", *keys)
        assert c.app.desk.panes["orders"].selected == ORDERS[1]


async def test_enter_opens_details_and_sends_nothing() -> None:
    async with console(BUSY) as c:
        await c.press("2", "down", "enter")
        text = c.text()
        assert "#30 BUY 143 IBM LMT 182.23 DAY" in text
        assert "P-4030" in text
        assert "60 × 182.23" in text
        await c.press("escape")
        assert "P-4030" not in c.text()
        assert c.desk.commands == []


async def test_details_follow_the_order_while_they_are_open() -> None:
    async with console(BUSY) as c:
        await c.press("2", "down", "enter")
        await c.show(changed(BUSY, orders=(ORDERS[0], msgspec.structs.replace(ORDERS[1], status=OrdStatus.FILLED))))
        assert re.search(r"Status +FILLED", c.text())
        await c.show(changed(BUSY, orders=()))
        assert re.search(r"Status +FILLED", c.text())


async def test_enter_on_a_fill_shows_its_order() -> None:
    async with console(BUSY) as c:
        await c.press("3", "enter")
        assert "#30 BUY 143 IBM" in c.text()


async def test_enter_on_a_position_shows_its_orders() -> None:
    async with console(BUSY) as c:
        await c.press("1", "down", "enter")
        assert "IBM in SIM-1" in c.text()
        assert "BUY 143 IBM LMT 182.24 DAY" in c.text()


async def test_enter_on_an_alert_shows_its_whole_text() -> None:
    long = alert(50, AlertLevel.WARN, "word " * 40 + "end", "14:03:22")
    async with console(changed(BUSY, alerts=(long, *ALERTS))) as c:
        await c.press("6", "enter")
        assert "word end" in c.text()


@pytest.mark.parametrize("key", ["f1", "?"])
async def test_help_lists_keys_and_commands_from_their_registries(key: str) -> None:
    async with console(BUSY, (200, 60)) as c:
        await c.press(key)
        pages = [c.text()]
        while True:
            await c.press("pagedown")
            if c.text() == pages[-1]:
                break
            pages.append(c.text())
        assert any("cancel the selected order" in page for page in pages)
        assert any("Commands" in page for page in pages)
        assert any("flat SYMBOL|all" in page for page in pages)
        await c.press("escape")
        assert "Commands" not in c.text()


async def test_users_keys_replace_the_defaults() -> None:
    async with console(BUSY, keymap={"zoom": "f5", "grid.down": "n"}) as c:
        await c.press("2", "n")
        assert c.app.desk.panes["orders"].selected == ORDERS[1]
        await c.press("z")
        assert "1 Positions" in c.text()
        await c.press("f5")
        assert "1 Positions" not in c.text()
        assert "F5 zoom" in c.text()


async def test_ctrl_c_and_ctrl_q_do_not_end_the_desk() -> None:
    async with console(BUSY) as c:
        await c.press("ctrl+c", "ctrl+q")
        assert c.app.is_running
        assert "1 Positions" in c.text()


async def test_a_key_whose_widget_never_answers_does_not_silence_the_keyboard() -> None:
    now = [1]
    async with console(BUSY, loop_clock=lambda: now[0]) as c:
        answered = asyncio.Event()

        async def hang() -> None:
            await answered.wait()

        await c.press("2")
        c.app.desk.panes["orders"].table.call_later(hang)
        c.app.post_message(Key("down", None))
        c.app.post_message(Key("f1", None))
        try:
            await asyncio.sleep(0.1)
            assert "All keys and commands" not in c.text()
            now[0] += 1_500_000_000
            c.app.set_focus(None)
            await c.app.poll()
            await c.wait_for(lambda: "All keys and commands" in c.text(), "the help")
        finally:
            answered.set()
