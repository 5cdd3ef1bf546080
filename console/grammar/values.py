"""Symbols, quantities, prices and numbers of orders, as words of a line."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal
from typing import Final, Literal

import msgspec

from console.grammar.context import Context, working_sales
from console.grammar.numbers import amount, count, whole_if_whole
from console.grammar.parsed import Expect, GrammarError
from console.grammar.words import Word, Words
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.money import ZERO, floor_to, passive_price, plain
from engine.model.option import OccError, looks_like_option, parse_occ
from engine.views import QuoteRow

SYMBOL: Final = Expect("SYMBOL", "what to trade", "symbol")
QTY: Final = Expect("QTY", "how many: 100, 1,000, 10k, or $10k for an amount of money", "value")
PRICE: Final = Expect("PRICE", "190.50, or @bid @ask @mid @last, also @bid+0.01", "price")
ALL: Final = Expect("all", "the whole position, less what is already being sold")
HALF: Final = Expect("half", "half of the position, rounded down to the lot")
ORDER: Final = Expect("ID", "the order's short number", "order")
_REFERENCE: Final = re.compile(r"@?(bid|ask|mid|last)(?:([+-])([0-9.]+))?", re.IGNORECASE)
_OCC_TAIL: Final = re.compile(r"[0-9]{6}[CP][0-9]{8}")
_CL_ORD_ID: Final = re.compile(r"(?=.*[0-9])[A-Za-z0-9]{8,20}")


class Quantity(msgspec.Struct, frozen=True):
    """A quantity as typed: units, money, or a share of the position."""

    kind: Literal["units", "money", "all", "half"]
    value: Decimal
    word: Word


def read_symbol(words: Words) -> Instrument:
    """An instrument of the universe."""
    symbol, word = _symbol(words, SYMBOL)
    instrument = words.context.instrument(symbol)
    if instrument is None:
        raise words.refused(word, f"{symbol} is not in universe.yaml; it can be closed with flat {symbol}, not traded")
    return instrument


def read_any_symbol(words: Words, *others: Expect) -> str:
    """A symbol of the universe, or one that is held or working. `others`: what else could stand there."""
    return _symbol(words, SYMBOL, *others)[0]


def _symbol(words: Words, *expected: Expect) -> tuple[str, Word]:
    word = words.take(*expected)
    symbol = word.text.upper()
    known = words.context.symbols()
    if (option := _option_symbol(words, word)) is not None:
        return option, word
    if symbol in known:
        return symbol, word
    near = difflib.get_close_matches(symbol, known, n=2, cutoff=0.5)
    near = near or [name for name in known if name.startswith(symbol)][:3]
    raise GrammarError(f"{word.text!r} is no symbol of the universe", word.start, word.end, [SYMBOL], near)


def _option_symbol(words: Words, word: Word) -> str | None:
    """The option that the word names, or the word and the next one (the OCC's 21 characters have blanks between the
    root and the rest); None when it names none. An option on nothing in the universe is refused."""
    text = word.text.upper()
    after = words.peek()
    if after is not None and not looks_like_option(text) and _OCC_TAIL.fullmatch(after.text.upper()):
        text += words.take().text.upper()
    if not looks_like_option(text):
        return None
    try:
        symbol = parse_occ(text).symbol
    except OccError as error:
        raise words.refused(word, str(error)) from None
    if symbol in words.context.symbols() or words.context.instrument(symbol) is not None:
        return symbol
    raise words.refused(word, f"{symbol} is an option on no stock of the universe; list it in universe.yaml")


def read_quantity(words: Words) -> Quantity:
    """`100`, `$10k`, `all` or `half`."""
    word = words.take(QTY, ALL, HALF)
    if word.lower == "all" or word.lower == "half":
        return Quantity("all" if word.lower == "all" else "half", ZERO, word)
    if word.lower in ("risk", "kelly", "vol"):
        raise words.refused(
            word, f"{word.lower} sizes what a single buy or short opens; here give a quantity or $ amount"
        )
    money = word.text.startswith("$")
    value = amount(word.text[1:] if money else word.text)
    if value is None:
        hint = "the quantity stands before the symbol: " if word.text.upper() in words.context.symbols() else ""
        raise words.wrong(word, f"{hint}{word.text!r} is no quantity", back=True)
    return Quantity("money" if money else "units", value, word)


def resolve_quantity(
    words: Words, quantity: Quantity, account: str, side: Side, instrument: Instrument, price: Decimal | None
) -> tuple[Decimal, tuple[str, ...]]:
    """The number of units, and what was rounded or left out. `price`: what a $ amount is divided by."""
    if quantity.kind == "units":
        return quantity.value, ()
    if quantity.kind == "money":
        return _for_money(words, quantity, instrument, price)
    return _of_position(words, quantity, account, side, instrument)


def _for_money(
    words: Words, quantity: Quantity, instrument: Instrument, price: Decimal | None
) -> tuple[Decimal, tuple[str, ...]]:
    if price is None:
        raise no_quote(words, quantity.word, instrument.symbol, "an amount of money needs a price")
    per_unit = price * instrument.multiplier
    qty = floor_to(quantity.value / per_unit, instrument.lot)
    if qty <= 0:
        one = plain(per_unit * instrument.lot)
        message = f"{quantity.word.text} is less than one lot of {instrument.symbol}, which costs {one}"
        raise words.refused(quantity.word, message)
    qty = whole_if_whole(qty)
    note = f"{quantity.word.text} at {plain(price)} = {plain(qty)}, rounded down to the lot: {plain(qty * per_unit)}"
    return qty, (note,)


def _of_position(
    words: Words, quantity: Quantity, account: str, side: Side, instrument: Instrument
) -> tuple[Decimal, tuple[str, ...]]:
    symbol, word = instrument.symbol, quantity.word
    if side is Side.SELL_SHORT:
        raise words.refused(word, f"{word.text} is part of a position; a short sale needs a number")
    position = words.context.position(account, symbol)
    if position * side.sign >= 0:
        held = "no position" if not position else f"a position of {plain(position)}"
        verb = "buy back" if side.is_buy else "sell"
        raise words.refused(word, f"{account} has {held} in {symbol}: nothing to {verb}")
    size = abs(position)
    if quantity.kind == "half":
        qty = floor_to(size / 2, instrument.lot)
        if qty <= 0:
            raise words.refused(word, f"half of {plain(size)} {symbol} is less than one lot")
        return whole_if_whole(qty), (f"half of {plain(size)} = {plain(whole_if_whole(qty))}",)
    busy = ZERO if side.is_buy else working_sales(words.context, account, symbol)
    if busy <= 0:
        return whole_if_whole(size), ()
    if busy >= size:
        raise words.refused(word, f"all {plain(size)} {symbol} are already being sold by working orders")
    left = whole_if_whole(size - busy)
    return left, (f"{plain(busy)} of {plain(size)} are already being sold: all = {plain(left)}",)


def read_price(words: Words, side: Side | None, instrument: Instrument | None) -> tuple[Decimal, tuple[str, ...]]:
    """A price above 0 on the tick, and the note when it was computed or rounded.

    Without `side` and `instrument` (an order that this desk does not show) only a plain number can be read.
    """
    word = words.take(PRICE)
    return price_of(words, word, side, instrument)


def price_of(
    words: Words, word: Word, side: Side | None, instrument: Instrument | None
) -> tuple[Decimal, tuple[str, ...]]:
    """The same for a word that was already taken."""
    plain_text = word.text[1:] if word.text.startswith("@") and word.text[1:2].isdigit() else word.text
    value = amount(plain_text)
    reference = _REFERENCE.fullmatch(word.text) if value is None else None
    computed = ""
    if reference is not None and instrument is not None:
        value = _from_quote(words, word, reference, instrument.symbol)
        computed = word.text
    if value is None:
        raise words.wrong(word, f"{word.text!r} is no price", back=True)
    if side is None or instrument is None:
        return value, ()
    # On the tick, and with as many decimals as the tick has.
    rounded = passive_price(value, instrument.tick, is_buy=side.is_buy).quantize(instrument.tick)
    if rounded <= 0:
        raise words.refused(word, f"{word.text} is {plain(rounded)} on the tick of {plain(instrument.tick)}; too low")
    if computed:
        return rounded, (f"{computed} = {plain(rounded)}",)
    if rounded != value:
        return rounded, (f"{plain(value)} is off the tick of {plain(instrument.tick)}: {plain(rounded)}",)
    return rounded, ()


def _from_quote(words: Words, word: Word, reference: re.Match[str], symbol: str) -> Decimal:
    row = fresh_quote(words.context, symbol)
    name, sign, offset_text = reference[1].lower(), reference[2], reference[3]
    offset = amount(offset_text) if offset_text else ZERO
    if offset is None:
        raise words.wrong(word, f"{word.text!r} is no price", back=True)
    if row is None or row.bid is None or row.ask is None or (name == "last" and row.last_px is None):
        raise no_quote(words, word, symbol, f"{word.text} needs a fresh quote of {symbol}")
    base = {"bid": row.bid, "ask": row.ask, "mid": (row.bid + row.ask) / 2, "last": row.last_px or ZERO}[name]
    value = base - offset if sign == "-" else base + offset
    if value <= 0:
        raise words.refused(word, f"{word.text} is {plain(value)}; a price is above 0")
    return value


def fresh_quote(context: Context, symbol: str) -> QuoteRow | None:
    """The quote, if it is neither stale, locked, crossed nor one-sided."""
    row = context.quote(symbol)
    if row is None or row.stale or row.bid is None or row.ask is None or not 0 < row.bid < row.ask:
        return None
    return row


def no_quote(words: Words, word: Word, symbol: str, why: str) -> GrammarError:
    """The error for a line that needs a quote, saying what is wrong with the one there is."""
    row = words.context.quote(symbol)
    if row is None:
        state = "there is none yet"
    elif row.stale:
        state = f"it is stale ({row.age_ns // 1_000_000_000} s)"
    elif row.bid is not None and row.ask is not None and row.bid >= row.ask:
        state = "it is locked or crossed"
    else:
        state = "a side is missing"
    return GrammarError(f"{why}: {state}; give a price", word.start, word.end, needs_quote=symbol)


def order_ref(words: Words, word: Word) -> int | str | None:
    """A short number, or a cl_ord_id; None when the word is neither."""
    number = count(word.text)
    if number is not None:
        return number
    known = {row.cl_ord_id.upper(): row.cl_ord_id for row in words.context.open_orders()}
    if word.text.upper() in known:
        return known[word.text.upper()]
    # A cancel must not be refused because the view lags behind: what looks like an id is passed on.
    is_symbol = word.text.upper() in words.context.symbols() or looks_like_option(word.text)
    if _CL_ORD_ID.fullmatch(word.text) and not is_symbol:
        return word.text
    return None


def read_order(words: Words) -> int | str:
    """One order: its short number or cl_ord_id."""
    word = words.take(ORDER)
    ref = order_ref(words, word)
    if ref is None:
        raise words.wrong(word, f"{word.text!r} is no order number", back=True)
    return ref


def notes_on(words: Words, refs: tuple[int | str, ...]) -> tuple[str, ...]:
    """Says which of the orders are not seen working; the desk itself decides."""
    seen = {row.id for row in words.context.open_orders()} | {row.cl_ord_id for row in words.context.open_orders()}
    return tuple(f"no working order {ref} is seen" for ref in refs if ref not in seen)
