"""--theme: a name that there is, shipped or the user's own."""

from __future__ import annotations

import os

import typer

from console.config.errors import ConfigError
from console.config.paths import Paths
from console.looks import check_option


def check_theme(name: str | None) -> None:
    """Raises BadParameter for a theme that can't be used."""
    if name is None:
        return
    try:
        check_option(name, Paths.of(os.environ))
    except ConfigError as error:
        raise typer.BadParameter(f"--theme: {error}") from None
