"""The layouts that come with the console: which panes a screen shows. A user's own are in their table memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from console.screens.layout import THREE, TWO
from console.table_memory import Arrangement

STANDARD: Final = "standard"
SHIPPED: Final[Mapping[str, tuple[str, Arrangement]]] = {
    STANDARD: ("positions and orders, with risk, algos, fills, alerts", Arrangement()),
    "trading": (
        "positions and orders, with quotes, ladder, fills",
        Arrangement(
            {
                TWO: ("positions", "orders", "watch", "fills", "ladder"),
                THREE: ("positions", "orders", "watch", "algos", "fills", "alerts", "ladder"),
            },
            "orders",
        ),
    ),
    "algos": (
        "algos with their orders, fills and costs",
        Arrangement(
            {
                TWO: ("orders", "algos", "fills", "costs"),
                THREE: ("orders", "watch", "algos", "fills", "costs", "alerts"),
            },
            "algos",
        ),
    ),
    "risk": (
        "risk meters with positions, P&L curve, breaks, alerts",
        Arrangement(
            {
                TWO: ("positions", "risk", "curve", "breaks", "alerts"),
                THREE: ("positions", "orders", "watch", "risk", "curve", "breaks", "alerts"),
            },
            "risk",
        ),
    ),
}
"""Name -> what it is for, and its panes; at 80x24 the pane that it is about has the screen."""
