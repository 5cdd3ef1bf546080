"""What is drawn, when, and at which size."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.inputs import AckAlerts
from engine.model.enums import AlertLevel, OrdStatus, TradingState
from engine.views import AccountRow, AlertRuleRow
from tests.support.console_app import console
from tests.support.desk_views import (
    ALERTS,
    BUSY,
    EMPTY,
    HALTED,
    METERS,
    ORDERS,
    POSITIONS,
    STALE,
    alert,
    changed,
    order,
)
from widgets.clock import ExchangeTime
from widgets.glyphs import UNICODE
from widgets.notation import Notation
from widgets.status_line import StatusLine


async def test_the_status_line_has_mode_state_money_lamps_and_clock() -> None:
    async with console(BUSY, (200, 60)) as c:
        row = c.rows()[0]
        for part in ("PAPER SIM-1", "REPLAY 2013-10-07 x1", "ACTIVE", "Equity 5,004,182.35", "Day +4,182.35"):
            assert part in row
        assert "MD OK OMS OK BRK OK" in row
        assert "2013-10-07 14:03:22 EDT" in row


@pytest.mark.parametrize("width", range(60, 200, 7))
def test_a_lag_moves_nothing_in_the_status_line(width: int) -> None:
    line = StatusLine(Notation(ExchangeTime("America/New_York"), UNICODE))

    def drawn(lag_ms: int) -> str:
        line._view, line._lag_ms = BUSY, lag_ms
        return "".join(text for text, _ in line.build(width)[0])

    calm = drawn(0)
    for lag_ms in (250, 1_234, 12_345):
        late = drawn(lag_ms)
        assert "LAG" in late
        assert len(late) == width
        at = late.index("LAG")
        assert late[:at] == calm[:at], "all that stands before it stays where it is"


async def test_the_status_line_of_several_accounts_shows_what_they_are_worth_together() -> None:
    rows = tuple(AccountRow(name, Decimal(1), Decimal(1), None, False) for name in ("SIM-1", "B"))
    async with console(changed(BUSY, status__accounts=rows, status__desk_equity=Decimal("7000000")), (200, 60)) as c:
        assert "Equity of 2 7,000,000.00" in c.rows()[0]


async def test_the_status_line_keeps_what_matters_at_80_columns() -> None:
    async with console(STALE, (80, 24)) as c:
        row = c.rows()[0]
        for part in ("PAPER", "REDUCING", "1 UNKNOWN", "1 BREAK", "~+4,182.35", "MD STALE", "BRK DOWN", "14:03:22"):
            assert part in row


async def test_a_live_account_stands_at_both_ends_of_a_bar_in_the_danger_colour() -> None:
    live = changed(BUSY, status__mode="live", status__account="U1234567", status__market_label="LIVE")
    async with console(live) as c:
        row = c.rows()[0]
        assert row.startswith(" LIVE U1234567 ")
        assert row.rstrip().endswith("LIVE U1234567")
        await c.press(":")
        assert " LIVE U1234567  :" in c.text()
        assert c.app.title == "tradedesk LIVE U1234567"


async def test_no_value_is_a_dash_never_a_zero() -> None:
    unknown = msgspec.structs.replace(POSITIONS[0], last_px=None, market_value=None, unrealized_pnl=None, day_pnl=None)
    async with console(changed(EMPTY, positions=(unknown,), status__equity=None, status__day_pnl=None)) as c:
        row = c.row_of("BAC")
        assert row.split()[:6] == ["BAC", "-5,000", "13.9121", "-", "-", "-"]
        assert "Equity -  Day -" in c.rows()[0]


async def test_stale_quotes_say_so_with_their_age() -> None:
    async with console(STALE) as c:
        await c.press("7")
        assert "STALE 17s" in c.row_of("AAPL")


async def test_breaks_are_shown_ours_and_theirs() -> None:
    async with console(STALE) as c:
        await c.press("8")
        assert c.row_of("1,490").split()[:4] == ["position", "IBM", "1,430", "1,490"]


async def test_meters_stand_by_nearness_to_their_limit_with_those_off_last() -> None:
    async with console(BUSY, (80, 24)) as c:
        await c.press("5", "escape")
        rows = [row.split("  ")[0].strip() for row in c.rows()[3:14]]
        assert rows[0].startswith("Orders/s")
        assert rows[1].startswith("Largest IBM")
        assert rows[2].startswith("VaR 95")
        assert rows[-1].startswith("CVaR 99")
        assert "OFF" in c.row_of("CVaR 99")
        assert "!!" in c.row_of("Orders/s")
        assert "~0.12%" in c.row_of("Drawdown")


async def test_the_strip_of_a_small_screen_changes_places_once_a_second() -> None:
    async with console(BUSY, (80, 24)) as c:
        strip = next(row for row in c.rows() if row.startswith(" Risk "))
        assert strip.index("Orders/s") < strip.index("Largest IBM")
        calm = {"used": Decimal("0.1"), "value": Decimal(2)}
        calmer = tuple(msgspec.structs.replace(m, **calm) if m.label == "Orders/s" else m for m in METERS)
        await c.show(changed(BUSY, meters=calmer))
        strip = next(row for row in c.rows() if row.startswith(" Risk "))
        assert strip.index("Orders/s") < strip.index("Largest IBM")
        assert " 2 of 20" in strip
        c.clock.wait(1_500)
        await c.show(changed(BUSY, meters=tuple(calmer[::-1])))
        strip = next(row for row in c.rows() if row.startswith(" Risk "))
        assert strip.startswith(" Risk  Largest IBM")


async def test_new_numbers_reach_the_screen_and_rows_keep_their_places_under_focus() -> None:
    async with console(BUSY) as c:
        await c.press("2")
        new = order(32, "AAPL", limit="489.00")
        await c.show(changed(BUSY, orders=(new, *ORDERS)))
        numbers = [row.table.cursor_key for row in c.app.desk.panes.values() if row.name_of_pane == "orders"]
        assert numbers == ["31"]
        shown = [row.split()[0] for row in c.rows() if row.strip()[:2] in {"31", "32", "30"}]
        assert shown[0] == "31"
        await c.press("escape")
        c.clock.wait(1_500)
        await c.show(changed(BUSY, orders=(new, *ORDERS)))
        shown = [row.split()[0] for row in c.rows() if row.strip()[:2] in {"31", "32", "30"}]
        assert shown[0] == "32"


async def test_an_urgent_view_is_drawn_without_waiting_for_the_next_frame() -> None:
    async with console(BUSY) as c:
        rejected = msgspec.structs.replace(ORDERS[2], status=OrdStatus.REJECTED, is_open=False)
        orders = (*ORDERS[:2], rejected, *ORDERS[3:])
        c.desk.show(changed(BUSY, orders=orders, urgent=False))
        await c.app.poll()
        await c.pilot.pause()
        assert "REJECTED" not in c.text()
        c.desk.show(changed(BUSY, orders=orders))
        await c.app.poll()
        await c.pilot.pause()
        assert "REJECTED" in c.text()


@pytest.mark.parametrize(("slow_link", "frame_ms"), [(False, 100), (True, 250)])
async def test_ordinary_views_are_drawn_ten_times_a_second_and_four_on_a_slow_link(
    slow_link: bool, frame_ms: int
) -> None:
    async with console(BUSY, slow_link=slow_link) as c:
        c.desk.show(changed(BUSY, urgent=False, status__day_pnl=Decimal("99.01")))
        c.clock.wait(frame_ms - 1)
        await c.app.poll()
        await c.pilot.pause()
        assert "+99.01" not in c.text()
        c.clock.wait(1)
        await c.app.poll()
        await c.pilot.pause()
        assert "+99.01" in c.text()


async def test_the_console_looks_at_the_desk_by_itself() -> None:
    async with console(BUSY) as c:
        c.desk.show(changed(BUSY, status__day_pnl=Decimal("77.07")))
        for _ in range(100):
            await c.pilot.pause(0.02)
            if "+77.07" in c.text():
                return
        raise AssertionError(c.text())


async def test_an_alarm_rings_once_and_stays_until_acknowledged() -> None:
    alarm = alert(50, AlertLevel.ALARM, "order 14 overfilled by 100", "14:03:25")
    async with console(BUSY) as c:
        rung: list[None] = []
        c.app.bell = lambda: rung.append(None)  # type: ignore[method-assign]
        view = changed(BUSY, alerts=(alarm, *ALERTS))
        await c.show(view)
        await c.show(changed(view))
        assert len(rung) == 1
        assert "ALARM 14:03:25  order 14 overfilled by 100" in c.text()
        acked = msgspec.structs.replace(alarm, acked=True)
        await c.show(changed(view, alerts=(acked, *ALERTS)))
        assert "ALARM 14:03:25" not in c.text()


async def test_a_storm_of_alarms_is_one_ring_and_a_banner_that_counts_and_quiet_is_none() -> None:
    async with console(BUSY, (80, 24)) as c:
        rung: list[None] = []
        c.app.bell = lambda: rung.append(None)  # type: ignore[method-assign]
        alarms = ALERTS
        for number in range(50, 90):
            alarms = (alert(number, AlertLevel.ALARM, f"order {number} overfilled", "14:03:25"), *alarms)
            await c.show(changed(BUSY, alerts=alarms))
            c.clock.wait(100)
        assert len(rung) == 1
        assert "order 89 overfilled (+39 more)" in c.text()
        c.clock.wait(10_000)
        alarms = (alert(90, AlertLevel.ALARM, "order 90 overfilled", "14:03:35"), *alarms)
        await c.show(changed(BUSY, alerts=alarms))
        assert len(rung) == 2
        c.clock.wait(60_000)
        await c.command("bell off")
        await c.press("enter")
        alarms = (alert(91, AlertLevel.ALARM, "order 91 overfilled", "14:03:35"), *alarms)
        await c.show(changed(BUSY, alerts=alarms))
        assert len(rung) == 2
        assert "order 91 overfilled (+41 more)" in c.text()


async def test_alerts_are_filtered_by_level_acknowledged_one_by_one_and_listed() -> None:
    many = (
        alert(50, AlertLevel.ALARM, "an alarm", "14:03:25"),
        alert(49, AlertLevel.WARN, "a warning", "14:03:24"),
        alert(48, AlertLevel.NOTICE, "a notice", "14:03:23"),
        alert(47, AlertLevel.INFO, "an entry", "14:03:22"),
    )
    rules = (AlertRuleRow(3, "aapl > 190 again", "ann", 0),)
    async with console(changed(BUSY, alerts=many, alert_rules=rules), (80, 24)) as c:
        await c.press("6")
        for gone in ("an entry", "a notice", "a warning"):
            assert gone in c.text()
            await c.press("v")
            await c.pilot.pause()
            assert gone not in "\n".join(c.rows()[4:20])
        await c.press("v", "down", "A")
        await c.pilot.pause()
        assert c.desk.commands[-1] == AckAlerts(49, user="ann", only=True)
        await c.command("alert")
        await c.press("enter")
        await c.pilot.pause()
        assert "aapl > 190 again" in c.text()


async def test_a_notice_is_said_on_the_command_row_and_takes_no_focus() -> None:
    async with console(BUSY) as c:
        await c.press("1")
        notice = alert(50, AlertLevel.NOTICE, "order 28 filled 200 at 167.90", "14:03:25")
        await c.show(changed(BUSY, alerts=(notice, *ALERTS)))
        assert "note order 28 filled 200 at 167.90" in c.rows()[-2]
        assert c.app.desk.focused_pane == "positions"


async def test_a_market_event_changes_nothing_that_is_being_typed() -> None:
    async with console(BUSY) as c:
        await c.command("cxl 2")
        alarm = alert(50, AlertLevel.ALARM, "feed is silent", "14:03:25")
        await c.show(changed(BUSY, alerts=(alarm, *ALERTS)))
        await c.type("8")
        assert c.app.desk.command_line.input.value == "cxl 28"


@pytest.mark.parametrize(
    ("size", "layout"),
    [
        ((79, 24), "-tiny"),
        ((80, 23), "-tiny"),
        ((80, 24), "-one"),
        ((119, 60), "-one"),
        ((120, 31), "-one"),
        ((120, 40), "-two"),
        ((199, 60), "-two"),
        ((200, 60), "-three"),
    ],
)
async def test_the_layout_follows_the_size(size: tuple[int, int], layout: str) -> None:
    async with console(BUSY, size) as c:
        assert c.app.desk.has_class(layout)


async def test_below_80x24_a_plain_line_keeps_mode_pnl_and_the_kill_key() -> None:
    async with console(HALTED, (60, 12)) as c:
        assert c.rows()[0].strip().startswith("PAPER  +4,182.35  F12 KILL  HALTED")
        assert "needs 80x24, this is 60x12" in c.rows()[1]
        await c.press(":", "1", "z")
        assert c.desk.commands == []


async def test_a_resize_changes_the_layout_at_once() -> None:
    async with console(BUSY, (120, 40)) as c:
        await c.pilot.resize_terminal(80, 24)
        await c.pilot.pause()
        assert "5 Risk" not in c.text()
        assert "1 Positions" in c.text()
        await c.pilot.resize_terminal(200, 60)
        await c.pilot.pause()
        assert "7 Quotes" in c.text()


@pytest.mark.parametrize("view", [BUSY, EMPTY, HALTED, STALE])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_nothing_reaches_an_ascii_terminal_but_ascii(view: object, size: tuple[int, int]) -> None:
    async with console(view, size, ascii_only=True) as c:  # type: ignore[arg-type]
        drawn = c.text()
        assert drawn.isascii(), [character for character in drawn if not character.isascii()]


async def test_hostile_text_from_a_broker_can_not_move_the_cursor() -> None:
    nasty = alert(50, AlertLevel.WARN, "evil\x1b[2Jtext\r\nnext\u202eline 漢字", "14:03:25")
    async with console(changed(BUSY, alerts=(nasty, *ALERTS)), (80, 24)) as c:
        await c.press("6", "enter")
        assert "\x1b" not in c.text()
        assert "\u202e" not in c.text()


async def test_reducing_and_active_are_words_not_only_colours() -> None:
    async with console(BUSY) as c:
        assert " ACTIVE " in c.rows()[0]
        await c.show(changed(BUSY, status__trading_state=TradingState.REDUCING))
        assert " REDUCING " in c.rows()[0]
