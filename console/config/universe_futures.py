"""Futures of universe.yaml: what makes a contract is given there, because nobody here knows it better.

    ESZ26: {class: future, exchange: CME, expiry: 2026-12-18 09:30, multiplier: 50, tick: 0.25, margin: 25000}

Root and month follow from the code. `expiry` is the last trade, on the clock of its calendar; where only the day is
given, orders end at 09:30 of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from console.config.errors import ConfigError
from console.config.file_models import InstrumentEntry
from engine.market.calendar import Calendar, CalendarError
from engine.model.enums import AssetClass
from engine.model.future import FutureError, parse_code, parse_last_trade, parse_month
from engine.model.instrument import FutureTerms, Instrument
from engine.model.money import ONE

_DAY_NS: Final = 86_400_000_000_000
_WARN_DAYS: Final = 5
_SESSIONS: Final = "CME"
#: Keys that only a future has.
_OWN: Final = ("root", "exchange", "month", "expiry", "warn_days", "margin", "maintenance")
_GIVEN: Final = {
    "exchange": "where it trades, like CME",
    "expiry": "the day of its last trade, like 2026-12-18, or with its time, 2026-12-18 09:30",
    "multiplier": "money for a whole point of one contract, like 50",
    "tick": "its price step, like 0.25",
}


def not_for(path: Path, symbol: str, entry: InstrumentEntry, lines: Mapping[str, int]) -> None:
    """Refuse a future's keys at anything else. Raises ConfigError."""
    for name in _OWN if entry.asset_class != "future" else ():
        if getattr(entry, name) is not None:
            what = f"{name} belongs to futures, this is of class {entry.asset_class}"
            raise ConfigError.at(path, what, line=lines.get(symbol, 0), key=f"instruments.{symbol}.{name}")


def future(path: Path, symbol: str, entry: InstrumentEntry, lines: Mapping[str, int]) -> Instrument:
    """One contract. Raises ConfigError."""

    def wrong(name: str, what: str) -> NoReturn:
        raise ConfigError.at(path, what, line=lines.get(symbol, 0), key=f"instruments.{symbol}.{name}") from None

    for name, words in _GIVEN.items():
        if getattr(entry, name) is None:
            wrong(name, f"is missing; a future needs {words}")
    for name in ("base", "underlying"):
        if getattr(entry, name) is not None:
            wrong(name, f"{name} belongs to other classes, this is a future")
    if entry.maintenance is not None and (entry.margin is None or entry.maintenance > entry.margin):
        wrong("maintenance", "is what keeps a contract; expected margin beside it, and not above that")
    named_root, named_month = parse_code(symbol)
    root = entry.root or named_root
    if not root:
        wrong("root", f"{symbol} is no code like ESZ26; give the root and the contract month: root: ES, month: 2026-12")
    try:
        month = parse_month(entry.month) if entry.month is not None else named_month
        zone = Calendar.load(entry.calendar or _SESSIONS).zone
        day, expires_ns = parse_last_trade(entry.expiry or "", zone)
    except FutureError as error:
        wrong("expiry" if "expiry" in str(error) else "month", str(error))
    except CalendarError as error:
        wrong("calendar", str(error))
    if not month:
        wrong("month", f"{symbol} is no code like ESZ26; give the contract month: month: 2026-12")
    if named_month and month != named_month and entry.root is None:
        wrong("month", f"{month[:4]}-{month[4:]} is not the month of {symbol}; leave it out, or give the root as well")
    lot = entry.lot or ONE
    days = _WARN_DAYS if entry.warn_days is None else entry.warn_days
    assert entry.exchange is not None
    assert entry.tick is not None
    assert entry.multiplier is not None
    return Instrument(
        symbol=symbol,
        asset_class=AssetClass.FUTURE,
        currency=entry.currency or "USD",
        tick=entry.tick,
        lot=lot,
        min_qty=entry.min_qty or lot,
        max_qty=entry.max_qty,
        multiplier=entry.multiplier,
        calendar=entry.calendar or _SESSIONS,
        sector=entry.sector,
        name=entry.name or f"{root} {day:%b%y}",
        base=msgspec.UNSET,
        future=FutureTerms(
            root, entry.exchange, month, day.isoformat(), expires_ns, expires_ns - days * _DAY_NS, entry.margin,
            entry.maintenance,
        ),
    )  # fmt: skip
