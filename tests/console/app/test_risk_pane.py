"""Risk beside the meters: what is halted, and the automatic triggers with how near they are."""

from __future__ import annotations

from decimal import Decimal

from engine.model.enums import TradingState
from engine.model.guards import GuardRow
from engine.views import ScopeRow
from tests.support.console_app import console
from tests.support.desk_views import BUSY, changed

REJECTS = GuardRow(
    "REJECTS",
    "rejects",
    "PAPER",
    Decimal(4),
    Decimal(5),
    Decimal("0.8"),
    "count",
    "armed",
    "halt and cancel",
    "within 60 s",
)
BREAK = GuardRow(
    "BREAK",
    "breaks",
    "IBM",
    Decimal(1),
    None,
    None,
    "count",
    "TRIPPED",
    "only what reduces goes out",
    "IBM: ours 1, theirs 2",
)
OFF = GuardRow(
    "LOSING_STREAK", "loss streak", "", Decimal(0), None, None, "count", "off", "halt, orders stay", "in a row"
)
HALTED = changed(
    BUSY,
    status__scopes=(
        ScopeRow("instrument:MSFT", TradingState.HALTED, "news"),
        ScopeRow("strategy:mean", TradingState.REDUCING, "LOSING_STREAK"),
    ),
)


async def test_halts_stand_first_then_what_tripped_then_the_nearest() -> None:
    async with console(HALTED, (80, 24)) as c:
        c.desk.triggers = (REJECTS, BREAK, OFF)
        await c.press("5")
        await c.until("on rejects")
        names = ("MSFT", "strategy mean", "on breaks IBM", "Orders/s", "Largest IBM", "on rejects", "VaR 95 ")
        places = [c.text().index(name) for name in names]
        assert places == sorted(places)
        assert "HALTED" in c.row_of("news")
        assert "TRIPPED" in c.row_of("on breaks")
        assert "80%" in c.row_of("on rejects")
        assert "2 halted" in c.row_of("5 Risk")
        assert "1 tripped" in c.row_of("5 Risk")


async def test_enter_tells_everything_about_a_trigger_and_how_a_halt_is_opened() -> None:
    async with console(HALTED, (80, 24)) as c:
        c.desk.triggers = (BREAK,)
        await c.press("5")
        await c.until("on breaks")
        await c.press("home", "enter")
        await c.until("resume msft reason TEXT")
        await c.press("escape", "down", "down", "enter")
        await c.until("Trigger: breaks")
        assert "IBM: ours 1, theirs 2" in c.row_of("Because")
        await c.press("escape", "down", "enter")
        await c.until("Meter: Orders/s")


async def test_a_meter_at_its_limit_stays_above_an_armed_trigger_and_the_strip_shows_meters_alone() -> None:
    async with console(BUSY, (120, 40)) as c:
        c.desk.triggers = (REJECTS,)
        c.clock.wait(1000)
        c.app.draw()
        await c.press("5", "z")
        await c.until("on rejects")
        assert c.text().index("Orders/s") < c.text().index("on rejects")
