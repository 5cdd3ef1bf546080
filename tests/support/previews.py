"""Scripted answers to what a command line asks the desk."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.inputs import AlgoSpec
from engine.model.order import OrderRequest
from engine.views import AlgoPlan, CheckRow, Denial, MeterRow, OrderPreview

SOFT = Denial("MAX_POSITION_PCT", "0.083", "0.08", "IBM", "the position would be 8.3 % of equity", soft=True)
HARD = Denial("FAT_FINGER_QTY", "500000", "50000", "IBM", "ten times the usual size")
USES = (
    MeterRow("risk.max_position_pct", "Position IBM", Decimal("0.0834"), Decimal("0.10"), Decimal("0.834"), "pct"),
    MeterRow("risk.max_order_notional", "Notional", Decimal(72800), Decimal(1_000_000), Decimal("0.0728"), "money"),
)


def _by_check(denials: tuple[Denial, ...]) -> dict[str, list[Denial]]:
    found: dict[str, list[Denial]] = {"check_trading_state": [], "check_fat_finger": [], "check_exposure": []}
    for denial in denials:
        found["check_exposure" if denial.soft else "check_fat_finger"].append(denial)
    return found


def preview(
    *denials: Denial, notes: tuple[str, ...] = (), before: Decimal = Decimal(1430)
) -> Callable[[OrderRequest], OrderPreview]:
    """A preview of whatever is asked, with these denials: none is green, soft ones amber, any other red."""

    def answer(request: OrderRequest) -> OrderPreview:
        price = request.limit_px or Decimal("182.24")
        return OrderPreview(
            account=request.account,
            symbol=request.symbol,
            side=request.side,
            qty=request.qty,
            ord_type=request.ord_type,
            limit_px=request.limit_px,
            stop_px=request.stop_px,
            time_in_force=request.time_in_force,
            notional=price * request.qty,
            position_before=before,
            position_after=before + request.qty * request.side.sign,
            buying_power_after=Decimal("4380000.60"),
            distance_bps=Decimal("12.3") if request.limit_px is not None else None,
            notes=notes,
            denials=denials,
            fees=request.qty * Decimal("0.005"),
            uses=USES,
            checks=tuple(CheckRow(name, tuple(found)) for name, found in _by_check(denials).items()),
        )

    return answer


def plan(*denials: Denial) -> Callable[[AlgoSpec], AlgoPlan]:
    """Seven slices, a minute apart."""

    def answer(spec: AlgoSpec) -> AlgoPlan:
        each, rest = divmod(spec.qty, 7)
        step = (spec.end_ns - spec.start_ns) // 7
        slices = tuple((spec.start_ns + i * step, each + (1 if i < rest else 0)) for i in range(7))
        return AlgoPlan(
            algo=spec.algo,
            account=spec.account,
            symbol=spec.symbol,
            side=spec.side,
            qty=spec.qty,
            slices=slices,
            expected_cost=Decimal("45.20"),
            expected_stdev=Decimal("310.75"),
            denials=denials,
        )

    return answer
