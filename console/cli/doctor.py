"""tradedesk doctor: whether this machine, these settings and each connection are fit for a desk."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from console.cli.output import JsonFlag, ProfileOption, print_json, table
from console.config.paths import Paths

if TYPE_CHECKING:
    from console.doctor.finding import Finding

_COLUMNS: Final = ("verdict", "profile", "check", "detail")
_NARROWEST: Final = 30
Offline = Annotated[bool, typer.Option("--offline", help="Ask no broker.")]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("doctor")
    def doctor(profile: ProfileOption = None, offline: Offline = False, json: JsonFlag = False) -> None:
        """Check settings, folders, lock, latch and journal, and each connection of every profile."""
        findings = list(_examine(Paths.of(os.environ), profile, offline=offline))
        if json:
            print_json({"ok": all(found.verdict != "FAIL" for found in findings), "findings": findings})
        else:
            _print(findings)
        raise typer.Exit(1 if any(found.verdict == "FAIL" for found in findings) else 0)


def _print(findings: Sequence[Finding]) -> None:
    """A table; on a terminal its last column is broken at blanks, so that it stays one at 80 columns."""
    rows = [msgspec.structs.asdict(found) for found in findings]
    if not sys.stdout.isatty():
        table(rows, _COLUMNS, "")
        return
    widths = {name: max(len(name), *(len(row[name] or "-") for row in rows)) for name in _COLUMNS[:-1]}
    room = max(_NARROWEST, shutil.get_terminal_size().columns - sum(widths.values()) - 2 * len(widths))
    for row in ({name: name for name in _COLUMNS}, *rows):
        first, *more = wrap(row["detail"], room) or [""]
        print("  ".join([*((row[name] or "-").ljust(width) for name, width in widths.items()), first]).rstrip())
        for line in more:
            print(" " * (sum(widths.values()) + 2 * len(widths)) + line)


def _examine(paths: Paths, profile: str | None, *, offline: bool) -> Iterator[Finding]:
    from console.config.errors import ConfigError
    from console.config.profiles import load_desk_file
    from console.doctor import connections, machine

    yield from machine.examine(paths, profile)
    if offline:
        return
    try:
        profiles = load_desk_file(paths).profiles
    except ConfigError:
        return
    for name, chosen in profiles.items():
        if profile in (None, name):
            yield from connections.examine(paths, name, chosen)
