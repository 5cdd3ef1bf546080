"""Quantities that follow from risk, edge or volatility: `risk 200`, `risk 0.5%`, `kelly 0.55 1.5`, `vol 10%`.

What they come to depends on the entry, the stop, equity and rates: console.grammar.sized works that out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

from console.grammar.numbers import amount, share
from console.grammar.parsed import Expect
from console.grammar.words import Word, Words

RISK: Final = Expect("risk", "as many as lose the amount that follows (200, or 0.5% of equity) between entry and stop")
KELLY: Final = Expect("kelly", "Kelly's share of equity: win rate and payoff follow, as in kelly 0.55 1.5")
VOL: Final = Expect("vol", "as many as move by the share of equity that follows in a year: vol 10%")
METHODS: Final = (RISK, KELLY, VOL)
_RISK_VALUE: Final = Expect("AMOUNT", "money that may be lost, 200 or 1k, or a share of equity: 0.5%", "value")
_WIN_RATE: Final = Expect("WINS", "share of trades that win: 0.55 or 55%", "value")
_PAYOFF: Final = Expect("PAYOFF", "average win in units of the average loss: 1.5", "value")
_TARGET: Final = Expect("TARGET", "volatility a year, of equity: 10%", "value")
_SHARE: Final = Expect("SHARE", "0.5 or 50%", "value")
_FRACTION: Final = Expect("fraction", "so much of full Kelly: 0.5 or 50%")
_CAP: Final = Expect("cap", "the largest share of equity: 50%, or 1.5 for one and a half times equity")
_REALIZED: Final = Expect(
    "realized", "the instrument's volatility a year, where the desk's own estimate shall not count"
)


class Sizing(msgspec.Struct, frozen=True):
    """How a quantity is to be found.

    risk: `amount` of the base currency, or `share` of equity. kelly: `share` is the win rate. vol: `share` is the
    target, `realized` None for the desk's own estimate. `text`: as typed.
    """

    method: Literal["risk", "kelly", "vol"]
    word: Word
    text: str
    amount: Decimal | None = None
    share: Decimal | None = None
    payoff: Decimal = Decimal(1)
    fraction: Decimal = Decimal(1)
    cap: Decimal = Decimal(1)
    realized: Decimal | None = None


def read_sizing(words: Words) -> Sizing | None:
    """The method and its numbers; None when the next word names none."""
    word = words.peek()
    method = words.keyword(METHODS)
    if method is None or word is None:
        return None
    if method == "risk":
        return _risk(words, word)
    return _kelly(words, word) if method == "kelly" else _vol(words, word)


def _risk(words: Words, word: Word) -> Sizing:
    value = words.take(_RISK_VALUE)
    text = f"risk {value.text}"
    if value.text.endswith("%"):
        return Sizing("risk", word, text, share=_share_of(words, value))
    money = amount(value.text.removeprefix("$"))
    if money is None:
        raise words.wrong(value, f"{value.text!r} is no amount to risk", back=True)
    return Sizing("risk", word, text, amount=money)


def _kelly(words: Words, word: Word) -> Sizing:
    rate = words.take(_WIN_RATE)
    win_rate = _share_of(words, rate)
    pays = words.take(_PAYOFF)
    payoff = amount(pays.text)
    if payoff is None:
        raise words.wrong(pays, f"{pays.text!r} is no payoff", back=True)
    options = _options(words, (_FRACTION, _CAP))
    fraction = options.get("fraction", Decimal(1))
    if fraction > 1:
        raise words.refused(word, f"a fraction of {fraction} would be more than full Kelly")
    text = " ".join(["kelly", rate.text, pays.text, *(f"{name} {value:f}" for name, value in options.items())])
    return Sizing(
        "kelly", word, text, share=win_rate, payoff=payoff, fraction=fraction, cap=options.get("cap", Decimal(1))
    )


def _vol(words: Words, word: Word) -> Sizing:
    value = words.take(_TARGET)
    target = _share_of(words, value)
    options = _options(words, (_REALIZED, _CAP))
    text = " ".join(["vol", value.text, *(f"{name} {found:f}" for name, found in options.items())])
    return Sizing("vol", word, text, share=target, cap=options.get("cap", Decimal(1)), realized=options.get("realized"))


def _options(words: Words, known: tuple[Expect, ...]) -> dict[str, Decimal]:
    """The named numbers that follow, each at most once."""
    found: dict[str, Decimal] = {}
    while (name := words.keyword([option for option in known if option.text not in found])) is not None:
        value = words.take(_SHARE)
        number = share(value.text) if value.text.endswith("%") else amount(value.text)
        if number is None:
            raise words.wrong(value, f"{value.text!r} is no share", back=True)
        found[name] = number
    return found


def _share_of(words: Words, word: Word) -> Decimal:
    """0.55 or 55%, above 0 and at most 1."""
    value = share(word.text) if word.text.endswith("%") else amount(word.text)
    if value is None or value > 1:
        raise words.wrong(word, f"{word.text!r} is no share; expected 0.55 or 55%, at most 100%", back=True)
    return value
