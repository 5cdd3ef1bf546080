"""The colour themes. Each fills the same variables, which `desk.tcss` uses; no theme says anything by colour alone.

`okabe_ito` uses the palette of M. Okabe and K. Ito, "Color Universal Design" (2008), whose colours stay apart for
every common kind of colour blindness. `monochrome` tells things apart by weight, reversal and underlining only.
"""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

#: What a theme must say beyond Textual's own colours; the values stand in where another Textual theme is chosen.
DEFAULTS: Final[dict[str, str]] = {
    "quiet": "#8592a0",
    "faint": "#2a333d",
    "title": "#1a212a",
    "title-focus": "#22405a",
    "bar": "#161c23",
    "up": "#009e73",
    "up-style": "none",
    "down": "#d55e00",
    "down-style": "none",
    "buy": "#56b4e9",
    "buy-style": "none",
    "sell": "#cc79a7",
    "sell-style": "none",
    "info": "#56b4e9",
    "key": "#56b4e9",
    "warn": "#e69f00",
    "warn-style": "bold",
    "alarm": "#0f1318",
    "alarm-back": "#e8702a",
    "alarm-style": "bold",
    "badge": "#0f1318",
    "paper-back": "#56b4e9",
    "live-back": "#d55e00",
    "active-back": "#009e73",
    "reducing-back": "#e69f00",
    "halted-back": "#d55e00",
    "badge-style": "bold",
    "stale": "#8592a0",
    "stale-style": "italic",
    "cursor": "#22405a",
    "cursor-blurred": "#1a212a",
    "cursor-style": "bold",
}

OKABE_ITO: Final = Theme(
    name="okabe_ito",
    primary="#56b4e9",
    secondary="#cc79a7",
    accent="#56b4e9",
    success="#009e73",
    warning="#e69f00",
    error="#d55e00",
    foreground="#d5dce4",
    background="#0f1318",
    surface="#0f1318",
    panel="#1a212a",
    dark=True,
    variables=DEFAULTS,
)

RED_GREEN: Final = Theme(
    name="red_green",
    primary="#58a6ff",
    secondary="#bc8cff",
    accent="#58a6ff",
    success="#3fb950",
    warning="#d29922",
    error="#f85149",
    foreground="#d6dbe1",
    background="#0d1117",
    surface="#0d1117",
    panel="#171e27",
    dark=True,
    variables=DEFAULTS
    | {
        "title": "#171e27",
        "title-focus": "#1f3b5c",
        "bar": "#151b23",
        "up": "#3fb950",
        "down": "#f85149",
        "buy": "#58a6ff",
        "sell": "#bc8cff",
        "info": "#58a6ff",
        "key": "#58a6ff",
        "warn": "#d29922",
        "alarm": "#0d1117",
        "alarm-back": "#ff6a60",
        "badge": "#0d1117",
        "paper-back": "#58a6ff",
        "live-back": "#f85149",
        "active-back": "#3fb950",
        "reducing-back": "#d29922",
        "halted-back": "#f85149",
        "cursor": "#1f3b5c",
        "cursor-blurred": "#171e27",
    },
)

MONOCHROME: Final = Theme(
    name="monochrome",
    primary="#e4e4e4",
    secondary="#bcbcbc",
    accent="#e4e4e4",
    success="#e4e4e4",
    warning="#e4e4e4",
    error="#ffffff",
    foreground="#d0d0d0",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables=DEFAULTS
    | {
        "quiet": "#8a8a8a",
        "faint": "#303030",
        "title": "#262626",
        "title-focus": "#4e4e4e",
        "bar": "#1c1c1c",
        "up": "#e4e4e4",
        "down": "#ffffff",
        "down-style": "underline",
        "buy": "#e4e4e4",
        "sell": "#e4e4e4",
        "sell-style": "underline",
        "info": "#e4e4e4",
        "key": "#ffffff",
        "warn": "#ffffff",
        "warn-style": "bold underline",
        "alarm": "#000000",
        "alarm-back": "#ffffff",
        "badge": "#000000",
        "paper-back": "#bcbcbc",
        "live-back": "#ffffff",
        "active-back": "#8a8a8a",
        "reducing-back": "#bcbcbc",
        "halted-back": "#ffffff",
        "stale": "#8a8a8a",
        "cursor": "#4e4e4e",
        "cursor-blurred": "#262626",
    },
)

THEMES: Final[dict[str, Theme]] = {theme.name: theme for theme in (OKABE_ITO, RED_GREEN, MONOCHROME)}
DEFAULT_THEME: Final = OKABE_ITO.name
