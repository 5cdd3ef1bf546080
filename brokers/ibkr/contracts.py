"""The desk's symbols and IB's contracts.

A contract is named by its words, as TWS resolves them; what TWS calls back is found by its conId where that was seen
with a symbol of ours, else by its words.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from brokers.ibkr.messages import ContractSeen, DetailsSeen, LegSeen
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.option import occ_or_none
from engine.protocol import NotSupportedError

PACKAGE: Final = "BAG"
MONTHS: Final = "FGHJKMNQUVXZ"
#: Where the usual futures trade: root -> exchange.
FUTURES: Final = {
    **dict.fromkeys(
        ("ES", "MES", "NQ", "MNQ", "RTY", "M2K", "6A", "6B", "6C", "6E", "6J", "6S", "LE", "HE", "GE", "SR3"), "CME"
    ),
    **dict.fromkeys(("YM", "MYM", "ZB", "ZN", "ZF", "ZT", "UB", "TN", "ZC", "ZS", "ZW", "ZL", "ZM"), "CBOT"),
    **dict.fromkeys(("CL", "MCL", "NG", "RB", "HO", "PL", "PA"), "NYMEX"),
    **dict.fromkeys(("GC", "MGC", "SI", "HG"), "COMEX"),
    **dict.fromkeys(("FDAX", "FESX", "FGBL", "FGBM", "FGBS"), "EUREX"),
    "VX": "CFE",
}


def contract_of(instrument: Instrument | None, symbol: str) -> ContractSeen:
    """What to call an instrument. Raises NotSupportedError where that can't be said."""
    kind = AssetClass.EQUITY if instrument is None else instrument.asset_class
    currency = "USD" if instrument is None else instrument.currency
    option = occ_or_none(symbol) if instrument is None or kind is AssetClass.OPTION else None
    if option is not None:
        multiplier = "100" if instrument is None else f"{instrument.multiplier:f}"
        return ContractSeen(
            0,
            "OPT",
            option.root.replace(".", " "),
            currency,
            expiry=option.expiry.strftime("%Y%m%d"),
            strike=option.strike,
            right=option.right,
            multiplier=multiplier,
        )
    if kind is AssetClass.FX:
        base = instrument.base if instrument is not None and isinstance(instrument.base, str) else symbol[:3]
        return ContractSeen(0, "CASH", base, currency, "IDEALPRO")
    if kind is AssetClass.FUTURE:
        terms = None if instrument is None else instrument.future
        root, month, exchange = (terms.root, terms.month, terms.exchange) if terms else _future(symbol)
        multiplier = "" if instrument is None or instrument.multiplier == 1 else f"{instrument.multiplier:f}"
        return ContractSeen(0, "FUT", root, currency, exchange, month, multiplier=multiplier)
    if kind in (AssetClass.EQUITY, AssetClass.ETF):
        return ContractSeen(0, "STK", symbol.replace(".", " "), currency)
    raise NotSupportedError(f"{symbol}: {kind.value} is not traded here; nothing was sent")


def _future(symbol: str) -> tuple[str, str, str]:
    """A future by its code: root, month's letter, one or two digits of the year (ESZ6, ESZ26)."""
    body = symbol.rstrip("0123456789")
    year, root, letter = symbol[len(body) :], body[:-1], body[-1:]
    if not year or len(year) > 2 or letter not in MONTHS or root not in FUTURES:
        raise NotSupportedError(
            f"{symbol!r} is no future that is known here; expected one like ESZ26; nothing was sent"
        )
    # One digit is of this decade: the desk's symbols are written with two where that is not meant.
    full = 2020 + int(year) if len(year) == 1 else 2000 + int(year)
    return root, f"{full}{MONTHS.index(letter) + 1:02}", FUTURES[root]


def package_of(legs: Sequence[tuple[ContractSeen, str, int]]) -> ContractSeen:
    """Several contracts as one, each with its action and its ratio; their ids are known."""
    first = legs[0][0]
    parts = tuple(LegSeen(contract.con_id, ratio, action) for contract, action, ratio in legs)
    return ContractSeen(0, PACKAGE, first.symbol, first.currency, legs=parts)


class Names:
    """Which of the desk's symbols a contract is. `instruments`: those that the desk may meet."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        self._instruments = dict(instruments)
        self._by_words: dict[tuple[object, ...], str] = {}
        for symbol, known in instruments.items():
            with contextlib.suppress(NotSupportedError):  # the desk may know what is traded elsewhere
                contract = contract_of(known, symbol)
                self._by_words[self._words(contract)] = symbol
                if known.future:  # TWS calls it by its last day, which may lie in another month than the contract's
                    last = msgspec.structs.replace(contract, expiry=known.future.expiry.replace("-", ""))
                    self._by_words.setdefault(self._words(last), symbol)
        self._by_id: dict[int, str] = {}
        self._ids: dict[str, int] = {}

    def instrument(self, symbol: str) -> Instrument | None:
        return self._instruments.get(symbol)

    def contract(self, symbol: str) -> ContractSeen:
        """Raises NotSupportedError."""
        return contract_of(self._instruments.get(symbol), symbol)

    def con_id(self, symbol: str) -> int:
        """0 where TWS has not told it yet."""
        return self._ids.get(symbol, 0)

    def note(self, contract: ContractSeen, symbol: str) -> None:
        """TWS calls the contract of this symbol so."""
        if contract.con_id:
            self._by_id[contract.con_id] = symbol
            self._ids[symbol] = contract.con_id

    def symbol(self, contract: ContractSeen) -> str:
        """What the desk calls it; for one that it never heard of its best name."""
        known = self._by_id.get(contract.con_id) or self._by_words.get(self._words(contract))
        if known is None:
            return _own_name(contract)
        self.note(contract, known)
        return known

    @staticmethod
    def _words(contract: ContractSeen) -> tuple[object, ...]:
        expiry = contract.expiry[:6] if contract.kind == "FUT" else contract.expiry
        strike = contract.strike if contract.kind == "OPT" else None
        right = contract.right[:1] if contract.kind == "OPT" else ""
        return (contract.kind, contract.symbol, contract.currency, expiry, strike, right)


def _own_name(contract: ContractSeen) -> str:
    match contract.kind:
        case "STK":
            return contract.symbol.replace(" ", ".")
        case "CASH":
            return f"{contract.symbol}{contract.currency}"
        case "OPT" if len(contract.expiry) == 8 and contract.strike is not None:
            thousandths = int(contract.strike * 1000)
            root = contract.symbol.replace(" ", ".")
            return f"{root}{contract.expiry[2:]}{contract.right[:1]}{thousandths:08}"
        case _:
            return contract.local.replace(" ", "") or contract.symbol


_KINDS: Final = {
    "STK": AssetClass.EQUITY,
    "OPT": AssetClass.OPTION,
    "FUT": AssetClass.FUTURE,
    "CASH": AssetClass.FX,
    "CRYPTO": AssetClass.CRYPTO,
}


def instrument_of(details: DetailsSeen, symbol: str) -> Instrument:
    """What trades under this symbol."""
    contract = details.contract
    kind = _KINDS.get(contract.kind, AssetClass.EQUITY)
    if kind is AssetClass.EQUITY and details.stock_type.upper() == "ETF":
        kind = AssetClass.ETF
    # A stock's sizes are whole shares, whatever sizes some venue takes beside.
    whole = kind in (AssetClass.EQUITY, AssetClass.ETF, AssetClass.OPTION, AssetClass.FUTURE)
    step = Decimal(1) if whole or not details.step else details.step
    least = Decimal(1) if whole or not details.min_size else details.min_size
    found = Instrument(
        symbol,
        kind,
        contract.currency or "USD",
        details.tick or Decimal("0.01"),
        step,
        max(least, step),
        multiplier=Decimal(contract.multiplier or 1),
        calendar={AssetClass.FX: "24x5", AssetClass.FUTURE: "CME"}.get(kind, "XNYS"),
        name=details.name,
    )
    if kind is AssetClass.FX:
        return Instrument(
            symbol, kind, found.currency, found.tick, found.lot, found.min_qty, calendar="24x5", name=found.name,
            base=contract.symbol,
        )  # fmt: skip
    return found
