"""The theme `plain`: no colour at all, not even grey. For NO_COLOR (no-color.org) and for terminals that have none.

Textual's own way with NO_COLOR turns colours into greys, which are colours to such a terminal.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

THEME: Final = "plain"
#: Relative brightness (0 to 1) from which on a ground becomes reversed text, and below which text is dim.
_BRIGHT: Final = 0.5
_QUIET: Final = 0.7


class NoColour(LineFilter):
    """What a bright ground or a quiet colour said is said by reversed or dim text; then the colours go."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(text, None if style is None else without_colour(style), None) for text, style, _ in segments]


@lru_cache(4096)
def without_colour(style: Style) -> Style:
    """The style in the terminal's own two colours."""
    text, ground, bare = style.color, style.bgcolor, style.without_color
    if style.meta:
        bare += Style.from_meta(style.meta)
    if ground is not None and not ground.is_default and _brightness(ground) >= _BRIGHT:
        return bare + Style(reverse=True)
    if text is not None and not text.is_default and _brightness(text) < _QUIET and not style.reverse:
        return bare + Style(dim=True)
    return bare


def _brightness(colour: RichColor) -> float:
    return Color.from_rich_color(colour).brightness
