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
#: Limit -> (code of its refusal, the figures that are held to it, how messages call it).
HELD: Final = {
    "risk.max_var_95": ("MAX_VAR_95", ("var_95", "normal_var_95"), "VaR 95"),
    "risk.max_var_99": ("MAX_VAR_99", ("var_99", "normal_var_99"), "VaR 99"),
    "risk.max_cvar_95": ("MAX_CVAR_95", ("cvar_95", "normal_cvar_95"), "CVaR 95"),
    "risk.max_cvar_99": ("MAX_CVAR_99", ("cvar_99", "normal_cvar_99"), "CVaR 99"),
    "risk.max_beta": ("MAX_BETA", ("beta",), "beta"),
}
