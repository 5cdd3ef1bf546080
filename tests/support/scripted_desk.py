"""A DeskHandle that shows the views it is given and keeps what it is told: the console's edge, for its tests.

Nothing happens by itself: `show` publishes a view, `answer` decides what previews and commands get back.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Literal

from engine.inputs import AlgoSpec, Command, PlaceOrder
from engine.model.basket import BasketItem
from engine.model.charts import AlgoDetail, DayCurve
from engine.model.diagnostics import Diagnostics
from engine.model.enums import OrdStatus
from engine.model.guards import GuardRow
from engine.model.order import OrderRequest, ReplaceRequest
from engine.views import AlgoPlan, BasketCheck, CommandResult, DeskView, OrderPreview, OrderResult

Answer = OrderResult | CommandResult


class ScriptedDesk:
    """See the module. `hold_previews` keeps previews unanswered until `release`."""

    def __init__(self, view: DeskView) -> None:
        self._view = view
        self.commands: list[Command] = []
        self.kills: list[tuple[str, str, str]] = []
        self.watched: list[str] = []
        self.previewed: list[OrderRequest] = []
        self.replaced: list[tuple[int | str, ReplaceRequest]] = []
        self.planned: list[AlgoSpec] = []
        self.hold_previews = False
        self.curve = DayCurve("", "USD", None, (), False)
        self.connections = Diagnostics(0, (), (), True, 0, 0, 0, None, 0, 0, ())
        self.triggers: tuple[GuardRow, ...] = ()
        self.details: dict[int, AlgoDetail] = {}
        self.details_asked: list[int] = []
        self._held: list[Callable[[], None]] = []
        self.on_preview: Callable[[OrderRequest], OrderPreview | Exception] | None = None
        self.on_replace: Callable[[int | str, ReplaceRequest], OrderPreview | CommandResult] | None = None
        self.on_plan: Callable[[AlgoSpec], AlgoPlan] | None = None
        self.on_basket: BasketCheck | None = None
        self.on_send: Callable[[Command], Answer | Exception] = self._accept

    def show(self, view: DeskView) -> None:
        """Publish this view."""
        self._view = view

    def release(self, *, newest_first: bool = False) -> None:
        """Answer the previews held so far."""
        held, self._held = self._held, []
        for answer in reversed(held) if newest_first else held:
            answer()

    # DeskHandle ---------------------------------------------------------------------------------------------

    def view(self) -> DeskView:
        return self._view

    def send(self, command: Command) -> Future[Answer]:
        self.commands.append(command)
        return _done(self.on_send(command))

    def preview(self, request: OrderRequest) -> Future[OrderPreview]:
        self.previewed.append(request)
        assert self.on_preview is not None, f"no preview is scripted for {request}"
        return self._later(self.on_preview(request))

    def preview_replace(self, target: int | str, change: ReplaceRequest) -> Future[OrderPreview | CommandResult]:
        self.replaced.append((target, change))
        assert self.on_replace is not None, f"no preview is scripted for {target}"
        return self._later(self.on_replace(target, change))

    def plan(self, spec: AlgoSpec) -> Future[AlgoPlan]:
        self.planned.append(spec)
        assert self.on_plan is not None, f"no plan is scripted for {spec}"
        return self._later(self.on_plan(spec))

    def algo_detail(self, number: int) -> Future[AlgoDetail | None]:
        self.details_asked.append(number)
        return _done(self.details.get(number))

    def day_curve(self) -> Future[DayCurve]:
        return _done(self.curve)

    def diagnostics(self) -> Future[Diagnostics]:
        return _done(self.connections)

    def check_basket(self, basket: int | tuple[BasketItem, ...]) -> Future[BasketCheck | CommandResult]:
        assert self.on_basket is not None, f"no check is scripted for {basket}"
        return self._later(self.on_basket)

    def guards(self) -> Future[tuple[GuardRow, ...]]:
        return _done(self.triggers)

    def digest(self) -> Future[tuple[int, str]]:
        return _done((self._view.version, ""))

    def pull_kill(self, by: str, reason: str, flatten: Literal["no", "grace", "now"], scope: str = "desk") -> None:
        self.kills.append((by, reason, flatten))

    def watch(self, symbol: str) -> None:
        self.watched.append(symbol)

    def stop(self, how: Literal["leave", "cancel"], reason: str) -> Future[CommandResult]:
        return _done(CommandResult(ok=True, message=f"stopped: {how}"))

    def _accept(self, command: Command) -> Answer:
        if isinstance(command, PlaceOrder):
            return OrderResult(accepted=True, id=15, cl_ord_id="D000000000000000015", status=OrdStatus.PENDING_NEW)
        return CommandResult(ok=True, message="done")

    def _later(self, answer: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.hold_previews:
            self._held.append(lambda: _resolve(future, answer))
        else:
            _resolve(future, answer)
        return future


def _done(answer: Any) -> Future[Any]:
    future: Future[Any] = Future()
    _resolve(future, answer)
    return future


def _resolve(future: Future[Any], answer: Any) -> None:
    if isinstance(answer, Exception):
        future.set_exception(answer)
    else:
        future.set_result(answer)
