"""buy, sell, short: QTY SYMBOL, then how, how long, with what exits and for whom in any order."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from console.grammar.echo import SIDE_WORDS, bracket_echo, echo_of
from console.grammar.exits import exits_of
from console.grammar.held_values import Trail, read_end, read_trail, read_trigger, read_via
from console.grammar.package_line import SLASH, read_package
from console.grammar.parsed import Expect, Parsed
from console.grammar.sized import check_stop, resolve_sizing, touch_of
from console.grammar.sized_values import Sizing, read_sizing
from console.grammar.values import (
    ALL,
    HALF,
    QTY,
    Quantity,
    fresh_quote,
    price_of,
    read_price,
    read_quantity,
    read_symbol,
    resolve_quantity,
)
from console.grammar.words import Word, Words
from engine.inputs import PlaceGroup, PlaceOrder
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.money import ZERO, passive_price, plain
from engine.model.order import OrderRequest, Trigger

_MKT: Final = Expect("mkt", "a market order")
_LMT: Final = Expect("lmt", "a limit order at the price that follows")
_MID: Final = Expect("mid", "a limit order at the middle of bid and ask")
_AT: Final = Expect("@bid", "a limit order at a price from the quote: @bid @ask @mid @last, also @bid+0.01", "price")
_STOP: Final = Expect("stop", "a stop at the price that follows; with lmt as well it becomes a stop-limit")
_PROTECT: Final = Expect("stop", "the protective stop, at the price that follows: what is risked is the way to it")
_STOPLMT: Final = Expect("stoplmt", "a stop-limit: the stop price, then the limit price")
_TIMES: Final = (
    Expect("day", "until the end of the trading day (the default)"),
    Expect("gtc", "until cancelled"),
    Expect("ioc", "fill what is there at once, cancel the rest"),
    Expect("fok", "fill all of it at once, or nothing"),
    Expect("gtd", "until the time that follows: 15:30, 2026-12-18 or 2026-12-18T15:30"),
    Expect("opg", "at the open of the market only"),
    Expect("cls", "at the close of the market only"),
)
_TRAIL: Final = Expect("trail", "a stop that trails the market by the distance that follows: 0.50 or 2%")
_TRIGGER: Final = Expect("trigger", "what the stop is held against: touch (bid or ask, the default) or last")
_TP: Final = Expect("tp", "take profit at the price that follows, once this order has filled")
_SL: Final = Expect("sl", "stop loss at the price that follows, or trail and a distance, once this order has filled")
_FULL: Final = Expect("full", "the exits start when all of this order has filled, not with each part")
_FIT: Final = Expect("fit", "where the money does not reach, send less: at most five steps of a tenth")
_EXT: Final = Expect("ext", "also in extended hours")
_VIA: Final = Expect("via", "worked by the broker's own algorithm that follows: adaptive:patient, twap, vwap:10%")
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
    "oco": "oco is a verb of its own: oco sell 100 aapl tp 195 sl 188",
    "hide": "display quantities come with a later version",
    "show": "display quantities come with a later version",
}


class Terms:
    """What the modifiers of one order have said so far."""

    def __init__(self, side: Side, instrument: Instrument, *, exits: bool, sized: bool = False) -> None:
        """`exits`: whether a take-profit and a stop-loss may be given with it. `sized`: its quantity follows from its
        risk; then `stop` names the protective stop, and an entry that waits for a stop is a stop-limit."""
        self.side = side
        self.instrument = instrument
        self.exits = exits
        self.sized = sized
        self.market = False
        self.limit_px: Decimal | None = None
        self.stop_px: Decimal | None = None
        self.trail: Trail | None = None
        self.trigger: Trigger = "touch"
        self.time_in_force: TimeInForce | None = None
        self.expire_ns: int | None = None
        self.extended = False
        self.reduce_only = False
        self.fit = False
        self.via = ""
        self.take_profit: Decimal | None = None
        self.stop_loss: Decimal | Trail | None = None
        self.whole = False
        self.notes: list[str] = []

    @property
    def ord_type(self) -> OrdType:
        if self.trail is not None:
            return OrdType.TRAILING_STOP
        if self.stop_px is not None:
            return OrdType.STOP if self.limit_px is None else OrdType.STOP_LIMIT
        return OrdType.MARKET if self.limit_px is None else OrdType.LIMIT

    @property
    def is_typed(self) -> bool:
        return self.market or self.limit_px is not None or self.stop_px is not None or self.trail is not None

    @property
    def is_bracket(self) -> bool:
        return self.take_profit is not None or self.stop_loss is not None

    def options(self) -> list[Expect]:
        """What may still follow."""
        found: list[Expect] = []
        if not self.is_typed:
            found.append(_MKT)
        if not self.market and self.limit_px is None and self.trail is None:
            found += [_LMT, _MID, _AT]
        if self.sized:
            found += [_PROTECT] if self.stop_loss is None else []
            found += [] if self.is_typed else [_STOPLMT]
        else:
            if not self.market and self.stop_px is None and self.trail is None:
                found += [_STOP] if self.limit_px is not None else [_STOP, _STOPLMT]
            if not self.is_typed:
                found.append(_TRAIL)
        if (self.stop_px is not None or self.trail is not None) and self.trigger == "touch":
            found.append(_TRIGGER)
        if self.time_in_force is None:
            found += _TIMES
        if self.exits and self.take_profit is None:
            found.append(_TP)
        if self.exits and self.stop_loss is None:
            found.append(_SL)
        if self.is_bracket and not self.whole:
            found.append(_FULL)
        if self.exits and not self.sized and not self.is_typed and self.time_in_force is None:
            found.append(SLASH)
        found += [] if self.extended else [_EXT]
        found += [] if self.sized or self.reduce_only or self.fit else [_REDUCE]
        may_fit = self.exits and self.side is not Side.SELL and not self.reduce_only and not self.fit
        found += [_FIT] if may_fit else []
        return found if self.via or self.stop_px is not None or self.trail is not None else [*found, _VIA]


def read_order_line(words: Words, side: Side) -> Parsed:
    """The order, or a bracket where it names exits. Level 2 for a short sale and for a market order out of hours."""
    if side is not Side.SELL:
        words.could(QTY, ALL, HALF)
        sizing = read_sizing(words)
        if sizing is not None:
            return _read_sized(words, side, sizing)
    quantity, instrument = read_quantity(words), read_symbol(words)
    word = words.peek()
    if word is not None and word.text == SLASH.text:
        return read_package(words, side, quantity, instrument)
    terms = _modified(words, Terms(side, instrument, exits=True))
    if not words.at_end:
        raise misplaced(words, terms)
    request, notes = request_of(words, quantity, terms, words.account(), words.tag())
    return _parsed(words, terms, request, notes)


def _parsed(words: Words, terms: Terms, request: OrderRequest, notes: tuple[str, ...]) -> Parsed:
    """The order, or the bracket that it is with its exits."""
    side = terms.side
    level, why = level_of(words, request)
    notes = (*notes, *([why] if level > 1 else []))
    if not terms.is_bracket:
        return Parsed(SIDE_WORDS[side], PlaceOrder(request), level, echo_of(request), notes, why=why)
    requests = (request, *exits_of(request, terms))
    command = PlaceGroup("bracket", requests, not terms.whole)
    return Parsed(SIDE_WORDS[side], command, level, bracket_echo(requests, terms.whole), notes, why=why)


def _read_sized(words: Words, side: Side, sizing: Sizing) -> Parsed:
    """An order whose quantity follows from its risk. Without a price it is a limit at the touch: then no fill can risk
    more than was said."""
    terms, request, notes = read_sized(words, side, sizing)
    return _parsed(words, terms, request, notes)


def read_sized(words: Words, side: Side, sizing: Sizing) -> tuple[Terms, OrderRequest, tuple[str, ...]]:
    """SYMBOL and every modifier that follows, the order with its quantity, and how that came about."""
    instrument = read_symbol(words)
    terms = _modified(words, Terms(side, instrument, exits=True, sized=True))
    if not words.at_end:
        raise misplaced(words, terms)
    account, tag = words.account(), words.tag()
    if sizing.method == "risk" and terms.stop_loss is None:
        raise words.missing(f"{sizing.text} needs a stop: what is lost between entry and stop is what is risked")
    held = words.context.position(account, instrument.symbol)
    if held * side.sign < 0:
        closes = f"{account} holds {plain(held)} {instrument.symbol}, which this would close first"
        raise words.refused(sizing.word, f"{closes}; {sizing.method} sizes what opens a position: close it, then open")
    found: list[str] = []
    entry = terms.limit_px
    if entry is None:
        touch = touch_of(words, sizing, side, instrument.symbol)
        entry = touch if terms.market else passive_price(touch, instrument.tick, is_buy=side.is_buy)
        where = "ask" if side.is_buy else "bid"
        if terms.market:
            found.append(f"counted from the {where} of {plain(entry)}; a market order may fill worse")
        else:
            terms.limit_px = entry.quantize(instrument.tick)
            found.append(f"the entry is a limit at the {where}: {plain(terms.limit_px)}")
    stop = _protective(terms, entry)
    if stop is not None:
        check_stop(words, sizing, side, instrument.symbol, entry, stop, waits=terms.stop_px is not None)
    sized = resolve_sizing(words, sizing, account, instrument, entry, stop)
    quantity = Quantity("units", sized.qty, sizing.word)
    request, notes = request_of(words, quantity, terms, account, tag)
    return terms, request, (*found, *sized.notes, *notes)


def _protective(terms: Terms, entry: Decimal) -> Decimal | None:
    """Where the stop-loss stands when the entry has filled."""
    loss = terms.stop_loss
    if not isinstance(loss, Trail):
        return loss
    distance = loss.amount if loss.amount is not None else entry * (loss.share or ZERO)
    return entry - distance if terms.side.is_buy else entry + distance


def read_terms(words: Words, side: Side, *, exits: bool) -> tuple[Quantity, Terms]:
    """QTY SYMBOL and every modifier that follows."""
    quantity = read_quantity(words)
    return quantity, _modified(words, Terms(side, read_symbol(words), exits=exits))


def _modified(words: Words, terms: Terms) -> Terms:
    while _read_modifier(words, terms):
        pass
    return terms


def request_of(
    words: Words, quantity: Quantity, terms: Terms, account: str, tag: str
) -> tuple[OrderRequest, tuple[str, ...]]:
    """The order that was said, and what was rounded or filled in."""
    if not terms.is_typed and quantity.kind not in ("all", "half"):
        raise words.missing("at what price?")
    side, instrument = terms.side, terms.instrument
    qty, sized = resolve_quantity(words, quantity, account, side, instrument, _sizing_price(words, terms))
    amount, share = (terms.trail.amount, terms.trail.share) if terms.trail is not None else (None, None)
    request = OrderRequest(
        account=account,
        symbol=instrument.symbol,
        side=side,
        qty=qty,
        ord_type=terms.ord_type,
        limit_px=terms.limit_px,
        stop_px=terms.stop_px,
        time_in_force=terms.time_in_force or TimeInForce.DAY,
        expire_ns=terms.expire_ns,
        extended=terms.extended,
        reduce_only=terms.reduce_only or quantity.kind in ("all", "half"),
        user=words.context.user,
        tag=tag,
        trail_amount=amount,
        trail_pct=share,
        trigger=terms.trigger,
        fit=terms.fit,
        via=terms.via,
    )
    return request, (*sized, *terms.notes, *_implied(terms, quantity))


def _read_modifier(words: Words, terms: Terms) -> bool:
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
        case "stop" if terms.sized:
            terms.stop_loss = _exit_price(words, terms)
        case "stop":
            terms.stop_px = _price(words, terms)
        case "stoplmt":
            terms.stop_px = _price(words, terms)
            words.keyword([_LMT], _ALIASES)
            terms.limit_px = _price(words, terms)
        case "trail":
            terms.trail = read_trail(words)
        case "trigger":
            terms.trigger = read_trigger(words)
        case "tp":
            terms.take_profit = _exit_price(words, terms)
        case "sl":
            trails = words.keyword([_TRAIL]) is not None
            terms.stop_loss = read_trail(words) if trails else _exit_price(words, terms)
        case "full":
            terms.whole = True
        case "ext":
            terms.extended = True
        case "reduce":
            terms.reduce_only = True
        case "fit":
            terms.fit = True
        case "via":
            terms.via = read_via(words)
        case "gtd":
            terms.time_in_force = TimeInForce.GTD
            terms.expire_ns = read_end(words)
        case _:
            terms.time_in_force = TimeInForce(name)
    return True


def _exit_price(words: Words, terms: Terms) -> Decimal:
    """A price of the other side: what closes a buy is a sale."""
    price, notes = read_price(words, terms.side.opposite, terms.instrument)
    terms.notes += notes
    return price


def _read_reference(words: Words, terms: Terms, word: Word) -> bool:
    """`@bid+0.01` and its kin set the limit."""
    if not word.text.startswith("@") or terms.market or terms.limit_px is not None or terms.trail is not None:
        return False
    words.take()
    terms.limit_px = _price(words, terms, word)
    return True


def _price(words: Words, terms: Terms, word: Word | None = None) -> Decimal:
    if word is None:
        price, notes = read_price(words, terms.side, terms.instrument)
    else:
        price, notes = price_of(words, word, terms.side, terms.instrument)
    terms.notes += notes
    return price


def misplaced(words: Words, terms: Terms) -> Exception:
    word = words.peek()
    assert word is not None
    later = _LATER.get(word.lower)
    if later is not None:
        return words.refused(word, later)
    if word.text[:1].isdigit() and terms.limit_px is None and not terms.market:
        return words.wrong(word, f"{word.text} alone is doubtful; for a limit say lmt {word.text}")
    given = _ALIASES.get(word.lower, word.lower)
    once = {"mkt", "lmt", "mid", "stop", "stoplmt", "trail", "trigger", "tp", "sl", "full", "ext", "reduce", "fit"}
    if given in once | {e.text for e in _TIMES}:
        return words.wrong(word, f"{word.text!r} doesn't fit what was said before")
    return words.wrong(word, f"{word.text!r} can't stand here", near=word.lower)


def _sizing_price(words: Words, terms: Terms) -> Decimal | None:
    """What an amount of money is divided by: the limit, else the stop, else the side of the quote that is taken."""
    if terms.limit_px is not None or terms.stop_px is not None:
        return terms.limit_px if terms.limit_px is not None else terms.stop_px
    row = fresh_quote(words.context, terms.instrument.symbol)
    if row is None:
        return None
    return row.ask if terms.side.is_buy else row.bid


def level_of(words: Words, request: OrderRequest) -> tuple[int, str]:
    session = words.context.session_of(request.symbol)
    if request.ord_type is OrdType.MARKET and session != "regular":
        hours = "the market is closed" if session == "closed" else "these are extended hours"
        return 2, f"a market order while {hours}"
    if request.side is Side.SELL_SHORT:
        return 2, "a short sale"
    return 1, ""


def _implied(terms: Terms, quantity: Quantity) -> tuple[str, ...]:
    return () if terms.is_typed else (f"{quantity.kind} without a price: a market order",)
