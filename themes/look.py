"""What a theme consists of: the variables that `desk.tcss` and the widgets use. Imports no Textual before it must."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from textual.theme import Theme

COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
STYLE_WORDS: Final = ("none", "bold", "dim", "italic", "underline", "reverse")

#: The variables with the values of `okabe_ito`; they stand in where another Textual theme is chosen.
DEFAULTS: Final[dict[str, str]] = {
    "quiet": "#94a1af",
    "faint": "#2a333d",
    "title": "#1a212a",
    "title-focus": "#20354d",
    "bar": "#161c23",
    "up": "#12b383",
    "up-style": "none",
    "down": "#f28444",
    "down-style": "none",
    "buy": "#56b4e9",
    "buy-style": "none",
    "sell": "#d88fb6",
    "sell-style": "none",
    "info": "#56b4e9",
    "key": "#56b4e9",
    "warn": "#f5b82e",
    "warn-style": "bold",
    "alarm": "#0f1318",
    "alarm-back": "#f28444",
    "alarm-style": "bold",
    "badge": "#0f1318",
    "paper-back": "#56b4e9",
    "live-back": "#d55e00",
    "active-back": "#009e73",
    "reducing-back": "#e69f00",
    "halted-back": "#d55e00",
    "badge-style": "bold",
    "stale": "#94a1af",
    "stale-style": "italic",
    "cursor": "#20354d",
    "cursor-blurred": "#1a212a",
    "cursor-style": "bold",
}

GROUNDS: Final = ("background", "bar", "title", "title-focus", "cursor", "cursor-blurred")
"""What text stands on; `background` is the theme's own colour, the others are variables."""
TEXTS: Final = ("foreground", "quiet", "up", "down", "buy", "sell", "info", "key", "warn", "stale", "alarm-back")
"""What may stand on any ground. `alarm-back` is a text's colour under a pane's cursor."""
BADGES: Final = (
    ("alarm", "alarm-back"),
    ("badge", "paper-back"),
    ("badge", "live-back"),  # and the other way round: an alarm in the bar of a live desk
    ("badge", "active-back"),
    ("badge", "reducing-back"),
    ("badge", "halted-back"),
)
"""(text, its own ground) of the words that stand out."""


#: Contrast of text on its ground that every shipped theme has at least: WCAG 2.2, level AA, and AAA.
READABLE: Final = 4.5
HIGH: Final = 7.0


class Look(msgspec.Struct, frozen=True):
    """A theme before Textual is imported. Colours are `#rrggbb`; `variables` has the keys of DEFAULTS."""

    name: str
    background: str
    foreground: str
    variables: dict[str, str]
    dark: bool = True

    def colour(self, name: str) -> str:
        """The colour of one of GROUNDS, TEXTS or BADGES."""
        own = {"background": self.background, "foreground": self.foreground}
        return own.get(name) or self.variables[name]

    def to_textual(self) -> Theme:
        """What Textual takes."""
        from textual.theme import Theme

        return Theme(
            name=self.name,
            primary=self.variables["key"],
            secondary=self.variables["sell"],
            accent=self.variables["key"],
            success=self.variables["up"],
            warning=self.variables["warn"],
            error=self.variables["down"],
            foreground=self.foreground,
            background=self.background,
            surface=self.background,
            panel=self.variables["title"],
            dark=self.dark,
            variables=self.variables,
        )
