"""Random paths that can be entered anywhere: a value comes from a hash of its time, not from a walk.

A path is a sum of octaves. An octave has one random height at each multiple of its period and runs smoothly
between them; heights come from a keyed hash of (octave, index). With heights whose variance is in
proportion to the period the sum moves like a random walk over spans between the shortest and the longest
period, and beyond the longest it stays where it is: bounded drift around zero. (Value noise: Perlin, "An
image synthesizer", SIGGRAPH 1985, in one dimension.)

Only + - * / and square roots of floats are used, which IEEE 754 fixes to the last bit: the same path
everywhere.
"""

from __future__ import annotations

import math
import struct
from hashlib import blake2b
from typing import Final

#: Periods in seconds: 1 s, 4 s, 16 s ... 12 days.
PERIODS: Final = tuple(4**power for power in range(11))
#: Makes the variance of a path's change over t seconds about t (measured: within 15 %, from 1 s to a day).
_HEIGHT_VARIANCE: Final = 0.41
_UNIT: Final = 1.7320508075688772 / 65_536  # four 16-bit uniforms have a variance of 1/3
_CENTRE: Final = 2 * 65_535


def key_of(*parts: object) -> bytes:
    """A hash key that is different for different parts."""
    return blake2b("\x1f".join(str(part) for part in parts).encode(), digest_size=32).digest()


class Path:
    """A bounded random path with a value at every whole second. Remembers what makes the next one cheap."""

    __slots__ = ("_key", "_octaves")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._octaves = [_Octave(key, power, period) for power, period in enumerate(PERIODS)]

    def at(self, second: int) -> float:
        """The value; over t seconds it changes with a variance of about t."""
        value = 0.0
        for octave in self._octaves:
            value += octave.at(second)
        return value


class _Octave:
    __slots__ = ("_index", "_key", "_left", "_number", "_period", "_right", "_scale")

    def __init__(self, key: bytes, number: int, period: int) -> None:
        self._key = key
        self._number = number
        self._period = period
        self._scale = _UNIT * math.sqrt(_HEIGHT_VARIANCE * period)
        self._index = -1
        self._left = self._right = 0.0

    def at(self, second: int) -> float:
        index, rest = divmod(second, self._period)
        if index != self._index:
            self._left = self._right if index == self._index + 1 and self._index >= 0 else self._height(index)
            self._right = self._height(index + 1)
            self._index = index
        if not rest:
            return self._left
        along = rest / self._period
        return self._left + (self._right - self._left) * along * along * (3.0 - 2.0 * along)

    def _height(self, index: int) -> float:
        digest = blake2b(struct.pack(">Bq", self._number, index), digest_size=8, key=self._key).digest()
        a, b, c, d = struct.unpack(">4H", digest)
        return float(a + b + c + d - _CENTRE) * self._scale
