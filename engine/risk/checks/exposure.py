"""Money at stake: buying power, largest position, number of positions. Only what increases risk is held to them;
working orders count at their worst case, market orders at the quote plus collar."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ZERO
from engine.risk.context import Context, worst_exposure
from engine.risk.valuation import value_account

RATIO = Decimal("0.000001")


def check_exposure(c: Context) -> None:
    """Buying power, max position % and max positions by one valuation. Source: risk-checks.md §2.7-2.9."""
    if c.reducing or c.instrument is None or not c.ref_px:
        return
    r = c.request
    state = c.state
    valuation = value_account(state, c.quotes, r.account, c.now.market_ns, leave_out=r.symbol)
    if valuation.unmarked:
        c.deny("NO_MARK", ",".join(valuation.unmarked), "a price", r.account, "a held position has no price at all")
        return
    if valuation.stale:
        c.deny(
            "STALE_MARK",
            ",".join(valuation.stale),
            "fresh",
            r.account,
            "a held position's price is stale; only reducing orders are taken",
        )
    equity = valuation.equity
    multiplier = c.instrument.multiplier
    mark = _mark(c)
    if r.side.is_buy:
        after = worst_exposure(c.position_qty, mark, multiplier, c.open_buy_notional + c.notional, ZERO)
    else:
        after = worst_exposure(c.position_qty, mark, multiplier, ZERO, c.open_sell_notional + c.notional)
    _position_share(c, after, equity)
    _buying_power(c, after, valuation.exposure, equity)
    _count(c)


def _mark(c: Context) -> Decimal:
    quote = c.quote
    if quote is None:
        return c.ref_px
    # The side that makes the position look larger.
    return quote.ask if c.position_qty > 0 else quote.bid


def _position_share(c: Context, after: Decimal, equity: Decimal) -> None:
    limit = c.limits.value("risk.max_position_pct")
    if limit is None:
        return
    if equity <= 0 or after > limit * equity:
        share = (after / equity).quantize(RATIO) if equity > 0 else "no equity"
        c.deny(
            "MAX_POSITION_PCT",
            share,
            limit,
            c.request.symbol,
            "position with working orders would be too large a share of equity",
        )


def _buying_power(c: Context, after: Decimal, others: Decimal, equity: Decimal) -> None:
    leverage = c.limits.value("risk.max_leverage")
    if leverage is None:
        return
    limit = equity * leverage
    need = after + others
    if need > limit:
        c.deny(
            "BUYING_POWER",
            need.quantize(Decimal("0.01")),
            limit.quantize(Decimal("0.01")),
            c.request.account,
            "worst-case exposure with this order would exceed equity x leverage",
        )


def _count(c: Context) -> None:
    limit = c.limits.value("risk.max_portfolio_positions")
    if limit is None:
        return
    r = c.request
    active = c.state.active
    if (r.account, r.symbol) in active:
        return
    count = sum(1 for account, _ in active if account == r.account) + 1
    if count > limit:
        c.deny("MAX_PORTFOLIO_POSITIONS", str(count), limit, r.account, "too many instruments held or being opened")
