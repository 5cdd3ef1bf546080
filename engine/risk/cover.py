"""Written options must be covered: nobody's loss is without a bound.

A short call is covered by a long call of the same underlying that expires no earlier, or by the underlying's shares,
one contract's worth each; a short put by a long put, or by cash for its strike. Where the long option's strike leaves a
gap, the loss that remains is covered by cash. What working orders may still sell counts as sold; what they may buy
covers nothing before it is bought, except the bought legs of a package, which fill together with what they cover.
Shares, long options and cash that cover one contract cover no other. (Margin rules refine this in a later version.)"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from engine.model.instrument import Instrument, OptionTerms
from engine.model.money import CENT, ZERO
from engine.state import DeskState

if TYPE_CHECKING:
    from engine.risk.context import Context


class Cover(msgspec.Struct, frozen=True):
    """How the written options of one underlying stand: contracts that nothing covers, the cash that the others need,
    and the cash there is (less what working buys may take)."""

    uncovered: Decimal
    cash_needed: Decimal
    cash_free: Decimal

    def is_worse_than(self, before: Cover) -> bool:
        """Whether something is uncovered that was not before."""
        short_of_cash = self.cash_needed > self.cash_free and self.cash_needed > before.cash_needed
        return self.uncovered > before.uncovered or short_of_cash


class _Option(msgspec.Struct):
    terms: OptionTerms
    multiplier: Decimal
    left: Decimal
    """Contracts not yet matched, > 0."""


def check_cover(c: Context, instrument: Instrument) -> None:
    """A sale that leaves a written option without its cover is refused: of the option itself, or of what covers it."""
    request, old = c.request, c.replacing
    underlying = instrument.option.underlying if instrument.option else instrument.symbol
    if underlying not in c.state.options:
        return
    given_back = old.reserved_qty if old is not None else ZERO
    before = cover_of(c.state, request.account, underlying, {})
    after = cover_of(c.state, request.account, underlying, {request.symbol: given_back - c.qty})
    deny_if_worse(c, before, after, request.symbol)


def deny_if_worse(c: Context, before: Cover, after: Cover, scope: str) -> None:
    """Refuse what leaves more uncovered than there was."""
    if not after.is_worse_than(before):
        return
    if after.uncovered > before.uncovered:
        words = "contracts would be short without shares, cash or a long option that covers them"
        c.deny("UNCOVERED_OPTION", after.uncovered, "0", scope, words)
    else:
        words = "cash must cover written puts and the gaps of spreads"
        c.deny("UNCOVERED_OPTION", after.cash_needed.quantize(CENT), after.cash_free.quantize(CENT), scope, words)


def cover_of(state: DeskState, account: str, underlying: str, change: Mapping[str, Decimal]) -> Cover:
    """The cover of one underlying's written options once everything that works to be sold is sold. `change`: signed
    quantities by symbol that come on top."""
    calls: list[_Option] = []
    puts: list[_Option] = []
    written_calls: list[_Option] = []
    written_puts: list[_Option] = []
    bought = _bought_by_packages(state, account)
    for symbol in state.options.get(underlying, ()):
        instrument = state.instruments[symbol]
        qty = _worst_qty(state, account, symbol) + bought.get(symbol, ZERO) + change.get(symbol, ZERO)
        if not qty or not instrument.option:
            continue
        is_call = instrument.option.is_call
        pile = (calls if qty > ZERO else written_calls) if is_call else (puts if qty > ZERO else written_puts)
        pile.append(_Option(instrument.option, instrument.multiplier, abs(qty)))
    needed = _match(written_calls, calls) + _match(written_puts, puts)
    shares = max(_worst_qty(state, account, underlying) + change.get(underlying, ZERO), ZERO)
    uncovered = ZERO
    for option in written_calls:
        by_shares = min(option.left, shares // option.multiplier)
        shares -= by_shares * option.multiplier
        uncovered += option.left - by_shares
    for option in written_puts:
        needed += option.left * option.terms.strike * option.multiplier
    return Cover(uncovered, needed, _free_cash(state, account, underlying))


def _match(written: list[_Option], owned: list[_Option]) -> Decimal:
    """Match written options with owned ones that expire no earlier, each with the one that leaves the smallest gap; the
    cash that the gaps need. What is matched is taken from both."""
    needed = ZERO
    for short in sorted(written, key=lambda o: (o.terms.expires_ns, o.terms.strike), reverse=True):
        fitting = [o for o in owned if o.left and o.terms.expires_ns >= short.terms.expires_ns]
        for long in sorted(fitting, key=lambda o: (_gap(short, o), -abs(o.terms.strike - short.terms.strike))):
            matched = min(short.left, long.left)
            short.left -= matched
            long.left -= matched
            needed += matched * _gap(short, long) * short.multiplier
            if not short.left:
                break
    return needed


def _gap(short: _Option, long: _Option) -> Decimal:
    """What the pair can lose a unit: a call that is owned higher, or a put lower, than the one written."""
    distance = long.terms.strike - short.terms.strike
    return max(distance if short.terms.is_call else -distance, ZERO)


def _worst_qty(state: DeskState, account: str, symbol: str) -> Decimal:
    position = state.positions.get((account, symbol))
    return position.qty - position.open_sell if position is not None else ZERO


def _bought_by_packages(state: DeskState, account: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for order in state.open_orders.values():
        if order.legs and order.account == account:
            for leg in order.legs:
                if leg.side.is_buy:
                    found[leg.symbol] = found.get(leg.symbol, ZERO) + leg.reserved_qty
    return found


def _free_cash(state: DeskState, account: str, underlying: str) -> Decimal:
    """Cash in the underlying's currency less what working buys in it may take."""
    book = state.accounts.get(account)
    if book is None:
        return ZERO
    options = state.options.get(underlying, ())
    named = state.instruments.get(underlying) or (state.instruments[options[0]] if options else None)
    currency = named.currency if named is not None else state.base_currency
    working = sum(
        (p.open_buy_notional for (owner, _), p in state.active.items() if owner == account and p.currency == currency),
        ZERO,
    )
    return book.cash_in(currency) - working
