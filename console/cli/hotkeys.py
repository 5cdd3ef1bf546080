"""tradedesk hotkeys: check the file of macros, and list what is in it."""

from __future__ import annotations

import os
from typing import Any

import typer

from console.cli.output import JsonFlag, ProfileOption, print_json, table
from console.config.paths import Paths


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("hotkeys")
    def hotkeys(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Check hotkeys.toml (of a live profile hotkeys-live.toml), and list its hotkeys and macros."""
        from console.actions import key_name
        from console.config.profiles import load_profile
        from console.hotkeys.file import hotkey_file

        paths = Paths.of(os.environ)
        _, chosen = load_profile(paths, profile)
        file = hotkey_file(paths, chosen.mode)
        read = file.load()
        rows: list[dict[str, Any]] = [
            {
                "name": macro.name,
                "key": key_name(macro.key) if macro.key else "",
                "send": macro.send,
                "values": macro.values,
                "do": list(macro.lines),
                "help": macro.help,
            }
            for macro in read.macros
        ]
        for warning in read.warnings:
            typer.echo(warning, err=True)
        if json:
            print_json(rows)
            return
        shown = [{**row, "do": "; ".join(row["do"]), "send": "when armed" if row["send"] else "never"} for row in rows]
        table(shown, ("key", "name", "send", "do", "help"), f"no macros in {file.path}")
