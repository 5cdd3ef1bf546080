"""Everything a view knows about one break, as lines for a box: what differs, why, and what can be done."""

from __future__ import annotations

import textwrap
from decimal import Decimal

from engine.views import BreakRow
from widgets.format import plain, quantity, signed_quantity
from widgets.lines import Line
from widgets.notation import Notation

WIDTH = 70


def break_title(found: BreakRow) -> str:
    """Break 3: position AAPL"""
    return f"Break {found.no}: {found.kind} {plain(found.key)}"


def break_lines(found: BreakRow, notation: Notation) -> list[Line]:
    """One break with its whole explanation; remedies as they are typed behind `:`."""
    lines: list[Line] = [
        [
            (" Ours        ", "label"),
            (f"{quantity(Decimal(found.ours)):<22}", "normal"),
            (" Since       ", "label"),
            _since(found, notation),
        ],
        [
            (" Broker's    ", "label"),
            (f"{quantity(Decimal(found.theirs)):<22}", "warn"),
            (" Account     ", "label"),
            (plain(found.account), "normal"),
        ],
        [(" Difference  ", "label"), (signed_quantity(Decimal(found.difference)), "strong")],
        [],
    ]
    lines += [[(f" {row}", "strong")] for row in _wrapped(found.why)]
    if found.remedies:
        lines += [[], [(" What can be done", "label")]]
    for remedy in found.remedies:
        first, *rest = _wrapped(remedy) or [""]
        lines += [[(" > ", "dim"), (first, "normal")], *([(f"   {row}", "normal")] for row in rest)]
    return lines


def _since(found: BreakRow, notation: Notation) -> tuple[str, str]:
    return (notation.times.hms(found.since_ns), "normal")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(plain(text), WIDTH, break_on_hyphens=False)
