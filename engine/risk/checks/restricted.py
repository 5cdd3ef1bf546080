"""The restricted list (restricted.yaml): symbols in which this desk, or one account of it, may not trade.

Exact symbols; an option is restricted with its underlying. `all` refuses every order in it, one that reduces too;
`close_only` lets through what only reduces (source: risk-checks.md 2.12). Liquidation and `flat` are not held to it,
nor is a stop that protects a position when it is reached: a kill must be able to close whatever is held (DESIGN §7).
"""

from __future__ import annotations

from engine.risk.context import Context

DATE_CHARS = 10
"""Length of the ISO date with which a trading day's name begins."""


def check_restricted(c: Context) -> None:
    """Refuse what the list names. The account's own lines and those for all accounts count alike."""
    listed = c.surroundings.restricted
    if not listed.lines:
        return
    r, instrument, today = c.request, c.instrument, c.state.day[:DATE_CHARS]
    symbols = [r.symbol]
    if instrument is not None and instrument.option:
        symbols.append(instrument.option.underlying)
    for symbol in symbols:
        line = listed.covering(symbol, r.account, today)
        if line is None or (line.close_only and c.reducing):
            continue
        allowed = "close_only" if line.close_only else "none"
        words = f"{symbol} is restricted{', but for closing' if line.close_only else ''}: {line.reason}"
        c.deny("RESTRICTED", r.side.value, allowed, symbol, f"{words}{f' (until {line.until})' if line.until else ''}")
        return
