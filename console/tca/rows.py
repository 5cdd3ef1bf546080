"""The documented JSON of `tca`: fixed keys, Decimals as plain text, times as ISO in UTC; null: not known, or nothing.

Keys are a promise to scripts: add, never rename or drop. Sign: positive = cost, except mark-outs and spread capture,
which are gains when positive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from console.json_rows import Json, iso, text
from engine.model.money import plain
from engine.tca.benchmarks import PWP_RATE
from engine.tca.groups import Group, latency_of
from engine.tca.measure import LATENCIES, Measured
from engine.tca.shortfall import Cfa, Kissell, Outcome, Perold, cfa, in_bps, kissell, perold
from engine.tca.summary import Percentiles, Spread

#: Quotients are written with so many digits behind the point; sums of money have all of theirs.
_STEP: Final = Decimal("1e-10")
_METHODS: Final[Mapping[str, Callable[[Outcome], Perold | Cfa | Kissell]]] = {
    "kissell": kissell,
    "cfa": cfa,
    "perold": perold,
}


def ticket(found: Measured) -> Json:
    """A row of `tca --by order` and `--by parent`."""
    return {
        "key": found.key,
        "id": found.no,
        "kind": "parent" if found.key.startswith("algo ") else "order",
        "algo": found.algo,
        "parent": int(found.parent.removeprefix("algo ")) if found.parent else None,
        "account": found.account,
        "broker": found.broker,
        "symbol": found.symbol,
        "side": found.side.value,
        "day": found.day,
        "tag": found.tag,
        "currency": found.currency,
        "status": found.status,
        "final": found.final,
        "order_qty": plain(found.qty),
        "cum_qty": plain(found.filled),
        "fill_rate": ratio(found.fill_rate),
        "avg_px": ratio(found.avg_px),
        "notional": plain(found.notional),
        "fees": plain(found.fees),
        "from": iso(found.begun_ns),
        "until": iso(found.until_ns),
        "decision_px": text(found.decision_px),
        "arrival_px": text(found.arrival_px),
        "vwap": ratio(found.vwap),
        "vwap_with_own": ratio(found.vwap_with_own),
        "twap": ratio(found.twap),
        "close_px": text(found.close_px),
        "pwp": ratio(found.pwp),
        "pwp_rate": plain(PWP_RATE),
        "pwp_incomplete": found.pwp_incomplete,
        "slippage_bps": {name: ratio(value) for name, value in found.slippage_bps.items()},
        "shortfall": _shortfall(found.kissell, found.outcome),
        "decompositions": {
            "kissell": _parts(found.kissell, found.outcome),
            "cfa": _parts(found.cfa, found.outcome),
            "perold": _parts(found.perold, found.outcome),
        },
        "market_volume": text(found.market_volume),
        "participation": ratio(found.participation),
        "markouts_bps": {name: ratio(value) for name, value in found.markouts_bps.items()},
        "reversion_bps": {name: ratio(_negated(value)) for name, value in found.markouts_bps.items()},
        "marks_missing": dict(found.marks_missing),
        "effective_spread_bps": ratio(found.effective_spread_bps),
        "spread_capture": ratio(found.spread_capture),
        "orders": found.orders,
        "rejected": found.rejected,
        "reject_rate": ratio(found.reject_rate),
        "fills": found.fills,
        "latency_ms": {step: _percentiles(latency_of([found], step)) for step in LATENCIES},
        "notes": list(found.notes),
    }


def group(found: Group) -> Json:
    """A row of `tca --by algo`, symbol, broker or day."""
    return {
        "by": found.by,
        found.by: found.name,
        "currency": found.currency,
        "tickets": found.tickets,
        "orders": found.orders,
        "rejected": found.rejected,
        "reject_rate": ratio(found.reject_rate),
        "fills": found.fills,
        "fill_rate": ratio(found.fill_rate),
        "notional": plain(found.notional),
        "fees": plain(found.fees),
        "shortfall": {
            "method": "kissell",
            **{name: plain(value) for name, value in found.shortfall.items()},
            "total_bps": _mean(found.total_bps),
            "tickets": found.costed,
        },
        "shortfall_bps": _spread(found.total_bps),
        "slippage_bps": {name: _spread(value) for name, value in found.slippage_bps.items()},
        "participation": _spread(found.participation),
        "markouts_bps": {name: _spread(value) for name, value in found.markouts_bps.items()},
        "effective_spread_bps": _spread(found.effective_spread_bps),
        "spread_capture": _spread(found.spread_capture),
        "latency_ms": {step: _percentiles(value) for step, value in found.latency_ms.items()},
    }


def _shortfall(parts: Kissell | None, of: Outcome | None) -> Json:
    """The one that is shown first, by name."""
    found = _parts(parts, of) or {
        "delay": None, "trading": None, "opportunity": None, "fees": None, "total": None, "total_bps": None
    }  # fmt: skip
    return {"method": "kissell", **found}


def worked_out(of: Outcome) -> Json:
    """`tca shortfall`: an order by its numbers."""
    return {
        "shortfall": _shortfall(kissell(of), of),
        "decompositions": {name: _parts(how(of), of) for name, how in _METHODS.items()},
        "notional": plain(of.notional),
        "fill_rate": ratio(of.filled / of.qty),
        "avg_px": ratio(of.paid / of.filled) if of.filled else None,
    }


def _parts(parts: Perold | Cfa | Kissell | None, of: Outcome | None) -> Json | None:
    """Money of each part, their sum, and each in bps of the whole order at its decision price."""
    if parts is None or of is None:
        return None
    money = {name: getattr(parts, name) for name in parts.__struct_fields__}
    return {
        **{name: plain(value) for name, value in money.items()},
        "total": plain(parts.total),
        **{f"{name}_bps": ratio(in_bps(value, of)) for name, value in money.items()},
        "total_bps": ratio(in_bps(parts.total, of)),
    }


def ratio(value: Decimal | None) -> str | None:
    """A quotient with the digits that mean something, without zeros at the end."""
    if value is None:
        return None
    if not value:
        return "0"
    rounded = value.quantize(_STEP).normalize() if abs(value) < Decimal(10**15) else value
    return plain(rounded + 0)


def _negated(value: Decimal | None) -> Decimal | None:
    return None if value is None else -value


def _number(value: float | None) -> str | None:
    return None if value is None else ratio(Decimal(repr(value)))


def _mean(found: Spread | None) -> str | None:
    return None if found is None else _number(found.mean)


def _spread(found: Spread | None) -> Json | None:
    if found is None:
        return None
    return {
        "mean": _number(found.mean),
        "se": _number(found.se),
        "median": _number(found.median),
        "p5": _number(found.p5),
        "p95": _number(found.p95),
        "count": found.count,
    }


def _percentiles(found: Percentiles | None) -> Json | None:
    if found is None:
        return None
    values = msgspec.structs.asdict(found)
    return {name: value if name == "count" else _number(value) for name, value in values.items()}


def flat(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """A row as columns: "slippage_bps.arrival"; texts of a list behind each other."""
    for key, value in row.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{name}.")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield name, "; ".join(map(str, value))
        else:
            yield name, value


def columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every column of some rows, in the order in which they come."""
    return list(dict.fromkeys(name for row in rows for name, _ in flat(row)))
