"""What the ticket asks for, field by field. A field's words become words of the command line; see compose.py."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Kind = Literal["choice", "text", "switch"]


class Field(msgspec.Struct, frozen=True):
    """One line of the form.

    choice: one of `choices`. text: what is typed, words only where `words`. switch: "on" or "". `right`: in the right
    column. `optional`: a line without it is complete; `empty`: what that means.
    """

    id: str
    label: str
    kind: Kind
    hint: str
    choices: tuple[str, ...] = ()
    right: bool = False
    optional: bool = False
    empty: str = "-"
    words: bool = False


SIDES: Final = ("buy", "sell", "short")
SIZES: Final = ("qty", "money", "risk", "kelly", "vol")
SIZED: Final = frozenset({"risk", "kelly", "vol"})
"""Ways to size that the command line has for what opens a position, and that need no quantity."""
TYPES: Final = ("lmt", "mkt", "mid", "stop", "stoplmt", "trail")
#: Behind a size that follows from risk, `stop` names the protective stop: an entry that waits is a stop-limit.
SIZED_TYPES: Final = ("lmt", "mkt", "mid", "stoplmt")
ALGOS: Final = ("twap", "vwap", "pov", "is", "iceberg", "sor", "scale")
"""Verbs that work an order over time; a ticket offers those that the command language has."""
TIMELESS: Final = frozenset({"iceberg", "sor", "scale"})
"""Those that need no time to begin or end at."""
_TIMES: Final = ("day", "gtc", "ioc", "fok", "gtd", "opg", "cls")
_PRICE: Final = "190.50 (+ and - move it by a tick); @bid @ask @mid @last, @bid+0.01"
_OFF_PRICE: Final = "the price at which it starts: 188, or @bid-0.50"
_DISTANCE: Final = "how far it stays behind the market: 0.50 in money, or 2%"
_TYPE_HINT: Final = "limit, market, limit at the middle, stop, stop-limit, trailing stop"

FIELDS: Final = (
    Field("side", "Side", "choice", "buy, sell what is held, or sell short", SIDES),
    Field("symbol", "Symbol", "text", "what to trade; an option like aapl270115c200 (F4 shows them)"),
    Field("by", "Size by", "choice", "a quantity, money, or what it may lose, by edge, or by volatility", SIZES),
    Field("qty", "Quantity", "text", "100, 1,000 or 10k; all or half of the position to close it"),
    Field("money", "Money", "text", "10k: as many as it buys at the limit or the touch"),
    Field("risk", "Risk", "text", "what may be lost between entry and stop loss: 200, or 0.5% of equity"),
    Field("wins", "Win rate", "text", "share of trades that win: 0.55 or 55%"),
    Field("payoff", "Payoff", "text", "average win in units of the average loss: 1.5"),
    Field("fraction", "Fraction", "text", "so much of full Kelly: 0.5 or 50%", optional=True, empty="all of it"),
    Field("target", "Volatility", "text", "that it may move by in a year, as a share of equity: 10%"),
    Field(
        "realized",
        "Realized",
        "text",
        "the instrument's own volatility a year, where the desk's estimate shall not count: 25%",
        optional=True,
    ),
    Field("cap", "Cap", "text", "the largest share of equity: 50%, or 1.5 for one and a half times it", optional=True),
    Field("type", "Type", "choice", _TYPE_HINT, TYPES),
    Field("stop", "Stop", "text", _OFF_PRICE),
    Field("limit", "Limit", "text", _PRICE),
    Field("trail", "Trail", "text", _DISTANCE),
    Field("when", "When", "text", "10:00-11:30 on the exchange's clock, or from now on for 30m", optional=True),
    Field("within", "Limit", "text", f"no child goes beyond it: {_PRICE}", optional=True),
    Field("options", "Options", "text", "in the algo's own words, as in slices 7 lot 100", optional=True, words=True),
    Field(
        "trigger",
        "Trigger",
        "choice",
        "what the stop is held against: bid or ask, or the last print",
        ("touch", "last"),
    ),
    Field(
        "group",
        "Group",
        "choice",
        "alone; or with a second order: one cancels the other (oco), one starts the other (oto)",
        ("alone", "oco", "oto"),
    ),
    Field("side2", "2nd side", "choice", "side of the second order", SIDES),
    Field(
        "qty2",
        "2nd quantity",
        "text",
        "of the second order: 50, or as the first one's",
        optional=True,
        empty="the same",
    ),
    Field("type2", "2nd type", "choice", _TYPE_HINT, ("lmt", "mkt", "stop", "stoplmt", "trail")),
    Field("stop2", "2nd stop", "text", _OFF_PRICE),
    Field("limit2", "2nd limit", "text", _PRICE),
    Field("trail2", "2nd trail", "text", _DISTANCE),
    Field(
        "tif",
        "Time in force",
        "choice",
        "day, until cancelled, at once in part, at once or not at all, until a time, at the open, at the close",
        _TIMES,
        right=True,
    ),
    Field("until", "Until", "text", "15:30, 2026-12-18 or 2026-12-18T15:30 on the exchange's clock", right=True),
    Field(
        "tp", "Take profit", "text", "an exit at this price once the order has filled: 195", right=True, optional=True
    ),
    Field(
        "sl",
        "Stop loss",
        "text",
        "an exit at this price once the order has filled: 188; or trail 2%",
        right=True,
        optional=True,
        words=True,
    ),
    Field("full", "Only in full", "switch", "exits start when all has filled, not with each part", right=True),
    Field("reduce", "Reduce only", "switch", "it may only reduce the position", right=True),
    Field(
        "fit", "Fit", "switch", "where the money does not reach, send less: five steps of a tenth at most", right=True
    ),
    Field("ext", "Extended", "switch", "also in extended hours", right=True),
    Field("account", "Account", "choice", "whose order it is", right=True),
    Field("tag", "Tag", "text", "a note that stays with the order", right=True, optional=True),
)
PRICES: Final = frozenset({"limit", "stop", "within", "tp", "sl", "limit2", "stop2"})
LONGEST: Final = 40
