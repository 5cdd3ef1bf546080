"""A report on the desk's performance to draw: five trades of two strategies over three days."""

from __future__ import annotations

from engine import facts as f
from engine.model.enums import Side
from engine.model.performance import PerformanceReport
from tests.engine.performance.ledger import MS, Ledger


def book() -> Ledger:
    """Its journal."""
    made = Ledger()
    days = (
        ("2026-01-05", "1000000", "1000346", "50"),
        ("2026-01-06", "1000346", "999994", "50"),
        ("2026-01-07", "999994", "1000550", "20"),
    )
    for day, begins, ends, lost in days:
        made.day(day, begins)
        for symbol, strategy, qty, out in (("AAPL", "", "100", "17"), ("IBM", "mean", lost, "3")):
            if (day, symbol) == ("2026-01-06", "AAPL"):
                continue
            # IBM is sold two ticks below the bid that its decision saw.
            bid, ask = ("17.00", "17.03") if symbol == "AAPL" else ("3.02", "3.05")
            for side, px, quote in ((Side.BUY, "10", ("9.99", "10.00")), (Side.SELL, out, (bid, ask))):
                order = made.order(side, qty, symbol, limit=None, quote=quote, strategy=strategy)
                decided = made.now
                made.record(f.OrderAccepted(order.cl_ord_id, f"P{order.id}"))
                made.wait(20)
                made.fill(order, qty, px, "1")
                made.record(f.OrdersHandedOver(((order.cl_ord_id, decided + 12 * MS),)))
        made.record(f.Reconciled("A1", 0, 0))
        made.marks(ends)
    return made


def performance() -> PerformanceReport:
    """As the product measures it."""
    return book().report()
