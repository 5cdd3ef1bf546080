"""Option symbols as the OCC writes them: root, expiry, right, strike in thousandths: AAPL  140621C00100000.

Source: OCC, Options Symbology Initiative (root padded to 6, yymmdd, C or P, 5+3 digits). The padding may be left out.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Final

import msgspec

from engine.model.booking import Right

_OCC: Final = re.compile(r"(?P<root>[A-Z][A-Z0-9.]{0,5}) *(?P<date>[0-9]{6})(?P<right>[CP])(?P<strike>[0-9]{8})")


class OccTerms(msgspec.Struct, frozen=True):
    """What an OCC symbol says. `strike` is money per unit of the underlying."""

    root: str
    expiry: dt.date
    right: Right
    strike: Decimal


def parse_occ(symbol: str) -> OccTerms | None:
    """The terms of an OCC symbol, or None when it is not one."""
    match = _OCC.fullmatch(symbol)
    if match is None:
        return None
    try:
        year, month, day = (int(match["date"][at : at + 2]) for at in (0, 2, 4))
        expiry = dt.date(2000 + year, month, day)
    except ValueError:
        return None
    right: Right = "call" if match["right"] == "C" else "put"
    return OccTerms(match["root"], expiry, right, Decimal(match["strike"]) / 1000)
