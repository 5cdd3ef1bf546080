"""tradedesk audit verify, journal rebuild: is the journal what was written, and its tables what it says?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.cli.desk import state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, complain, print_json
from console.config.paths import StatePaths
from engine.journal.place import Place


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The hash-chained journal.", rich_markup_mode=None)
    app.add_typer(group, name="audit")

    @group.callback()
    def audit() -> None:
        """The hash-chained journal."""

    journal = typer.Typer(help="Tables made from the journal.", rich_markup_mode=None)
    app.add_typer(journal, name="journal")

    @journal.callback()
    def journal_() -> None:
        """Tables made from the journal."""

    @journal.command("rebuild")
    def rebuild(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Throw the blotter's tables away and make them anew from the journal."""
        _rebuild(state_of(profile), json)

    @group.command("verify")
    def verify(
        file: Annotated[
            Path | None, typer.Argument(metavar="[FILE]", help="A journal; default: the profile's.")
        ] = None,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Check every link of the chain; names the first that is broken."""
        raise typer.Exit(_verify(file or state_of(profile).place, json))


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


def _verify(place: Place, json: bool) -> int:
    from engine.journal.errors import JournalError
    from engine.journal.verify import verify_file

    if isinstance(place, Path) and not place.exists():
        raise CommandError(f"{place}: there is no journal")
    try:
        report = verify_file(place)
    except JournalError as error:
        raise CommandError(str(error)) from None
    broken = report.broken
    if json:
        print_json(
            {
                "ok": report.ok,
                "facts": report.facts,
                "head": {"seq": report.head.seq, "hash": report.head.hash},
                "broken": None if broken is None else {"seq": broken.seq, "what": str(broken)},
            }
        )
    if broken is not None:
        return complain(f"{place}: {broken}")
    if not json:
        print(f"{place}: {report.facts} facts, intact; head {report.head.seq} {report.head.hash}")
    return 0
