"""The options of an algo line: one table of words, what each may belong to, and how its value is read.

An option sets fields of the parent's spec; what it says back in the echo is made here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from console.grammar.numbers import amount, count, duration_ns, share, whole_if_whole
from console.grammar.parsed import Expect
from console.grammar.values import read_price
from console.grammar.words import Word, Words
from engine.algos.kinds.scale import MOST_RUNGS
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.money import is_multiple, plain

SLICED: Final = ("twap", "vwap", "is")
PACED: Final = (*SLICED, "pov")
ALL: Final = (*PACED, "iceberg")
EVERY: Final = (*ALL, "scale", "sor")
_VARIED: Final = (*SLICED, "iceberg")
_PROFILE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_MOST_SLICES: Final = 10_000
_MOST_WEIGHTS: Final = 400


class Draft:
    """What has been said so far."""

    def __init__(self, algo: str, side: Side, instrument: Instrument) -> None:
        self.algo, self.side, self.instrument = algo, side, instrument
        self.fields: dict[str, object] = {}
        """Fields of the spec."""
        self.said: dict[str, str] = {}
        """By option: how the echo says it."""
        self.notes: list[str] = []
        self.of_price: dict[str, Decimal] = {}
        """Fields that were given as a share of the price."""

    def set(self, option: str, text: str, **fields: object) -> None:
        """Take note of an option."""
        self.fields |= fields
        self.said[option] = text

    @property
    def limit_px(self) -> Decimal | None:
        px = self.fields.get("limit_px")
        return px if isinstance(px, Decimal) else None


class Option(msgspec.Struct, frozen=True):
    """One word. `instead`: options that it can't stand beside."""

    word: str
    hint: str
    kinds: tuple[str, ...]
    read: Callable[[Words, Draft], None]
    instead: tuple[str, ...] = ()


def _value(words: Words, what: str, hint: str) -> str:
    return words.take(Expect(what, hint, "value")).text


def _slices(words: Words, draft: Draft) -> None:
    word = words.take(Expect("N", "a whole number", "value"))
    number = count(word.text)
    if number is None or number > _MOST_SLICES:
        raise words.wrong(word, f"{word.text!r} is no number of slices from 1 to {_MOST_SLICES}", back=True)
    draft.set("slices", f"slices {number}", slices=number)


def _steps(words: Words, draft: Draft) -> None:
    word = words.take(Expect("N", "a whole number", "value"))
    number = count(word.text)
    if number is None or not 2 <= number <= MOST_RUNGS:
        raise words.wrong(word, f"{word.text!r} is no number of steps from 2 to {MOST_RUNGS}", back=True)
    draft.set("steps", f"steps {number}", slices=number)


def _accounts(words: Words, draft: Draft) -> None:
    word = words.take(Expect("A2,A3", "accounts of this desk", "value"))
    found = [words.account_named(Word(f"@{name}", word.start)) for name in word.text.removeprefix("@").split(",")]
    draft.set("via", f"via {','.join(found)}", accounts=tuple(found))


def _quantity(option: str, field: str) -> Callable[[Words, Draft], None]:
    def read(words: Words, draft: Draft) -> None:
        word = words.take(Expect("L" if option == "lot" else "QTY", "a quantity", "value"))
        qty = amount(word.text)
        if qty is None:
            raise words.wrong(word, f"{word.text!r} is no quantity", back=True)
        instrument = draft.instrument
        if not is_multiple(qty, instrument.lot):
            step = plain(instrument.lot)
            raise words.refused(word, f"{word.text} is no multiple of {instrument.symbol}'s lot of {step}")
        draft.set(option, f"{option} {plain(qty)}", **{field: qty})

    return read


def _price(option: str, field: str) -> Callable[[Words, Draft], None]:
    def read(words: Words, draft: Draft) -> None:
        px, notes = read_price(words, draft.side, draft.instrument)
        draft.notes += notes
        draft.set(option, f"{option} {plain(px)}", **{field: px})

    return read


def _share(option: str, field: str, hint: str) -> Callable[[Words, Draft], None]:
    def read(words: Words, draft: Draft) -> None:
        word = words.take(Expect("10%", hint, "value"))
        found = share(word.text)
        if found is None:
            raise words.wrong(word, f"{word.text!r} is no share", back=True)
        draft.set(option, f"{option} {plain(whole_if_whole(found * 100))}%", **{field: found})

    return read


def _time(option: str, field: str) -> Callable[[Words, Draft], None]:
    def read(words: Words, draft: Draft) -> None:
        word = words.take(Expect("30s", "hours, minutes, seconds: 30s, 5m", "value"))
        length = duration_ns(word.text)
        if length is None:
            raise words.wrong(word, f"{word.text!r} is no duration", back=True)
        draft.set(option, f"{option} {word.lower}", **{field: length})

    return read


def _number(option: str, field: str) -> Callable[[Words, Draft], None]:
    def read(words: Words, draft: Draft) -> None:
        word = words.take(Expect("NUMBER", "a number from 0 on, also like 2.5e-6", "value"))
        try:
            found = Decimal(word.text) if word.text.isascii() and "_" not in word.text else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or found < 0 or (found and not -18 <= found.adjusted() <= 18):
            raise words.wrong(word, f"{word.text!r} is no number from 0 on", back=True)
        draft.set(option, f"{option} {word.lower}", **{field: found})

    return read


def _sigma(words: Words, draft: Draft) -> None:
    word = words.peek()
    found = share(word.text) if word is not None else None
    if word is None or found is None:
        _number("sigma", "volatility")(words, draft)
        return
    words.take()
    draft.of_price["volatility"] = found
    draft.set("sigma", f"sigma {word.lower}")


def _drift(words: Words, draft: Draft) -> None:
    word = words.take(Expect("-0.4%", "a day, of the price or, like 0.25, in price units; - is down", "value"))
    size, sign = word.text.removeprefix("-").removeprefix("+"), -1 if word.text.startswith("-") else 1
    found = share(size)
    if found is not None:
        draft.of_price["drift"] = sign * found
        draft.set("drift", f"drift {word.lower}")
        return
    units = amount(size)
    if units is None:
        raise words.wrong(word, f"{word.text!r} is no move of a price, like -0.4% or 0.25", back=True)
    draft.set("drift", f"drift {word.lower}", drift=sign * units)


def _seed(words: Words, draft: Draft) -> None:
    word = words.take(Expect("N", "a whole number", "value"))
    number = count(word.text)
    if number is None:
        raise words.wrong(word, f"{word.text!r} is no whole number above 0", back=True)
    draft.set("seed", f"seed {number}", seed=number)


def _weights(words: Words, draft: Draft) -> None:
    word = words.take(
        Expect("3,1,2", "weights of equally long parts of the window", "value"),
        Expect("NAME", "a profile of yours: volume_profiles/NAME.csv", "value"),
    )
    if draft.algo == "vwap" and _PROFILE_NAME.fullmatch(word.text):
        draft.set("profile", f"profile {word.lower}", profile_name=word.lower)
        return
    parts = [None if part.startswith("-") else _weight(part) for part in word.text.split(",")]
    weights = tuple(part for part in parts if part is not None)
    if len(weights) != len(parts) or len(parts) > _MOST_WEIGHTS or not any(weights):
        message = f"{word.text!r} are no weights; expected up to {_MOST_WEIGHTS} numbers like 3,1,0,2, one above 0"
        raise words.wrong(word, message, back=True)
    draft.set("profile", f"profile {word.text}", profile=weights)


def _weight(text: str) -> Decimal | None:
    return Decimal(0) if text == "0" else amount(text)


def _style(style: str) -> Callable[[Words, Draft], None]:
    return lambda words, draft: draft.set(style, style, style=style)


def _stay(words: Words, draft: Draft) -> None:
    draft.set("stay", "stay", escalate=False)


def _choice(option: str, field: str, choices: dict[str, tuple[str, str]]) -> Callable[[Words, Draft], None]:
    """A word of these; each with the field's value and a hint."""

    def read(words: Words, draft: Draft) -> None:
        name = words.keyword([Expect(word, hint) for word, (_, hint) in choices.items()])
        if name is None:
            word = words.peek()
            raise words.missing() if word is None else words.wrong(word, f"{word.text!r} is not that", near=word.lower)
        draft.set(option, f"{option} {name}", **{field: choices[name][0]})

    return read


_ENDS: Final = {
    "sweep": ("sweep", "cross for what is left, for a minute"),
    "leave": ("leave", "leave what is out working"),
    "cancel": ("cancel", "cancel what is out"),
}
_MISSED: Final = {
    "catchup": ("catch_up", "do at once what was missed"),
    "shift": ("shift", "move the rest of the schedule"),
}
_STYLES: Final = ("passive", "mid", "aggressive")

OPTIONS: Final[tuple[Option, ...]] = (
    Option("slices", "how many child orders", SLICED, _slices),
    Option("from", "the first rung", ("scale",), _price("from", "from_px")),
    Option("to", "the last rung", ("scale",), _price("to", "to_px")),
    Option("steps", "how many rungs", ("scale",), _steps),
    Option("via", "other accounts to trade in, like A2,A3; else all", ("sor",), _accounts),
    Option("lot", "child quantities are multiples of this", (*PACED, "scale", "sor"), _quantity("lot", "lot")),
    Option("rate", "share of the market's volume, like 10%", ("pov",), _share("rate", "participation", "a share")),
    Option("show", "the tip that is shown", ("iceberg",), _quantity("show", "display")),
    Option("limit", "children never go beyond this price", (*ALL, "sor"), _price("limit", "limit_px"), ("at",)),
    Option("at", "the same: the worst price", (*ALL, "sor"), _price("at", "limit_px"), ("limit",)),
    Option("cap", "highest share of the market's volume, like 10%", PACED, _share("cap", "cap", "a share")),
    Option("profile", "weights like 3,1,2, or one of yours by name", ("vwap", "twap", "scale"), _weights),
    Option("would", "at this price all that is left is done at once", (*ALL, "scale"), _price("would", "would_px")),
    Option("offset", "how far a crossing child goes, like 0.1%", ALL, _share("offset", "limit_offset", "a share")),
    Option("min", "no child is smaller", PACED, _quantity("min", "min_child")),
    Option("max", "no child is larger", PACED, _quantity("max", "max_child")),
    Option("passive", "begin at the touch of the own side", ALL, _style("passive"), _STYLES),
    Option("mid", "begin at the mid", ALL, _style("mid"), _STYLES),
    Option("aggressive", "cross at once", ALL, _style("aggressive"), _STYLES),
    Option("stay", "never become more urgent", PACED, _stay),
    Option("deadline", "how long a part waits before it crosses", PACED, _time("deadline", "deadline_ns")),
    Option(
        "jitter", "vary sizes at random, like 20%", (*SLICED, "iceberg"), _share("jitter", "randomise_size", "a share")
    ),
    Option("timing", "vary times at random, like 20%", SLICED, _share("timing", "randomise_time", "a share")),
    Option("delay", "the next tip waits up to so long", ("iceberg",), _time("delay", "delay_ns")),
    Option("seed", "of what is random", ALL, _seed),
    Option("open", "share for the opening auction", SLICED, _share("open", "open_share", "a share of the order")),
    Option("close", "share for the closing auction", SLICED, _share("close", "close_share", "a share of the order")),
    Option("end", "what becomes of the rest at the end", EVERY, _choice("end", "at_end", _ENDS)),
    Option("missed", "what becomes of slices that were missed", ALL, _choice("missed", "catch_up", _MISSED)),
    Option("price", "price at the start, for the model", ("is",), _number("price", "price")),
    Option("sigma", "volatility a day, in price units or, like 1.9%, of the price", ("is",), _sigma),
    Option("eta", "temporary impact: price units for a unit a day", ("is",), _number("eta", "eta")),
    Option("gamma", "permanent impact: price units for a unit", ("is",), _number("gamma", "gamma")),
    Option("epsilon", "fixed cost: price units for a unit", ("is",), _number("epsilon", "epsilon")),
    Option("lambda", "risk aversion, per unit of money", ("is",), _number("lambda", "risk_aversion")),
    Option("drift", "expected move of the price a day, like -0.4% or 0.25", ("is",), _drift),
)
