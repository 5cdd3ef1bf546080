"""Options in the simulated market: quoted once a second from the simulated price of their underlying.

The mid is Black and Scholes' (1973) value without interest and dividends, at the volatility with which the underlying
moves, over the time that is left until 16:00 in New York on the day of expiration (the simulated year has 252 days of
24 hours). Around it stands a spread of 2 % of the mid, of two ticks at least; both sides always have a price. It is a
function of (seed, time) like everything here; its logarithm and exponential are the machine's, so that another machine
may round a cent the other way."""

from __future__ import annotations

import math
import struct
from decimal import Decimal
from hashlib import blake2b
from typing import Final, Protocol

from engine.model.instrument import Instrument, OptionTerms
from engine.model.market import Quote
from engine.model.money import ZERO

_SECOND_NS: Final = 1_000_000_000
_DICE: Final = struct.Struct(">4H")
_UNIT: Final = 65_536
#: Half of the spread, as a share of the mid.
_HALF_SPREAD: Final = 0.01
_MOST_CONTRACTS: Final = 50


class Underlying(Protocol):
    """What an option needs of its underlying's stream."""

    def price_at(self, second: int) -> float:
        """The price, before any spread, at a whole second since 1970."""
        ...


def option_value(price: float, strike: float, years: float, volatility: float, *, is_call: bool) -> float:
    """Value of a European option without interest and dividends (Black and Scholes 1973), per unit of the
    underlying."""
    width = volatility * math.sqrt(max(years, 0.0))
    if width <= 0.0 or price <= 0.0:
        return max(price - strike if is_call else strike - price, 0.0)
    d1 = math.log(price / strike) / width + width / 2.0
    call = price * _normal(d1) - strike * _normal(d1 - width)
    return max(call if is_call else call - price + strike, 0.0)


def _normal(x: float) -> float:
    """Cumulative distribution of the standard normal."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


class OptionStream:
    """The quotes of one option: one a second, at a moment of the second that is the option's own."""

    __slots__ = ("_key", "_offset_ns", "_symbol", "_terms", "_tick", "_underlying", "_volatility", "_year_s")

    def __init__(
        self,
        option: Instrument,
        terms: OptionTerms,
        underlying: Underlying,
        volatility: float,
        year_s: float,
        key: bytes,
    ) -> None:
        """`key` makes sizes and moments those of a seed."""
        self._symbol = option.symbol
        self._tick = option.tick
        self._terms = terms
        self._underlying = underlying
        self._volatility = volatility
        self._year_s = year_s
        self._key = key
        self._offset_ns = _DICE.unpack(blake2b(b"offset", digest_size=8, key=key).digest())[0] * _SECOND_NS // _UNIT

    def events(self, t0_ns: int, t1_ns: int) -> list[Quote]:
        """Quotes with t0_ns <= time < t1_ns; none from the expiration on."""
        first = -(-(t0_ns - self._offset_ns) // _SECOND_NS)
        end_ns = min(t1_ns, self._terms.expires_ns)
        found = []
        second = first
        while second * _SECOND_NS + self._offset_ns < end_ns:
            found.append(self._quote(second))
            second += 1
        return found

    def quote_at(self, t_ns: int) -> Quote:
        """The quote in force at an instant; after the expiration the last one."""
        last_ns = min(t_ns, self._terms.expires_ns - 1)
        return self._quote((last_ns - self._offset_ns) // _SECOND_NS)

    def _quote(self, second: int) -> Quote:
        at_ns = second * _SECOND_NS + self._offset_ns
        terms = self._terms
        years = (terms.expires_ns - at_ns) / _SECOND_NS / self._year_s
        price = self._underlying.price_at(second)
        value = option_value(price, float(terms.strike), years, self._volatility, is_call=terms.is_call)
        ticks = value / float(self._tick)
        half = max(ticks * _HALF_SPREAD, 1.0)
        bid = max(math.floor(ticks - half), 1)
        ask = max(math.ceil(ticks + half), bid + 1)
        dice = _DICE.unpack(blake2b(second.to_bytes(8, "big"), digest_size=8, key=self._key).digest())
        return Quote(
            self._symbol,
            bid * self._tick,
            ask * self._tick,
            _contracts(dice[0]),
            _contracts(dice[1]),
            at_ns,
        )


def _contracts(dice: int) -> Decimal:
    return ZERO + 1 + dice * _MOST_CONTRACTS // _UNIT
