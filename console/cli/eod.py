"""eod: the end-of-day report of a trading day, from the journal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.output import CommandError, JsonFlag, ProfileOption

if TYPE_CHECKING:
    from engine.model.eod import EodReport


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("eod")
    def eod(
        date: Annotated[
            str, typer.Option("--date", metavar="D", help="A trading day or replay run; default: the newest.")
        ] = "",
        out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it to FILE.")] = None,
        profile: ProfileOption = None,
        json: JsonFlag = False,
        as_csv: Annotated[bool, typer.Option("--csv", help="One cell a line: section, row, column, value.")] = False,
        html: Annotated[bool, typer.Option("--html", help="One page.")] = False,
    ) -> None:
        """Report a trading day: positions, P&L, orders, costs, what is left open, limits, kills, targets."""
        if sum((json, as_csv, html)) > 1:
            raise typer.BadParameter("--json, --csv and --html: one of them")
        from console.eod.writing import Form, written

        form: Form = "json" if json else "csv" if as_csv else "html" if html else "text"
        text = written(_report(profile, date), form)
        if out is None:
            print(text, end="")
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out}: can't be written: {error.strerror}") from None
        print(f"written to {out}")


def _report(profile: str | None, day: str) -> EodReport:
    from console.config.paths import Paths
    from console.config.profiles import load_profile
    from engine.eod.reading import read_day
    from engine.journal.errors import JournalError
    from engine.replay.days import NoSuchDayError

    paths = Paths.of(os.environ)
    _, chosen = load_profile(paths, profile)
    state = paths.state_of(chosen.mode, chosen.account, chosen.journal.url)
    if not state.has_journal:
        raise CommandError(f"there is no journal in {state.folder}: nothing was traded yet")
    try:
        return read_day(state.place, day, chosen.targets.targets(), [state.snapshots])
    except (JournalError, NoSuchDayError) as error:
        raise CommandError(str(error)) from None
