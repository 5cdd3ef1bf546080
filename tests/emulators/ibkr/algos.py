"""The broker's own algorithms: their names, their parameters, and what each may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from tests.emulators.ibkr.refusals import RefusedError

Valid = Callable[[str], bool]
_TIME = re.compile(r"(\d{8}[ -])?\d{1,2}:\d{2}:\d{2}( [A-Za-z/_]+)?")


def _one_of(*words: str) -> Valid:
    return lambda value: value in words


def _between(low: str, high: str) -> Valid:
    def valid(value: str) -> bool:
        try:
            return Decimal(low) <= Decimal(value) <= Decimal(high)
        except InvalidOperation:
            return False

    return valid


def _time(value: str) -> bool:
    return not value or _TIME.fullmatch(value) is not None


_FLAG = _one_of("0", "1", "true", "false", "True", "False")
_PART, _RISK = _between("0.01", "0.5"), _one_of("Get Done", "Aggressive", "Neutral", "Passive")
_SPAN: dict[str, Valid] = {"startTime": _time, "endTime": _time, "allowPastEndTime": _FLAG}
_WHOLE = _between("1", "1000000000")
ALGOS: dict[str, dict[str, Valid]] = {
    "Adaptive": {"adaptivePriority": _one_of("Urgent", "Normal", "Patient", "Critical")},
    "Twap": _SPAN | {"strategyType": _one_of("Marketable", "Matching Midpoint", "Matching Same Side", "Matching Last")},
    "Vwap": _SPAN | {"maxPctVol": _PART, "noTakeLiq": _FLAG, "speedUp": _FLAG},
    "ArrivalPx": _SPAN | {"maxPctVol": _PART, "riskAversion": _RISK, "forceCompletion": _FLAG},
    "PctVol": {"pctVol": _PART, "noTakeLiq": _FLAG, "startTime": _time, "endTime": _time},
    "ClosePx": {"maxPctVol": _PART, "riskAversion": _RISK, "startTime": _time, "forceCompletion": _FLAG},
    "DarkIce": _SPAN | {"displaySize": _WHOLE},
    "AD": {
        "componentSize": _WHOLE, "timeBetweenOrders": _WHOLE, "randomizeTime20": _FLAG, "randomizeSize55": _FLAG,
        "giveUp": _WHOLE, "catchUp": _FLAG, "waitForFill": _FLAG, "startTime": _time, "endTime": _time,
    },
    "MinImpact": {"maxPctVol": _PART},
    "BalanceImpactRisk": {"maxPctVol": _PART, "riskAversion": _RISK, "forceCompletion": _FLAG},
}  # fmt: skip
NEEDED = {"Adaptive": ("adaptivePriority",), "PctVol": ("pctVol",), "DarkIce": ("displaySize",)}
#: Algorithms that are for options alone; the others are for shares, futures and currencies.
FOR_OPTIONS = frozenset({"MinImpact", "BalanceImpactRisk", "Adaptive"})


def check_algo(name: str, params: Sequence[tuple[str, str]], sec_type: str, order_type: str) -> None:
    known = ALGOS.get(name)
    if known is None:
        raise RefusedError(439, "Order processing failed. Algorithm definition not found.")
    given = dict(params)
    for tag in given:
        if tag not in known:
            raise RefusedError(443, f"Order processing failed. Unknown algo attribute.{tag}")
    for tag in NEEDED.get(name, ()):
        if tag not in given:
            raise RefusedError(441, f"Algo attributes validation failed:{tag} is required")
    for tag, value in given.items():
        if not known[tag](value):
            raise RefusedError(441, f"Algo attributes validation failed:{tag}={value}")
    if order_type not in ("MKT", "LMT") or (sec_type == "OPT") > (name in FOR_OPTIONS) or sec_type == "BAG":
        raise RefusedError(442, "Specified algorithm is not allowed for this order.")
