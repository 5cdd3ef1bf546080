"""The broker's day-trade rule: `intraday_margin` (since June 2026 the rule; the margin check is its measure, nothing is
counted), `pdt` (the old pattern day trader rule, which some brokers keep until October 2027) or `off`.

By `pdt` (FINRA 4210(f)(8)(B) of old, risk-checks.md 2.17): with three day trades within five business days, today's
included, and less than 25,000 of equity, no order that opens is taken: it could become the fourth. An order that closes
what was opened today would be the fourth itself; it takes risk away, so that it needs a `y` and is not forbidden.
(The rule spares accounts whose day trades are 6 % of their trades or less: not counted on here.)
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from engine.model.enums import AssetClass
from engine.model.money import CENT
from engine.model.order import symbols_of
from engine.risk.checks.restricted import DATE_CHARS
from engine.risk.context import Context
from engine.risk.valuation import value_account

MOST: Final = 3
LEAST_EQUITY: Final = Decimal(25_000)
BUSINESS_DAYS: Final = 5
SECURITIES: Final = (AssetClass.EQUITY, AssetClass.ETF, AssetClass.OPTION)


def check_day_trades(c: Context) -> None:
    """Refuse what would be, or could become, the fourth day trade of a small account."""
    if not c.limits.pdt:
        return
    r, state = c.request, c.state
    symbols = symbols_of(r)
    classes = [state.instruments[symbol].asset_class for symbol in symbols if symbol in state.instruments]
    if not any(each in SECURITIES for each in classes):
        return
    today = state.day[:DATE_CHARS]
    if not today:
        c.deny("DAY_TRADES", "no day", "known", r.account, "the trading day is not known; no order while pdt is on")
        return
    closes_today = any((r.account, symbol) in state.opened_today for symbol in symbols)
    if c.reducing and not closes_today:
        return
    count = day_trades(c, today)
    if count < MOST:
        return
    valuation = value_account(state, c.quotes, r.account, c.now.market_ns)
    known = not (valuation.stale or valuation.unmarked or valuation.no_rate or valuation.stale_rate)
    if known and valuation.equity >= LEAST_EQUITY:
        return
    equity = f"equity of {valuation.equity.quantize(CENT):,}" if known else "an equity that is not known"
    words = f"{count} day trades in {BUSINESS_DAYS} business days with {equity}, below 25,000"
    soft = c.reducing
    if soft and r.accept_soft:
        return
    end = "closing this today is one more: confirm with y" if soft else "this could become one more"
    c.deny("DAY_TRADES", str(count + 1), str(MOST), r.account, f"{words}; {end}", soft=soft)


def day_trades(c: Context, today: str) -> int:
    """Day trades of the account within the five business days that end today."""
    days = {today}
    day = dt.date.fromisoformat(today)
    is_business_day = c.surroundings.is_business_day
    while len(days) < BUSINESS_DAYS:
        day -= dt.timedelta(days=1)
        if is_business_day(day.isoformat()):
            days.add(day.isoformat())
    trades, account = c.state.day_trades, c.request.account
    return sum(trades.get((account, each), 0) for each in days)
