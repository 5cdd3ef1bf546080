"""What happened in a day, told its facts in order beside the state that they make."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from engine import facts as f
from engine.facts import Stamped
from engine.model.eod import Counts, EventLine, TouchedLine
from engine.model.money import ZERO
from engine.publish.fact_text import Narrator
from engine.state import DeskState
from engine.views import Denial

_EVENTS: Final = {
    f.KillPulled: "kill",
    f.KillEscalated: "kill",
    f.KillKept: "kill",
    f.KillReset: "kill",
    f.TradingStateSet: "state",
    f.TriggerTripped: "trigger",
    f.TriggerCleared: "trigger",
    f.LimitChanged: "limit",
    f.BasketReleased: "basket",
    f.BasketEnded: "basket",
    f.JournalWentDown: "journal",
    f.BrokerDown: "broker",
}
_SINGLE: Final = {
    f.OrderRejected: "rejected",
    f.OrderWithheld: "withheld",
    f.OrderUnknown: "unknown",
    f.CancelIntended: "cancels",
    f.OrderCanceled: "canceled",
    f.OrderExpired: "expired",
    f.ReplaceIntended: "replaces",
    f.OrderHeld: "held",
    f.ExecutionBusted: "busts",
}


class DayFold:
    """`see` each fact of the day after the state has taken it in."""

    def __init__(self, state: DeskState) -> None:
        self._state = state
        self._narrator = Narrator(lambda cl_ord_id: order.id if (order := state.orders.get(cl_ord_id)) else None)
        self.counts = Counts()
        self.events: list[EventLine] = []
        self.traded: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        """(account, symbol) -> units bought, units sold."""
        self.comparisons = self.compared_ns = self.breaks_found = 0
        self._filled: set[str] = set()
        self._touched: dict[tuple[str, str], tuple[int, str]] = {}

    def see(self, stamped: Stamped) -> None:
        """One fact."""
        fact, counts = stamped.fact, self.counts
        name = _SINGLE.get(type(fact))
        if name is not None:
            setattr(counts, name, getattr(counts, name) + 1)
        match fact:
            case f.OrderIntended(request=request, liquidation=liquidation):
                counts.orders += 1
                counts.liquidations += liquidation
                counts.children += request.parent is not None
                counts.by_hand += request.parent is None and not liquidation
            case f.OrderDenied(denials=denials):
                counts.denied += 1
                self._touch(denials)
            case f.ReplaceRefused(denials=denials) | f.AlgoRefused(denials=denials):
                self._touch(denials)
            case f.OrderResolved(cl_ord_id=resolved):
                order = self._state.orders.get(resolved)
                counts.dead += order is not None and order.cl_ord_id == resolved  # else a change of it
            case f.OrderFilled(execution=e) | f.OrphanFilled(execution=e):
                counts.fills += 1
                self._filled.add(e.cl_ord_id)
                bought, sold = self.traded.get((e.account, e.symbol), (ZERO, ZERO))
                if e.side.is_buy:
                    bought += e.last_qty
                else:
                    sold += e.last_qty
                self.traded[e.account, e.symbol] = (bought, sold)
            case f.Reconciled():
                self.comparisons += 1
                self.compared_ns = stamped.recorded_ns
            case f.BreakFound():
                self.breaks_found += 1
        counts.filled_orders = len(self._filled)
        kind = _EVENTS.get(type(fact))
        if kind is not None:
            self.events.append(EventLine(stamped.recorded_ns, kind, self._narrator.text(stamped)))

    def _touch(self, denials: Iterable[Denial]) -> None:
        for denial in denials:
            count, _ = self._touched.get((denial.code, denial.scope), (0, ""))
            self._touched[denial.code, denial.scope] = (count + 1, f"value={denial.value} limit={denial.limit}")

    @property
    def touched(self) -> tuple[TouchedLine, ...]:
        """Most often first."""
        rows = [TouchedLine(code, scope, count, last) for (code, scope), (count, last) in self._touched.items()]
        return tuple(sorted(rows, key=lambda row: (-row.count, row.code, row.scope)))
