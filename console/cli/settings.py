"""tradedesk config: what is in force."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import typer

from console.cli.output import JsonFlag, ProfileOption, pairs, print_json
from console.config.paths import Paths


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("config")
    def config(profile: ProfileOption = None, json: JsonFlag = False) -> None:
        """Show where the settings are, and what is in force. A first call writes the commented defaults."""
        result = _effective(Paths.of(os.environ), profile)
        if json:
            print_json(result)
            return
        pairs(_flat(result, ""))


def _effective(paths: Paths, profile: str | None) -> dict[str, Any]:
    from console.config.defaults import write_missing
    from console.config.load import load_config

    write_missing(paths)
    config = load_config(paths, profile)
    return {
        "files": {
            name: str(getattr(paths, f"{name}_file")) for name in ("desk", "risk", "universe", "roles", "keymap", "pin")
        },
        "state": str(config.state.folder),
        "profile": config.profile_name,
        "settings": config.profile.model_dump(mode="json"),
        "limits": config.limits.limits.as_texts(),
        "limits_missing": list(config.limits.limits.missing),
        "limits_hash": config.limits.hash,
        "universe": [instrument.symbol for instrument in config.universe],
        "roles_enforced": config.roles.enforced,
        "pin_set": config.pin_set,
        "warnings": list(config.warnings),
    }


def _flat(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, part in value.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(part, dict):
            yield from _flat(part, name)
        else:
            yield name, ", ".join(map(str, part)) if isinstance(part, list) else part
