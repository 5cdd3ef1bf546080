"""Short sales of shares: the locate and the price test. Both are switches of risk_params.yaml.

Locate (Reg SHO 203(b)(1), risk-checks.md 2.13): the short part of an order, together with what was sold short today
and what works to be, is within what was located for today. Every located share is used once: buying back frees none.

Price test (Reg SHO 201): once the day's low is 10 % or more below the prior close, shares are sold short only above the
national best bid, for the rest of the day and the next one. The low is that of the prints (without any: of the mids)
that the desk has seen; what it has not seen, or a close that it does not know, refuses while the switch is on.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.model.enums import AssetClass, Side
from engine.model.money import ZERO, plain
from engine.orders.order import HELD
from engine.risk.checks.restricted import DATE_CHARS
from engine.risk.context import Context

SHORT: Final = Side.SELL_SHORT
SHARES: Final = (AssetClass.EQUITY, AssetClass.ETF)
FALL: Final = Decimal("0.10")


def check_short_sale(c: Context) -> None:
    """Both tests, where they are on; of shares alone."""
    if c.request.side is not SHORT:
        return
    limits, instrument = c.limits, c.instrument
    if instrument is None or instrument.asset_class not in SHARES:
        return
    if limits.require_locate:
        _check_locate(c)
    if limits.short_sale_rule:
        _check_price(c)


def _check_locate(c: Context) -> None:
    r, locates = c.request, c.surroundings.locates
    if locates.is_easy(r.symbol):
        return
    position = c.position
    long_left = max(position.qty - position.open_sell, ZERO)
    need = used_today(c) + max(c.qty - long_left, ZERO)
    located = locates.located(r.symbol, r.account, c.state.day[:DATE_CHARS])
    if need > located:
        words = "sold short today with this order; less is located for today (locates.yaml)"
        c.deny("LOCATE", need, located, r.symbol, f"{plain(need)} would be {words}")


def used_today(c: Context) -> Decimal:
    """Shares of the symbol sold short today and working to be, in all accounts, without the order that is replaced."""
    symbol, old = c.request.symbol, c.replacing
    apart = old is not None and (
        old.base is HELD or not c.surroundings.capabilities(c.request.account).replace_is_cancel_new
    )
    used = c.state.shorted.get(symbol, ZERO)
    for order in c.state.resting.at(symbol, is_buy=False).values():
        if apart and order is old:
            continue
        if order.legs:
            used += sum((leg.reserved_qty for leg in order.legs if leg.symbol == symbol and leg.side is SHORT), ZERO)
        elif order.side is SHORT:
            used += order.worst_leaves
    return used


def fell_by_a_tenth(low: Decimal, close: Decimal) -> bool:
    """Whether a price as low as this restricts short sales: a fall of 10 % or more."""
    return low <= close * (1 - FALL)


def _check_price(c: Context) -> None:
    r, symbol, now = c.request, c.request.symbol, c.now.market_ns
    if now >= c.state.short_restricted.get(symbol, 0):
        close, low = c.surroundings.history.prior_close(symbol), c.quotes.day_low(symbol)
        if close is None or low is None:
            missing = "prior close" if close is None else "low of the day"
            words = f"the {missing} of {symbol} is not known; no short sale while risk.short_sale_rule is on"
            c.deny("SHORT_SALE_RULE", f"no {missing}", "known", symbol, words)
            return
        if not fell_by_a_tenth(low, close):
            return
    quote = c.quote
    if quote is None:
        c.deny("SHORT_SALE_RULE", "no quote", "above the bid", symbol, f"{symbol} is restricted and has no fresh bid")
    elif r.limit_px is None or r.limit_px <= quote.bid:
        value = plain(r.limit_px) if r.limit_px is not None else "market"
        words = f"{symbol} fell 10 %: it is sold short only by a limit above the bid (Reg SHO 201)"
        c.deny("SHORT_SALE_RULE", value, f">{plain(quote.bid)}", symbol, words)
