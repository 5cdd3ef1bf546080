"""The measured risk of the whole book: while it is over a limit, nothing that increases risk goes out.

The newest measurement counts (engine.risk.book_risk makes one a second): what an order would add to it shows after its
fill, so that these limits stop a book that has grown too risky, and the limits of positions and exposure the order
that would make it so. A measurement that is old, or that could not be made, refuses. A hedge that is no reducing order
is refused as well: measured risk has no sides.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from engine.model.figures import Figures
from engine.model.money import ZERO
from engine.risk.context import Context
from engine.risk.meters import FIGURES_STALE_NS, is_flat

#: Limit -> (code of its refusal, the figures that are held to it, how messages call it).
HELD: Final = {
    "risk.max_var_95": ("MAX_VAR_95", ("var_95", "normal_var_95"), "VaR 95"),
    "risk.max_var_99": ("MAX_VAR_99", ("var_99", "normal_var_99"), "VaR 99"),
    "risk.max_cvar_95": ("MAX_CVAR_95", ("cvar_95", "normal_cvar_95"), "CVaR 95"),
    "risk.max_cvar_99": ("MAX_CVAR_99", ("cvar_99", "normal_cvar_99"), "CVaR 99"),
    "risk.max_beta": ("MAX_BETA", ("beta",), "beta"),
}
_STEP: Final = Decimal("0.000001")


def check_book(c: Context) -> None:
    """Each limit that is on, against the worse of its figures; equality passes. An empty book has no risk."""
    limits = c.limits.book
    if not limits or c.reducing or c.shrinking or is_flat(c.state):
        return
    figures, age_ns = c.state.figures, c.now.wall_ns - c.state.figures_ns
    for key in limits:
        code, names, words = HELD[key]
        worst = _share(figures, names)
        if figures is None or age_ns > FIGURES_STALE_NS:
            old = "not measured yet" if figures is None else f"{age_ns / 1e9:.1f} s old"
            c.deny_limit(code, key, old, "desk", f"{words} of the book is not known now")
        elif figures.stale:
            c.deny_limit(code, key, "stale", "desk", f"{words} of the book stands on prices that are not fresh")
        elif worst is None:
            lacking = ",".join(figures.missing) or ("equity" if figures.beta is not None else "benchmark")
            c.deny_limit(code, key, f"no {lacking}", "desk", f"{words} of the book is not known")
        elif worst > (c.limits.value(key) or ZERO):
            share = worst.quantize(_STEP, ROUND_CEILING)
            c.deny_limit(
                code, key, share, "desk", f"{words} of the book is over its limit; only reducing orders go out"
            )


def _share(figures: Figures | None, names: tuple[str, ...]) -> Decimal | None:
    """The worse of the figures as a share of equity (beta is a ratio already); None where one is not known."""
    if figures is None or figures.equity is None or figures.equity <= ZERO:
        return None
    if names == ("beta",):
        return abs(figures.beta) if figures.beta is not None else None
    found: list[Decimal] = [value for name in names if (value := getattr(figures, name)) is not None]
    return max(found) / figures.equity if len(found) == len(names) else None
