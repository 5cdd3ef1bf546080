"""Which layout fits a terminal. Textual's breakpoints judge width and height apart; a desk needs both at once."""

from __future__ import annotations

from typing import Final

TINY: Final = "-tiny"
ONE: Final = "-one"
TWO: Final = "-two"
THREE: Final = "-three"

BREAKPOINTS: Final = ((200, 50, THREE), (120, 32, TWO), (80, 24, ONE), (0, 0, TINY))
"""(least width, least height, the class of the screen), the largest first."""

CLASSES: Final = (TINY, ONE, TWO, THREE)

PANES: Final = (
    "positions", "orders", "fills", "algos", "risk", "alerts", "watch", "breaks", "letters", "performance", "costs",
    "ladder", "curve", "connections", "found",
)  # fmt: skip
"""All panes, in the order of their keys and of Tab."""

SHOWN: Final = {
    TINY: (),
    ONE: PANES,
    TWO: ("positions", "orders", "risk", "algos", "fills", "alerts"),
    THREE: (*PANES[:8], "ladder"),
}
"""The panes that a layout can show; in ONE, one of them at a time. The rest comes by its key, over the whole screen."""


def layout_for(width: int, height: int) -> str:
    """The class of the largest layout that fits."""
    for least_width, least_height, name in BREAKPOINTS:
        if width >= least_width and height >= least_height:
            return name
    return TINY
