"""tradedesk doctor: whether this machine, these settings and each connection are fit for a desk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from console.cli.output import JsonFlag, ProfileOption, print_json, table
from console.config.paths import Paths

if TYPE_CHECKING:
    from console.doctor.finding import Finding

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
            table([msgspec.structs.asdict(found) for found in findings], ("verdict", "profile", "check", "detail"), "")
        raise typer.Exit(1 if any(found.verdict == "FAIL" for found in findings) else 0)


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
