"""What a proposal does to the money at stake: its account valued once, and each instrument that it touches once all its
own working orders have filled. The checks of exposure, sector, correlation and margin read their figures here.

A single order is one part, a package one for each leg. All money in the base currency.

A desk with several accounts has two measures: the order's own account, held to that account's limits, and the sum of
all accounts, held to the desk's (docs/decisions/limits-of-several-accounts.md).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import msgspec

from engine.connections import accounts_of
from engine.model.money import ONE, ZERO
from engine.model.scope import DESK
from engine.risk.context import Context
from engine.risk.desk_value import total
from engine.risk.exposure import reach
from engine.risk.limits import Limits
from engine.risk.margin import long_qty, margin_of, short_qty
from engine.risk.rates import rate_of
from engine.risk.valuation import Valuation, value_account

RATIO = Decimal("0.000001")
#: How refusals name the sum of several accounts.
OF_ALL = " (all accounts together)"


class Part(msgspec.Struct, gc=False):
    """One instrument of the proposal. after: what its position comes to in the order's own direction; other: in the
    opposite one. Either is below 0 where it only takes away from what is held. reached: `after`, and what the other
    accounts can come to in that direction where their sum is measured (elsewhere_qty: the same in units)."""

    c: Context
    after: Decimal
    other: Decimal
    reached: Decimal
    limits: Limits
    elsewhere_qty: Decimal = ZERO
    where: str = ""

    @property
    def worst(self) -> Decimal:
        """Its exposure, whichever orders fill."""
        return self.after if self.after > self.other else self.other


class Money(msgspec.Struct, gc=False):
    """One measure and the limits that it is held to. `rest` is the account (or the sum of all); its equity is whole,
    its exposures leave out the parts' instruments in the order's account. `exposure` is the worst case with the
    proposal. `each`: what `rest` is the sum of, by account. `of_all`: the second measure, where there are two. `where`
    says in a refusal what was measured, "" where it is the order's account."""

    rest: Valuation
    parts: tuple[Part, ...]
    exposure: Decimal
    equity: Decimal
    limits: Limits
    scope: str
    each: tuple[tuple[str, Valuation], ...]
    of_all: Money | None = None
    where: str = ""

    @property
    def tied(self) -> Decimal:
        """What of equity times leverage is used with the proposal: exposure, and of futures their margin."""
        tied = self.exposure
        if self.rest.eased:
            tied -= self.rest.eased
        for part in self.parts:
            instrument = part.c.instrument
            if instrument is not None and instrument.future:
                tied -= part.worst - margin_needed(part)[0]
        return tied

    @property
    def has_futures(self) -> bool:
        """Whether anything that it counts ties up a margin of its own."""
        return bool(self.rest.eased) or any(p.c.instrument is not None and p.c.instrument.future for p in self.parts)

    def reached(self, *, up: bool) -> Decimal:
        """Long less short once all buys have filled (up), or short less long once all sales have."""
        total_ = self.rest.up if up else self.rest.down
        for part in self.parts:
            total_ += part.after if part.c.request.side.is_buy is up else part.other
        return total_


def margin_needed(part: Part) -> tuple[Decimal, Decimal]:
    """(initial, maintenance) of one instrument of the proposal, by the account's own limits."""
    one, is_buy = part.c, part.c.request.side.is_buy
    up, down = (part.after, part.other) if is_buy else (part.other, part.after)
    short, long = short_qty(one.position), long_qty(one.position)
    short, long = (short, long + one.qty) if is_buy else (short + one.qty, long)
    return margin_of(one.limits, one.instrument, up, down, short, long, one.rate)


def money_of(c: Context) -> Money | None:
    """None where it can't be told; what is refused then is in the denials."""
    r = c.request
    if r.legs:
        return _money_of_legs(c)
    account = r.account
    valuation = _value(c, account, (r.symbol,))
    if (valuation.stale or valuation.unmarked or c.rate is not ONE) and not check_marks(c, valuation, account):
        return None
    part = _part(c)
    worst = part.after if part.after > part.other else part.other
    money = Money(
        valuation, (part,), valuation.exposure + worst, valuation.equity, c.limits, account, ((account, valuation),)
    )
    state = c.state
    return money if len(state.accounts) < 2 and not state.connections else _of_several(c, money)


def _money_of_legs(c: Context) -> Money | None:
    symbols = tuple(part.request.symbol for part in c.parts)
    account, state = c.request.account, c.state
    valuation = _value(c, account, symbols)
    in_doubt = valuation.stale or valuation.unmarked or any(part.rate is not ONE for part in c.parts)
    if in_doubt and not check_marks(c, valuation, account):
        return None
    parts = tuple(_part(part) for part in c.parts)
    exposure = valuation.exposure + sum((part.worst for part in parts), ZERO)
    money = Money(valuation, parts, exposure, valuation.equity, c.limits, account, ((account, valuation),))
    return money if len(state.accounts) < 2 and not state.connections else _of_several(c, money)


def _of_several(c: Context, money: Money) -> Money | None:
    """The account's measure with its own limits, and beside it the desk's."""
    parted = c.state.limits.parted
    own, of_all = parted(c.request.account, c.request.strategy, c.request.user, c.request.symbol)
    each_limits = [parted(r.account, r.strategy, r.user, r.symbol) for r in (part.c.request for part in money.parts)]
    parts = money.parts
    money.limits = own
    money.parts = tuple(
        msgspec.structs.replace(part, limits=limits) for part, (limits, _) in zip(parts, each_limits, strict=True)
    )
    if not (of_all.measures or any(limits.measures for _, limits in each_limits)):
        return money
    rests = _rest_of_desk(c, money)
    if rests is None:
        return None
    rest = total([valuation for _, valuation in rests])
    wide = tuple(_with_others(part, limits) for part, (_, limits) in zip(parts, each_limits, strict=True))
    exposure = rest.exposure + sum((part.worst for part in parts), ZERO)
    money.of_all = Money(rest, wide, exposure, rest.equity, of_all, DESK, rests, None, OF_ALL)
    return money


def _rest_of_desk(c: Context, money: Money) -> tuple[tuple[str, Valuation], ...] | None:
    """Every account by itself, the order's own first; None where one of them can't be told."""
    state = c.state
    rests = list(money.each)
    known = True
    for account in dict.fromkeys((*accounts_of(state), *state.accounts)):
        if account == c.request.account:
            continue
        if account not in state.accounts:
            words = f"what {account} holds was never told by its broker, so that limits of the whole desk can't be held"
            c.deny("ACCOUNT_UNSEEN", account, "seen", DESK, f"{words}; only reducing orders are taken")
            known = False
            continue
        valuation = _value(c, account, ())
        if (valuation.stale or valuation.unmarked) and not check_marks(c, valuation, account):
            known = False
        rests.append((account, valuation))
    return tuple(rests) if known else None


def _with_others(part: Part, limits: Limits) -> Part:
    """The part with what the other accounts can come to in its direction. A position that another account holds the
    other way takes nothing away: that account may close it, and nothing would ask again."""
    c, is_buy = part.c, part.c.request.side.is_buy
    r, mark = c.request, c.quote.ask if c.quote is not None else c.ref_px
    reached, qty = max(part.after, ZERO), ZERO
    for account in c.state.accounts:
        position = c.state.active.get((account, r.symbol)) if account != r.account else None
        if position is None:
            continue
        held = position.qty if is_buy else -position.qty
        working, money = (
            (position.open_buy, position.open_buy_notional)
            if is_buy
            else (position.open_sell, position.open_sell_notional)
        )
        theirs = reach(held, mark, position.multiplier, working, money)
        if c.rate is not ONE:
            theirs *= c.rate
        reached += max(theirs, ZERO)
        qty += max(held + working, ZERO)
    return msgspec.structs.replace(part, reached=reached, limits=limits, elsewhere_qty=qty, where=OF_ALL)


def sectors_of(c: Context, money: Money) -> dict[str | None, Decimal]:
    """Exposure by sector without the parts' instruments."""
    found: dict[str | None, Decimal] = {}
    for account, rest in money.each:
        sectors = rest.sectors
        if rest.margin is None:  # it was not kept
            mine = account == c.request.account
            symbols = tuple([part.c.request.symbol for part in money.parts]) if mine else ()
            sectors = value_account(c.state, c.quotes, account, c.now.market_ns, symbols, by_sector=True).sectors
        if len(money.each) == 1:
            return sectors
        for sector, amount in sectors.items():
            found[sector] = found.get(sector, ZERO) + amount
    return found


def _value(c: Context, account: str, symbols: tuple[str, ...]) -> Valuation:
    """An account without these instruments: as it is kept, or by walking through it."""
    market_ns = c.now.market_ns
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
    return Part(c, after, other, after, c.limits)


def check_marks(c: Context, valuation: Valuation, account: str) -> bool:
    """Whether equity and exposure of an account can be told at all. What increases risk needs a price of everything
    held, and a rate of every currency that it depends on, all of them fresh."""
    state = c.state
    no_rate, stale_rate = list(valuation.no_rate), list(valuation.stale_rate)
    for part in c.parts if state.rates and account == c.request.account else ():
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
