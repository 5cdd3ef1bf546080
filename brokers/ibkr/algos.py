"""IB's own algorithms, named as the desk names them: NAME[:TERM]. They work at IB, also while the desk is down.

Start and end are left to IB (now, and the end of the session): a schedule of its own is what the desk's algos are for.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

from engine.protocol import NotSupportedError

Params = tuple[tuple[str, str], ...]
NAMES: Final = ("adaptive", "twap", "vwap", "arrivalpx", "pctvol")
_PRIORITIES: Final = {"urgent": "Urgent", "normal": "Normal", "patient": "Patient"}
_RISKS: Final = {"getdone": "Get Done", "aggressive": "Aggressive", "neutral": "Neutral", "passive": "Passive"}
#: Of the market's volume: IB takes no more than half of it.
_LEAST, _MOST = Decimal("0.01"), Decimal("0.5")


def algo_of(via: str) -> tuple[str, Params]:
    """IB's name of an algorithm and its parameters. Raises NotSupportedError."""
    name, *terms = via.split(":")
    if len(terms) > (2 if name == "arrivalpx" else 1):
        raise _odd(via, "too many terms")
    first = terms[0] if terms else ""
    match name:
        case "adaptive":
            return "Adaptive", (("adaptivePriority", _one_of(via, first or "normal", _PRIORITIES)),)
        case "twap" if not terms:
            return "Twap", (("strategyType", "Marketable"),)
        case "vwap":
            return "Vwap", (("maxPctVol", _share(via, first)),) if first else ()
        case "arrivalpx":
            risk = _one_of(via, terms[1] if len(terms) > 1 else "neutral", _RISKS)
            return "ArrivalPx", (("maxPctVol", _share(via, first or "10%")), ("riskAversion", risk))
        case "pctvol" if first:
            return "PctVol", (("pctVol", _share(via, first)),)
    raise _odd(via, "not known")


def _one_of(via: str, word: str, known: dict[str, str]) -> str:
    if word not in known:
        raise _odd(via, f"{word!r} is none of {', '.join(known)}")
    return known[word]


def _share(via: str, word: str) -> str:
    """A share of the volume, in percent or as a fraction."""
    try:
        share = Decimal(word[:-1]) / 100 if word.endswith("%") else Decimal(word)
    except InvalidOperation:
        raise _odd(via, f"{word!r} is no share") from None
    if not _LEAST <= share <= _MOST:
        raise _odd(via, f"{word} is not from 1% to 50%")
    return f"{share.normalize():f}"


def _odd(via: str, why: str) -> NotSupportedError:
    forms = "adaptive[:urgent|normal|patient], twap, vwap[:10%], arrivalpx[:10%[:neutral]], pctvol:10%"
    return NotSupportedError(f"via {via}: {why}; expected one of {forms}; nothing was sent")
