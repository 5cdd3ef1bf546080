"""tradedesk, tradedesk run, tradedesk start: open the console, or the same desk without a screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from console.cli.output import CommandError, ProfileOption
from console.cli.theme_option import check_theme
from console.options import RunOptions

_FASTEST = Decimal(100_000)
_SPEED = re.compile(r"x?([0-9]{1,6}(?:\.[0-9]{1,6})?)x?")
_FROM = re.compile(r"[0-9:T .+Zz-]{4,40}")

Broker = Annotated[str | None, typer.Option("--broker", metavar="B", help="Broker instead of the profile's.")]
Data = Annotated[str | None, typer.Option("--data", metavar="D", help="Data source instead of the profile's.")]
Replay = Annotated[
    list[Path] | None,
    typer.Option("--replay", metavar="FILE", help="Play recorded data; may be repeated, takes folders."),
]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="Where a replay starts: HH:MM, exchange time.")
]
Speed = Annotated[str | None, typer.Option("--speed", metavar="X", help="Tape seconds a second: 1, 10, 0.5, or max.")]
SlowLink = Annotated[bool, typer.Option("--slow-link", help="4 frames a second, 256 colours.")]
ReadOnly = Annotated[bool, typer.Option("--read-only", help="Look, change nothing.")]
Theme = Annotated[str | None, typer.Option("--theme", metavar="T", help="Colour theme.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.callback(invoke_without_command=True)
    def root(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            raise typer.Exit(_open_console(RunOptions()))

    @app.command("run")
    def run_(
        profile: ProfileOption = None,
        broker: Broker = None,
        data: Data = None,
        replay: Replay = None,
        from_time: From = None,
        speed: Speed = None,
        slow_link: SlowLink = False,
        read_only: ReadOnly = False,
        theme: Theme = None,
    ) -> None:
        """Open the console with options."""
        options = _options(profile, broker, data, replay, from_time, speed, slow_link, read_only, theme)
        raise typer.Exit(_open_console(options))

    @app.command("start")
    def start(
        profile: ProfileOption = None,
        broker: Broker = None,
        data: Data = None,
        replay: Replay = None,
        from_time: From = None,
        speed: Speed = None,
        slow_link: SlowLink = False,
        read_only: ReadOnly = False,
        theme: Theme = None,
    ) -> None:
        """Start the same desk without a screen; `tradedesk` opens the console on it."""
        options = _options(profile, broker, data, replay, from_time, speed, slow_link, read_only, theme)
        raise typer.Exit(_start_headless(options))


def _options(
    profile: str | None,
    broker: str | None,
    data: str | None,
    replay: list[Path] | None,
    from_time: str | None,
    speed: str | None,
    slow_link: bool,
    read_only: bool,
    theme: str | None,
) -> RunOptions:
    if not replay and (from_time is not None or speed is not None):
        raise typer.BadParameter("--from and --speed need --replay: the simulated market runs by the clock")
    check_theme(theme)
    return RunOptions(
        profile=profile,
        broker=broker,
        data=data,
        replay=tuple(path.absolute() for path in replay or ()),
        from_time=_from(from_time),
        speed=_speed(speed),
        slow_link=slow_link,
        read_only=read_only,
        theme=theme,
    )


def _speed(text: str | None) -> Decimal | None:
    if text is None:
        return None
    if text == "max":
        return Decimal(0)
    match = _SPEED.fullmatch(text)
    value = Decimal(match[1]) if match else Decimal(0)
    if not 0 < value <= _FASTEST:
        raise typer.BadParameter(f"--speed {text!r}: expected a number above 0 and at most {_FASTEST}, or max")
    return value


def _from(text: str | None) -> str | None:
    if text is not None and not _FROM.fullmatch(text):
        raise typer.BadParameter(f"--from {text!r}: expected HH:MM, a date, or both, exchange time")
    return text


def _open_console(options: RunOptions) -> int:
    from engine.runtime.collector import hold_back

    hold_back()  # before the imports, which are most of a start
    from console.run import run_console

    return _guarded(lambda: run_console(options))


def _start_headless(options: RunOptions) -> int:
    from console.headless import start_headless

    return _guarded(lambda: start_headless(options))


def _guarded(start: Callable[[], int]) -> int:
    """What is the user's to mend is one line, not a traceback."""
    from console.errors import USER_ERRORS

    try:
        return start()
    except USER_ERRORS as error:
        raise CommandError(str(error).partition("\n")[0] or type(error).__name__) from None
