"""The limits of the book's measured risk: value at risk, expected shortfall, beta. Desk-wide, off as shipped."""

from __future__ import annotations

from typing import Final

from engine.risk.limit_spec import LimitSpec

BOOK_SPECS: Final = (
    LimitSpec("risk.max_var_95", "pct", "off", "one day's VaR at 95 % of the whole book (the worse method), of equity"),
    LimitSpec("risk.max_var_99", "pct", "off", "the same at 99 %"),
    LimitSpec("risk.max_cvar_95", "pct", "off", "one day's expected shortfall at 95 % (the worse method), of equity"),
    LimitSpec("risk.max_cvar_99", "pct", "off", "the same at 99 %"),
    LimitSpec("risk.max_beta", "factor", "off", "|beta| of the whole book against the profile's benchmark"),
)
