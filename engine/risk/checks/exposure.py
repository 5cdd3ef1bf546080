"""Money at stake: buying power, largest position, number of positions. Only what increases risk is held to them;
working orders count at their worst case, market orders at the quote plus collar."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from engine.model.money import CENT, ONE, ZERO
from engine.risk.context import Context
from engine.risk.exposure import side_exposure
from engine.risk.rates import rate_of
from engine.risk.valuation import Valuation, value_account

RATIO = Decimal("0.000001")


def check_exposure(c: Context) -> None:
    """By one valuation (source: risk-checks.md 2.7-2.9): |position| once the working orders of this side and this one
    have filled, as a share of equity; the account's worst-case exposure against equity x leverage; the number of
    instruments held or being opened."""
    if c.reducing or c.shrinking or c.instrument is None or not c.ref_px:
        return
    r = c.request
    valuation = value_account(c.state, c.quotes, r.account, c.now.market_ns, leave_out=r.symbol)
    rate = c.rate
    in_doubt = rate is not ONE or valuation.stale or valuation.unmarked
    if in_doubt and not check_marks(c, valuation):
        return
    # The ask makes a position of either sign look larger.
    mark = c.quote.ask if c.quote is not None else c.ref_px
    position = c.position
    held, unit = position.qty, position.multiplier
    if r.side.is_buy:
        after = side_exposure(held, mark, unit, position.open_buy + c.qty, position.open_buy_notional + c.notional)
        other = side_exposure(-held, mark, unit, position.open_sell, position.open_sell_notional)
    else:
        after = side_exposure(-held, mark, unit, position.open_sell + c.qty, position.open_sell_notional + c.notional)
        other = side_exposure(held, mark, unit, position.open_buy, position.open_buy_notional)
    if rate is not ONE:
        after, other = after * rate, other * rate
    equity, limits = valuation.equity, c.limits
    share, leverage, most = limits.max_position_pct, limits.max_leverage, limits.max_positions
    if share is not None and (equity <= ZERO or after > share * equity):
        c.deny(
            "MAX_POSITION_PCT",
            (after / equity).quantize(RATIO, ROUND_CEILING) if equity > ZERO else "no equity",
            share,
            r.symbol,
            "position with working orders would be too large a share of equity",
        )
    need = (after if after > other else other) + valuation.exposure
    if leverage is not None and need > equity * leverage:
        c.deny(
            "BUYING_POWER",
            need.quantize(CENT, ROUND_CEILING),
            (equity * leverage).quantize(CENT, ROUND_FLOOR),
            r.account,
            "worst-case exposure with this order would exceed equity x leverage",
        )
    if most is not None and len(c.state.active) >= most:
        _count(c, most)


def check_marks(c: Context, valuation: Valuation) -> bool:
    """Whether equity and exposure can be told at all. What increases risk needs a price of everything held, and a rate
    of every currency that it depends on, all of them fresh."""
    account, state = c.request.account, c.state
    no_rate, stale_rate = list(valuation.no_rate), list(valuation.stale_rate)
    if state.rates and c.instrument is not None and c.instrument.currency != state.base_currency:
        currency = c.instrument.currency
        rate = rate_of(state, c.quotes, currency, c.now.market_ns)
        if rate is None and currency not in no_rate:
            no_rate.append(currency)
        elif rate is not None and not rate.fresh and currency not in stale_rate:
            stale_rate.append(currency)
    if no_rate:
        names, base = ",".join(no_rate), state.base_currency
        c.deny("NO_RATE", names, f"a rate to {base}", account, f"no rate of {names} to {base} is known")
        return False
    if valuation.unmarked:
        c.deny("NO_MARK", ",".join(valuation.unmarked), "a price", account, "a held position has no price at all")
        return False
    words = "is stale; only reducing orders are taken"
    if stale_rate:
        names, base = ",".join(stale_rate), state.base_currency
        c.deny("STALE_RATE", names, "fresh", account, f"the rate of {names} to {base} {words}")
    stale = [name for name in valuation.stale if name not in valuation.stale_rate]
    if stale:
        c.deny("STALE_MARK", ",".join(stale), "fresh", account, f"a held position's price {words}")
    return True


def _count(c: Context, most: int) -> None:
    """Instruments held or being opened in the account, this one included."""
    active, account, symbol = c.state.active, c.request.account, c.request.symbol
    # An order that is held here or replaced must not count itself as what was there before.
    if (account, symbol) in active and (c.replacing is None or c.position.is_active):
        return
    count = sum(1 for owner, name in active if owner == account and name != symbol) + 1
    if count > most:
        c.deny("MAX_PORTFOLIO_POSITIONS", str(count), str(most), account, "too many instruments held or being opened")
