"""The colour themes. Each fills the same variables, which `desk.tcss` uses; no theme says anything by colour alone.

`okabe_ito` uses the hues of M. Okabe and K. Ito, "Color Universal Design" (2008), which stay apart for every common
kind of colour blindness; where text needs it they are lighter than in the paper. Every text is readable on every ground
it stands on: a contrast of 4.5 at least, as WCAG 2.2 (AA) defines it, in `high_contrast` 7 (AAA); a test measures it.
"""

from __future__ import annotations

from typing import Final

from themes.look import DEFAULTS, Look

OKABE_ITO: Final = Look("okabe_ito", "#0f1318", "#d5dce4", DEFAULTS)

RED_GREEN: Final = Look(
    "red_green",
    "#0d1117",
    "#d6dbe1",
    DEFAULTS
    | {
        "quiet": "#93a0ae",
        "title": "#171e27",
        "title-focus": "#1d3350",
        "bar": "#151b23",
        "up": "#3fb950",
        "down": "#ff7b72",
        "buy": "#6cb0ff",
        "sell": "#c6a0ff",
        "info": "#6cb0ff",
        "key": "#6cb0ff",
        "warn": "#e3b341",
        "alarm": "#0d1117",
        "alarm-back": "#ff7a70",
        "badge": "#0d1117",
        "paper-back": "#58a6ff",
        "live-back": "#f85149",
        "active-back": "#3fb950",
        "reducing-back": "#d29922",
        "halted-back": "#f85149",
        "stale": "#93a0ae",
        "cursor": "#1d3350",
        "cursor-blurred": "#171e27",
    },
)

LIGHT: Final = Look(
    "light",
    "#fbfaf7",
    "#1b1f24",
    DEFAULTS
    | {
        "quiet": "#4f5a66",
        "faint": "#c9c5bb",
        "title": "#ece8df",
        "title-focus": "#dbe9f7",
        "bar": "#f1eee6",
        "up": "#00583f",
        "down": "#8a0f00",
        "buy": "#0b4f8a",
        "sell": "#8a2f63",
        "info": "#0b4f8a",
        "key": "#0b4f8a",
        "warn": "#7d5a00",
        "alarm": "#ffffff",
        "alarm-back": "#9c3400",
        "badge": "#ffffff",
        "paper-back": "#0b5a9c",
        "live-back": "#b33c00",
        "active-back": "#006b4d",
        "reducing-back": "#7a5500",
        "halted-back": "#b33c00",
        "stale": "#4f5a66",
        "cursor": "#dbe9f7",
        "cursor-blurred": "#ece8df",
    },
    dark=False,
)

COLOURS_256: Final = Look(
    "colours_256",
    "#000000",
    "#dadada",
    DEFAULTS
    | {
        "quiet": "#a8a8a8",
        "faint": "#303030",
        "title": "#1c1c1c",
        "title-focus": "#303030",
        "bar": "#121212",
        "up": "#00d787",
        "down": "#ff875f",
        "buy": "#5fafff",
        "sell": "#d787af",
        "info": "#5fafff",
        "key": "#5fd7ff",
        "warn": "#ffd700",
        "alarm": "#000000",
        "alarm-back": "#ff875f",
        "badge": "#000000",
        "paper-back": "#5fafff",
        "live-back": "#ff5f00",
        "active-back": "#00af87",
        "reducing-back": "#d7af00",
        "halted-back": "#ff5f00",
        "stale": "#a8a8a8",
        "cursor": "#303030",
        "cursor-blurred": "#1c1c1c",
        "cursor-style": "bold",
    },
)
"""Only colours of the 256-colour palette from 16 on, so that no terminal has to guess the nearest one."""

SIXTEEN: Final = Look(
    "sixteen",
    "#000000",
    "#ffffff",
    DEFAULTS
    | {
        "quiet": "#aaaaaa",
        "faint": "#555555",
        "title": "#000000",
        "title-focus": "#0000aa",
        "bar": "#000000",
        "up": "#55ff55",
        "down": "#ff55ff",
        "buy": "#55ffff",
        "sell": "#ff55ff",
        "info": "#55ffff",
        "key": "#55ffff",
        "warn": "#ffff55",
        "alarm": "#000000",
        "alarm-back": "#ff55ff",
        "badge": "#000000",
        "paper-back": "#55ffff",
        "live-back": "#ff5555",
        "active-back": "#55ff55",
        "reducing-back": "#ffff55",
        "halted-back": "#ff5555",
        "stale": "#aaaaaa",
        "cursor": "#000000",
        "cursor-blurred": "#000000",
        "cursor-style": "bold reverse",
    },
)
"""Only the sixteen colours that every colour terminal has, as Rich knows them; the cursor's row is reversed."""

HIGH_CONTRAST: Final = Look(
    "high_contrast",
    "#000000",
    "#ffffff",
    DEFAULTS
    | {
        "quiet": "#d0d0d0",
        "faint": "#707070",
        "title": "#141414",
        "title-focus": "#0a2a4d",
        "bar": "#000000",
        "up": "#4dffb8",
        "up-style": "bold",
        "down": "#ffac7a",
        "down-style": "bold",
        "buy": "#9ad6ff",
        "buy-style": "bold",
        "sell": "#ffb0da",
        "sell-style": "bold",
        "info": "#9ad6ff",
        "key": "#9ad6ff",
        "warn": "#ffe14d",
        "alarm": "#000000",
        "alarm-back": "#ffa066",
        "badge": "#000000",
        "paper-back": "#9ad6ff",
        "live-back": "#ffa066",
        "active-back": "#4dffb8",
        "reducing-back": "#ffe14d",
        "halted-back": "#ffa066",
        "stale": "#d0d0d0",
        "stale-style": "italic underline",
        "cursor": "#0a2a4d",
        "cursor-blurred": "#141414",
        "cursor-style": "bold underline",
    },
)

_GREYS: Final = DEFAULTS | {
    "quiet": "#a8a8a8",
    "faint": "#303030",
    "title": "#1c1c1c",
    "title-focus": "#303030",
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
    "stale": "#a8a8a8",
    "cursor": "#303030",
    "cursor-blurred": "#1c1c1c",
}
MONOCHROME: Final = Look("monochrome", "#000000", "#d0d0d0", _GREYS)
"""Greys: tells things apart by weight, reversal and underlining only."""

PLAIN: Final = Look(
    "plain",
    "#000000",
    "#d0d0d0",
    _GREYS | {"title": "#000000", "bar": "#000000", "title-focus": "#ffffff", "cursor-style": "bold reverse"},
)
"""What `widgets.plain` makes of it has no colour at all, not even grey: bold, dim, underlined, reversed."""

THEMES: Final[dict[str, Look]] = {
    look.name: look for look in (OKABE_ITO, RED_GREEN, LIGHT, HIGH_CONTRAST, COLOURS_256, SIXTEEN, MONOCHROME, PLAIN)
}
DEFAULT_THEME: Final = OKABE_ITO.name
