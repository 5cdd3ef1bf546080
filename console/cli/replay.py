"""tradedesk replay: the console on any past moment of this state folder."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.desk import state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, print_json, table
from console.cli.theme_option import check_theme
from console.config.paths import Paths, StatePaths

if TYPE_CHECKING:
    from console.past_player import Speed

_SPEED = re.compile(r"x?([0-9]{1,6}(?:\.[0-9]{1,6})?)x?")
_FASTEST = Decimal(100_000)
_COLUMNS = ("day", "mode", "account", "from", "to", "first_seq", "last_seq", "end")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("replay")
    def replay(
        day: Annotated[
            str | None, typer.Argument(metavar="[DATE]", help="A trading day, or a replay run; see --list.")
        ] = None,
        at: Annotated[
            str, typer.Option("--at", metavar="TIME", help="HH:MM[:SS] exchange time, seq:N, start or end.")
        ] = "start",
        speed: Annotated[
            str | None, typer.Option("--speed", metavar="X", help="Play at once: 1, 10, 0.5, or max. Else paused.")
        ] = None,
        list_: Annotated[bool, typer.Option("--list", help="List the days of the journal.")] = False,
        theme: Annotated[str | None, typer.Option("--theme", metavar="T", help="Colour theme.")] = None,
        slow_link: Annotated[bool, typer.Option("--slow-link", help="4 frames a second, 256 colours.")] = False,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Look at a past moment of this desk, read from its journal; nothing can be sent."""
        if list_ == (day is not None):
            raise typer.BadParameter("expected a DATE, or --list and nothing else")
        if json and not list_:
            raise typer.BadParameter("--json goes with --list")
        check_theme(theme)
        state = state_of(profile)
        if day is None:
            _list(state, json)
            return
        raise typer.Exit(_open(state, day, at, _speed(speed), theme, slow_link))


def _speed(text: str | None) -> Speed | None:
    if text is None or text == "0":
        return None
    if text == "max":
        return "max"
    match = _SPEED.fullmatch(text)
    value = Decimal(match[1]) if match else Decimal(0)
    if not 0 < value <= _FASTEST:
        raise typer.BadParameter(f"--speed {text!r}: expected a number from 0 (paused) to {_FASTEST}, or max")
    return value


def _open(state: StatePaths, day: str, at: str, speed: Speed | None, theme: str | None, slow_link: bool) -> int:
    from console.errors import USER_ERRORS
    from console.past_goal import GoalError
    from console.replay_run import ReplayOptions, run_replay
    from engine.replay.days import NoSuchDayError

    try:
        return run_replay(ReplayOptions(day, at, speed, theme, slow_link), Paths.of(os.environ), state)
    except (*USER_ERRORS, GoalError, NoSuchDayError) as error:
        raise CommandError(str(error).partition("\n")[0]) from None


def _list(state: StatePaths, json: bool) -> None:
    from console.json_rows import iso
    from console.replay_run import CALENDAR, days_in
    from engine.journal.errors import JournalError
    from engine.market.calendar import Calendar

    try:
        days = days_in(state)
    except JournalError as error:
        raise CommandError(str(error)) from None
    calendar = Calendar.load(CALENDAR)

    def time(ns: int) -> str:
        return iso(ns) if json else f"{calendar.to_exchange_time(ns):%Y-%m-%d %H:%M:%S}"

    rows: list[dict[str, Any]] = [
        {
            "day": day.label,
            "mode": day.mode,
            "account": day.account,
            "from": time(day.first.market_ns),
            "to": time(day.last.market_ns),
            "recorded": time(day.first.recorded_ns),
            "first_seq": day.first.seq,
            "last_seq": day.last.seq,
            "end": "closed" if day.closed else "open",
        }
        for day in days
    ]
    if json:
        print_json(rows)
    else:
        table(rows, _COLUMNS, "the journal has no trading day yet")
