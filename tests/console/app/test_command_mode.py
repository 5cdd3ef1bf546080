"""COMMAND mode: the live echo, what Enter does under each verdict, history, completion and `?`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from textual.events import Paste

from engine.inputs import CancelOrders, CancelSelector, Halt, LaunchAlgo, ModifyOrder, PlaceGroup, PlaceOrder
from engine.model.enums import OrdStatus, OrdType, Side
from engine.model.order import OrderRequest
from engine.views import CommandResult, OrderResult
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, ORDERS, changed
from tests.support.previews import HARD, SOFT, plan, preview

BUY = "buy 100 ibm lmt 182.20"


def orders_sent(c: Console) -> list[PlaceOrder]:
    return [command for command in c.desk.commands if isinstance(command, PlaceOrder)]


async def test_the_echo_shows_the_order_in_fixed_order() -> None:
    async with console(BUSY, (200, 60)) as c:
        c.desk.on_preview = preview()
        await c.command(BUY)
        row = c.row_of("notional")
        parts = ["PAPER SIM-1", "BUY 100 IBM LMT 182.20 DAY", "notional 18,220.00", "position +1,430 → +1,530"]
        parts += ["buying power → 4,380,000.60", "12.3 bps away"]
        places = [row.index(part) for part in parts]
        assert places == sorted(places)
        assert "✓ GREEN  Enter sends" in c.text()


async def test_the_money_of_a_purchase_without_a_limit_is_at_most_that() -> None:
    async with console(BUSY, (200, 60)) as c:
        c.desk.on_preview = preview()
        await c.command("buy 100 ibm mkt")
        assert "notional at most 18,224.00" in c.text()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_echo_is_whole_at_every_size(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        c.desk.on_preview = preview()
        await c.command(BUY)
        text = c.text()
        for part in ("BUY 100 IBM LMT 182.20 DAY", "18,220.00", "+1,430 → +1,530", "4,380,000.60", "12.3 bps away"):
            assert part in text
        assert "GREEN" in text


async def test_enter_on_green_sends_once_and_clears_the_line() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.command(BUY)
        await c.press("enter", "enter", "enter")
        await c.pilot.pause()
        (sent,) = orders_sent(c)
        assert (sent.request.side, sent.request.qty, sent.request.limit_px) == (Side.BUY, 100, Decimal("182.20"))
        assert not sent.request.accept_soft
        assert c.app.desk.command_line.input.value == ""
        assert "order 15 PENDING_NEW" in c.text()


async def test_what_is_said_of_an_order_stays_true_until_something_else_is_said() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.command(BUY)
        await c.press("enter")
        await c.pilot.pause()
        working = msgspec.structs.replace(
            ORDERS[0],
            id=15,
            status=OrdStatus.NEW,
            limit_px=Decimal("182.20"),
            order_qty=Decimal(100),
            cum_qty=Decimal(0),
        )
        await c.show(changed(BUSY, orders=(working, *ORDERS)))
        assert f"{BUY}: order 15 WORKING 100 at 182.20" in c.text()
        filled = msgspec.structs.replace(
            working, status=OrdStatus.FILLED, is_open=False, cum_qty=Decimal(100), avg_px=Decimal("182.18")
        )
        await c.show(changed(BUSY, orders=(filled, *ORDERS)))
        assert f"{BUY}: order 15 FILLED 100 of 100 at 182.1800" in c.text()
        await c.type("b")
        await c.show(changed(BUSY, orders=(working, *ORDERS)))
        assert "order 15" not in c.text()


async def test_a_rejection_by_the_broker_takes_the_place_of_the_answer() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.command(BUY)
        await c.press("enter")
        await c.pilot.pause()
        gone = msgspec.structs.replace(ORDERS[0], id=15, status=OrdStatus.REJECTED, is_open=False, text="no locate")
        await c.show(changed(BUSY, orders=(gone, *ORDERS)))
        assert "order 15 REJECTED" in c.text()
        assert ": no locate" in c.text()


async def test_typing_fast_and_enter_sends_when_the_preview_comes_back_green() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        c.desk.hold_previews = True
        await c.command(BUY)
        await c.press("enter")
        assert orders_sent(c) == []
        c.desk.release()
        await c.pilot.pause()
        assert len(orders_sent(c)) == 1


async def test_enter_before_the_preview_does_not_send_what_comes_back_red() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview(HARD)
        c.desk.hold_previews = True
        await c.command(BUY)
        await c.press("enter")
        c.desk.release()
        await c.pilot.pause()
        assert orders_sent(c) == []
        assert "✗ RED" in c.text()


async def test_a_key_after_enter_takes_the_enter_back() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        c.desk.hold_previews = True
        await c.command(BUY)
        await c.press("enter", "backspace")
        c.desk.release()
        await c.pilot.pause()
        assert orders_sent(c) == []


async def test_an_answer_about_an_older_text_is_dropped() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        c.desk.hold_previews = True
        await c.command(BUY)
        c.desk.on_preview = preview(HARD)
        await c.type("0")
        c.desk.release(newest_first=True)
        await c.pilot.pause()
        assert "BUY 100 IBM LMT 182.20 DAY" in c.text()
        assert "✗ RED" in c.text()


async def test_red_refuses_with_code_value_and_limit_and_keeps_the_line() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview(HARD, SOFT)
        await c.command(BUY)
        await c.press("enter")
        text = c.text()
        assert orders_sent(c) == []
        assert "FAT_FINGER_QTY: value=500000 limit=50000 scope=IBM" in text
        assert "MAX_POSITION_PCT: value=0.083 limit=0.08 scope=IBM" in text
        assert c.app.desk.command_line.input.value == BUY


async def test_a_visible_correction_is_noted() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview(notes=("182.205 lies off the tick: 182.20",))
        await c.command(BUY)
        assert "note: 182.205 lies off the tick: 182.20" in c.text()


async def test_a_denial_by_the_desk_gives_the_line_back() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        c.desk.on_send = lambda _: OrderResult(False, None, None, None, (HARD,))
        await c.command(BUY)
        await c.press("enter")
        await c.pilot.pause()
        assert c.app.desk.command_line.input.value == BUY


async def test_a_desk_that_fails_to_answer_is_told_and_the_console_stays() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = lambda _: RuntimeError("engine stopped")
        await c.command(BUY)
        assert "engine stopped" in c.text()
        c.desk.on_preview = preview()
        c.desk.on_send = lambda _: RuntimeError("journal is down")
        await c.press("escape", ":")
        await c.type(BUY)
        await c.press("enter")
        await c.pilot.pause()
        await c.press("escape")
        assert "journal is down" in c.text()


async def test_the_preview_is_asked_again_while_the_market_moves() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.command(BUY)
        asked = len(c.desk.previewed)
        c.desk.on_preview = preview(HARD)
        c.clock.wait(600)
        await c.show(BUSY)
        await c.pilot.pause()
        assert len(c.desk.previewed) == asked + 1
        assert "✗ RED" in c.text()


async def test_a_quote_for_the_symbol_is_asked_for() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.command("buy 10 aapl mkt")
        assert "AAPL" in c.desk.watched


async def test_escape_drops_the_line_and_sends_nothing() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.press("2")
        await c.command(BUY)
        await c.press("escape")
        text = c.text()
        assert "GREEN" not in text
        assert "type a command" in text
        assert c.app.desk.focused_pane == "orders"
        assert c.desk.commands == []
        await c.press(":")
        assert c.app.desk.command_line.input.value == ""


async def test_letters_are_text_in_command_mode() -> None:
    async with console(BUSY) as c:
        await c.press("2", ":")
        await c.type("cqzp1a")
        assert c.app.desk.command_line.input.value == "cqzp1a"
        assert c.desk.commands == []


async def test_a_colon_on_the_line_that_stays_open_is_no_part_of_the_next_command() -> None:
    async with console(BUSY) as c:
        await c.press("2", ":", ":", ":")
        await c.type("flat aapl:")
        assert c.app.desk.command_line.input.value == "flat aapl:"


async def test_an_unfinished_line_says_what_may_follow_without_alarm() -> None:
    async with console(BUSY) as c:
        await c.command("buy 100 ")
        assert "RED" not in c.text()
        assert "expected" in c.text()


async def test_enter_on_a_line_that_means_nothing_says_why_and_keeps_it() -> None:
    async with console(BUSY) as c:
        await c.command("bey 100 ibm")
        await c.press("enter")
        assert "'bey' is no command" in c.text()
        assert c.app.desk.command_line.input.value == "bey 100 ibm"
        assert c.desk.commands == []


async def test_enter_on_an_empty_line_does_nothing() -> None:
    async with console(BUSY) as c:
        await c.press(":", "enter")
        assert c.desk.commands == []
        assert c.app.desk.command.active


async def test_one_cancel_needs_only_enter() -> None:
    async with console(BUSY) as c:
        await c.command("cxl 28")
        await c.press("enter")
        assert c.desk.commands == [CancelOrders(CancelSelector(ids=(28,)), user="ann")]


async def test_halt_needs_only_enter() -> None:
    async with console(BUSY) as c:
        await c.command("halt")
        await c.press("enter")
        assert c.desk.commands == [Halt(None, user="ann", reason="command line")]


async def test_kill_goes_straight_to_the_switch() -> None:
    async with console(BUSY) as c:
        await c.command("kill flatten")
        await c.press("enter")
        assert c.desk.kills == [("ann", "command line", "now")]
        assert c.desk.commands == []


async def test_a_change_of_an_order_is_previewed_as_such() -> None:
    async with console(BUSY) as c:
        new = OrderRequest("SIM-1", "IBM", Side.BUY, Decimal(80), OrdType.LIMIT, Decimal("182.25"))
        c.desk.on_replace = lambda *_: preview()(new)
        await c.command("mod 30 px 182.25 qty 80")
        assert "BUY 80 IBM LMT 182.25 DAY" in c.text()
        await c.press("enter")
        (sent,) = c.desk.commands
        assert isinstance(sent, ModifyOrder)
        assert (sent.target, sent.change.limit_px, sent.change.qty) == (30, Decimal("182.25"), 80)


async def test_a_change_of_an_order_that_is_gone_is_red() -> None:
    async with console(BUSY) as c:
        c.desk.on_replace = lambda *_: CommandResult(False, "order 30 is FILLED")
        await c.command("mod 30 qty 80")
        assert "order 30 is FILLED" in c.text()
        await c.press("enter")
        assert c.desk.commands == []


async def test_an_algo_shows_its_schedule_before_it_is_launched() -> None:
    async with console(BUSY) as c:
        c.desk.on_plan = plan()
        await c.command("twap buy 1000 ibm duration 7m slices 7")
        text = c.text()
        assert "TWAP BUY 1,000 IBM" in text
        assert "7 slices of 142 to 143" in text
        assert "expected cost 45.20 ± 310.75" in text
        await c.press("enter")
        assert isinstance(c.desk.commands[0], LaunchAlgo)


async def test_up_and_down_walk_through_the_history() -> None:
    async with console(BUSY) as c:
        for line in ("cxl 28", "cxl 27"):
            await c.press(":")
            await c.type(line)
            await c.press("enter", "escape")
        await c.press(":", "up")
        assert c.app.desk.command_line.input.value == "cxl 27"
        await c.press("up", "up")
        assert c.app.desk.command_line.input.value == "cxl 28"
        await c.press("down", "down")
        assert c.app.desk.command_line.input.value == ""
        assert len(c.desk.commands) == 2


async def test_history_lives_in_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "history"
    async with console(BUSY, history=file) as c:
        await c.command("cxl 28")
        await c.press("enter")
    assert file.read_text() == "cxl 28\n"
    assert file.stat().st_mode & 0o777 == 0o600
    async with console(BUSY, history=file) as c:
        await c.press(":", "up")
        assert c.app.desk.command_line.input.value == "cxl 28"


async def test_tab_completes_a_verb_and_then_the_symbol_held_first() -> None:
    async with console(BUSY) as c:
        await c.command("twa")
        await c.press("tab")
        assert c.app.desk.command_line.input.value == "twap "
        await c.press("escape")
        await c.command("flat ")
        await c.press("tab")
        first = c.app.desk.command_line.input.value
        assert first == "flat BAC" or first == "flat all"
        await c.press("tab")
        assert c.app.desk.command_line.input.value != first
        assert "IBM" in c.text()


async def test_a_question_mark_lists_what_may_follow() -> None:
    async with console(BUSY) as c:
        await c.command("algo 3 ")
        await c.press("?")
        text = c.text()
        assert "pause" in text
        assert "resume" in text
        assert c.app.desk.command_line.input.value == "algo 3 "


async def test_a_second_question_mark_shows_what_the_list_had_no_room_for_and_a_third_begins_anew() -> None:
    async with console(BUSY) as c:
        await c.command("buy 100 aapl ")
        await c.press("?")
        first = c.text()
        assert "a market order" in first
        assert "more: ? shows them" in first
        await c.press("?")
        assert "a market order" not in c.text()
        await c.press("?")
        assert "that is all: ? shows the first again" in c.text()
        await c.press("?")
        assert c.text() == first


@pytest.mark.parametrize(
    ("line", "pane"),
    [("blotter fills", "fills"), ("blotter", "orders"), ("blotter positions", "positions"), ("algo list", "algos")],
)
async def test_lines_that_only_show_something_go_to_its_pane(line: str, pane: str) -> None:
    async with console(BUSY) as c:
        await c.command(line)
        await c.press("enter")
        await c.pilot.pause()
        assert c.app.desk.focused_pane == pane


async def test_a_size_is_shown_with_every_step_and_enter_sends_nothing() -> None:
    async with console(BUSY, (80, 24)) as c:
        await c.command("size risk 100 ibm lmt 182 stop 181")
        assert "buy 100 IBM lmt 182.00 day sl 181.00" in c.text()
        assert "Enter shows it" in c.text()
        assert "100 / 1 a unit = 100, down to the lot: 100 at risk" in " ".join(c.text().split())
        await c.press("enter")
        await c.pilot.pause()
        assert "buy 100 IBM lmt 182.00 day sl 181.00" in c.text()
        assert c.desk.commands == []


async def test_a_sized_order_sends_the_quantity_of_its_echo() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = lambda group: preview()(group.requests[0])
        await c.command("buy risk 100 ibm lmt 182 stop 181")
        assert "100 / 1 a unit = 100, down to the lot: 100 at risk" in " ".join(c.text().split())
        await c.press("enter")
        await c.pilot.pause()
        (sent,) = (command for command in c.desk.commands if isinstance(command, PlaceGroup))
        assert [request.qty for request in sent.requests] == [100, 100]
        assert sent.requests[1].stop_px == Decimal("181.00")


async def test_help_about_one_verb_shows_its_usage() -> None:
    async with console(BUSY) as c:
        await c.command("help flat")
        await c.press("enter")
        await c.pilot.pause()
        assert "flat SYMBOL|all" in c.text()


async def test_what_happened_stays_on_the_line_after_leaving() -> None:
    async with console(BUSY) as c:
        await c.command("cxl 28")
        await c.press("enter", "escape")
        assert "cxl 28: done" in c.text()


async def test_a_whole_line_pasted_by_a_fast_terminal_loses_no_key() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.type(f":{BUY}\r")
        await c.pilot.pause()
        assert len(orders_sent(c)) == 1


async def test_keys_right_after_escape_are_heard_as_keys() -> None:
    async with console(BUSY) as c:
        await c.type("2:halt\x1bc")
        await c.pilot.pause()
        assert c.desk.commands == [CancelOrders(CancelSelector(ids=(31,)), user="ann")]


async def test_a_paste_of_several_lines_sends_nothing_by_itself() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.press(":")
        c.app.post_message(Paste("buy 100 ibm lmt 182.20\ncxl all\n"))
        await c.pilot.pause()
        assert c.desk.commands == []


@pytest.mark.parametrize("opened", [":", "/"])
async def test_control_characters_of_a_paste_reach_no_terminal_and_are_not_left_out_of_a_number(opened: str) -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.press(opened)
        c.app.post_message(Paste("buy 1\x0800 ibm\tlmt 182.20\x1b]52;c;AAAA\x07\n"))
        await c.pilot.pause()
        line = "buy 1\ufffd00 ibm lmt 182.20\ufffd]52;c;AAAA\ufffd"
        assert line in c.text()
        strips = c.app.screen._compositor.render_strips()
        assert all(text.isprintable() for strip in strips for text, _, control in strip if not control)
        await c.press("enter")
        await c.pilot.pause()
        assert orders_sent(c) == []


async def test_the_echo_says_the_whole_order_and_cuts_nothing_at_80_columns() -> None:
    async with console(BUSY, (80, 24)) as c:
        c.desk.on_preview = lambda asked: preview(SOFT)(asked.requests[0] if isinstance(asked, PlaceGroup) else asked)
        await c.command("buy 100 ibm lmt 182.20 tp 195 sl trail 2% full ext #idea-7")
        await c.pilot.pause()
        said = " ".join(c.text().split())
        assert "BUY 100 IBM LMT 182.20 DAY EXT TP 195.00 SL TRAIL 2% FULL #idea-7" in said
        assert "MAX_POSITION_PCT: value=0.083 limit=0.08 scope=IBM" in said
        assert SOFT.message in said
        assert "…" not in c.row_of("MAX_POSITION_PCT")
