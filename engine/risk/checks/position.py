"""The largest position in one instrument: quantity, money, share of equity. Worst case: as if every working order of
the order's side, and the order itself, had filled. Source: risk-checks.md 2.7, 2.9."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ZERO
from engine.risk.context import Context
from engine.risk.money import Part, share_of

PCT, WARN_PCT = "risk.max_position_pct", "risk.warn_position_pct"
QTY, NOTIONAL = "risk.max_position_qty", "risk.max_position_notional"


def check_position(c: Context, part: Part, equity: Decimal) -> None:
    """One instrument of the proposal; what is refused is refused of the whole (`c`)."""
    one, limits, after = part.c, part.limits, part.reached
    symbol = one.request.symbol
    share = limits.max_position_pct
    if share is not None and (equity <= ZERO or after > share * equity):
        words = "position with working orders would be too large a share of equity"
        c.deny_limit("MAX_POSITION_PCT", PCT, share_of(after, equity), symbol, words + part.where, of=limits)
    if not limits.has_position_limits:
        return
    qty, notional, soft = limits.max_position_qty, limits.max_position_notional, limits.warn_position_pct
    if qty is not None:
        reached = position_after(part)
        if reached > qty:
            words = "position with working orders would be above its quantity limit"
            c.deny_limit("MAX_POSITION_QTY", QTY, reached, symbol, words + part.where, of=limits)
    if notional is not None and after > notional:
        words = "position with working orders would be worth more than its limit"
        c.deny_limit("MAX_POSITION_NOTIONAL", NOTIONAL, after, symbol, words + part.where, of=limits)
    if soft is not None and not c.request.accept_soft and (equity <= ZERO or after > soft * equity):
        words = f"large position{part.where}: confirm with y"
        c.deny_limit("WARN_POSITION_PCT", WARN_PCT, share_of(after, equity), symbol, words, soft=True, of=limits)


def position_after(part: Part) -> Decimal:
    """The quantity held in the order's own direction once it and every working order of its side have filled."""
    c = part.c
    position = c.position
    if c.request.side.is_buy:
        return position.qty + position.open_buy + c.qty + part.elsewhere_qty
    return position.open_sell + c.qty - position.qty + part.elsewhere_qty
