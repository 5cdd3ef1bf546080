"""One measured figure beside its floor (the least that could be, measured in the same run) and its budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """`floor` and `budget` are in `unit`; None where there is none. `more_is_better` for rates. `peers`: what others
    need for the same, as they were measured on a quiet 2-core machine."""

    name: str
    measured: float
    unit: str
    floor: float | None = None
    budget: float | None = None
    more_is_better: bool = False
    peers: str = ""

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        if self.budget is None:
            return True
        return self.measured >= self.budget if self.more_is_better else self.measured <= self.budget


def print_results(results: Iterable[Result]) -> None:
    """A table: name | measured | floor | budget | peers."""
    rows: list[tuple[str, ...]] = [("name", "measured", "floor", "budget", "peers", "")]
    for result in results:
        figures = (result.measured, result.floor, result.budget)
        texts = ["-" if figure is None else f"{_short(figure)} {result.unit}" for figure in figures]
        rows.append((result.name, *texts, result.peers, "" if result.within else "OVER BUDGET"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print(" | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip(" |"), flush=True)


def _short(figure: float) -> str:
    """Four digits, and all those of a large whole number: 0.8123, 21.37, 130,000."""
    return f"{figure:,.0f}" if abs(figure) >= 1000 else f"{figure:.4g}"
