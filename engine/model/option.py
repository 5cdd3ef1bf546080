"""Options by their OCC symbol: root, expiration, right and strike in one word, and the instrument it stands for.

The OCC's Option Symbology Initiative (2010) writes 21 characters: the root padded to six, YYMMDD, C or P, the strike in
thousandths on eight digits ("AAPL  260116C00200000"). The desk's key is the same without the padding. Users may also
write the strike as they say it: AAPL260116C200, AAPL260116C197.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from engine.model.enums import AssetClass
from engine.model.instrument import Instrument, OptionTerms
from engine.model.money import CENT, ONE, ZERO, plain

Right = Literal["C", "P"]

#: Units of the underlying in one contract, where nothing else is said.
CONTRACT: Final = Decimal(100)
_THOUSANDTH: Final = Decimal("0.001")
_SYMBOL: Final = re.compile(r"([A-Z][A-Z0-9.]{0,5}) *([0-9]{6})([CP])([0-9]{1,8}(?:\.[0-9]{1,3})?)")
#: US equity options cease to trade at this time in New York on the day of their expiration.
_LAST_TRADE: Final = time(16)
_NEW_YORK: Final = "America/New_York"
_WRITTEN: Final = frozenset({AssetClass.EQUITY, AssetClass.ETF})


class OccError(ValueError):
    """A text is no OCC symbol. One line: what, and what was expected."""


class Occ(msgspec.Struct, frozen=True, gc=False):
    """The parts of an OCC symbol. Strike in money per unit of the underlying."""

    root: str
    expiry: date
    right: Right
    strike: Decimal

    @property
    def symbol(self) -> str:
        """The desk's key: the OCC symbol without padding, like AAPL260116C00200000."""
        return f"{self.root}{self._tail}"

    @property
    def padded(self) -> str:
        """The 21 characters of the OSI, like "AAPL  260116C00200000"."""
        return f"{self.root:<6}{self._tail}"

    @property
    def _tail(self) -> str:
        return f"{self.expiry:%y%m%d}{self.right}{int(self.strike / _THOUSANDTH):08d}"

    @property
    def expires_ns(self) -> int:
        """From this instant (ns UTC) on it can't be traded: 16:00 in New York on its last day."""
        last = datetime.combine(self.expiry, _LAST_TRADE, ZoneInfo(_NEW_YORK))
        return int(last.astimezone(UTC).timestamp()) * 1_000_000_000


def parse_occ(text: str) -> Occ:
    """Read an OCC symbol in either form, or with the strike in plain digits. Raises OccError."""
    match = _SYMBOL.fullmatch(text.strip().upper())
    if match is None:
        raise OccError(f"{text!r} is no option symbol; expected ROOT, YYMMDD, C or P, strike: AAPL260116C00200000")
    root, day, right, digits = match.groups()
    try:
        expiry = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        raise OccError(f"{text!r}: {day} is no date; expected YYMMDD") from None
    # Eight digits are thousandths, as the OCC writes them; fewer are the strike as it is said.
    strike = Decimal(digits) * _THOUSANDTH if len(digits) == 8 and "." not in digits else Decimal(digits)
    if not ZERO < strike < 100_000:
        raise OccError(f"{text!r}: strike {plain(strike)} is not above 0 and below 100000")
    return Occ(root, expiry, "C" if right == "C" else "P", strike.quantize(_THOUSANDTH))


def looks_like_option(text: str) -> bool:
    """Whether a word has the form of an option symbol (its date and strike may still be wrong)."""
    return _SYMBOL.fullmatch(text.strip().upper()) is not None


def option_instrument(
    occ: Occ, underlying: Instrument, *, tick: Decimal = CENT, multiplier: Decimal = CONTRACT
) -> Instrument:
    """The option as an instrument: whole contracts, in the currency and the sessions of its underlying."""
    words = {"C": "call", "P": "put"}[occ.right]
    return Instrument(
        symbol=occ.symbol,
        asset_class=AssetClass.OPTION,
        currency=underlying.currency,
        tick=tick,
        lot=ONE,
        min_qty=ONE,
        multiplier=multiplier,
        calendar=underlying.calendar,
        sector=underlying.sector,
        name=f"{underlying.symbol} {occ.expiry:%d%b%y} {readable_strike(occ.strike)} {words}",
        option=OptionTerms(underlying.symbol, occ.expiry.isoformat(), occ.strike, occ.right, occ.expires_ns),
    )


def listed_option(symbol: str, instruments: Mapping[str, Instrument]) -> Instrument | None:
    """The option that an OCC symbol names, when its underlying is among these instruments; else None.

    A root is the underlying's symbol without its point (BRKB: BRK.B). A root that isn't (an adjusted contract like
    AAPL1) has a deliverable that nobody here knows: such an option must stand in universe.yaml.
    """
    try:
        occ = parse_occ(symbol)
    except OccError:
        return None
    underlying = instruments.get(occ.root)
    if underlying is None:
        underlying = next((i for i in instruments.values() if i.symbol.replace(".", "") == occ.root), None)
    if underlying is None or underlying.asset_class not in _WRITTEN:
        return None
    return option_instrument(occ, underlying)


def readable_strike(strike: Decimal) -> str:
    """200, 197.5: without the zeros behind."""
    text = plain(strike)
    return text.rstrip("0").rstrip(".") if "." in text else text
