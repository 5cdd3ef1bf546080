"""One measured figure beside its floor (the least that could be, measured in the same run) and its budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """`floor` and `budget` are in `unit`; None where there is none. `more_is_better` for rates."""

    name: str
    measured: float
    unit: str
    floor: float | None = None
    budget: float | None = None
    more_is_better: bool = False

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        if self.budget is None:
            return True
        return self.measured >= self.budget if self.more_is_better else self.measured <= self.budget


def print_results(results: Iterable[Result]) -> None:
    """A table: name | measured | floor | budget."""
    rows: list[tuple[str, ...]] = [("name", "measured", "floor", "budget", "")]
    for result in results:
        figures = (result.measured, result.floor, result.budget)
        texts = ["-" if figure is None else f"{figure:,.4g} {result.unit}" for figure in figures]
        rows.append((result.name, *texts, "" if result.within else "OVER BUDGET"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        print(" | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip(" |"))
