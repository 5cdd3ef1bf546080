"""twap: SIDE QTY SYMBOL, then when, and options in any order."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from console.grammar.numbers import amount, count, duration_ns, share, whole_if_whole
from console.grammar.parsed import Expect, GrammarError, Parsed
from console.grammar.values import fresh_quote, read_price, read_quantity, read_symbol, resolve_quantity
from console.grammar.words import Word, Words
from engine.inputs import AlgoSpec, LaunchAlgo
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.money import is_multiple, plain

_SIDES: Final = (
    Expect("buy", "buy in slices"),
    Expect("sell", "sell in slices"),
    Expect("short", "sell short in slices"),
)
_SIDE_OF: Final = {"buy": Side.BUY, "sell": Side.SELL, "short": Side.SELL_SHORT}
_WINDOW_EXPECTED: Final = Expect("10:00-11:30", "from and until, exchange time", "value")
_DURATION: Final = Expect("duration", "from now on, for 30m or 1h30m")
_OPTIONS: Final = (
    Expect("slices", "how many child orders"),
    Expect("lot", "child quantities are multiples of this"),
    Expect("limit", "children never go beyond this price"),
    Expect("cap", "highest share of the market's volume, like 10%"),
)
_ALIASES: Final = {"dur": "duration", "lmt": "limit"}
_WINDOW: Final = re.compile(r"([0-9:]{4,8})-([0-9:]{4,8})")
_LATER: Final = {
    "profile": "profile belongs to vwap, which comes with a later version",
    "price": "price belongs to is, which comes with a later version",
    "sigma": "sigma belongs to is, which comes with a later version",
    "eta": "eta belongs to is, which comes with a later version",
}


class _Options:
    """What has been said so far."""

    def __init__(self) -> None:
        self.start_ns = 0
        self.end_ns = 0
        self.when = ""
        self.slices: int | None = None
        self.lot: Decimal | None = None
        self.limit_px: Decimal | None = None
        self.cap: Decimal | None = None
        self.notes: list[str] = []

    def expected(self) -> list[Expect]:
        """What may still follow."""
        given = {
            "slices": self.slices is not None,
            "lot": self.lot is not None,
            "limit": self.limit_px is not None,
            "cap": self.cap is not None,
        }
        rest = [option for option in _OPTIONS if not given[option.text]]
        return rest if self.when else [_WINDOW_EXPECTED, _DURATION, *rest]


def read_algo_line(words: Words, algo: str) -> Parsed:
    """The parent order. Level 1, or 2 when it sells short."""
    side_name = words.keyword(_SIDES)
    if side_name is None:
        word = words.peek()
        raise words.missing() if word is None else words.wrong(word, f"{word.text!r} is no side", near=word.lower)
    side = _SIDE_OF[side_name]
    quantity = read_quantity(words)
    instrument = read_symbol(words)
    options = _Options()
    while _read_option(words, options, side, instrument):
        pass
    if not words.at_end:
        raise _misplaced(words)
    account = words.account()
    tag = words.tag()
    if not options.when:
        raise words.missing("when?")
    row = fresh_quote(words.context, instrument.symbol)
    touch = None if row is None else row.ask if side.is_buy else row.bid
    sizing = options.limit_px if options.limit_px is not None else touch
    qty, sized = resolve_quantity(words, quantity, account, side, instrument, sizing)
    spec = AlgoSpec(
        algo=algo,
        account=account,
        symbol=instrument.symbol,
        side=side,
        qty=qty,
        start_ns=options.start_ns,
        end_ns=options.end_ns,
        slices=options.slices,
        lot=options.lot,
        limit_px=options.limit_px,
        cap=options.cap,
        user=words.context.user,
        tag=tag,
    )
    short = side is Side.SELL_SHORT
    why = "a short sale" if short else ""
    notes = (*sized, *options.notes, *([why] if short else []))
    return Parsed(algo, LaunchAlgo(spec), 2 if short else 1, _echo(spec, side_name, options), notes, why=why)


def _read_option(words: Words, options: _Options, side: Side, instrument: Instrument) -> bool:
    word = words.peek()
    name = words.keyword(options.expected(), _ALIASES)
    match name:
        case None:
            return word is not None and _read_window(words, options, word)
        case "duration":
            _read_duration(words, options)
        case "slices":
            value = words.take(Expect("N", "a whole number", "value"))
            options.slices = count(value.text)
            if options.slices is None or options.slices > 10_000:
                raise words.wrong(value, f"{value.text!r} is no number of slices from 1 to 10000", back=True)
        case "lot":
            options.lot = _read_lot(words, instrument)
        case "limit":
            options.limit_px, notes = read_price(words, side, instrument)
            options.notes += notes
        case "cap":
            value = words.take(Expect("10%", "a share of the market's volume, with %", "value"))
            options.cap = share(value.text)
            if options.cap is None:
                raise words.wrong(value, f"{value.text!r} is no share", back=True)
    return True


def _read_lot(words: Words, instrument: Instrument) -> Decimal:
    word = words.take(Expect("L", "a quantity", "value"))
    lot = amount(word.text)
    if lot is None:
        raise words.wrong(word, f"{word.text!r} is no quantity", back=True)
    if not is_multiple(lot, instrument.lot):
        step = plain(instrument.lot)
        raise words.refused(word, f"{word.text} is no multiple of {instrument.symbol}'s lot of {step}")
    return lot


def _read_duration(words: Words, options: _Options) -> None:
    word = words.take(Expect("30m", "hours, minutes, seconds: 30m, 1h30m, 90s; at most 24h", "value"))
    length = duration_ns(word.text)
    if length is None:
        raise words.wrong(word, f"{word.text!r} is no duration", back=True)
    options.start_ns = words.context.market_ns
    options.end_ns = options.start_ns + length
    options.when = f"duration {word.lower}"


def _read_window(words: Words, options: _Options, word: Word) -> bool:
    match = _WINDOW.fullmatch(word.text)
    if match is None or options.when:
        return False
    words.take()
    now = words.context.market_ns
    start, end = _time(words, word, match[1]), _time(words, word, match[2])
    if end <= start:
        raise words.refused(word, f"{match[2]} is not after {match[1]}")
    if end <= now:
        raise words.refused(word, f"{match[2]} has passed")
    if start < now:
        options.notes.append(f"{match[1]} has passed: starts now")
    options.start_ns, options.end_ns = max(start, now), end
    options.when = word.text
    return True


def _time(words: Words, word: Word, text: str) -> int:
    try:
        return words.context.parse_time(text)
    except ValueError as error:
        raise GrammarError(str(error), word.start, word.end) from None


def _misplaced(words: Words) -> GrammarError:
    word = words.peek()
    assert word is not None
    later = _LATER.get(word.lower)
    if later is not None:
        return words.refused(word, later)
    return words.wrong(word, f"{word.text!r} can't stand here", near=word.lower)


def _echo(spec: AlgoSpec, side: str, options: _Options) -> str:
    parts = [spec.algo, side, plain(spec.qty), spec.symbol, options.when]
    parts += [] if spec.slices is None else ["slices", str(spec.slices)]
    parts += [] if spec.lot is None else ["lot", plain(spec.lot)]
    parts += [] if spec.limit_px is None else ["limit", plain(spec.limit_px)]
    parts += [] if spec.cap is None else ["cap", f"{plain(whole_if_whole(spec.cap * 100))}%"]
    parts.append(f"@{spec.account}")
    parts += [f"#{spec.tag}"] if spec.tag else []
    return " ".join(parts)
