"""buy, sell, short: QTY SYMBOL, then how, how long and for whom in any order."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from console.grammar.package_line import SLASH, echo_of_package, read_package
from console.grammar.parsed import Expect, Parsed
from console.grammar.values import (
    Quantity,
    fresh_quote,
    price_of,
    read_price,
    read_quantity,
    read_symbol,
    resolve_quantity,
)
from console.grammar.words import Word, Words
from engine.inputs import PlaceOrder
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.money import plain
from engine.model.order import OrderRequest

_MKT: Final = Expect("mkt", "a market order")
_LMT: Final = Expect("lmt", "a limit order at the price that follows")
_MID: Final = Expect("mid", "a limit order at the middle of bid and ask")
_AT: Final = Expect("@bid", "a limit order at a price from the quote: @bid @ask @mid @last, also @bid+0.01", "price")
_STOP: Final = Expect("stop", "a stop at the price that follows; with lmt as well it becomes a stop-limit")
_STOPLMT: Final = Expect("stoplmt", "a stop-limit: the stop price, then the limit price")
_TIMES: Final = (
    Expect("day", "until the end of the trading day (the default)"),
    Expect("gtc", "until cancelled"),
    Expect("ioc", "fill what is there at once, cancel the rest"),
    Expect("fok", "fill all of it at once, or nothing"),
)
_EXT: Final = Expect("ext", "also in extended hours")
_REDUCE: Final = Expect("reduce", "may only reduce the position")
_ALIASES: Final = {
    "market": "mkt",
    "limit": "lmt",
    "stp": "stop",
    "stplmt": "stoplmt",
    "stop_limit": "stoplmt",
    "stop-limit": "stoplmt",
}
_LATER: Final = {
    "tp": "brackets (tp, sl) come with a later version",
    "sl": "brackets (tp, sl) come with a later version",
    "oco": "oco comes with a later version",
    "trail": "trailing stops come with a later version",
    "gtd": "gtd comes with a later version; this one has day gtc ioc fok",
    "opg": "opg comes with a later version; this one has day gtc ioc fok",
    "cls": "cls comes with a later version; this one has day gtc ioc fok",
    "hide": "display quantities come with a later version",
    "show": "display quantities come with a later version",
    "risk": "sizing by risk comes with a later version",
}
_SIDE_WORDS: Final = {Side.BUY: "buy", Side.SELL: "sell", Side.SELL_SHORT: "short"}


class _Terms:
    """What the modifiers have said so far."""

    def __init__(self, side: Side, instrument: Instrument) -> None:
        self.side = side
        self.instrument = instrument
        self.market = False
        self.limit_px: Decimal | None = None
        self.stop_px: Decimal | None = None
        self.time_in_force: TimeInForce | None = None
        self.extended = False
        self.reduce_only = False
        self.notes: list[str] = []

    @property
    def ord_type(self) -> OrdType:
        if self.stop_px is not None:
            return OrdType.STOP if self.limit_px is None else OrdType.STOP_LIMIT
        return OrdType.MARKET if self.limit_px is None else OrdType.LIMIT

    @property
    def is_typed(self) -> bool:
        return self.market or self.limit_px is not None or self.stop_px is not None

    def options(self) -> list[Expect]:
        """What may still follow."""
        found: list[Expect] = []
        if not self.is_typed:
            found.append(_MKT)
        if not self.market and self.limit_px is None:
            found += [_LMT, _MID, _AT]
        if not self.market and self.stop_px is None:
            found += [_STOP] if self.limit_px is not None else [_STOP, _STOPLMT]
        if self.time_in_force is None:
            found += _TIMES
        if not self.is_typed and self.time_in_force is None:
            found.append(SLASH)
        return found + [option for option, on in ((_EXT, self.extended), (_REDUCE, self.reduce_only)) if not on]


def read_order_line(words: Words, side: Side) -> Parsed:
    """The order. Level 2 for a short sale and for a market order out of regular hours."""
    quantity = read_quantity(words)
    instrument = read_symbol(words)
    word = words.peek()
    if word is not None and word.text == SLASH.text:
        return read_package(words, side, quantity, instrument)
    terms = _Terms(side, instrument)
    while _read_modifier(words, terms):
        pass
    if not words.at_end:
        raise _misplaced(words, terms)
    account = words.account()
    tag = words.tag()
    if not terms.is_typed and quantity.kind not in ("all", "half"):
        raise words.missing("at what price?")
    qty, sized = resolve_quantity(words, quantity, account, side, instrument, _sizing_price(words, terms))
    request = OrderRequest(
        account=account,
        symbol=instrument.symbol,
        side=side,
        qty=qty,
        ord_type=terms.ord_type,
        limit_px=terms.limit_px,
        stop_px=terms.stop_px,
        time_in_force=terms.time_in_force or TimeInForce.DAY,
        extended=terms.extended,
        reduce_only=terms.reduce_only or quantity.kind in ("all", "half"),
        user=words.context.user,
        tag=tag,
    )
    level, why = _level(words, request)
    notes = (*sized, *terms.notes, *_implied(terms, quantity), *([why] if level > 1 else []))
    return Parsed(_SIDE_WORDS[side], PlaceOrder(request), level, echo_of(request), notes, why=why)


def echo_of(request: OrderRequest) -> str:
    """The order as a line of the grammar, every choice spelled out."""
    if request.legs:
        return echo_of_package(request)
    parts = [_SIDE_WORDS[request.side], plain(request.qty), request.symbol]
    if request.stop_px is not None:
        parts += ["stop", plain(request.stop_px)]
    if request.limit_px is not None:
        parts += ["lmt", plain(request.limit_px)]
    if request.ord_type is OrdType.MARKET:
        parts.append("mkt")
    parts.append(request.time_in_force.value)
    parts += ["ext"] if request.extended else []
    parts += ["reduce"] if request.reduce_only else []
    parts.append(f"@{request.account}")
    parts += [f"#{request.tag}"] if request.tag else []
    return " ".join(parts)


def _read_modifier(words: Words, terms: _Terms) -> bool:
    """Take one modifier. False when the next word is none."""
    before = words.peek()
    name = words.keyword(terms.options(), _ALIASES)
    if name is None:
        return before is not None and _read_reference(words, terms, before)
    match name:
        case "mkt":
            terms.market = True
        case "lmt":
            terms.limit_px = _price(words, terms)
        case "mid":
            assert before is not None
            terms.limit_px = _price(words, terms, before)
        case "stop":
            terms.stop_px = _price(words, terms)
        case "stoplmt":
            terms.stop_px = _price(words, terms)
            words.keyword([_LMT], _ALIASES)
            terms.limit_px = _price(words, terms)
        case "ext":
            terms.extended = True
        case "reduce":
            terms.reduce_only = True
        case _:
            terms.time_in_force = TimeInForce(name)
    return True


def _read_reference(words: Words, terms: _Terms, word: Word) -> bool:
    """`@bid+0.01` and its kin set the limit."""
    if not word.text.startswith("@") or terms.market or terms.limit_px is not None:
        return False
    words.take()
    terms.limit_px = _price(words, terms, word)
    return True


def _price(words: Words, terms: _Terms, word: Word | None = None) -> Decimal:
    if word is None:
        price, notes = read_price(words, terms.side, terms.instrument)
    else:
        price, notes = price_of(words, word, terms.side, terms.instrument)
    terms.notes += notes
    return price


def _misplaced(words: Words, terms: _Terms) -> Exception:
    word = words.peek()
    assert word is not None
    later = _LATER.get(word.lower)
    if later is not None:
        return words.refused(word, later)
    if word.text[:1].isdigit() and terms.limit_px is None and not terms.market:
        return words.wrong(word, f"{word.text} alone is doubtful; for a limit say lmt {word.text}")
    given = _ALIASES.get(word.lower, word.lower)
    if given in {"mkt", "lmt", "mid", "stop", "stoplmt", "ext", "reduce"} | {e.text for e in _TIMES}:
        return words.wrong(word, f"{word.text!r} doesn't fit what was said before")
    return words.wrong(word, f"{word.text!r} can't stand here", near=word.lower)


def _sizing_price(words: Words, terms: _Terms) -> Decimal | None:
    """What an amount of money is divided by: the limit, else the stop, else the side of the quote that is taken."""
    if terms.limit_px is not None or terms.stop_px is not None:
        return terms.limit_px if terms.limit_px is not None else terms.stop_px
    row = fresh_quote(words.context, terms.instrument.symbol)
    if row is None:
        return None
    return row.ask if terms.side.is_buy else row.bid


def _level(words: Words, request: OrderRequest) -> tuple[int, str]:
    session = words.context.session
    if request.ord_type is OrdType.MARKET and session != "regular":
        hours = "the market is closed" if session == "closed" else "these are extended hours"
        return 2, f"a market order while {hours}"
    if request.side is Side.SELL_SHORT:
        return 2, "a short sale"
    return 1, ""


def _implied(terms: _Terms, quantity: Quantity) -> tuple[str, ...]:
    return () if terms.is_typed else (f"{quantity.kind} without a price: a market order",)
