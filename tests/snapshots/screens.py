"""The list of screens that the matrix takes pictures of. A new screen is one line in SCREENS; a pane is none at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from decimal import Decimal
from typing import Any, Final

import msgspec

from console.hotkeys.file import HotkeySetup
from console.hotkeys.macro import Macro
from engine.eod.child import Answer
from engine.inputs import PlaceGroup
from engine.model.enums import AlertLevel, OrdStatus, TradingState
from engine.model.performance import PerformanceReport
from engine.views import (
    AlertRuleRow,
    BasketCheck,
    BasketLineCheck,
    BasketLineRow,
    BasketRow,
    BrokerRow,
    DeskView,
    ScopeRow,
)
from tests.console.chain.test_chain import with_quotes
from tests.console.eod.test_writing import REPORT
from tests.support.charts import ALGO_3, CURVE
from tests.support.console_app import Console
from tests.support.cost_rows import COSTS
from tests.support.desk_views import ALERTS, BUSY, EMPTY, HALTED, ORDERS, QUOTES, STALE, alert, changed
from tests.support.diagnostics import WELL
from tests.support.performance_reports import performance
from tests.support.previews import HARD, SOFT, plan, preview

Script = Callable[[Console], Awaitable[None]]


class Screen(msgspec.Struct, frozen=True):
    """A view, and what is typed on it. `options` are those of the app."""

    name: str
    view: DeskView
    script: Script
    options: Mapping[str, Any] = {}
    anew: bool = False
    """Whether it does not outlive a resize: typed again at each size."""


async def nothing(c: Console) -> None:
    return


def press(*keys: str) -> Script:
    """These keys, one after the other."""

    async def script(c: Console) -> None:
        await c.press(*keys)

    return script


def command(line: str, *keys: str) -> Script:
    """A line on the command line, then these keys."""

    async def script(c: Console) -> None:
        await c.command(line)
        await c.press(*keys)

    return script


def order(line: str, *denials: Any, keys: tuple[str, ...] = ()) -> Script:
    """An order on the command line, and what the desk says of it."""

    async def script(c: Console) -> None:
        c.desk.on_preview = preview(*denials)
        await c.command(line)
        await c.press(*keys)

    return script


async def word_box(c: Console) -> None:
    await c.command("flat all")
    await c.press("enter")
    c.clock.wait(400)
    await c.type("flat")


async def schedule(c: Console) -> None:
    c.desk.on_plan = plan()
    await c.command("twap buy 1000 ibm duration 7m slices 7")


async def ticket(c: Console) -> None:
    """A bracket sized by its risk, in the ticket."""
    c.desk.on_preview = lambda group: preview()(group.requests[0] if isinstance(group, PlaceGroup) else group)
    await c.type("tb\tibm\tr\t200\t\t182")
    await c.press("enter")
    await c.type("181.50")


async def ticket_refused(c: Console) -> None:
    c.desk.on_preview = preview(HARD, SOFT)
    await c.type("ts\tibm\t\t200\tss\t181\t180.50\t\t\tg")


async def algo(c: Console) -> None:
    c.desk.details[3] = ALGO_3
    await c.press("4", "enter")


async def report_of(day: str) -> Answer:
    """The end-of-day report, already made."""
    return Answer(REPORT)


async def lately(c: Console) -> None:
    """Search the lines that were typed before."""
    c.desk.on_preview = preview()
    for line in ("cxl 31", "cxl 30"):
        await c.command(line)
        await c.press("enter", "escape")
    await c.press(":", "c", "ctrl+r")


async def basket(c: Console) -> None:
    lines = ("buy 100 AAPL lmt 190.50 day @SIM-1 #am", "sell 50 IBM lmt 182.20 day @SIM-1 #am")
    rows = tuple(BasketLineRow(no, line, None, "") for no, line in enumerate(lines, 2))
    checks = (
        BasketLineCheck(2, lines[0], Decimal("19050.00"), Decimal(0), Decimal(100), (HARD,)),
        BasketLineCheck(3, lines[1], Decimal("9110.00"), Decimal(500), Decimal(450), ()),
    )
    c.desk.on_basket = BasketCheck(checks, 1, Decimal("19050.00"), Decimal("9110.00"), (), 0)
    staged = BasketRow(1, "am", "STAGED", "ann", "ab" * 32, 1, 0, 0, "", 0, 0, 2, 0, rows)
    await c.show(msgspec.structs.replace(c.desk.view(), baskets=(staged,)))
    await c.command("basket am")
    await c.press("enter")


def measured() -> Future[PerformanceReport]:
    """The performance of the desk, already worked out."""
    answer: Future[PerformanceReport] = Future()
    answer.set_result(performance())
    return answer


COSTED: Final = changed(BUSY, costs=COSTS)
UNTOUCHED: Final = changed(EMPTY, quotes=QUOTES)
FULL: Final = changed(STALE, costs=COSTS)
"""Something in every pane."""
RULED: Final = changed(
    BUSY,
    alert_rules=(
        AlertRuleRow(1, "aapl > 190", "ann", 0),
        AlertRuleRow(3, "pnl < -5000 again warn", "ann", BUSY.wall_ns),
    ),
)
STORM: Final = changed(
    BUSY,
    alerts=(
        *(alert(60 - n, AlertLevel.ALARM, f"order {40 - n} overfilled by 100; booked", "14:03:21") for n in range(12)),
        *ALERTS,
    ),
)
UNKNOWN: Final = changed(
    BUSY,
    orders=(msgspec.structs.replace(ORDERS[0], status=OrdStatus.UNKNOWN, doubt=True, unknown_s=95), *ORDERS[1:]),
    status__unknown_orders=1,
    status__oldest_unknown_s=95,
)
DISCONNECTED: Final = changed(
    BUSY,
    orders=tuple(msgspec.structs.replace(row, doubt=row.is_open) for row in ORDERS),
    alerts=(alert(44, AlertLevel.ALARM, "broker paper is down: connection lost", "14:03:20", code="BROKER"), *ALERTS),
    status__brokers=(BrokerRow("paper", False, "down", "closed", None),),
    status__data_ok=False,
    status__data_age_ns=None,
)
BREAK: Final = changed(BUSY, breaks=STALE.breaks, status__breaks=1)
SCOPED: Final = changed(
    BUSY,
    status__scopes=(
        ScopeRow("instrument:MSFT", TradingState.HALTED, "news"),
        ScopeRow("strategy:mean", TradingState.REDUCING, "LOSING_STREAK"),
    ),
)

HOTKEYS: Final = HotkeySetup(
    macros=(
        Macro("out", ("cxl $symbol", "flat $symbol"), "f6", send=True),
        Macro("join", ("buy 100 $symbol @bid",), "f5"),
    )
)

STATES: Final = (
    Screen("main", BUSY, nothing),
    Screen("empty", EMPTY, nothing),
    Screen("halted", HALTED, nothing),
    Screen("stale", STALE, nothing),
    Screen("disconnected", DISCONNECTED, press("2")),
    Screen("read_only", BUSY, nothing, {"read_only": True}),
    Screen("unknown", UNKNOWN, press("2")),
    Screen("break", BREAK, press("8")),
    Screen("full", FULL, press("2", "down")),
    Screen("scoped", SCOPED, nothing),
    Screen("storm", STORM, nothing),
)
SCREENS: Final = (
    *STATES,
    Screen("help", BUSY, press("f1")),
    Screen("green", BUSY, order("buy 100 ibm lmt 182.20")),
    Screen("red", BUSY, order("buy 500000 ibm lmt 182.20", HARD, SOFT)),
    Screen("amber", BUSY, order("buy 100 ibm lmt 182.20", SOFT, keys=("enter",))),
    Screen("word", BUSY, word_box),
    Screen("schedule", BUSY, schedule),
    Screen("explain", BUSY, command("buy ", "?")),
    Screen("palette", BUSY, press("ctrl+p", "f", "l", "a")),
    Screen("filter", BUSY, press("2", "/", "i", "b", "m")),
    Screen("ticket", BUSY, ticket),
    Screen("ticket_refused", BUSY, ticket_refused),
    Screen("order", BUSY, press("2", "down", "enter")),
    Screen("position", BUSY, press("1", "down", "enter")),
    Screen("algo", BUSY, algo),
    Screen("cost", COSTED, press("T", "enter")),
    Screen("cost_unknown", COSTED, press("T", "end", "enter")),
    Screen("alert", BUSY, press("6", "down", "enter")),
    Screen("alerts_set", RULED, command("alert", "enter")),
    Screen("basket", BUSY, basket),
    Screen("chain", with_quotes(), command("chain ibm", "enter", "down")),
    Screen("eod", BUSY, command("eod", "enter"), {"report_of": report_of}),
    Screen("hotkeys", BUSY, command("hotkeys", "enter"), {"hotkeys": HOTKEYS}),
    Screen("history", BUSY, lately),
    Screen("quit", BUSY, press("q")),
    Screen("columns", BUSY, press("2", "C", "down")),
    Screen("layouts", BUSY, press("w")),
    Screen("jump", BUSY, press("'"), anew=True),
    Screen("tour", UNTOUCHED, command("tour", "enter")),
    Screen("box_help", BUSY, press("2", "C", "f1")),
)


async def fill(c: Console) -> None:
    """What panes ask the desk for."""
    c.desk.curve, c.desk.connections = CURVE, WELL
