"""How large an order and a position may be against what the instrument trades in a day (ADV: the mean volume of its
newest 20 days). What is larger can't leave without moving the price."""

from __future__ import annotations

from engine.market.past import is_recent
from engine.risk.checks.position import position_after
from engine.risk.context import Context
from engine.risk.money import Money, Part, share_of

ORDER, WARN, POSITION = "risk.max_adv_pct", "risk.warn_adv_pct", "risk.max_position_adv_pct"


def check_adv(c: Context, money: Money) -> None:
    """Each instrument of the proposal; a replace is held to its new total."""
    for part in money.parts:
        if not part.c.reducing:
            _check(c, part)


def _check(c: Context, part: Part) -> None:
    one, limits, symbol = part.c, part.limits, part.c.request.symbol
    history = c.surroundings.history
    adv = history.adv(symbol) if is_recent(history, symbol, c.now.market_ns) else None
    if not adv:
        words = f"the average daily volume of {symbol} is not known: too few recent days"
        c.deny("NO_HISTORY", "no volume", "20 days", symbol, words)
        return
    qty = one.request.qty
    if one is not c and c.qty:
        qty = qty * c.request.qty / c.qty  # a package's new total, of which its legs have what is left
    words = "the order is a large part of the average daily volume"
    most, soft, whole = limits.max_adv_pct, limits.warn_adv_pct, limits.max_position_adv_pct
    if most is not None and qty > most * adv:
        c.deny_limit("MAX_ADV_PCT", ORDER, share_of(qty, adv), symbol, words, of=limits)
    if soft is not None and qty > soft * adv and not c.request.accept_soft:
        c.deny_limit("WARN_ADV_PCT", WARN, share_of(qty, adv), symbol, words + ": confirm with y", soft=True, of=limits)
    if whole is not None:
        reached = position_after(part)
        if reached > whole * adv:
            words = f"the position with working orders would be too large a part of the daily volume{part.where}"
            c.deny_limit("MAX_POSITION_ADV_PCT", POSITION, share_of(reached, adv), symbol, words, of=limits)
