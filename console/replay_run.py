"""Opens the console on a past moment of a state folder: reads its journal only, takes no lock, stops nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from console.config.keymap_file import load_keymap
from console.config.paths import Paths, StatePaths
from console.looks import Looks, Places
from console.past_player import Speed
from console.terminal import prepare_terminal
from console.time_travel import TimeTravel
from engine.journal.codec import FactCodec
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.market.calendar import Calendar
from engine.replay.days import Day, days_of, find_day
from engine.replay.journal_source import JournalSource
from engine.replay.tape import FactSource
from engine.views import DeskView

#: Times of day are on this market's clock, as they are on the desk's own screen.
CALENDAR: Final = "XNYS"
_LOOK_S: Final = 0.2


class ReplayOptions(msgspec.Struct, frozen=True):
    """Options of `tradedesk replay`. `at`: see console.past_goal. `speed` None: paused."""

    day: str
    at: str = "start"
    speed: Speed | None = None
    theme: str | None = None
    slow_link: bool = False


def days_in(state: StatePaths) -> list[Day]:
    """The trading days of the folder's journal. Raises JournalError."""
    with JournalReader(state.place) as reader:
        return days_of(reader.rows(), FactCodec())


def run_replay(options: ReplayOptions, paths: Paths, state: StatePaths) -> int:
    """Time travel on this terminal; the exit code. Raises JournalError, NoSuchDayError, GoalError, ConfigError."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        print("tradedesk: time travel needs a terminal; `tradedesk events` tells facts without one", file=sys.stderr)
        return 1
    prepare_terminal(os.environ, slow_link=options.slow_link)
    day = find_day(days_in(state), options.day)
    calendar = Calendar.load(CALENDAR)
    travel = TimeTravel(lambda: _source(state.place), day, calendar, options.at, speed=options.speed)
    travel.start()
    try:
        _wait(travel)
        _show(travel, options, paths, state, calendar)
    finally:
        travel.close()
    return 0


@contextmanager
def _source(journal: Place) -> Iterator[FactSource]:
    with JournalReader(journal) as reader:
        yield JournalSource(reader, FactCodec())


def _wait(travel: TimeTravel) -> None:
    """Wait for the first moment; where that takes long, say how far it is. Ctrl+C gives up."""
    told = False
    while not travel.wait(_LOOK_S):
        print(f"\rtradedesk: folding the journal {travel.progress} ", end="", file=sys.stderr, flush=True)
        told = True
    if told:
        print(file=sys.stderr)


def _show(travel: TimeTravel, options: ReplayOptions, paths: Paths, state: StatePaths, calendar: Calendar) -> None:
    # Textual is imported here: before, there was nothing to show.
    from console.grammar.context import DeskContext
    from console.order_lives import OrderLives
    from console.past_app import PastApp
    from console.past_verbs import past_grammar
    from console.table_memory import TableMemory
    from widgets.clock import ExchangeTime
    from widgets.glyphs import glyphs_for
    from widgets.notation import Notation

    def context_of(view: DeskView) -> DeskContext:
        return DeskContext(view, {}, accounts=(view.status.account,), user="", calendar=calendar)

    keymap = load_keymap(paths.keymap_file).bindings if os.path.lexists(paths.keymap_file) else {}
    lives = OrderLives(state.place, until=lambda: travel.moment().seq)
    app = PastApp(
        travel,
        grammar=past_grammar(),
        context_of=context_of,
        notation=Notation(ExchangeTime(calendar.zone.key), glyphs_for(os.environ)),
        looks=Looks(options.theme, places=Places.of(paths), environ=os.environ),
        keymap=keymap,
        slow_link=options.slow_link,
        read_only=True,
        life_of=lives.life_of,
        tables=TableMemory(exports=state.folder / "exports"),
    )
    try:
        app.run()
    finally:
        lives.close()
