"""What a proposal does to the money at stake: its account valued once, and each instrument that it touches once all its
own working orders have filled. The checks of exposure, sector, correlation and margin read their figures here.

A single order is one part, a package one for each leg. All money in the base currency.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import msgspec

from engine.model.money import ONE, ZERO
from engine.risk.context import Context
from engine.risk.exposure import reach
from engine.risk.rates import rate_of
from engine.risk.valuation import Valuation, value_account

RATIO = Decimal("0.000001")


class Part(msgspec.Struct, gc=False):
    """One instrument of the proposal. after: what its position comes to in the order's own direction; other: in the
    opposite one. Either is below 0 where it only takes away from what is held."""

    c: Context
    after: Decimal
    other: Decimal

    @property
    def worst(self) -> Decimal:
        """Its exposure, whichever orders fill."""
        return self.after if self.after > self.other else self.other


class Money(msgspec.Struct, gc=False):
    """`rest` is the account; its equity is whole, its exposures leave out the parts' instruments. `exposure` is the
    account's worst case with the proposal."""

    rest: Valuation
    parts: tuple[Part, ...]
    exposure: Decimal
    equity: Decimal

    def reached(self, *, up: bool) -> Decimal:
        """Long less short once all buys have filled (up), or short less long once all sales have."""
        total = self.rest.up if up else self.rest.down
        for part in self.parts:
            total += part.after if part.c.request.side.is_buy is up else part.other
        return total


def money_of(c: Context) -> Money | None:
    """None where it can't be told; what is refused then is in the denials."""
    r = c.request
    if r.legs:
        return _money_of_legs(c)
    valuation = _value(c, (r.symbol,))
    if (valuation.stale or valuation.unmarked or c.rate is not ONE) and not check_marks(c, valuation):
        return None
    part = _part(c)
    worst = part.after if part.after > part.other else part.other
    return Money(valuation, (part,), valuation.exposure + worst, valuation.equity)


def _money_of_legs(c: Context) -> Money | None:
    symbols = tuple(part.request.symbol for part in c.parts)
    valuation = _value(c, symbols)
    in_doubt = valuation.stale or valuation.unmarked or any(part.rate is not ONE for part in c.parts)
    if in_doubt and not check_marks(c, valuation):
        return None
    parts = tuple(_part(part) for part in c.parts)
    return Money(valuation, parts, valuation.exposure + sum((part.worst for part in parts), ZERO), valuation.equity)


def sectors_of(c: Context, money: Money) -> dict[str | None, Decimal]:
    """Exposure by sector of the account without the parts' instruments."""
    if money.rest.margin is not None:
        return money.rest.sectors  # kept
    symbols = tuple([part.c.request.symbol for part in money.parts])
    return value_account(c.state, c.quotes, c.request.account, c.now.market_ns, symbols, by_sector=True).sectors


def _value(c: Context, symbols: tuple[str, ...]) -> Valuation:
    """The account without these instruments: as it is kept, or by walking through it."""
    account, market_ns = c.request.account, c.now.market_ns
    kept = c.books.value(account, market_ns, symbols) if c.books is not None else None
    return kept if kept is not None else value_account(c.state, c.quotes, account, market_ns, symbols)


def _part(c: Context) -> Part:
    # The ask makes a position of either sign look larger.
    mark = c.quote.ask if c.quote is not None else c.ref_px
    position = c.position
    held, unit = position.qty, position.multiplier
    buys, sales = position.open_buy, position.open_sell
    buys_for, sales_for = position.open_buy_notional, position.open_sell_notional
    if c.request.side.is_buy:
        after = reach(held, mark, unit, buys + c.qty, buys_for + c.notional)
        other = reach(-held, mark, unit, sales, sales_for)
    else:
        after = reach(-held, mark, unit, sales + c.qty, sales_for + c.notional)
        other = reach(held, mark, unit, buys, buys_for)
    if c.rate is not ONE:
        after, other = after * c.rate, other * c.rate
    return Part(c, after, other)


def check_marks(c: Context, valuation: Valuation) -> bool:
    """Whether equity and exposure can be told at all. What increases risk needs a price of everything held, and a rate
    of every currency that it depends on, all of them fresh."""
    account, state = c.request.account, c.state
    no_rate, stale_rate = list(valuation.no_rate), list(valuation.stale_rate)
    for part in c.parts if state.rates else ():
        if part.instrument is None or part.instrument.currency == state.base_currency:
            continue
        currency = part.instrument.currency
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


def share_of(value: Decimal, equity: Decimal) -> Decimal | str:
    """A share of equity for a refusal, rounded so that it shows itself above the limit."""
    return (value / equity).quantize(RATIO, ROUND_CEILING) if equity > ZERO else "no equity"
