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
    from collections.abc import Sequence

    from engine.journal.chain import Head
    from engine.journal.finding import Checked
    from engine.journal.verify import VerifyReport


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
        """Check every link of the chain, every byte of the file and all that is kept beside it; names each place."""
        if export is None:
            if file is not None:
                raise typer.Exit(_verify(file, json, heads=[heads] if heads else []))
            state, copies = _own(profile)
            raise typer.Exit(_verify(state.place, json, heads=[*copies, *([heads] if heads else [])], state=state))
        end = audit_export.verify_file(export, json and file is None)
        if file is not None:
            raise typer.Exit(_verify(file, json, end.head))

    audit_show.register(group)
    audit_export.register(group)


def _own(profile: str | None) -> tuple[StatePaths, list[Path]]:
    """The profile's state folder, and the files with copies of its journal's heads."""
    from console.config.profiles import load_profile

    _, chosen = load_profile(Paths.of(os.environ), profile)
    state = state_of(profile)
    copies = (state.heads, chosen.journal.head_file)
    return state, [path for path in copies if path is not None and path.exists()]


def _verify(
    place: Place, json: bool, expected: Head | None = None, heads: Sequence[Path] = (), state: StatePaths | None = None
) -> int:
    """The chain, every byte of the file and, with `state`, all that is kept beside it. A part is checked also where
    another has failed, but what is folded from the facts only where they are intact."""
    from engine.audit.verdict import Beside, beside, bytes_of
    from engine.journal.errors import JournalError
    from engine.journal.head_copy import copies_in
    from engine.journal.verify import verify_file

    if isinstance(place, Path) and not place.exists():
        raise CommandError(f"{place}: there is no journal")
    report, refused, copies = None, "", 0
    try:
        found = [copy for path in heads for copy in copies_in(path)]
        copies = len(found)
        report = verify_file(place, expected, copies=found)
        refused = f"{place}: {report.broken}" if report.broken is not None else ""
    except JournalError as error:
        refused = str(error)
    try:
        parts = [bytes_of(place)]
    except JournalError as error:
        raise CommandError(str(error)) from None
    if not refused and state is not None:
        parts += beside(place, Beside(state.trades, state.blotter, (state.archives, state.snapshots), state.archives))
    return _tell(place, json, report, refused, parts, copies)


def _tell(
    place: Place, json: bool, report: VerifyReport | None, refused: str, parts: Sequence[Checked], copies: int
) -> int:
    """The verdict, as one line of JSON or as words; the exit code. The first thing wrong is the complaint, the rest
    is told beside the notes."""
    findings = [finding for part in parts for finding in part.findings]
    wrong = [refused] * bool(refused) + [str(finding) for finding in findings if not finding.harmless]
    counts = [f"{part.count} {part.unit}" for part in parts if part.count]
    if copies:
        counts.append(f"{copies} copied heads")
    if json:
        broken = report.broken if report is not None else None
        print_json(
            {
                "ok": not wrong,
                "facts": report.facts if report is not None else 0,
                "head": {"seq": report.head.seq, "hash": report.head.hash} if report is not None else None,
                "broken": None if broken is None else {"seq": broken.seq, "what": str(broken)},
                "findings": [{"place": f.place, "what": f.what, "harmless": f.harmless} for f in findings],
                "checked": counts,
            }
        )
    if wrong:
        complain(wrong[0])
    if json:
        return 1 if wrong else 0
    for words in wrong[1:]:
        print(f"also: {words}")
    for finding in findings:
        if finding.harmless:
            print(f"note: {finding}")
    if not wrong and report is not None:
        print(f"{place}: {report.facts} facts, intact; head {report.head.seq} {report.head.hash}")
        print(f"agree with it: {', '.join(counts)}" if counts else "nothing is kept beside it")
    return 1 if wrong else 0
