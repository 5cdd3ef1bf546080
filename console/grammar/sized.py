"""From risk, edge or volatility to a quantity, with every step in words. Anything not known refuses the line.

Money is in the base currency of the desk; what one unit is worth, or loses, is converted at the fresh rate that makes
it more, so that the quantity is never too large.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from console.grammar.context import Context
from console.grammar.numbers import whole_if_whole
from console.grammar.parsed import GrammarError
from console.grammar.sized_values import Sizing
from console.grammar.values import fresh_quote, no_quote
from console.grammar.words import Words
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.money import ONE, plain
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.fixed_fractional import for_risk
from engine.risk.sizing.kelly import kelly_binary
from engine.risk.sizing.lots import units_for
from engine.risk.sizing.volatility_target import volatility_target

_CENT: Final = Decimal("0.01")


class Sized(msgspec.Struct, frozen=True):
    """The quantity, and how it came about."""

    qty: Decimal
    notes: tuple[str, ...]


def touch_of(words: Words, sizing: Sizing, side: Side, symbol: str) -> Decimal:
    """The side of the fresh quote at which the entry would trade. Raises GrammarError without one."""
    row = fresh_quote(words.context, symbol)
    if row is None or row.bid is None or row.ask is None:
        raise no_quote(words, sizing.word, symbol, f"{sizing.text} needs an entry price")
    return row.ask if side.is_buy else row.bid


def check_stop(
    words: Words, sizing: Sizing, side: Side, symbol: str, entry: Decimal, stop: Decimal, *, waits: bool
) -> None:
    """A protective stop lies on the losing side of its entry and, where the entry may fill now (it does not wait for a
    stop of its own), of the market, too: else it would go out at once. Raises GrammarError."""
    where = "below" if side.is_buy else "above"
    if stop >= entry if side.is_buy else stop <= entry:
        why = f"the stop of a {_deal(side)} lies {where} its entry at {plain(entry)}; {plain(stop)} does not"
        raise words.refused(sizing.word, why)
    row = None if waits else fresh_quote(words.context, symbol)
    if row is None or row.bid is None or row.ask is None:
        return
    if stop >= row.bid if side.is_buy else stop <= row.ask:
        name, touch = ("bid", row.bid) if side.is_buy else ("ask", row.ask)
        why = f"the stop at {plain(stop)} is not {where} the {name} of {plain(touch)}: it would go out at once"
        raise words.refused(sizing.word, why)


def resolve_sizing(
    words: Words,
    sizing: Sizing,
    account: str,
    instrument: Instrument,
    entry: Decimal,
    stop: Decimal | None,
) -> Sized:
    """How many. `entry`: the price counted on; `stop`: the protective one. Raises GrammarError that says why none."""
    try:
        if sizing.method == "risk":
            return _by_risk(words, sizing, account, instrument, entry, stop)
        if sizing.method == "kelly":
            return _by_kelly(words, sizing, account, instrument, entry, stop)
        return _by_volatility(words, sizing, account, instrument, entry)
    except SizingError as error:
        raise words.refused(sizing.word, str(error)) from None


def _by_risk(
    words: Words, sizing: Sizing, account: str, instrument: Instrument, entry: Decimal, stop: Decimal | None
) -> Sized:
    if stop is None:
        raise words.missing(f"{sizing.text} needs a stop: what is lost between entry and stop is what is risked")
    if sizing.amount is not None:
        return _for_loss(words, sizing, instrument, sizing.amount, entry, stop, [])
    assert sizing.share is not None
    equity = _equity(words, sizing, account)
    amount = equity * sizing.share
    said = f"{_percent(sizing.share)} of {_money(equity)} equity = {_money(amount)}"
    return _for_loss(words, sizing, instrument, amount, entry, stop, [said])


def _by_kelly(
    words: Words, sizing: Sizing, account: str, instrument: Instrument, entry: Decimal, stop: Decimal | None
) -> Sized:
    """With a stop the bet is what is lost there; without one all of the position is at stake."""
    assert sizing.share is not None
    weight = kelly_binary(sizing.share, sizing.payoff, fraction=sizing.fraction, cap=sizing.cap)
    rate = plain(sizing.share)
    if not weight:
        why = f"winning {rate} of the time at {plain(sizing.payoff)} to 1 has no edge: Kelly bets nothing"
        raise words.refused(sizing.word, why)
    equity = _equity(words, sizing, account)
    full = f"Kelly {rate} - {plain(1 - sizing.share)}/{plain(sizing.payoff)}"
    full += f", at most {plain(sizing.cap)}" if sizing.cap != 1 else ""
    full += f", x {plain(sizing.fraction)}" if sizing.fraction != 1 else ""
    notes = [f"{full} = {_percent(weight)} of {_money(equity)} equity"]
    if stop is None:
        return _for_weight(words, sizing, instrument, weight, equity, entry, notes)
    return _for_loss(words, sizing, instrument, weight * equity, entry, stop, notes)


def _by_volatility(words: Words, sizing: Sizing, account: str, instrument: Instrument, entry: Decimal) -> Sized:
    assert sizing.share is not None
    realized, source = sizing.realized, "given"
    if realized is None:
        estimate = words.context.volatility(instrument.symbol)
        if estimate is None:
            why = f"the volatility of {instrument.symbol} is not known here; give it: {sizing.text} realized 25%"
            raise words.refused(sizing.word, why)
        realized, source = estimate, "of the last daily closes"
    weight = volatility_target(sizing.share, realized, cap=sizing.cap)
    equity = _equity(words, sizing, account)
    note = f"{_percent(sizing.share)} / {_percent(realized)} {source} = {_percent(sizing.share / realized)}"
    note += f", capped at {_percent(sizing.cap)}" if weight == sizing.cap else ""
    return _for_weight(words, sizing, instrument, weight, equity, entry, [f"{note} of {_money(equity)} equity"])


def _for_loss(
    words: Words,
    sizing: Sizing,
    instrument: Instrument,
    amount: Decimal,
    entry: Decimal,
    stop: Decimal,
    notes: list[str],
) -> Sized:
    rate, at_rate = _rate(words, sizing, instrument)
    found = for_risk(amount, entry, stop, lot=instrument.lot, point_value=instrument.multiplier * rate)
    distance = plain(abs(entry - stop)) + (f" x {plain(instrument.multiplier)}" if instrument.multiplier != 1 else "")
    unit = f"{plain(entry)} to {plain(stop)} is {distance}{at_rate} a unit"
    if found.qty < instrument.min_qty or not found.qty:
        least = max(instrument.lot, instrument.min_qty)
        why = f"{_money(amount)} is too little: {unit}, and the least is {plain(least)}"
        raise words.refused(sizing.word, f"{why}, which would risk {_money(found.per_unit * least)}")
    qty = whole_if_whole(found.qty)
    loses = plain(found.per_unit.normalize())
    said = f"{_money(amount)} / {loses} a unit = {plain(qty)}, down to the lot: {_money(found.at_risk)}"
    return Sized(qty, (*notes, unit, f"{said} at risk"))


def _for_weight(
    words: Words,
    sizing: Sizing,
    instrument: Instrument,
    weight: Decimal,
    equity: Decimal,
    entry: Decimal,
    notes: list[str],
) -> Sized:
    rate, at_rate = _rate(words, sizing, instrument)
    point_value = instrument.multiplier * rate
    qty = units_for(weight, equity, entry, lot=instrument.lot, point_value=point_value)
    price = plain(entry) + (f" x {plain(instrument.multiplier)}" if instrument.multiplier != 1 else "") + at_rate
    money = f"{_money(weight * equity)} at {price}"
    if qty < instrument.min_qty or not qty:
        raise words.refused(sizing.word, f"{money} is less than one lot of {instrument.symbol}")
    qty = whole_if_whole(qty)
    return Sized(qty, (*notes, f"{money} = {plain(qty)}, down to the lot: {_money(qty * entry * point_value)}"))


def _equity(words: Words, sizing: Sizing, account: str) -> Decimal:
    equity, why = words.context.equity(account)
    if equity is None:
        raise words.refused(sizing.word, f"{sizing.text} is a share of equity, and {why}")
    if equity <= 0:
        raise words.refused(sizing.word, f"{sizing.text} is a share of equity, and that is {plain(equity)}")
    return equity


def _rate(words: Words, sizing: Sizing, instrument: Instrument) -> tuple[Decimal, str]:
    """What one unit of the instrument's currency costs in the base currency, and how to say so."""
    context = words.context
    if instrument.currency == context.base_currency:
        return ONE, ""
    pair, rate = context.rate(instrument.currency)
    if rate is None:
        raise _no_rate(context, sizing, instrument.currency, pair)
    return rate, f" x {plain(rate)} {context.base_currency} a {instrument.currency}"


def _no_rate(context: Context, sizing: Sizing, currency: str, pair: str) -> GrammarError:
    state = "is not fresh" if pair else "is not known: no pair of the two is in universe.yaml"
    why = f"{sizing.text} is in {context.base_currency}, and its rate to {currency} {state}"
    word = sizing.word
    return GrammarError(why, word.start, word.end, needs_quote=pair or None)


def _deal(side: Side) -> str:
    return "buy" if side.is_buy else "short sale"


def _money(value: Decimal) -> str:
    """To the cent and with separators; for reading only."""
    text = f"{value.quantize(_CENT):,f}" if value >= 1 else plain(value.normalize())
    return text.removesuffix(".00")


def _percent(value: Decimal) -> str:
    text = f"{(value * 100).quantize(_CENT):,f}"
    return f"{text.rstrip('0').rstrip('.')}%"
