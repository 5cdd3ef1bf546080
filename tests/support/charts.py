"""What charts show, made by hand to go with tests.support.desk_views."""

from __future__ import annotations

from decimal import Decimal

from engine.model.charts import AlgoDetail, CurveRow, DayCurve, FillPoint, SliceRow
from tests.support.desk_views import NOW, SECOND, at

_BEGIN, _END = at("14:00:00"), at("14:07:00")
_QTY = (143, 143, 143, 143, 143, 143, 142)
_TIMES = tuple(_BEGIN + n * 60 * SECOND for n in range(7))
_FILLS = (
    FillPoint(at("14:00:20"), Decimal(143), Decimal("182.19")),
    FillPoint(at("14:01:31"), Decimal(143), Decimal("182.20")),
    FillPoint(at("14:02:51"), Decimal(84), Decimal("182.21")),
    FillPoint(at("14:03:20"), Decimal(60), Decimal("182.23")),
)


def _slices() -> tuple[SliceRow, ...]:
    rows, target = [], 0
    for no, (ts, qty) in enumerate(zip(_TIMES, _QTY, strict=True), start=1):
        target += qty
        inside = [fill for fill in _FILLS if ts <= fill.ts_ns < ts + 60 * SECOND]
        done = sum((fill.qty for fill in inside), Decimal(0))
        seen = ts <= NOW
        volume = Decimal(2400) if seen else None
        rows.append(
            SliceRow(
                no,
                ts,
                Decimal(qty),
                Decimal(target),
                done,
                sum((fill.qty * fill.px for fill in inside), Decimal(0)) / done if done else None,
                volume,
                None if volume is None else (done / volume).quantize(Decimal("0.0001")),
                seen,
            )
        )
    return tuple(rows)


def _steps(points: list[tuple[int, int]]) -> tuple[tuple[int, Decimal], ...]:
    found, total = [(_BEGIN, Decimal(0))], 0
    for ts, qty in points:
        found.append((ts, Decimal(total)))
        total += qty
        found.append((ts, Decimal(total)))
    return tuple(found)


ALGO_3 = AlgoDetail(
    id=3,
    now_ns=NOW,
    start_ns=_BEGIN,
    end_ns=_END,
    qty=Decimal(1000),
    slices=_slices(),
    schedule=(*_steps(list(zip(_TIMES, _QTY, strict=True))), (_END, Decimal(1000))),
    actual=_steps([(fill.ts_ns, int(fill.qty)) for fill in _FILLS]),
    prices=tuple((_BEGIN + n * SECOND, Decimal("182.18") + Decimal(n % 17) / 200) for n in range(0, 202, 4)),
    fills=_FILLS,
    fill_count=4,
    limit_px=Decimal("182.30"),
    would_px=None,
    arrival_px=Decimal("182.18"),
    avg_px=Decimal("182.2012"),
    market_volume=Decimal(9600),
    participation=Decimal("0.0448"),
    cap=Decimal("0.10"),
    children=5,
    terms=(("cap", "10%"), ("style", "passive")),
)
"""The TWAP of `BUSY`."""

_PNL = tuple((at("09:30:00") + n * 60 * SECOND, Decimal(n * 16) - Decimal((n % 40) * 12)) for n in range(274))

CURVE = DayCurve(
    day="2013-10-07",
    currency="USD",
    day_equity=Decimal("5000000.00"),
    rows=(
        CurveRow(
            "", _PNL, Decimal("4182.35"), Decimal("4190.00"), Decimal("-212.40"), Decimal("7.65"), Decimal("468.00")
        ),
    ),
    whole=True,
)
"""The day of `BUSY` so far."""
