"""What a ticket is told beside the refusals: how far an order would go towards each limit, and what every check says.

Figures are those that the checks compare: worst case, market orders at the quote plus collar, in the base currency.
Nothing here decides anything.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.model.money import ZERO
from engine.risk.context import Context
from engine.risk.money import Money, money_of, sectors_of
from engine.risk.sectors import sector_of
from engine.views import CheckRow, MeterRow

if TYPE_CHECKING:
    from engine.desk import Desk

_SHARE: Final = Decimal("0.0001")
_CENT: Final = Decimal("0.01")


def checks_of(desk: Desk, c: Context) -> tuple[CheckRow, ...]:
    """Every check by itself, of a new order of one instrument."""
    return () if c.request.legs or c.replacing is not None else desk.risk.verdicts(c.request, desk.now)


def used_by(c: Context) -> tuple[MeterRow, ...]:
    """How much of each limit would be used with the order, nearest first. Of what only reduces, its own size alone: the
    rest does not hold it."""
    limits = c.limits
    order = c.qty if c.replacing is None else c.request.qty
    rows = [
        _row("risk.max_order_qty", "Order", order, limits.max_order_qty, "count"),
        _row("risk.max_order_notional", "Notional", order * _unit(c), limits.max_order_notional, "money"),
    ]
    if not c.reducing and c.instrument is not None and c.ref_px and not c.request.legs:
        before = len(c.denials)
        money = money_of(c)
        del c.denials[before:]  # they are there already: the checks have looked at the same money
        for measure in (money, money.of_all if money is not None else None):
            if measure is not None and measure.equity > ZERO:
                rows += _of_money(c, measure)
    nearest: dict[str, MeterRow] = {}
    for row in rows:
        if row is not None and (row.key not in nearest or (row.used or ZERO) > (nearest[row.key].used or ZERO)):
            nearest[row.key] = row
    return tuple(sorted(nearest.values(), key=lambda row: -(row.used or ZERO)))


def _unit(c: Context) -> Decimal:
    return c.ref_px * c.position.multiplier * c.rate


def _of_money(c: Context, money: Money) -> list[MeterRow | None]:
    """Position, gross, net, leverage and sector with the order, as shares of equity."""
    limits, equity = money.limits, money.equity
    (part,) = money.parts
    net = money.reached(up=c.request.side.is_buy)
    rows = [
        _share("risk.max_position_pct", f"Position {c.request.symbol}", part.reached, equity, limits.max_position_pct),
        _share("risk.max_gross_exposure", "Gross", money.exposure, equity, limits.max_gross_exposure),
        _share("risk.max_net_exposure", "Net", net, equity, limits.max_net_exposure),
        _share("risk.max_leverage", "Leverage", money.tied, equity, limits.max_leverage),
    ]
    sector = sector_of(c.state, c.request.symbol)
    if sector is not None and limits.max_sector_exposure is not None:
        held = sectors_of(c, money).get(sector, ZERO)
        rows.append(
            _share(
                "risk.max_sector_exposure", f"Sector {sector}", held + part.worst, equity, limits.max_sector_exposure
            )
        )
    return rows


def _share(key: str, label: str, value: Decimal, equity: Decimal, limit: Decimal | None) -> MeterRow | None:
    return _row(key, label, max(value, ZERO) / equity, limit, "pct")


def _row(key: str, label: str, value: Decimal, limit: Decimal | None, unit: str) -> MeterRow | None:
    """None where the limit is off."""
    if limit is None or limit <= ZERO:
        return None
    shown = value.quantize(_SHARE) if unit == "pct" else value.quantize(_CENT) if unit == "money" else value
    return MeterRow(key, label, shown, limit, (value / limit).quantize(_SHARE), unit)
