"""The console on the past, as who looks at it sees it: the real screen on the journal of a real session."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from console.grammar.context import DeskContext
from console.order_lives import OrderLives
from console.past_app import PastApp
from console.past_verbs import past_grammar
from console.table_memory import TableMemory
from console.time_travel import REFUSED, TimeTravel
from engine.inputs import CancelOrders, CancelSelector
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.market.calendar import Calendar
from engine.replay.days import days_of
from engine.replay.journal_source import JournalSource
from engine.replay.tape import FactSource
from tests.console.past.session import Session
from tests.support.console_app import Clock
from widgets.clock import ExchangeTime
from widgets.notation import Notation

CALENDAR = Calendar.load("XNYS")
pytestmark = pytest.mark.xdist_group("past")


class Past:
    """What a test holds: the app and its keyboard."""

    def __init__(self, app: PastApp, travel: TimeTravel, pilot: Pilot[Any]) -> None:
        self.app = app
        self.travel = travel
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait until the screen has come to what was asked for."""
        for _ in range(500):
            self.app.draw()
            await self.pilot.pause()
            if done():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(self.text())

    async def at(self, seq: int) -> None:
        await self.until(lambda: f" seq {seq:,} of " in self.rows()[0])

    async def shows(self, text: str) -> None:
        await self.until(lambda: text in self.text())

    def rows(self) -> list[str]:
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return ["".join(segment.text for segment in strip).ljust(width)[:width] for strip in strips[:height]]

    def text(self) -> str:
        return "\n".join(row.rstrip() for row in self.rows())


@asynccontextmanager
async def past(
    session: Session,
    at: str,
    size: tuple[int, int] = (80, 24),
    clock: Callable[[], int] = time.monotonic_ns,
    exports: Path | None = None,
) -> AsyncIterator[Past]:
    """Open the console on that moment of the session; it plays by this clock."""
    journal = session.state.journal
    with JournalReader(journal) as reader:
        (day,) = days_of(reader.rows(), FactCodec())

    @contextmanager
    def source() -> Iterator[FactSource]:
        with JournalReader(journal) as reader:
            yield JournalSource(reader, FactCodec())

    travel = TimeTravel(source, day, CALENDAR, at, clock=clock)
    travel.start()
    assert travel.wait(10)
    lives = OrderLives(journal, until=lambda: travel.moment().seq)
    app = PastApp(
        travel,
        grammar=past_grammar(),
        context_of=lambda view: DeskContext(view, {}, accounts=("",), user="", calendar=CALENDAR),
        notation=Notation(ExchangeTime(CALENDAR.zone.key)),
        read_only=True,
        life_of=lives.life_of,
        tables=TableMemory(exports=exports),
    )
    try:
        async with app.run_test(size=size) as pilot:
            app.draw()
            await pilot.pause()
            yield Past(app, travel, pilot)
    finally:
        lives.close()
        travel.close()


def seq_of(session: Session, *kinds: str, nth: int = 0) -> int:
    """The n-th fact of these kinds."""
    with JournalReader(session.state.journal) as reader:
        return [row.seq for row in reader.rows(kinds=frozenset(kinds))][nth]


async def test_the_status_line_says_past_and_which_moment(session: Session) -> None:
    seq = seq_of(session, "order_filled")
    async with past(session, f"seq:{seq}") as p:
        await p.at(seq)
        head = p.rows()[0]
        with JournalReader(session.state.journal) as reader:
            row = next(reader.rows(seq - 1))
            last = reader.head().seq
        moment = CALENDAR.to_exchange_time(row.market_ns)
        assert head.startswith(f" PAST  REPLAY-JOURNAL {moment:%Y-%m-%d %H:%M:%S} seq {seq} of {last} ")
        assert head.rstrip().endswith("PAUSED")
        assert f" seq {seq} order 1 filled: bought 100 IBM" in p.text()
        assert "PAST" in p.app.title


async def test_keys_step_through_facts_and_order_events(session: Session) -> None:
    first, second = (seq_of(session, "order_intended", nth=n) for n in (0, 1))
    async with past(session, "start") as p:
        await p.at(1)
        await p.press("N")
        await p.at(first)
        await p.press("n", "right_square_bracket", "n", "b")
        await p.at(first + 2)
        await p.press("left_square_bracket", "B")
        await p.at(first)
        for _ in range(3):
            await p.press("N")
        await p.at(second)


async def test_panes_show_the_moment_and_change_with_it(session: Session) -> None:
    seq = seq_of(session, "order_filled")
    async with past(session, f"seq:{seq - 1}") as p:
        await p.at(seq - 1)
        assert "+100" not in p.text()
        await p.press("n")
        await p.shows("+100")
        await p.press("b")
        await p.until(lambda: "+100" not in p.text())


async def test_goto_takes_a_time_a_number_or_an_end_of_the_day(session: Session) -> None:
    async with past(session, "start") as p:
        await p.press("g")
        await p.press(*"seq 20", "enter")
        await p.at(20)
        await p.press("g", *"end", "enter")
        await p.shows("END")
        await p.press("g", *"noon", "enter")
        await p.shows("--at 'noon': expected HH:MM")


async def test_it_plays_and_pauses(session: Session) -> None:
    # The session is a few seconds long: by a clock of its own it would be over while a busy machine looks for a key.
    clock = Clock()
    with JournalReader(session.state.journal) as reader:
        times = [row.market_ns for row in reader.rows()][:12]
    async with past(session, "start", clock=clock) as p:
        await p.press("p")
        await p.shows("PLAYS x1")
        clock.now += max(times) - times[0]
        await p.until(lambda: p.travel.moment().seq >= len(times))
        await p.press("plus")
        await p.shows("PLAYS x2")
        await p.press("minus", "minus")
        await p.shows("PLAYS x0.5")
        await p.press("p")
        await p.shows("PAUSED")
        seq = p.travel.moment().seq
        clock.wait(60_000)
        await p.pilot.pause()
        assert p.travel.moment().seq == seq


async def test_nothing_can_be_sent_from_the_past(session: Session) -> None:
    seq = seq_of(session, "order_accepted", nth=1)
    async with past(session, f"seq:{seq}") as p:
        await p.press("2", "home", "c", "m", "f", "a", "k")
        await p.press("colon", *"buy 100 ibm mkt", "enter")
        await p.shows("'buy' is no command; expected goto, blotter, copy, export, help, layout,")
        await p.press("escape", "f12")
        await p.shows("NOTHING WAS STOPPED: this is the past; to stop the desk: tradedesk kill")
        answer = p.travel.send(CancelOrders(CancelSelector(all=True))).result(1)
        assert answer.message == REFUSED
        assert p.travel.moment().seq == seq


async def test_help_explains_the_keys_that_are_heard(session: Session) -> None:
    async with past(session, "start", (120, 60)) as p:
        await p.press("f1")
        await p.shows("Time travel")
        assert "play from here, or pause" in p.text()
        assert "cancel the selected order" not in p.text()
        assert "flatten" not in p.text()
        await p.press("end")  # it is longer than the screen
        assert "goto HH:MM[:SS] | seq N | start | end" in p.text()
        assert "flatten" not in p.text()


async def test_order_details_show_its_life_up_to_the_moment(session: Session) -> None:
    made = seq_of(session, "order_intended", nth=1)
    changed = seq_of(session, "order_replaced")
    async with past(session, f"seq:{changed}", (120, 40)) as p:
        await p.press("2", "home", "enter")
        await p.shows("Life: 4 facts")
        text = p.text()
        assert f"seq {made}" in text
        assert "order 2 intended by ann: BUY 100 AAPL LMT 1.00 DAY; checks passed" in text
        assert "canceled" not in text
        with JournalReader(session.state.journal) as reader:
            assert (reader.hash_at(made) or "")[:8] in text


async def test_order_details_can_be_read_at_80x24(session: Session) -> None:
    async with past(session, "end") as p:
        await p.press("2", "end", "up", "enter")
        await p.shows("Life: ")
        assert "order 2 canceled" not in p.text()
        await p.press("end")
        await p.shows("order 2 canceled")
        assert "…" not in "".join(row[3:76] for row in p.rows()[1:20]), "every line fits into the box"


async def test_q_leaves_without_a_question(session: Session) -> None:
    async with past(session, "end") as p:
        await p.press("q")
        await p.pilot.pause()
        assert p.app.return_value == "leave"


async def test_below_80x24_it_still_says_that_this_is_the_past(session: Session) -> None:
    async with past(session, "end", (60, 10)) as p:
        assert "F12" not in p.text()


async def test_what_is_shown_can_be_taken_away_and_the_file_names_the_moment(session: Session, tmp_path: Path) -> None:
    seq = seq_of(session, "order_filled")
    async with past(session, f"seq:{seq}", size=(120, 40), exports=tmp_path) as p:
        await p.at(seq)
        await p.press(":", *"export positions", "enter")
        await p.shows("wrote 1 row of positions")
        await p.press("escape", ":", *"copy row positions", "enter")
        await p.shows("copied the selected row of positions")
        await p.press("escape", ":", *"layout risk", "enter")
        await p.shows("8 Breaks")
    with JournalReader(session.state.journal) as reader:
        row = next(reader.rows(seq - 1))
    shown = datetime.fromtimestamp(row.market_ns // 1_000_000_000, UTC)
    (name,) = os.listdir(tmp_path)
    assert name.startswith(f"positions-past-{shown:%Y%m%d-%H%M%S}-written-")
    head, only = await asyncio.to_thread(lambda: (tmp_path / name).read_text().splitlines())
    assert dict(zip(head.split(","), only.split(","), strict=True))["qty"] == "100"
