"""tradedesk journal rebuild, archive: its tables made anew, and old days taken out of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from console.cli.desk import state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, print_json
from console.config.paths import StatePaths


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The journal's tables and its old days.", rich_markup_mode=None)
    app.add_typer(group, name="journal")

    @group.callback()
    def journal() -> None:
        """The journal's tables and its old days."""

    @group.command("rebuild")
    def rebuild(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Throw the blotter's tables away and make them anew from the journal."""
        _rebuild(state_of(profile), json)

    @group.command("archive")
    def archive(
        before: Annotated[
            str, typer.Option("--before", metavar="DATE", help="Days that began before it (YYYY-MM-DD, exchange date).")
        ],
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Move old days out of the journal into an archive beside it; the chain goes on. No desk may be running."""
        try:
            day = date.fromisoformat(before)
        except ValueError:
            raise typer.BadParameter(f"--before {before!r}: expected a date like 2026-01-31") from None
        _archive(state_of(profile), day, json)


def _rebuild(state: StatePaths, json: bool) -> None:
    from engine.journal.errors import JournalError
    from engine.journal.projections import rebuild

    if not state.has_journal:
        raise CommandError(f"{state.place}: there is no journal")
    try:
        head = rebuild(state.place, state.blotter)
    except JournalError as error:
        raise CommandError(str(error)) from None
    if json:
        print_json({"facts": head.seq, "blotter": str(state.blotter)})
    else:
        print(f"{state.blotter}: made anew from {head.seq} facts")


def _archive(state: StatePaths, day: date, json: bool) -> None:
    from engine.journal.archiving import archive
    from engine.journal.errors import JournalError
    from engine.market.calendar import Calendar
    from engine.runtime.lock import DeskLock, LockHeldError

    if state.journal_url is not None:
        raise CommandError(f"{state.journal_url}: days of a journal on a server stay there; use the server's own means")
    if not state.has_journal:
        raise CommandError(f"{state.journal}: there is no journal")
    lock = DeskLock(state.lock)
    try:
        lock.acquire(headless=True)
    except LockHeldError as error:
        raise CommandError(f"{error}; stop it first") from None
    try:
        done = archive(state.journal, state.snapshots, Calendar.load("XNYS").parse_exchange_time("00:00", day))
    except JournalError as error:
        raise CommandError(str(error)) from None
    finally:
        lock.release()
    if json:
        print_json({"facts": done.facts, "archive": str(done.file), "anchor": str(done.anchor), "left": done.left})
    else:
        print(f"{done.file}: {done.facts} facts; {done.left} are left in the journal, behind row {done.anchor.seq}")
