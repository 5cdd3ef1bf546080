"""Instruments from universe.yaml: what an entry leaves out follows from its class and symbol.

| class | tick | lot | calendar | multiplier | currency |
|---|---|---|---|---|---|
| equity, etf | 0.01 | 1 | XNYS | 1 | USD |
| option | 0.01 | 1 | its underlying's | 100 | its underlying's |
| future | given | 1 | CME | given | USD |
| fx | 0.00001, in yen 0.001 | 1 | 24x5 | 1 | the last three letters |
| crypto | 0.01 | 0.00001 | 24x7 | 1 | what follows the base; USD |
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from console.config.errors import ConfigError
from console.config.file_models import InstrumentEntry
from console.config.universe_futures import future, not_for
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.money import CENT, ONE
from engine.model.option import CONTRACT, OccError, option_instrument, parse_occ

#: Quote currencies that crypto symbols end in, the longer first.
_QUOTED_IN: Final = ("USDT", "USDC", "USD", "EUR", "GBP", "JPY", "BTC", "ETH")
_PIP_TENTH, _IN_YEN, _SATOSHIS = Decimal("0.00001"), Decimal("0.001"), Decimal("0.00001")


def instruments_of(
    path: Path, entries: Mapping[str, InstrumentEntry], lines: Mapping[str, int]
) -> tuple[Instrument, ...]:
    """The instruments in the order of the file. `lines`: where each symbol stands. Raises ConfigError."""
    made: dict[str, Instrument] = {}
    for symbol, entry in entries.items():
        place = (path, symbol, entry, lines)
        not_for(*place)
        if entry.asset_class != "option":
            made[symbol] = future(*place) if entry.asset_class == "future" else _plain(*place)
    for symbol, entry in entries.items():
        if entry.asset_class == "option":
            made[symbol] = _option(path, symbol, entry, made, lines)
    return tuple(made[symbol] for symbol in entries)


def _plain(path: Path, symbol: str, entry: InstrumentEntry, lines: Mapping[str, int]) -> Instrument:
    kind = AssetClass(entry.asset_class)
    base, currency = _pair(symbol, entry) if kind in (AssetClass.FX, AssetClass.CRYPTO) else ("", entry.currency)
    if base == "" and kind in (AssetClass.FX, AssetClass.CRYPTO):
        what = f"is no pair that can be told apart; give base and currency, like {{class: {kind.value}, base: EUR}}"
        raise ConfigError.at(path, what, line=lines.get(symbol, 0), key=f"instruments.{symbol}")
    if entry.underlying is not None:
        what = f"underlying belongs to options, this is of class {kind.value}"
        raise ConfigError.at(path, what, line=lines.get(symbol, 0), key=f"instruments.{symbol}.underlying")
    lot = entry.lot or (_SATOSHIS if kind is AssetClass.CRYPTO else ONE)
    tick = entry.tick or (CENT if kind is not AssetClass.FX else _IN_YEN if currency == "JPY" else _PIP_TENTH)
    sessions = {AssetClass.FX: "24x5", AssetClass.CRYPTO: "24x7"}.get(kind, "XNYS")
    return Instrument(
        symbol=symbol,
        asset_class=kind,
        currency=currency or "USD",
        tick=tick,
        lot=lot,
        min_qty=entry.min_qty or lot,
        max_qty=entry.max_qty,
        multiplier=entry.multiplier or ONE,
        calendar=entry.calendar or sessions,
        sector=entry.sector,
        name=entry.name,
        base=base or msgspec.UNSET,
    )


def _pair(symbol: str, entry: InstrumentEntry) -> tuple[str, str]:
    """(base, currency) of a pair: as given, else as the symbol says; ("", "") where it says nothing."""
    currency = entry.currency or ""
    if entry.base is not None:
        return entry.base, currency or symbol.removeprefix(entry.base) or "USD"
    if currency and symbol.endswith(currency) and symbol != currency:
        return symbol.removesuffix(currency), currency
    if entry.asset_class == "fx" and len(symbol) == 6 and not currency:
        return symbol[:3], symbol[3:]
    quoted = next((name for name in _QUOTED_IN if symbol.endswith(name) and symbol != name), "")
    return (symbol.removesuffix(quoted), currency or quoted) if quoted else ("", "")


def _option(
    path: Path, symbol: str, entry: InstrumentEntry, made: Mapping[str, Instrument], lines: Mapping[str, int]
) -> Instrument:
    line, key = lines.get(symbol, 0), f"instruments.{symbol}"
    try:
        occ = parse_occ(symbol)
    except OccError as error:
        raise ConfigError.at(path, str(error), line=line, key=key) from None
    if occ.symbol != symbol:
        raise ConfigError.at(path, f"is not in full; expected {occ.symbol}", line=line, key=key)
    underlying = made.get(entry.underlying or occ.root)
    if underlying is None:
        named = entry.underlying or occ.root
        what = f"its underlying {named} is not in this file; expected it here, or underlying: SYMBOL"
        raise ConfigError.at(path, what, line=line, key=key)
    found = option_instrument(occ, underlying, tick=entry.tick or CENT, multiplier=entry.multiplier or CONTRACT)
    lot = entry.lot or found.lot
    return msgspec.structs.replace(
        found,
        lot=lot,
        min_qty=entry.min_qty or lot,
        max_qty=entry.max_qty,
        currency=entry.currency or found.currency,
        calendar=entry.calendar or found.calendar,
        sector=entry.sector or found.sector,
        name=entry.name or found.name,
    )
