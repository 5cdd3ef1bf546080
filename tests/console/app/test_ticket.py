"""The order ticket, key by key: what it shows while it is filled in, and what it sends."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from textual.events import Paste

from console.live.consent import ConsentDesk
from engine.inputs import CancelOrders, KeepPositions, LaunchAlgo, PlaceGroup, PlaceOrder, Unlock
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import OrderRequest
from engine.views import Denial, LegRow, OrderPreview, OrderResult
from tests.console.app.test_pin import LOCK, Home, give, home, settled
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY, HALTED, ORDERS, changed
from tests.support.live_views import LOCKED
from tests.support.previews import HARD, SOFT, plan, preview

__all__ = ["home"]
SMALL = (80, 24)


def sent(c: Console) -> list[OrderRequest]:
    return [command.request for command in c.desk.commands if isinstance(command, PlaceOrder)]


def is_open(c: Console) -> bool:
    return "Order ticket" in c.text()


async def enter(c: Console) -> None:
    """Enter, a while after the key before."""
    c.clock.wait(400)
    await c.press("enter")
    await c.pilot.pause()


async def fill_in(c: Console) -> None:
    """An empty ticket becomes `sell 200 IBM stoplmt 181 180.50 gtc`, by keys alone."""
    await c.type("ts\tibm\t\t200\tss\t181\t180.50\t\t\tg")
    await c.pilot.pause()


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_a_ticket_is_filled_in_by_keys_and_sent_by_enter_on_green(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        c.desk.on_preview = preview()
        await fill_in(c)
        assert ": sell 200 ibm stoplmt 181 180.50 gtc" in c.text()
        assert "SELL 200 IBM STL 180.50 stop 181.00 GTC" in c.text()
        assert "IBM  182.22 x 300 / 182.24 x 500 · held +1,430 at 182.0412 · 2 working" in c.text()
        assert "position +1,430 → +1,230" in c.text()
        assert "GREEN  Enter sends" in c.text()
        assert sent(c) == []
        await enter(c)
        (order,) = sent(c)
        assert (order.side, order.qty, order.ord_type) == (Side.SELL, 200, OrdType.STOP_LIMIT)
        assert (order.stop_px, order.limit_px) == (Decimal("181.00"), Decimal("180.50"))
        assert order.time_in_force is TimeInForce.GTC
        assert "order 15 PENDING_NEW" in c.text()
        assert c.app.desk.command_line.input.value == ""


async def test_what_the_checks_say_changes_while_it_is_typed() -> None:
    def by_size(request: OrderRequest) -> OrderPreview:
        return preview(*([HARD, SOFT] if request.qty > 1000 else []))(request)

    async with console(BUSY, SMALL) as c:
        c.desk.on_preview = by_size
        await c.type("tb\tibm")
        assert "IBM" in c.desk.watched
        assert "Quantity: 100, 1,000 or 10k" in c.text()
        await c.type("\t\t50")
        assert "Limit: 190.50" in c.text()
        await c.type("\t\t182")
        await c.pilot.pause()
        assert "GREEN" in c.text()
        await c.press("up", "up")
        await c.type("5000")
        await c.pilot.pause()
        text = c.text()
        assert "BUY 5,000 IBM LMT 182.00 DAY" in text
        assert "RED" in text
        assert "FAT_FINGER_QTY: value=500000 limit=50000 scope=IBM" in text
        assert "MAX_POSITION_PCT: value=0.083 limit=0.08 scope=IBM" in text, "every check that fails"
        await enter(c)
        assert sent(c) == []
        assert is_open(c)


async def test_enter_goes_to_what_is_missing_and_to_what_is_wrong() -> None:
    async with console(BUSY) as c:
        await c.type("t\tibm")
        await enter(c)
        assert "> Quantity" in c.text()
        await c.type("1x0")
        await enter(c)
        assert "> Limit" in c.text()
        await c.type("182")
        await enter(c)
        assert "> Quantity" in c.text()
        assert "'1x0' is no quantity" in c.text()
        assert c.desk.commands == []


async def test_a_sized_order_places_the_quantity_that_its_numbers_come_to() -> None:
    async with console(BUSY, SMALL) as c:
        c.desk.on_preview = lambda group: preview()(group.requests[0] if isinstance(group, PlaceGroup) else group)
        await c.type("tb\tibm\tr\t200\t\t182")
        assert "Stop loss: where it ends" in c.text()
        await enter(c)
        assert "> Stop loss" in c.text()
        await c.type("181.50")
        await c.pilot.pause()
        assert ": buy risk 200 ibm lmt 182 day sl 181.50" in c.text()
        assert "200 / 0.5 a unit = 400, down to the lot: 200 at risk" in c.text()
        assert "stop loss -200.00" in c.text()
        await enter(c)
        (group,) = (command for command in c.desk.commands if isinstance(command, PlaceGroup))
        assert [request.qty for request in group.requests] == [400, 400]
        assert group.requests[1].stop_px == Decimal("181.50")


async def test_a_soft_limit_needs_the_same_y_as_on_the_command_line() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview(SOFT)
        await fill_in(c)
        await enter(c)
        assert "Are you sure?" in c.text()
        c.clock.wait(400)
        await c.press("enter")
        await c.pilot.pause()
        assert "not sent" in c.text()
        assert is_open(c)
        await enter(c)
        c.clock.wait(400)
        await c.press("y")
        await c.pilot.pause()
        (order,) = sent(c)
        assert order.accept_soft


async def test_enter_in_a_row_sends_one_order_and_a_changed_field_another() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await fill_in(c)
        await enter(c)
        await enter(c)
        assert len(sent(c)) == 1
        assert "change something for another order" in c.text()
        await c.type("\t\t\t\t\ttwo")
        await c.pilot.pause()
        await enter(c)
        assert [order.tag for order in sent(c)] == ["", "two"]


async def test_an_enter_held_down_or_typed_by_habit_sends_nothing() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.press("2", "down", "down", "t")
        for _ in range(20):
            c.clock.wait(30)
            await c.press("enter")
        await c.pilot.pause()
        assert "buy 200 SPY lmt 167.90 day #dip" in c.text()
        assert "GREEN" in c.text()
        assert sent(c) == []
        await enter(c)
        assert len(sent(c)) == 1


async def test_a_refusal_by_the_desk_is_told_and_the_same_may_be_sent_again() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        c.desk.on_send = lambda _: OrderResult(False, None, None, None, (HARD,))
        await fill_in(c)
        await enter(c)
        assert "FAT_FINGER_QTY" in c.text()
        await enter(c)
        assert len(sent(c)) == 2


async def test_esc_is_out_and_an_enter_that_waits_for_its_verdict_sends_nothing_any_more() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        c.desk.hold_previews = True
        await fill_in(c)
        await enter(c)
        await c.press("escape")
        c.desk.release()
        await c.pilot.pause()
        assert not is_open(c)
        assert c.desk.commands == []
        await c.press("2", "c")
        assert [type(command) for command in c.desk.commands] == [CancelOrders], "the desk has its keys again"


async def test_what_was_sent_stays_sent_when_the_ticket_is_closed() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await fill_in(c)
        await enter(c)
        await c.press("escape")
        await c.pilot.pause()
        assert "sell 200 ibm stoplmt 181 180.50 gtc: order 15 PENDING_NEW" in c.text()
        await c.press(":", "up")
        assert c.app.desk.command_line.input.value == "sell 200 ibm stoplmt 181 180.50 gtc"


async def test_the_row_under_the_cursor_and_a_symbol_fill_it_in() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.press("1", "down", "t")
        assert ": sell all IBM lmt …" in c.text()
        assert "> Limit" in c.text()
        await c.press("escape", ":")
        await c.type("ticket msft")
        await c.press("enter")
        await c.pilot.pause()
        assert "> Side" in c.text()
        assert "MSFT  33.38 x 300" in c.text()


async def test_right_takes_the_symbol_that_is_offered_and_plus_and_minus_move_a_price_by_a_tick() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await c.type("t\tib")
        assert "Right takes IBM" in c.text()
        await c.press("right")
        await c.type("\t\t100\t\t182++++-")
        await c.pilot.pause()
        assert ": buy 100 IBM lmt 182.03" in c.text()
        assert "Position IBM" in c.text()
        assert "8.3%! of 10.0%" in c.text()
        assert "✓trading-state" in c.text()


async def test_a_ticket_that_has_no_room_hears_nothing_but_esc() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await fill_in(c)
        await c.pilot.resize_terminal(60, 12)
        await c.pilot.pause()
        assert not is_open(c)
        await c.type("x")
        await enter(c)
        assert c.desk.commands == []
        await c.pilot.resize_terminal(80, 24)
        await c.pilot.pause()
        assert ": sell 200 ibm stoplmt 181 180.50 gtc" in c.text()
        await enter(c)
        assert len(sent(c)) == 1


async def test_an_order_of_several_legs_is_for_the_command_line() -> None:
    leg = LegRow("IBM", Side.BUY, 1, Decimal(0), None)
    view = changed(BUSY, orders=(msgspec.structs.replace(ORDERS[0], legs=(leg, leg)), *ORDERS[1:]))
    async with console(view) as c:
        await c.press("2", "t")
        assert not is_open(c)
        assert "order 31 has several legs" in c.text()


async def test_f2_goes_on_with_the_line_and_f1_explains() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview()
        await fill_in(c)
        await c.press("f1")
        await c.pilot.pause()
        assert "The order ticket" in c.text()
        await c.press("escape", "f2")
        await c.pilot.pause()
        assert c.app.desk.command_line.input.value == "sell 200 ibm stoplmt 181 180.50 gtc"
        assert c.app.desk.command.active
        assert c.desk.commands == []


async def test_a_paste_of_several_lines_fills_one_field_and_sends_nothing() -> None:
    async with console(BUSY) as c:
        await c.type("t\t")
        c.app.screen.post_message(Paste("ibm\ncxl all\n"))
        await c.pilot.pause()
        assert "> Symbol        ibm" in c.text()
        assert c.desk.commands == []


async def test_the_kill_key_closes_ticket_and_box_and_k_keeps_the_positions() -> None:
    async with console(BUSY) as c:
        c.desk.on_preview = preview(SOFT)
        await fill_in(c)
        await enter(c)
        assert "Are you sure?" in c.text()
        await c.press("f12")
        await c.pilot.pause()
        assert len(c.desk.kills) == 1
        assert c.app.screen is c.app.desk
        assert sent(c) == []


@pytest.mark.parametrize(
    ("code", "message"),
    [("HALTED", "the desk is halted: kill key"), ("ROLE", "ann may not place orders: roles.yaml")],
)
async def test_a_halted_desk_and_a_viewer_are_refused_in_words(code: str, message: str) -> None:
    halted = changed(HALTED, kill=None)
    async with console(halted if code == "HALTED" else BUSY, SMALL) as c:
        c.desk.on_preview = preview(Denial(code, "x", "y", "desk", message))
        await fill_in(c)
        assert "RED" in c.text()
        assert message in c.text()
        await enter(c)
        # What a role forbids goes to the desk all the same, which refuses it: its journal then has who tried.
        assert len(sent(c)) == (code == "ROLE")


async def test_while_a_kill_counts_down_its_proof_stays_in_sight_and_k_keeps_the_positions() -> None:
    async with console(HALTED) as c:
        await c.press("t")
        assert not is_open(c)
        assert "a kill counts down" in c.text()
        await c.press("k")
        assert c.desk.commands == [KeepPositions(user="ann")]


async def test_an_algo_is_launched_from_the_ticket_with_its_plan_in_sight() -> None:
    async with console(BUSY, SMALL) as c:
        c.desk.on_plan = plan()
        await c.type("tb\tibm\t\t700\ttt\t7m\t\tslices 7")
        await c.pilot.pause()
        assert ": twap buy 700 ibm duration 7m slices 7" in c.text()
        assert "TWAP BUY 700 IBM" in c.text()
        assert "Take profit" not in c.text()
        await enter(c)
        (launch,) = (command for command in c.desk.commands if isinstance(command, LaunchAlgo))
        assert (launch.spec.algo, launch.spec.qty, launch.spec.slices) == ("twap", 700, 7)


async def test_a_read_only_console_shows_a_ticket_and_sends_nothing() -> None:
    async with console(BUSY, read_only=True) as c:
        c.desk.on_preview = preview()
        await fill_in(c)
        assert "RED  read-only: nothing can be sent from here; the checks say GREEN" in c.text()
        await enter(c)
        assert c.desk.commands == []


async def test_a_locked_live_desk_asks_for_the_pin_and_the_ticket_is_not_sent_by_it(home: Home) -> None:
    assert isinstance(home.desk, ConsentDesk)
    async with console(LOCKED, pin=home.desk) as c:
        c.desk.on_preview = preview(LOCK)
        await fill_in(c)
        assert "LOCKED: Enter asks for the PIN" in c.text()
        await enter(c)
        await settled(c.pilot)
        await give(c, "correct-horse-7")
        assert is_open(c)
        assert any(isinstance(command, Unlock) for command in c.desk.commands)
        assert sent(c) == []


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_a_key_that_means_nothing_to_a_choice_is_said_and_forgotten_by_the_next(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        await c.type("tx")
        await c.pilot.pause()
        assert "x: expected a first letter, or space" in c.text()
        await c.press("s")
        await c.pilot.pause()
        assert "expected a first letter" not in c.text()
        assert "SELL" in c.text()
