"""What Alpaca surely refuses, refused here before a request is spent on it, in a sentence that says what to write.

From the published description of orders; where that is in doubt the broker decides.
"""

from __future__ import annotations

from decimal import Decimal
from math import gcd
from typing import Final, NoReturn

from engine.model.enums import AssetClass, Side
from engine.model.enums import OrdType as Kind
from engine.model.enums import TimeInForce as Time
from engine.model.instrument import Instrument
from engine.model.option import looks_like_option
from engine.model.order import BrokerOrder
from engine.model.package import MOST_LEGS
from engine.protocol import NotSupportedError

DAY_GTC: Final = frozenset({Time.DAY, Time.GTC})
CRYPTO_TYPES: Final = frozenset({Kind.MARKET, Kind.LIMIT, Kind.STOP_LIMIT})
CRYPTO_TIMES: Final = frozenset({Time.GTC, Time.IOC})
OPTION_TYPES: Final = frozenset({Kind.MARKET, Kind.LIMIT, Kind.STOP, Kind.STOP_LIMIT})
PACKAGE_TYPES: Final = frozenset({Kind.MARKET, Kind.LIMIT})
AUCTION_TYPES: Final = frozenset({Kind.MARKET, Kind.LIMIT})
FRACTION_TYPES: Final = frozenset({Kind.MARKET, Kind.LIMIT, Kind.STOP, Kind.STOP_LIMIT})
AUCTIONS: Final = frozenset({Time.OPG, Time.CLS})
#: Nine decimals of a quantity, and the ticks of stocks from a dollar on and below it.
FINEST, CENT, SUB_CENT = Decimal("1e-9"), Decimal("0.01"), Decimal("0.0001")


def refuse_unfit(order: BrokerOrder, instrument: Instrument | None) -> None:
    """Raises NotSupportedError for what the rules of this kind of instrument forbid."""
    if order.qty % FINEST:
        _no(f"Alpaca takes nine decimals of a quantity, this one is {order.qty:f}")
    if order.legs:
        _package(order)
    elif looks_like_option(order.symbol):
        _option(order)
    elif instrument is not None and instrument.asset_class is AssetClass.CRYPTO:
        _crypto(order)
    else:
        _stock(order)


def _crypto(order: BrokerOrder) -> None:
    if order.side is Side.SELL_SHORT:
        _no("Alpaca has no short sales of crypto")
    _one_of(order.ord_type, CRYPTO_TYPES, "crypto")
    _one_of(order.time_in_force, CRYPTO_TIMES, "crypto")
    if order.extended:
        _no("crypto trades around the clock: say nothing of extended hours")


def _option(order: BrokerOrder) -> None:
    _whole(order, "options")
    _one_of(order.ord_type, OPTION_TYPES, "options")
    _one_of(order.time_in_force, DAY_GTC, "options")
    if order.extended:
        _no("options trade in regular hours alone at Alpaca")


def _package(order: BrokerOrder) -> None:
    _whole(order, "packages")
    _one_of(order.ord_type, PACKAGE_TYPES, "packages of options")
    _one_of(order.time_in_force, DAY_GTC, "packages of options")
    symbols = [leg.symbol for leg in order.legs]
    if not 2 <= len(symbols) <= MOST_LEGS or len(set(symbols)) < len(symbols):
        _no(f"Alpaca takes packages of 2 to {MOST_LEGS} legs, each of another option")
    if not all(map(looks_like_option, symbols)):
        _no("a package at Alpaca is of options alone: order its stock by itself")
    if gcd(*(leg.ratio for leg in order.legs)) > 1:
        _no("the ratios of a package must have no common divisor at Alpaca: order fewer of more packages")
    if order.extended:
        _no("options trade in regular hours alone at Alpaca")


def _stock(order: BrokerOrder) -> None:
    if order.qty % 1:
        if order.side is Side.SELL_SHORT:
            _no("Alpaca sells no fractions of a share short")
        _one_of(order.ord_type, FRACTION_TYPES, "fractions of a share")
        _one_of(order.time_in_force, frozenset({Time.DAY}), "fractions of a share")
    if order.ord_type is Kind.TRAILING_STOP:
        _one_of(order.time_in_force, DAY_GTC, "trailing stops")
    if order.time_in_force in AUCTIONS:
        _one_of(order.ord_type, AUCTION_TYPES, "orders at the open or close")
    if order.extended:
        _one_of(order.ord_type, frozenset({Kind.LIMIT}), "extended hours")
        _one_of(order.time_in_force, DAY_GTC, "extended hours")
    for px in (order.limit_px, order.stop_px):
        tick = CENT if px is not None and px >= 1 else SUB_CENT
        if px is not None and px % tick:
            _no(f"{px:f} is between two ticks of {tick}")


def _whole(order: BrokerOrder, what: str) -> None:
    if order.qty % 1:
        _no(f"{what} are traded whole, this is {order.qty:f}")


def _one_of(word: Kind | Time, taken: frozenset[Kind] | frozenset[Time], what: str) -> None:
    if word not in taken:
        known = " or ".join(sorted(each.value for each in taken))
        _no(f"{what} at Alpaca: {known}, not {word.value}")


def _no(why: str) -> NoReturn:
    raise NotSupportedError(f"{why}; nothing was sent")
