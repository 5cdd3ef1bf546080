"""What the gateway refuses, with its code and its words."""

from __future__ import annotations

from decimal import Decimal

from tests.emulators.ibkr.contracts import ZERO, Listed
from tests.emulators.ibkr.listing import RULES
from tests.emulators.ibkr.moments import nanoseconds
from tests.emulators.ibkr.reading import Placed
from tests.emulators.ibkr.wire import number

TYPES = frozenset({
    "MKT", "LMT", "STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT", "MOC", "LOC", "MTL", "REL", "MIDPRICE",
})  # fmt: skip
TIFS = frozenset({"", "DAY", "GTC", "IOC", "FOK", "GTD", "OPG"})
SHARES_ONLY = frozenset({"MOC", "LOC", "REL", "MIDPRICE"})
PRICED = {
    "LMT": ("lmtPrice",), "STP": ("auxPrice",), "STP LMT": ("lmtPrice", "auxPrice"), "MIT": ("auxPrice",),
    "LIT": ("lmtPrice", "auxPrice"), "LOC": ("lmtPrice",),
}  # fmt: skip

NO_DEFINITION = "No security definition has been found for the request"
READ_ONLY = "Error validating request.-'bO' : cause - The API interface is currently in Read-Only mode."


class RefusedError(Exception):
    """Not done. `taken`: the order exists, as Inactive."""

    def __init__(self, code: int, words: str, *, taken: bool = False) -> None:
        super().__init__(f"{code} {words}")
        self.code, self.words, self.taken = code, words, taken


def invalid(why: str) -> RefusedError:
    return RefusedError(321, f"Error validating request.-'bN' : cause - {why}")


def tick_at(listed: Listed, px: Decimal) -> Decimal:
    """The step of prices at this one."""
    tick = listed.min_tick
    for low, step in RULES.get(listed.rule, ()):
        if abs(px) >= Decimal(low):
            tick = Decimal(step)
    return tick


def check_terms(placed: Placed, listed: Listed) -> None:
    """Whether an order makes sense in itself."""
    of = placed.values
    kind, tif = of["orderType"], of["tif"]
    qty = number(of["totalQuantity"]) or ZERO
    if of["action"] not in ("BUY", "SELL"):
        raise invalid(f"Invalid side '{of['action']}'")
    if qty == 0 and number(of["cashQty"]) is None:
        raise RefusedError(434, "The order size cannot be zero.")
    if number(of["cashQty"]):
        raise RefusedError(10244, "Cash quantity cannot be used for this order.")
    if qty < 0:
        raise invalid("Order quantity must be positive")
    if qty % listed.min_size:
        raise RefusedError(10243, "Fractional-sized order cannot be placed via API. Please refer to desktop version.")
    if kind not in TYPES or (kind in SHARES_ONLY and listed.sec_type != "STK"):
        raise RefusedError(387, "Unsupported order type for this exchange and security type.")
    if of["eTradeOnly"] == "1":
        raise RefusedError(10268, "The 'EtradeOnly' order attribute is not supported.")
    if of["firmQuoteOnly"] == "1":
        raise RefusedError(10269, "The 'firmQuoteOnly' order attribute is not supported.")
    _check_tif(placed, kind, tif, listed)
    _check_prices(placed, kind, listed)


def _check_tif(placed: Placed, kind: str, tif: str, listed: Listed) -> None:
    if tif not in TIFS:
        raise invalid(f"Invalid time-in-force '{tif}'")
    if kind in ("MOC", "LOC") and tif not in ("", "DAY"):
        raise RefusedError(113, "The Tif option should be set to DAY for MOC and LOC orders.")
    if tif == "OPG" and (kind not in ("MKT", "LMT") or listed.sec_type != "STK"):
        raise RefusedError(111, "The order type and the time in force are incompatible.")
    if tif in ("IOC", "FOK") and kind not in ("MKT", "LMT"):
        raise RefusedError(111, "The order type and the time in force are incompatible.")
    if tif == "FOK" and listed.sec_type == "CRYPTO":
        raise RefusedError(111, "The order type and the time in force are incompatible.")
    for name in ("goodTillDate", "goodAfterTime"):
        try:
            ns = nanoseconds(placed.values[name])
        except ValueError:
            raise RefusedError(391, "The time or time-zone entered is invalid. The correct format is hh:mm:ss xxx "
                               "where xxx is an optional timezone.") from None  # fmt: skip
        if name == "goodTillDate" and (ns == 0) == (tif == "GTD"):
            raise invalid("A good-till date belongs to the time in force GTD.")


def _check_prices(placed: Placed, kind: str, listed: Listed) -> None:
    of = placed.values
    needed = PRICED.get(kind, ())
    if any(number(of[name]) is None for name in needed):
        raise invalid("You must enter a valid price.")
    if kind in ("TRAIL", "TRAIL LIMIT"):
        amounts = [number(of[name]) for name in ("auxPrice", "trailingPercent")]
        if sum(amount is not None and amount > 0 for amount in amounts) != 1:
            raise invalid("A trailing amount or a trailing percentage is needed, and not both.")
    priced = {"lmtPrice", "auxPrice", "trailStopPrice"} if kind != "MKT" else set()
    for name in priced:
        px = number(of[name])
        if px is None or (px == 0 and name not in needed):
            continue
        if px <= 0 and listed.sec_type not in ("BAG", "FUT"):
            raise invalid("You must enter a valid price.")
        if px % tick_at(listed, px):
            raise RefusedError(110, "The price does not conform to the minimum price variation for this contract.")
