"""Values of an order's modifiers: how far a stop trails, what it is held against, until when an order is good."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import msgspec

from console.grammar.numbers import amount
from console.grammar.parsed import Expect
from console.grammar.words import Words
from engine.model.money import plain
from engine.model.order import Trigger

_DISTANCE: Final = Expect("DISTANCE", "how far it stays behind: 0.50 in money, or 2% of the price", "value")
_UNTIL: Final = Expect("TIME", "15:30, 2026-12-18 or 2026-12-18T15:30 on the exchange's clock", "value")
_VIA_WORD: Final = Expect(
    "ALGO", "adaptive[:urgent or patient], twap, vwap[:10%], arrivalpx[:10%], pctvol:10%", "value"
)
_TOUCH: Final = Expect("touch", "a sale looks at the bid, a buy at the ask")
_LAST: Final = Expect("last", "the last print")


class Trail(msgspec.Struct, frozen=True):
    """A trailing distance: an amount of money, or a share of the price."""

    amount: Decimal | None = None
    share: Decimal | None = None

    def __str__(self) -> str:
        if self.amount is not None:
            return plain(self.amount)
        return f"{plain(((self.share or Decimal(0)) * 100).normalize())}%"


def read_trail(words: Words) -> Trail:
    """`0.50` or `2%`."""
    word = words.take(_DISTANCE)
    if word.text.endswith("%"):
        share = amount(word.text[:-1])
        if share is not None and 0 < share < 100:
            return Trail(share=(share / 100).normalize() + 0)
        raise words.wrong(word, f"{word.text!r} is no distance between 0% and 100%", back=True)
    value = amount(word.text)
    if value is None or value <= 0:
        raise words.wrong(word, f"{word.text!r} is no distance above 0", back=True)
    return Trail(amount=value)


def read_trigger(words: Words) -> Trigger:
    """`touch` or `last`."""
    name = words.keyword([_TOUCH, _LAST])
    if name is None:
        word = words.peek()
        raise (
            words.missing("held against what?") if word is None else words.wrong(word, f"{word.text!r}: touch or last")
        )
    return "last" if name == "last" else "touch"


def read_via(words: Words) -> str:
    """The name of an algorithm of the broker's, and its terms behind colons, without blanks."""
    return words.take(_VIA_WORD).text.lower()


def read_end(words: Words) -> int:
    """When a gtd order ends, ns UTC."""
    word = words.take(_UNTIL)
    try:
        return words.context.parse_time(word.text)
    except ValueError as error:
        raise words.wrong(word, f"{word.text!r} is no time to end at: {error}", back=True) from None


def end_text(expire_ns: int) -> str:
    """A time to end at that reads as itself: UTC, to the second."""
    return f"{datetime.fromtimestamp(expire_ns / 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
