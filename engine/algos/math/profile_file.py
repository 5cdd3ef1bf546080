"""A volume profile from a file of times and weights.

    time,weight
    09:30,180
    10:00,95.5
    15:30,210
    16:00,

Each part begins at its time (exchange time, HH:MM or HH:MM:SS) and lasts until the next one; the last row has no weight
and says when the session closes (24:00 for one that ends at midnight). Weights are in proportion, 0 included. On a half
day the parts shrink with the session. Empty lines and lines that begin with # are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.algos.math.profile import ProfileError, VolumeProfile, of_weights
from engine.model.money import NumberError, parse_decimal

_HEADER: Final = "time,weight"
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?", re.ASCII)
_DAY_S: Final = 86_400


def parse_profile(lines: Iterable[str], name: str) -> VolumeProfile:
    """The profile in these lines of the file `name`. Raises ProfileError: file, line, what was found and expected."""
    rows: list[tuple[int, int, str]] = []
    header = False
    number = 0
    for number, line in enumerate(lines, start=1):
        text = line.strip().removeprefix("\ufeff")
        if not text or text.startswith("#"):
            continue
        if not header:
            if text.replace(" ", "") != _HEADER:
                raise ProfileError(f"{name}: line {number}: {text[:60]!r}; expected the header {_HEADER}")
            header = True
            continue
        time, comma, weight = (part.strip() for part in text.partition(","))
        second = _second(time) if comma and "," not in weight else None
        if second is None:
            raise ProfileError(f"{name}: line {number}: {text[:60]!r}; expected time,weight like 09:30,180")
        if rows and second <= rows[-1][1]:
            raise ProfileError(f"{name}: line {number}: {time} is not after the row before; expected times that rise")
        if rows and not rows[-1][2]:
            raise ProfileError(f"{name}: line {rows[-1][0]}: no weight; expected one, except in the last row")
        rows.append((number, second, weight))
    if len(rows) < 2:
        raise ProfileError(f"{name}: {len(rows)} rows; expected a row for each part and one for the close: 16:00,")
    last, closes, weight = rows[-1]
    if weight:
        raise ProfileError(
            f"{name}: line {last}: weight {weight!r}; expected none in the last row, the session's close"
        )
    opens = rows[0][1]
    edges = [Fraction(second - opens, closes - opens) for _, second, _ in rows]
    weights = [_weight(text, f"{name}: line {line}") for line, _, text in rows[:-1]]
    if not any(weights):
        raise ProfileError(f"{name}: every weight is 0; expected one above 0")
    return of_weights(edges, weights)


def _second(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    total = hour * 3600 + minute * 60 + second
    return total if total <= _DAY_S else None


def _weight(text: str, where: str) -> Decimal:
    try:
        weight = parse_decimal(text, "weight")
    except NumberError as error:
        raise ProfileError(f"{where}: {error}") from None
    if weight < 0:
        raise ProfileError(f"{where}: weight {text} is negative; expected 0 or more")
    return weight
