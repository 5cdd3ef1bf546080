"""A small honest broker with one order: it processes requests when it is told to, and keeps its reports until they are
fetched, in whatever order. Written apart from the engine, so that it does not share its mistakes."""

from __future__ import annotations

from decimal import Decimal

from engine import protocol as p
from engine.effects import CancelOrder, Effect, ReplaceOrder, SubmitOrder
from engine.model.enums import OrdStatus, RestatementReason, TimeInForce
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import Execution, OrderSnapshot

S = OrdStatus
ZERO = Decimal(0)
Request = BrokerOrder | BrokerReplace | BrokerCancel


class SmallBroker:
    """Its books are the truth; `reports` are those that nobody has fetched yet."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.reports: list[p.Report] = []
        self.order: BrokerOrder | None = None
        self.ids: list[str] = []
        self.status = S.PENDING_NEW
        self.paused: OrdStatus | None = None
        self.qty = self.cum = ZERO
        self.limit_px: Decimal | None = None
        self.executions: dict[str, Execution] = {}
        self.amended = False
        """Something was busted or corrected: until we hear of it the desk reckons with the wrong leaves."""
        self.now = 0
        self._made = 0

    # -- what arrives -------------------------------------------------------------------------------------------------

    def take(self, effects: list[Effect]) -> None:
        """Requests that were handed over, and did not arrive yet."""
        for effect in effects:
            if isinstance(effect, SubmitOrder | ReplaceOrder):
                self.requests.append(effect.approved.order)
            elif isinstance(effect, CancelOrder):
                self.requests.append(effect.cancel)

    def process(self, at: int, *, willing: bool) -> None:
        """A request arrives, also one that was sent after others; an unwilling broker refuses what it may."""
        request = self.requests.pop(at)
        if isinstance(request, BrokerOrder):
            self._submit(request, willing)
        elif isinstance(request, BrokerReplace):
            self._replace(request, willing)
        elif self.live and willing:
            self._end(S.CANCELED)
        else:
            why = "too late to cancel" if self.ids else "unknown order"
            self.reports.append(p.CancelRejected(request.cl_ord_id, why, self.now))

    def _submit(self, order: BrokerOrder, willing: bool) -> None:
        self.order, self.qty, self.limit_px = order, order.qty, order.limit_px
        self.ids = [order.cl_ord_id]
        if not willing:
            self.status = S.REJECTED
            self.reports.append(p.Rejected(order.cl_ord_id, "no", self.now))
            return
        self.status = S.NEW
        self.reports.append(p.Accepted(order.cl_ord_id, "B1", self.now))

    def _replace(self, replace: BrokerReplace, willing: bool) -> None:
        raises = replace.qty > self.cum
        if not self.live or not willing or replace.orig_cl_ord_id not in self.ids or not raises:
            self.reports.append(p.ReplaceRejected(replace.cl_ord_id, replace.orig_cl_ord_id, "no", self.now))
            return
        orig = self.ids[-1]
        self.ids.append(replace.cl_ord_id)
        self.qty, self.limit_px = replace.qty, replace.limit_px
        self.reports.append(p.Replaced(replace.cl_ord_id, orig, "B1", self.qty, self.limit_px, None, self.now))

    # -- what it does of its own accord --------------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        return self.status in (S.NEW, S.PARTIALLY_FILLED)

    @property
    def leaves(self) -> Decimal:
        return self.qty - self.cum if self.live else ZERO

    def fill(self, qty: Decimal, px: Decimal) -> None:
        execution = self._execution(min(qty, self.leaves), px)
        self.executions[execution.exec_id] = execution
        self._count(execution.last_qty)
        self.reports.append(p.Filled(execution))

    def bust(self, exec_id: str) -> None:
        old = self.executions.pop(exec_id)
        self.amended = True
        self._count(-old.last_qty)
        self.reports.append(p.Busted(old.account, exec_id, self.now, self.ids[0]))

    def correct(self, exec_id: str, qty: Decimal, px: Decimal) -> None:
        old = self.executions.pop(exec_id)
        self.amended = True
        new = self._execution(min(qty, old.last_qty), px)
        self.executions[new.exec_id] = new
        self._count(new.last_qty - old.last_qty)
        self.reports.append(p.Corrected(old.account, exec_id, new))

    def _execution(self, qty: Decimal, px: Decimal) -> Execution:
        assert self.order is not None
        self._made += 1
        o = self.order
        return Execution(f"X{self._made}", self.ids[-1], "B1", o.account, o.symbol, o.side, qty, px, self.now)

    def _count(self, qty: Decimal) -> None:
        self.cum += qty
        if self.status in (S.NEW, S.PARTIALLY_FILLED, S.FILLED):
            self.status = S.FILLED if self.cum >= self.qty else S.PARTIALLY_FILLED if self.cum else S.NEW

    def end(self) -> None:
        """Without being asked."""
        self._end(S.EXPIRED)

    def _end(self, status: OrdStatus) -> None:
        self.status = status
        kind = p.Canceled if status is S.CANCELED else p.Expired
        self.reports.append(kind(self.ids[-1], self.now, cum_qty=self.cum))

    def decline(self, qty: Decimal) -> None:
        """Take a part off the order."""
        self.qty = max(self.cum + 1, self.qty - qty)
        why = RestatementReason.PARTIAL_DECLINE
        self.reports.append(p.Restated(self.ids[-1], self.qty, self.limit_px, None, self.now, why))

    def pause(self, status: OrdStatus) -> None:
        self.paused = status
        if status is S.SUSPENDED:
            self.reports.append(p.Suspended(self.ids[-1], self.now))
        else:
            self.reports.append(p.DoneForDay(self.ids[-1], self.now))

    def resume(self) -> None:
        self.paused = None
        self.reports.append(p.Reinstated(self.ids[-1], self.now))

    # -- what it answers --------------------------------------------------------------------------------------------

    def picture(self, cl_ord_id: str) -> OrderSnapshot | None:
        """Its order, when it has one with that id."""
        o = self.order
        if o is None or cl_ord_id not in self.ids:
            return None
        status = self.paused if self.paused is not None and self.live else self.status
        return OrderSnapshot(
            "B1", self.ids[-1], o.account, o.symbol, o.side, o.ord_type, TimeInForce.GTC, self.qty, self.cum, status,
            self.limit_px, None, self.ids[0],
        )  # fmt: skip
