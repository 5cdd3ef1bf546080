"""Packages: buy 2 AAPL260116C00200000 / sell 2 AAPL260116C00210000 lmt 3.10, several legs as one order at a net price.

The net price is what one package costs for each unit: bought legs count, sold ones take off. Below 0 it brings money:
lmt -1.20, or lmt 1.20 cr. Quantities of the legs make the number of packages and the ratios: buy 2 / sell 4 is two
packages of one and two.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from math import gcd
from typing import Final

import msgspec

from console.grammar.numbers import amount
from console.grammar.parsed import Expect, Parsed
from console.grammar.values import Quantity, fresh_quote, no_quote, read_quantity, read_symbol
from console.grammar.words import Word, Words, tag_word
from engine.inputs import PlaceOrder
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.money import ZERO, floor_to, plain
from engine.model.order import OrderRequest
from engine.model.package import MOST_LEGS, Leg, package_symbol

SLASH: Final = Expect("/", "another leg of the same order: / sell 2 SYMBOL")
_SIDES: Final = (
    Expect("buy", "this leg buys"),
    Expect("sell", "this leg sells, an option also beyond what is held"),
    Expect("short", "this leg sells short"),
)
_SIDE_OF: Final = {"buy": Side.BUY, "sell": Side.SELL, "short": Side.SELL_SHORT}
_WORD_OF: Final = {side: word for word, side in _SIDE_OF.items()}
_LMT: Final = Expect("lmt", "a limit at the net price that follows")
_MID: Final = Expect("mid", "a limit at the net of the legs' mids, rounded in your favour")
_NET: Final = Expect("NET", "what one package costs: 3.10; what it brings: -1.20, or 1.20 cr", "value")
_CREDIT: Final = Expect("cr", "a credit: the package brings that much")
_DEBIT: Final = Expect("db", "a debit: the package costs that much")
_TIMES: Final = (
    Expect("day", "until the end of the trading day (the default)"),
    Expect("gtc", "until cancelled"),
    Expect("ioc", "fill what is there at once, cancel the rest"),
    Expect("fok", "fill all of it at once, or nothing"),
)
_REDUCE: Final = Expect("reduce", "may only reduce positions")
_ALIASES: Final = {"limit": "lmt", "credit": "cr", "debit": "db"}


class _Part(msgspec.Struct):
    side: Side
    qty: int
    instrument: Instrument


class _Terms(msgspec.Struct):
    limit_px: Decimal | None = None
    time_in_force: TimeInForce | None = None
    reduce_only: bool = False
    notes: list[str] = []


def read_package(words: Words, side: Side, quantity: Quantity, instrument: Instrument) -> Parsed:
    """The order whose first leg was read, from its first slash on. Level 2 with a leg sold short."""
    parts = [_Part(side, _whole(words, quantity), instrument)]
    while words.keyword([SLASH]) is not None:
        if len(parts) == MOST_LEGS:
            raise words.missing(f"a package has at most {MOST_LEGS} legs")
        parts.append(_read_part(words, parts))
    tick = min(part.instrument.tick for part in parts)
    terms = _Terms()
    while _read_term(words, terms, parts, tick):
        pass
    words.finish()
    account = words.account()
    tag = words.tag()
    if terms.limit_px is None:
        raise words.missing("at what net price?")
    packages = reduce(gcd, (part.qty for part in parts))
    legs = tuple(Leg(part.instrument.symbol, part.side, part.qty // packages) for part in parts)
    request = OrderRequest(
        account=account,
        symbol=package_symbol(legs),
        side=Side.BUY,
        qty=Decimal(packages),
        ord_type=OrdType.LIMIT,
        limit_px=terms.limit_px,
        time_in_force=terms.time_in_force or TimeInForce.DAY,
        reduce_only=terms.reduce_only,
        user=words.context.user,
        tag=tag,
        legs=legs,
    )
    short = any(part.side is Side.SELL_SHORT for part in parts)
    why = "a leg is sold short" if short else ""
    notes = (*terms.notes, net_words(terms.limit_px), *([why] if short else []))
    return Parsed(_WORD_OF[side], PlaceOrder(request), 2 if short else 1, echo_of_package(request), notes, why=why)


def echo_of_package(request: OrderRequest) -> str:
    """The package as a line of the grammar, every choice spelled out."""
    legs = [f"{_WORD_OF[g.side]} {plain(request.qty * g.ratio)} {g.symbol}" for g in request.legs]
    parts = [" / ".join(legs), "lmt", plain(request.limit_px or ZERO), request.time_in_force.value]
    parts += ["reduce"] if request.reduce_only else []
    parts.append(f"@{request.account}")
    parts += [tag_word(request.tag)] if request.tag else []
    return " ".join(parts)


def net_words(net: Decimal) -> str:
    """What the sign of a net price means."""
    if not net:
        return "even: a package costs nothing"
    return f"a debit of {plain(net)}: what a package costs" if net > 0 else f"a credit of {plain(-net)}: what it brings"


def read_net_price(words: Words, tick: Decimal) -> tuple[Decimal, tuple[str, ...]]:
    """A net price, 0 or below allowed, and the note when it was rounded (down: to where it can't cost more)."""
    word = words.take(_NET)
    text = word.text.removeprefix("-")
    value = ZERO if text.strip("0.") == "" and text[:1] == "0" else amount(text)
    if value is None:
        raise words.wrong(word, f"{word.text!r} is no net price", back=True)
    value = -value if word.text.startswith("-") else _signed(words, value)
    rounded = floor_to(value, tick).quantize(tick)
    if rounded == value:
        return rounded, ()
    return rounded, (f"{plain(value)} is off the tick of {plain(tick)}: {plain(rounded)}",)


def _signed(words: Words, value: Decimal) -> Decimal:
    sign = words.keyword([_CREDIT, _DEBIT], _ALIASES)
    return -value if sign == "cr" else value


def _read_part(words: Words, parts: list[_Part]) -> _Part:
    name = words.keyword(_SIDES)
    if name is None:
        word = words.peek()
        raise words.missing() if word is None else words.wrong(word, f"{word.text!r} is no side", near=word.lower)
    quantity = read_quantity(words)
    before = words.peek()
    instrument = read_symbol(words)
    if before is not None and any(part.instrument.symbol == instrument.symbol for part in parts):
        raise words.refused(before, f"{instrument.symbol} is a leg already")
    return _Part(_SIDE_OF[name], _whole(words, quantity), instrument)


def _whole(words: Words, quantity: Quantity) -> int:
    if quantity.kind != "units" or quantity.value != quantity.value.to_integral_value():
        raise words.refused(quantity.word, f"{quantity.word.text}: legs of a package are counted in whole units")
    return int(quantity.value)


def _read_term(words: Words, terms: _Terms, parts: list[_Part], tick: Decimal) -> bool:
    options: list[Expect] = [_LMT, _MID] if terms.limit_px is None else []
    options += _TIMES if terms.time_in_force is None else ()
    options += [] if terms.reduce_only else [_REDUCE]
    word = words.peek()
    name = words.keyword(options, _ALIASES)
    match name:
        case None:
            return False
        case "lmt":
            terms.limit_px, notes = read_net_price(words, tick)
            terms.notes += notes
        case "mid":
            assert word is not None
            terms.limit_px = _net_mid(words, word, parts, tick)
            terms.notes.append(f"mid = {plain(terms.limit_px)}")
        case "reduce":
            terms.reduce_only = True
        case _:
            terms.time_in_force = TimeInForce(name)
    return True


def _net_mid(words: Words, word: Word, parts: list[_Part], tick: Decimal) -> Decimal:
    packages = reduce(gcd, (part.qty for part in parts))
    net = ZERO
    for part in parts:
        row = fresh_quote(words.context, part.instrument.symbol)
        if row is None or row.bid is None or row.ask is None:
            raise no_quote(words, word, part.instrument.symbol, f"mid needs a fresh quote of {part.instrument.symbol}")
        net += (row.bid + row.ask) / 2 * part.side.sign * (part.qty // packages)
    return floor_to(net, tick).quantize(tick)
