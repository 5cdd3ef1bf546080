"""The risk meters: value, limit and how near the one is to the other. Conservative marks; None when unknown."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ZERO
from engine.risk.limits import Limits
from engine.risk.valuation import Valuation
from engine.state import DeskState
from engine.views import MeterRow

SHARE = Decimal("0.0001")


def meters(
    state: DeskState, valuation: Valuation | None, worst: tuple[str, Decimal] | None, wall_ns: int
) -> tuple[MeterRow, ...]:
    """All meters, nearest to its limit first, those that are off last.

    `valuation` is None when nothing is known; `worst` is (symbol, worst-case value) of the largest position.
    """
    limits = state.limits
    equity = valuation.equity if valuation is not None and not valuation.unmarked else None
    rows = [
        _loss(limits, "risk.max_daily_loss_pct", "Day loss", state.day_equity, equity, state.day_flows, state),
        _loss(limits, "risk.max_drawdown_pct", "Drawdown", state.peak_equity, equity, ZERO, None),
        _share(
            limits,
            "risk.max_position_pct",
            f"Largest {worst[0] if worst else 'position'}",
            worst[1] if worst else ZERO,
            equity,
        ),
        _exposure(limits, valuation, equity),
        _count(limits, "risk.max_portfolio_positions", "Positions", len(state.active)),
        _count(limits, "risk.max_working_orders", "Working orders", len(state.open_orders)),
        _count(limits, "risk.max_orders_per_s", "Orders/s", _rate(state, wall_ns)),
        MeterRow("rejects", "Rejects", Decimal(state.rejects), None, None, "count"),
    ]
    return tuple(sorted(rows, key=lambda row: (row.off, -(row.used if row.used is not None else Decimal(-1)), row.key)))


def _rate(state: DeskState, wall_ns: int) -> int:
    horizon = wall_ns - 1_000_000_000
    count = 0
    for at in reversed(state.sent_ns):
        if at <= horizon:
            break
        count += 1
    return count


def _row(limits: Limits, key: str, label: str, value: Decimal | None, unit: str) -> MeterRow:
    limit = limits.value(key)
    used = (value / limit).quantize(SHARE) if value is not None and limit else None
    return MeterRow(key, label, value, limit, used, unit, limits.is_off(key))


def _loss(
    limits: Limits,
    key: str,
    label: str,
    base: Decimal | None,
    equity: Decimal | None,
    flows_at_base: Decimal,
    state: DeskState | None,
) -> MeterRow:
    loss = None
    if base is not None and equity is not None and base > 0:
        flows = ZERO
        if state is not None:
            flows = sum((a.not_earned for a in state.accounts.values()), ZERO) - flows_at_base
        loss = max((base + flows - equity) / base, ZERO).quantize(Decimal("0.000001"))
    return _row(limits, key, label, loss, "pct")


def _share(limits: Limits, key: str, label: str, value: Decimal, equity: Decimal | None) -> MeterRow:
    share = (value / equity).quantize(SHARE) if equity is not None and equity > 0 else None
    return _row(limits, key, label, share, "pct")


def _exposure(limits: Limits, valuation: Valuation | None, equity: Decimal | None) -> MeterRow:
    leverage = None
    if valuation is not None and equity is not None and equity > 0:
        leverage = (valuation.exposure / equity).quantize(SHARE)
    return _row(limits, "risk.max_leverage", "Exposure", leverage, "pct")


def _count(limits: Limits, key: str, label: str, value: int) -> MeterRow:
    return _row(limits, key, label, Decimal(value), "count")
