"""tradedesk audit: is the journal what was written, and what does it say?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import audit_export, audit_show
from console.cli.desk import state_of
from console.cli.output import CommandError, JsonFlag, ProfileOption, complain, print_json
from console.config.paths import Paths, StatePaths
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
        heads: Annotated[
            Path | None,
            typer.Option("--heads", metavar="COPIES", help="Heads from a second place: a head_copy file, a syslog."),
        ] = None,
        profile: ProfileOption = None,
        json: JsonFlag = False,
    ) -> None:
        """Check every link of the chain; names the first that is broken."""
        if export is None:
            if file is not None:
                raise typer.Exit(_verify(file, json, copies=heads))
            state, copies = _own(profile)
            raise typer.Exit(_verify(state.place, json, copies=heads or copies) or _verify_snapshots(state))
        end = audit_export.verify_file(export, json and file is None)
        if file is not None:
            raise typer.Exit(_verify(file, json, end.head))

    audit_show.register(group)
    audit_export.register(group)


def _own(profile: str | None) -> tuple[StatePaths, Path | None]:
    """The profile's state folder, and the file with copies of its journal's heads if it has one."""
    from console.config.load import load_profile

    _, chosen = load_profile(Paths.of(os.environ), profile)
    copies = chosen.journal.head_file
    return state_of(profile), copies if copies is not None and copies.exists() else None


def _verify_snapshots(state: StatePaths) -> int:
    from engine.journal.errors import JournalError
    from engine.journal.verify_snapshots import verify_snapshots

    try:
        report = verify_snapshots(state.place, (state.archives, state.snapshots))
    except JournalError as error:
        raise CommandError(str(error)) from None
    return complain(report.wrong) if report.wrong else 0


def _verify(place: Place, json: bool, expected: Head | None = None, copies: Path | None = None) -> int:
    from engine.journal.errors import JournalError
    from engine.journal.head_copy import copies_in
    from engine.journal.verify import verify_file

    if isinstance(place, Path) and not place.exists():
        raise CommandError(f"{place}: there is no journal")
    try:
        found = copies_in(copies) if copies is not None else []
        report = verify_file(place, expected, copies=found)
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
        compared = f"; {len(found)} heads in {copies} compared" if copies is not None else ""
        print(f"{place}: {report.facts} facts, intact; head {report.head.seq} {report.head.hash}{compared}")
    return 0
