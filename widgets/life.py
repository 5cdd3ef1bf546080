"""An order's whole life as lines for a box: each fact with its number, both its times and the beginning of its hash."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import Final

from engine.views import FactLine
from widgets.format import plain
from widgets.latencies import answered_after, took
from widgets.lines import Line
from widgets.notation import Notation

HASH_SHOWN: Final = 8
_INDENT: Final = 4


def life_lines(life: Sequence[FactLine], notation: Notation, width: int = 70) -> list[Line]:
    """Two lines or more a fact. The market's time first, then the one of recording."""
    lines: list[Line] = []
    answers = answered_after(life)
    for fact in life:
        lines.append(_head(fact, notation, answers.get(fact.seq)))
        lines += [[(f"{'':{_INDENT}}{row}", "normal")] for row in wrap(plain(fact.text), width - _INDENT)]
    return lines


def _head(fact: FactLine, notation: Notation, answers: tuple[str, int] | None) -> Line:
    times = notation.times
    recorded = times.hms_ms(fact.recorded_ns)
    if times.date(fact.recorded_ns) != times.date(fact.market_ns):
        recorded = f"{times.date(fact.recorded_ns)} {recorded}"
    after = f"  {answers[0]} {took(answers[1])}" if answers is not None else ""
    return [
        (f" {times.hms_ms(fact.market_ns)}", "strong"),
        (f"  seq {fact.seq:,}", "label"),
        (f"  {fact.hash[:HASH_SHOWN]}", "dim"),
        (f"  recorded {recorded}", "dim"),
        (after, "key"),
    ]
