"""tradedesk audit, journal rebuild: is the journal what was written, what does it say, and do its tables say it too?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import audit_export, audit_show
from console.cli.desk import state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, complain, print_json
from console.config.paths import StatePaths
from engine.journal.place import Place

if TYPE_CHECKING:
    from engine.journal.chain import Head


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
        export: Annotated[
            Path | None,
            typer.Option(
                "--export", metavar="EXTRACT", help="Check this extract instead; with FILE, that one against it."
            ),
        ] = None,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Check every link of the chain; names the first that is broken."""
        if export is None:
            raise typer.Exit(_verify(file or state_of(profile).place, json))
        end = audit_export.verify_file(export, json and file is None)
        if file is not None:
            raise typer.Exit(_verify(file, json, end.head))

    audit_show.register(group)
    audit_export.register(group)


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


def _verify(place: Place, json: bool, expected: Head | None = None) -> int:
    from engine.journal.errors import JournalError
    from engine.journal.verify import verify_file

    if isinstance(place, Path) and not place.exists():
        raise CommandError(f"{place}: there is no journal")
    try:
        report = verify_file(place, expected)
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
