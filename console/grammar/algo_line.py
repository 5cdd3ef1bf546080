"""An algo line: SIDE QTY SYMBOL, then when, and options in any order (console.grammar.algo_options)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

import msgspec

from console.grammar.algo_options import OPTIONS, Draft
from console.grammar.numbers import duration_ns
from console.grammar.parsed import Expect, GrammarError, Parsed
from console.grammar.values import fresh_quote, read_quantity, read_symbol, resolve_quantity
from console.grammar.words import Word, Words, tag_word
from engine.inputs import AlgoSpec, LaunchAlgo
from engine.model.enums import Side
from engine.model.money import plain
from engine.views import QuoteRow

_SIDES: Final = (
    Expect("buy", "buy in slices"),
    Expect("sell", "sell in slices"),
    Expect("short", "sell short in slices"),
)
_SIDE_OF: Final = {"buy": Side.BUY, "sell": Side.SELL, "short": Side.SELL_SHORT}
_WINDOW_EXPECTED: Final = Expect("10:00-11:30", "from and until, exchange time", "value")
_DURATION: Final = Expect("duration", "from now on, for 30m or 1h30m")
_ALIASES: Final = {"dur": "duration", "lmt": "limit"}
_WINDOW: Final = re.compile(r"([0-9:]{4,8})-([0-9:]{4,8})")
#: Kinds that may run until they are filled.
_ENDLESS: Final = ("iceberg", "scale", "sor")


class _When:
    """The window, as far as it has been said."""

    def __init__(self) -> None:
        self.start_ns = 0
        self.end_ns = 0
        self.said = ""


def read_algo_line(words: Words, algo: str) -> Parsed:
    """The parent order. Level 1, or 2 when it sells short."""
    side_name = words.keyword(_SIDES)
    if side_name is None:
        word = words.peek()
        raise words.missing() if word is None else words.wrong(word, f"{word.text!r} is no side", near=word.lower)
    side = _SIDE_OF[side_name]
    quantity = read_quantity(words)
    instrument = read_symbol(words)
    draft, when = Draft(algo, side, instrument), _When()
    while _read_option(words, draft, when):
        pass
    if not words.at_end:
        raise _misplaced(words, algo)
    account = words.account()
    tag = words.tag()
    if not when.said:
        if algo not in _ENDLESS:
            raise words.missing("when?")
        when.start_ns = words.context.market_ns
    row = fresh_quote(words.context, instrument.symbol)
    touch = None if row is None else row.ask if side.is_buy else row.bid
    sizing = draft.limit_px if draft.limit_px is not None else touch
    qty, sized = resolve_quantity(words, quantity, account, side, instrument, sizing)
    spec = AlgoSpec(
        algo=algo,
        account=account,
        symbol=instrument.symbol,
        side=side,
        qty=qty,
        start_ns=when.start_ns,
        end_ns=when.end_ns,
        user=words.context.user,
        tag=tag,
    )
    if draft.of_price:
        _of_price(words, draft, row)
    spec = msgspec.structs.replace(spec, **draft.fields)
    if algo == "sor" and not spec.accounts:
        spec = msgspec.structs.replace(spec, accounts=tuple(a for a in words.context.accounts if a != account))
    short = side is Side.SELL_SHORT
    why = "a short sale" if short else ""
    notes = (*sized, *draft.notes, *([why] if short else []))
    return Parsed(algo, LaunchAlgo(spec), 2 if short else 1, _echo(spec, side_name, draft, when), notes, why=why)


def _of_price(words: Words, draft: Draft, row: QuoteRow | None) -> None:
    """What was given as a share of the price, in price units."""
    price = draft.fields.get("price")
    if price is None and row is not None and row.bid is not None and row.ask is not None:
        price = (row.bid + row.ask) / 2
    if not isinstance(price, Decimal):
        raise words.missing("a percentage is of the price: give `price P`, since there is no fresh quote")
    draft.fields |= {field: part * price for field, part in draft.of_price.items()}


def _expected(draft: Draft, when: _When) -> list[Expect]:
    """What may still follow."""
    rest = [
        Expect(option.word, option.hint)
        for option in OPTIONS
        if draft.algo in option.kinds
        and option.word not in draft.said
        and not any(other in draft.said for other in option.instead)
    ]
    return rest if when.said else [_WINDOW_EXPECTED, _DURATION, *rest]


def _read_option(words: Words, draft: Draft, when: _When) -> bool:
    word = words.peek()
    name = words.keyword(_expected(draft, when), _ALIASES)
    if name is None:
        return (
            word is not None and not when.said and (_read_window(words, draft, when, word) or _for(words, when, word))
        )
    if name == "duration":
        _read_duration(words, when)
    else:
        next(option for option in OPTIONS if option.word == name).read(words, draft)
    return True


def _read_duration(words: Words, when: _When) -> None:
    word = words.take(Expect("30m", "days, hours, minutes, seconds: 30m, 1h30m, 90s, 5d; at most 30d", "value"))
    if not _runs_for(words, when, word):
        raise words.wrong(word, f"{word.text!r} is no duration", back=True)


def _for(words: Words, when: _When, word: Word) -> bool:
    """`30m` alone is a duration too."""
    if not _runs_for(words, when, word):
        return False
    words.take()
    return True


def _runs_for(words: Words, when: _When, word: Word) -> bool:
    length = duration_ns(word.text)
    if length is None:
        return False
    when.start_ns = words.context.market_ns
    when.end_ns = when.start_ns + length
    when.said = f"duration {word.lower}"
    return True


def _read_window(words: Words, draft: Draft, when: _When, word: Word) -> bool:
    match = _WINDOW.fullmatch(word.text)
    if match is None:
        return False
    words.take()
    now = words.context.market_ns
    start, end = _time(words, word, match[1]), _time(words, word, match[2])
    if end <= start:
        raise words.refused(word, f"{match[2]} is not after {match[1]}")
    if end <= now:
        raise words.refused(word, f"{match[2]} has passed")
    if start < now:
        draft.notes.append(f"{match[1]} has passed: starts now")
    when.start_ns, when.end_ns = max(start, now), end
    when.said = word.text
    return True


def _time(words: Words, word: Word, text: str) -> int:
    try:
        return words.context.parse_time(text)
    except ValueError as error:
        raise GrammarError(str(error), word.start, word.end) from None


def _misplaced(words: Words, algo: str) -> GrammarError:
    word = words.peek()
    assert word is not None
    for option in OPTIONS:
        if option.word == word.lower and algo not in option.kinds:
            return words.refused(word, f"{word.lower} belongs to {' and '.join(option.kinds)}")
    return words.wrong(word, f"{word.text!r} can't stand here", near=word.lower)


def _echo(spec: AlgoSpec, side: str, draft: Draft, when: _When) -> str:
    parts = [spec.algo, side, plain(spec.qty), spec.symbol]
    parts += [when.said] if when.said else []
    parts += [draft.said[option.word] for option in OPTIONS if option.word in draft.said]
    parts.append(f"@{spec.account}")
    parts += [tag_word(spec.tag)] if spec.tag else []
    return " ".join(parts)
