"""Colour themes and stylesheets, shipped as package data."""

from __future__ import annotations

from typing import Final

THEME_NAMES: Final = ("okabe_ito", "red_green", "monochrome")
"""The themes by name, the default one first; here, so that a command line can check a name without Textual."""


def check_theme(name: str) -> str:
    """The name, if there is such a theme; ValueError with one line if not."""
    if name not in THEME_NAMES:
        raise ValueError(f"theme: {name!r} is not known; expected one of {', '.join(THEME_NAMES)}")
    return name
