"""How values look: fixed places, thousands separators, a sign on every P&L, `-` for no value.

Pure functions from values to text. Nothing here knows a screen; the panes right-align what comes out, so that
decimal points stand under each other as long as a column is given one number of places.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from rich.cells import cell_len

NO_VALUE = "-"
_SECOND = 1_000_000_000
_SUFFIXES = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))


@lru_cache(maxsize=256)
def tick_places(tick: Decimal) -> int:
    """Decimals of a price on this tick: 2 for 0.01 and for 0.05, 4 for 0.0001, 0 for 1 and for 5."""
    exponent = tick.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number(value: Decimal | None, places: int) -> str:
    """A number with `places` decimals and thousands separators: 4,980,950.00."""
    if value is None:
        return NO_VALUE
    text = f"{value:,.{places}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text


def money(value: Decimal | None, places: int = 2) -> str:
    """An amount of money without its currency; never signed with a plus."""
    return number(value, places)


def signed(value: Decimal | None, places: int = 2) -> str:
    """A P&L or a change: always with its sign, zero included (+0.00)."""
    text = number(value, places)
    return text if value is None or text.startswith("-") else f"+{text}"


def price(value: Decimal | None, tick: Decimal) -> str:
    """A price with the decimals of its tick."""
    return number(value, tick_places(tick))


def average(value: Decimal | None, tick: Decimal) -> str:
    """An average price, which lies off the tick: two more decimals than the tick."""
    return number(value, tick_places(tick) + 2)


def quantity(value: Decimal | None) -> str:
    """A quantity: whole numbers without a point, fractions without trailing zeros."""
    if value is None:
        return NO_VALUE
    if value == value.to_integral_value():
        return f"{value:,.0f}"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".")


def quoted_size(value: Decimal | None) -> str:
    """The size of a quote: in full below a million, else in millions or billions, cut to three digits (1.25M): what is
    shown is really there."""
    if value is None or value < 1_000_000:
        return quantity(value)
    size, suffix = next((size, suffix) for size, suffix in _SUFFIXES if value >= size)
    whole = value / size
    places = Decimal(10) ** min(whole.adjusted() - 2, 0)
    return f"{whole.quantize(places, ROUND_DOWN).normalize():f}{suffix}"


def signed_quantity(value: Decimal | None) -> str:
    """A position: long with +, short with -, flat as 0."""
    text = quantity(value)
    return f"+{text}" if value is not None and value > 0 else text


def compact(value: Decimal | None, width: int) -> str:
    """An amount that must fit into `width` columns: in full, without its cents, or as 4.98M. Never cut off."""
    if value is None:
        return NO_VALUE
    for text in (number(value, 2), number(value, 0)):
        if len(text) <= width:
            return text
    for size, suffix in _SUFFIXES:
        if abs(value) >= size:
            for places in (2, 1, 0):
                text = f"{value / size:.{places}f}{suffix}"
                if len(text) <= width:
                    return text
    return "#" * width


def percent(value: Decimal | None, places: int = 1) -> str:
    """A ratio as percent: 0.0525 is 5.2 %, written 5.2%."""
    return NO_VALUE if value is None else f"{value * 100:.{places}f}%"


def bps(value: Decimal | None) -> str:
    """Basis points with their sign and one decimal."""
    return signed(value, 1)


def measure(value: Decimal | None, unit: str, width: int, places: int = 1) -> str:
    """A meter's value or limit in its unit: "money", "pct" (0.05 = 5 %), "ratio", "count" or "rate".
    `places`: decimals of a percentage."""
    if value is None:
        return NO_VALUE
    if unit == "pct":
        return percent(value, places)
    if unit == "ratio":
        return f"{value:.2f}"
    if unit in ("count", "rate"):
        text = quantity(value.quantize(Decimal("0.1"))) if value != value.to_integral_value() else quantity(value)
        return f"{text}/s" if unit == "rate" and len(text) + 2 <= width else text
    return compact(value, width)


def age(ns: int | None) -> str:
    """How long ago, in one unit: 4s, 17s, 3m, 2h."""
    if ns is None:
        return NO_VALUE
    seconds = max(0, ns) // _SECOND
    if seconds < 100:
        return f"{seconds}s"
    if seconds < 6000:
        return f"{seconds // 60}m"
    return f"{min(seconds // 3600, 999)}h"


def countdown(ns: int) -> str:
    """Time left in tenths of a second, never below zero: 2.4 s."""
    tenths = max(0, -(-ns // (_SECOND // 10)))
    return f"{tenths // 10}.{tenths % 10} s"


def plain(text: str) -> str:
    """A text from elsewhere (a broker, a user) without anything that could move a cursor or be two cells wide."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() and cell_len(c) == 1 else " " if c.isspace() else "?" for c in text)


def clip(text: str, width: int, ellipsis: str = "…") -> str:
    """Words (never numbers) cut to `width`, with a mark where they were cut."""
    if len(text) <= width:
        return text
    return text[: max(0, width - len(ellipsis))] + ellipsis if width > len(ellipsis) else text[:width]
