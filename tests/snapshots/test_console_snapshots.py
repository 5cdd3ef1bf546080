"""Pictures of the console. `make snapshots` accepts the present ones; look at each before you commit it.

Nothing in a picture moves: the desk is scripted, clocks stand still, the cursor does not blink. Baselines come from
Python 3.11; other versions of Python draw the same, and this is where it shows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import Any

import pytest
from textual.pilot import Pilot

from engine.inputs import PlaceGroup
from engine.model.performance import PerformanceReport
from engine.views import DeskView
from tests.support.charts import ALGO_3
from tests.support.console_app import Clock, Console, make_app
from tests.support.cost_rows import COSTS
from tests.support.desk_views import BUSY, EMPTY, HALTED, STALE, changed
from tests.support.performance_reports import performance
from tests.support.previews import HARD, SOFT, plan, preview
from tests.support.scripted_desk import ScriptedDesk

Script = Callable[[Console], Awaitable[None]]
COSTED = changed(BUSY, costs=COSTS)
SMALL, STANDARD, WIDE = (80, 24), (120, 40), (200, 60)


async def nothing(c: Console) -> None:
    return


def press(*keys: str) -> Script:
    async def script(c: Console) -> None:
        await c.press(*keys)

    return script


async def green(c: Console) -> None:
    c.desk.on_preview = preview()
    await c.command("buy 100 ibm lmt 182.20")


async def red(c: Console) -> None:
    c.desk.on_preview = preview(HARD, SOFT)
    await c.command("buy 500000 ibm lmt 182.20")


async def amber_box(c: Console) -> None:
    c.desk.on_preview = preview(SOFT)
    await c.command("buy 100 ibm lmt 182.20")
    await c.press("enter")


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


async def explain(c: Console) -> None:
    await c.command("buy ")
    await c.press("?")


PICTURES: list[tuple[str, DeskView, tuple[int, int], Script]] = [
    ("main_80x24", BUSY, SMALL, nothing),
    ("main_120x40", BUSY, STANDARD, nothing),
    ("main_200x60", BUSY, WIDE, nothing),
    ("empty_120x40", EMPTY, STANDARD, nothing),
    ("orders_80x24", BUSY, SMALL, press("2", "down")),
    ("risk_80x24", BUSY, SMALL, press("5")),
    ("algos_80x24", BUSY, SMALL, press("4")),
    ("quotes_80x24", STALE, SMALL, press("7")),
    ("breaks_80x24", STALE, SMALL, press("8")),
    ("halted_80x24", HALTED, SMALL, nothing),
    ("halted_120x40", HALTED, STANDARD, nothing),
    ("halted_200x60", HALTED, WIDE, nothing),
    ("stale_80x24", STALE, SMALL, nothing),
    ("stale_120x40", STALE, STANDARD, nothing),
    ("stale_200x60", STALE, WIDE, nothing),
    ("help_80x24", BUSY, SMALL, press("f1")),
    ("help_120x40", BUSY, STANDARD, press("f1")),
    ("green_80x24", BUSY, SMALL, green),
    ("green_200x60", BUSY, WIDE, green),
    ("red_120x40", BUSY, STANDARD, red),
    ("amber_80x24", BUSY, SMALL, amber_box),
    ("amber_120x40", BUSY, STANDARD, amber_box),
    ("word_80x24", BUSY, SMALL, word_box),
    ("schedule_120x40", BUSY, STANDARD, schedule),
    ("ticket_80x24", BUSY, SMALL, ticket),
    ("ticket_120x40", BUSY, STANDARD, ticket),
    ("ticket_refused_80x24", BUSY, SMALL, ticket_refused),
    ("explain_80x24", BUSY, SMALL, explain),
    ("order_80x24", BUSY, SMALL, press("2", "down", "enter")),
    ("order_120x40", BUSY, STANDARD, press("2", "down", "enter")),
    ("algo_80x24", BUSY, SMALL, algo),
    ("algo_120x40", BUSY, STANDARD, algo),
    ("costs_80x24", COSTED, SMALL, press("T")),
    ("costs_120x40", COSTED, STANDARD, press("T", "down")),
    ("cost_120x40", COSTED, STANDARD, press("T", "enter")),
    ("cost_unknown_80x24", COSTED, SMALL, press("T", "end", "enter")),
    ("quit_80x24", BUSY, SMALL, press("q")),
    ("tiny_60x12", HALTED, (60, 12), nothing),
]


def take(snap_compare: Any, view: DeskView, size: tuple[int, int], script: Script, **options: Any) -> bool:
    desk, clock = ScriptedDesk(view), Clock()
    app = make_app(desk, clock, **options)

    async def before(pilot: Pilot[Any]) -> None:
        app.draw()
        await pilot.pause()
        await script(Console(app, desk, clock, pilot))
        await pilot.pause()

    return bool(snap_compare(app, terminal_size=size, run_before=before))


@pytest.mark.parametrize(("view", "size", "script"), [p[1:] for p in PICTURES], ids=[p[0] for p in PICTURES])
def test_the_console_looks_like_its_picture(
    snap_compare: Any, view: DeskView, size: tuple[int, int], script: Script
) -> None:
    assert take(snap_compare, view, size, script)


@pytest.mark.parametrize("theme", ["red_green", "monochrome"])
def test_a_theme_looks_like_its_picture(snap_compare: Any, theme: str) -> None:
    assert take(snap_compare, STALE, STANDARD, nothing, theme=theme)


def test_an_ascii_terminal_looks_like_its_picture(snap_compare: Any) -> None:
    assert take(snap_compare, HALTED, STANDARD, press("4", "enter"), ascii_only=True)


@pytest.mark.parametrize("size", [SMALL, STANDARD], ids=["80x24", "120x40"])
def test_the_performance_pane_looks_like_its_picture(snap_compare: Any, size: tuple[int, int]) -> None:
    answer: Future[PerformanceReport] = Future()
    answer.set_result(performance())
    assert take(snap_compare, BUSY, size, press("0"), measure=lambda: answer)
