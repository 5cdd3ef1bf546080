"""The door between the engine's thread and everybody else: commands in, views out, nobody waits for anybody."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Literal, Protocol

from engine.inputs import AlgoSpec, Command, PlaceGroup
from engine.model.basket import BasketItem
from engine.model.charts import AlgoDetail, DayCurve
from engine.model.diagnostics import Diagnostics
from engine.model.enums import AlertLevel
from engine.model.guards import GuardRow
from engine.model.order import OrderRequest, ReplaceRequest
from engine.views import AlgoPlan, BasketCheck, CommandResult, DeskView, LimitRow, OrderPreview, OrderResult


class DeskHandle(Protocol):
    """What the console and the control socket hold. Every method may be called from any thread and never blocks.

    Futures resolve in the engine's thread when the decision is durable; use `asyncio.wrap_future` in an event loop.
    """

    def view(self) -> DeskView:
        """The newest view. Newest wins; a reader that sleeps misses views, never memory."""
        ...

    def send(self, command: Command) -> Future[OrderResult | CommandResult]:
        """Post a command; its `cmd_id` is set here."""
        ...

    def preview(self, request: OrderRequest | PlaceGroup) -> Future[OrderPreview]:
        """What would happen to this order now, without doing it. Of a group: its first order, the verdict of all."""
        ...

    def preview_replace(self, target: int | str, change: ReplaceRequest) -> Future[OrderPreview | CommandResult]:
        """The same for a cancel/replace; a CommandResult says why there is no such order."""
        ...

    def plan(self, spec: AlgoSpec) -> Future[AlgoPlan]:
        """The schedule, cost and verdict of an algo without launching it."""
        ...

    def algo_detail(self, number: int) -> Future[AlgoDetail | None]:
        """One algo with its slices, its executions and the market around them; None where there is no such algo."""
        ...

    def day_curve(self) -> Future[DayCurve]:
        """The P&L of the day, from its beginning as far as it is known."""
        ...

    def diagnostics(self) -> Future[Diagnostics]:
        """How every connection, the journal and the engine are doing."""
        ...

    def check_basket(self, basket: int | tuple[BasketItem, ...]) -> Future[BasketCheck | CommandResult]:
        """What would happen now to all of these orders, or to those of a staged basket, each beside those before it,
        without doing it; a CommandResult says why there is no such basket."""
        ...

    def guards(self) -> Future[tuple[GuardRow, ...]]:
        """Every automatic trigger, and how near it is to acting."""
        ...

    def notice(self, level: AlertLevel, code: str, text: str) -> Future[None]:
        """Raise an alert that is journaled like the engine's own."""
        ...

    def limits(self) -> Future[tuple[LimitRow, ...]]:
        """Every limit, where it comes from, and who changed it."""
        ...

    def digest(self) -> Future[tuple[int, str]]:
        """(number of the newest fact, digest of the state after it): what a fold of the journal must give too."""
        ...

    def pull_kill(self, by: str, reason: str, flatten: Literal["no", "grace", "now"], scope: str = "desk") -> None:
        """Close the gate (of the scope) in the caller's thread, at once, then tell the engine. Safe from signal and
        input threads."""
        ...

    def watch(self, symbol: str) -> None:
        """Keep a quote of this symbol in the view."""
        ...

    def stop(self, how: Literal["leave", "cancel"], reason: str) -> Future[CommandResult]:
        """Graceful stop: `cancel` cancels every working order first. Resolves when the journal is closed."""
        ...
