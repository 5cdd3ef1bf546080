"""tradedesk keys: what every key does, from the same registry as the console."""

from __future__ import annotations

import os

import typer

from console.cli.output import CommandError, JsonFlag, print_json, table
from console.config.keymap_file import load_keymap
from console.config.paths import Paths


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("keys")
    def keys(json: JsonFlag = False) -> None:
        """List the keys, remapped ones included."""
        from console import actions
        from console.keymap import settle

        path = Paths.of(os.environ).keymap_file
        known = [action.id for action in actions.ACTIONS]
        bindings = load_keymap(path, known).bindings if os.path.lexists(path) else {}
        try:
            settled = settle(bindings)
        except actions.KeymapError as error:
            raise CommandError(f"{path}: {error}") from None
        rows = [
            {"action": action.id, "keys": settled.keys[action.id], "where": action.scope.value, "does": action.help}
            for action in actions.ACTIONS
        ]
        for warning in settled.warnings:
            typer.echo(f"{path.name}: {warning}", err=True)
        if json:
            print_json(rows)
            return
        table(rows, ("keys", "action", "where", "does"), "no keys")
