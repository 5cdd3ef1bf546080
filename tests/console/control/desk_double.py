"""A desk for the control socket's tests: a DeskHandle made by hand that treats each symbol in its own way.

AAPL is acknowledged, MSFT never is, NVDA is denied, TSLA is over a soft limit, IBM is rejected by the broker, BAC is
withheld at the gate, XOM is acknowledged once somebody set `acknowledge`.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from decimal import Decimal
from typing import Literal

import msgspec

from engine.inputs import (
    AlgoSpec,
    CancelOrders,
    Command,
    Kill,
    LaunchAlgo,
    ModifyOrder,
    PlaceOrder,
    Reconcile,
    ReplayLetter,
)
from engine.model.charts import AlgoDetail, DayCurve
from engine.model.diagnostics import Diagnostics
from engine.model.enums import OrdStatus, OrdType, Side, TradingState
from engine.model.guards import GuardRow
from engine.model.order import OrderRequest, ReplaceRequest
from engine.views import (
    AlgoPlan,
    CommandResult,
    ComparisonRow,
    Denial,
    DeskView,
    KillProof,
    OrderPreview,
    OrderResult,
    OrderRow,
    QuoteRow,
)
from tests.console.grammar.desk import NOW_NS, TICK, algo, desk_view, quote

HARD = Denial("MAX_POSITION_PCT", "0.124", "0.10", "NVDA", "position too large")
SOFT = Denial("WARN_NOTIONAL", "250000", "200000", "TSLA", "large order", soft=True)


class DeskDouble:
    """Safe from any thread, as a DeskHandle is. `sent` has every command in order."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._view = msgspec.structs.replace(desk_view(), orders=(), algos=())
        self._results: dict[str, OrderResult] = {}
        self.sent: list[Command] = []
        self.watched: list[str] = []
        self.stopped: list[tuple[str, str]] = []
        self.acknowledge = threading.Event()
        self.silent = False

    def change(self, **fields: object) -> None:
        """Publish a view with these fields changed."""
        with self._lock:
            self._view = msgspec.structs.replace(self._view, version=self._view.version + 1, **fields)

    # -- DeskHandle -------------------------------------------------------------------------------------------------

    def view(self) -> DeskView:
        with self._lock:
            if self.acknowledge.is_set():
                self._set_all(OrdStatus.PENDING_NEW, OrdStatus.NEW)
            return self._view

    def send(self, command: Command) -> Future[OrderResult | CommandResult]:
        with self._lock:
            self.sent.append(command)
            if self.silent:
                return Future()
            match command:
                case PlaceOrder(request=request):
                    return _now(self._place(request))
                case ModifyOrder(target=target, change=change):
                    return _now(self._modify(target, change))
                case CancelOrders():
                    return _now(CommandResult(True, "1 cancel sent", (14,)))
                case ReplayLetter():
                    wanted = OrderRequest("PAPER", "AAPL", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal("190.50"))
                    return _now(self._place(wanted))
                case LaunchAlgo(spec=spec) if spec.symbol == HARD.scope:
                    return _now(CommandResult(False, HARD.message, denials=(HARD,)))
                case LaunchAlgo():
                    self.change(algos=(algo(3, "IBM"),))
                    return _now(CommandResult(True, "twap 3 launched", (3,)))
                case Reconcile():
                    self._compare()
                    return _now(CommandResult(True, "comparison with the broker started"))
                case _:
                    return _now(CommandResult(True, f"{type(command).__name__} done"))

    def _compare(self) -> None:
        """The broker answers at once: 3 open orders, 12 executions, 2 positions; 1 execution was news."""
        before = self._view.comparison
        no = 1 if before is None else before.no + 1
        asked = self._view.wall_ns + 1
        self.change(comparison=ComparisonRow(no, asked, asked, 3, 12, 2, True, no, True))

    def preview(self, request: OrderRequest) -> Future[OrderPreview]:
        denials = {"NVDA": (HARD,), "TSLA": (SOFT,)}.get(request.symbol, ())
        return _now(
            OrderPreview(
                account=request.account,
                symbol=request.symbol,
                side=request.side,
                qty=request.qty,
                ord_type=request.ord_type,
                limit_px=request.limit_px,
                stop_px=request.stop_px,
                time_in_force=request.time_in_force,
                notional=Decimal("19050.00"),
                position_before=Decimal(101),
                position_after=Decimal(201),
                buying_power_after=Decimal("4980950"),
                distance_bps=Decimal("1.5"),
                notes=(),
                denials=denials,
            )
        )

    def preview_replace(self, target: int | str, change: ReplaceRequest) -> Future[OrderPreview | CommandResult]:
        return _now(CommandResult(False, f"there is no working order {target}"))

    def plan(self, spec: AlgoSpec) -> Future[AlgoPlan]:
        slices = ((spec.start_ns, spec.qty / 2), (spec.end_ns, spec.qty / 2))
        return _now(
            AlgoPlan(spec.algo, spec.account, spec.symbol, spec.side, spec.qty, slices, Decimal("12.50"), None, (HARD,))
        )

    def algo_detail(self, number: int) -> Future[AlgoDetail | None]:
        return _now(None)

    def day_curve(self) -> Future[DayCurve]:
        return _now(DayCurve("", "USD", None, (), False))

    def diagnostics(self) -> Future[Diagnostics]:
        return _now(Diagnostics(0, (), (), True, 0, 0, 0, None, 0, 0, ()))

    def guards(self) -> Future[tuple[GuardRow, ...]]:
        return _now(())

    def digest(self) -> Future[tuple[int, str]]:
        return _now((7, "digest"))

    def pull_kill(self, by: str, reason: str, flatten: Literal["no", "grace", "now"], scope: str = "desk") -> None:
        with self._lock:
            self.sent.append(Kill(by, reason, flatten))
            status = msgspec.structs.replace(self._view.status, trading_state=TradingState.HALTED)
            proof = KillProof(NOW_NS, by, reason, 17, 15, 5, 3, "cancelling", None, False)
            self.change(status=status, kill=proof)

    def watch(self, symbol: str) -> None:
        with self._lock:
            self.watched.append(symbol)
            row: QuoteRow = quote(symbol, "99.99", "100.00")
            self.change(quotes=(*self._view.quotes, row))

    def stop(self, how: Literal["leave", "cancel"], reason: str) -> Future[CommandResult]:
        self.stopped.append((how, reason))
        return _now(CommandResult(True, "stopped"))

    # -- orders -----------------------------------------------------------------------------------------------------

    def _place(self, request: OrderRequest) -> OrderResult:
        before = self._results.get(request.client_key)
        if request.client_key and before is not None:
            return before
        number = len(self._view.orders) + 1
        if request.symbol == "NVDA":
            return OrderResult(False, number, f"D{number}", OrdStatus.DENIED, (HARD,))
        if request.symbol == "TSLA" and not request.accept_soft:
            return OrderResult(False, number, f"D{number}", OrdStatus.DENIED, (SOFT,))
        self.change(orders=(_row(number, request), *self._view.orders))
        result = OrderResult(True, number, f"D{number}", OrdStatus.PENDING_NEW)
        self._results[request.client_key] = result
        return result

    def _modify(self, target: int | str, change: ReplaceRequest) -> OrderResult | CommandResult:
        row = next((row for row in self._view.orders if row.id == target), None)
        if row is None:
            return CommandResult(False, f"there is no working order {target}")
        if row.symbol != "AAPL":  # the broker refuses the change: the order keeps its terms
            self._put(msgspec.structs.replace(row, text="too late to replace"))
        else:
            self._put(
                msgspec.structs.replace(
                    row,
                    cl_ord_id=f"{row.cl_ord_id}.1",
                    order_qty=change.qty or row.order_qty,
                    limit_px=change.limit_px or row.limit_px,
                )
            )
        return OrderResult(True, row.id, f"{row.cl_ord_id}.1", OrdStatus.PENDING_REPLACE)

    def _put(self, row: OrderRow) -> None:
        self.change(orders=tuple(row if old.id == row.id else old for old in self._view.orders))

    def _set_all(self, old: OrdStatus, new: OrdStatus) -> None:
        for row in self._view.orders:
            if row.status is old:
                self._put(msgspec.structs.replace(row, status=new))


def _now(result: object) -> Future[object]:  # type: ignore[type-arg]
    future: Future[object] = Future()
    future.set_result(result)
    return future


_STATUS: dict[str, tuple[OrdStatus, bool, str | None, str]] = {
    "AAPL": (OrdStatus.NEW, True, "B1", ""),
    "TSLA": (OrdStatus.NEW, True, "B1", ""),
    "IBM": (OrdStatus.REJECTED, False, None, "no such luck"),
    "BAC": (OrdStatus.CANCELED, False, None, "withheld: the gate closed"),
}


def _row(number: int, request: OrderRequest) -> OrderRow:
    status, is_open, order_id, text = _STATUS.get(request.symbol, (OrdStatus.PENDING_NEW, True, None, ""))
    return OrderRow(
        id=number,
        cl_ord_id=f"D{number}",
        order_id=order_id,
        account=request.account,
        symbol=request.symbol,
        side=request.side,
        ord_type=request.ord_type,
        time_in_force=request.time_in_force,
        order_qty=request.qty,
        cum_qty=Decimal(0),
        leaves_qty=request.qty if is_open else Decimal(0),
        limit_px=request.limit_px,
        stop_px=request.stop_px,
        avg_px=None,
        status=status,
        parent=None,
        tag=request.tag,
        text=text,
        created_ns=NOW_NS,
        updated_ns=NOW_NS,
        tick=TICK,
        is_open=is_open,
        doubt=False,
    )
