"""What keys do to the row under the cursor. Part of the desk screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from console import actions
from console.screens.boxes import REPEAT_NS
from console.screens.row_keys import Answer, cancel_of, pause_of
from console.screens.sender import Sender
from console.screens.session import ContextOf
from console.screens.table_looks import TableLooks
from engine.inputs import AckAlerts
from engine.views import AlertRow, AlgoRow, DeskView, OrderRow, PositionRow
from widgets.banner import Banner
from widgets.panes import AlertsPane

JUST_JUMPED_S: Final = 0.5
RowT = TypeVar("RowT")


class RowActs(TableLooks, inherit_bindings=False):
    """Each acts on what the user saw: a row that only just came under the cursor is not meant."""

    _view: DeskView
    _sender: Sender
    _context_of: ContextOf
    _clock: Callable[[], int]
    _banner: Banner
    _names: dict[str, str]
    _paused: tuple[int, int] | None

    # What the desk screen does for it -----------------------------------------------------------------------

    def action_command(self, text: str = "") -> None:
        """Enter COMMAND mode, with this text on the line."""
        raise NotImplementedError

    def action_pane(self, name: str) -> None:
        """Go to a pane; one that this layout has no room for gets the whole screen."""
        raise NotImplementedError

    @property
    def focused_pane(self) -> str | None:
        """The name of the pane that has the focus."""
        raise NotImplementedError

    def _say(self, text: str, good: bool) -> None:
        raise NotImplementedError

    # The rows -----------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One key may mean another thing in another pane: only what the focused one's rows take is tried."""
        panes = actions.PANES_OF.get(action)
        return panes is None or self.focused_pane in panes

    def _user(self) -> str:
        return self._context_of(self._view).user

    def action_cancel_order(self) -> None:
        order = self._selected(OrderRow, "orders")
        if order is not None:
            self._send_or_say(cancel_of(order, self._user()))

    def action_modify_order(self) -> None:
        order = self._selected(OrderRow, "orders")
        if order is not None:
            self.action_command(f"mod {order.id} ")

    def action_pause_algo(self) -> None:
        algo = self._selected(AlgoRow, "algos")
        if algo is not None:
            self._pause(algo)

    def _pause(self, algo: AlgoRow) -> None:
        """Pause or resume; a key that is held down does it once."""
        before, self._paused = self._paused, (algo.id, self._clock())
        if before is None or before[0] != algo.id or self._paused[1] - before[1] >= REPEAT_NS:
            self._send_or_say(pause_of(algo, self._user()))

    def action_algo_line(self, rest: str) -> None:
        """Everything about an algo but its pause is a line that is looked at before it is sent."""
        algo = self._selected(AlgoRow, "algos")
        if algo is not None:
            self.action_command(f"algo {algo.id} {rest}")

    def _algo_controls(self) -> dict[str, Callable[[AlgoRow], None]]:
        """The same for the box of an algo, by the action's id."""

        def line(rest: str) -> Callable[[AlgoRow], None]:
            return lambda algo: self.action_command(f"algo {algo.id} {rest}")

        lines = {"amend": "amend ", "repace": "repace ", "finish": "finish", "cancel": "cancel"}
        return {"pause": self._pause, **{f"algo.{name}": line(rest) for name, rest in lines.items()}}

    def _send_or_say(self, answer: Answer) -> None:
        command, text = answer
        if command is None:
            self._say(text, False)
        else:
            self._sender.send(command, text)

    def action_flat_position(self) -> None:
        position = self._selected(PositionRow, "positions")
        if position is not None:
            at = f" @{position.account}" if len(self._context_of(self._view).accounts) > 1 else ""
            self.action_command(f"flat {position.symbol.lower()}{at}")

    def _selected(self, kind: type[RowT], pane: str) -> RowT | None:
        """The row under the cursor, unless it only just came there because another one vanished."""
        if self.focused_pane != pane:
            return None
        jumped = self.panes[pane].table.seconds_since_jump()
        if jumped is not None and jumped < JUST_JUMPED_S:
            self._say("the row under the cursor has just gone; press again if you mean this one", False)
            return None
        row = self.panes[pane].selected
        return row if isinstance(row, kind) else None

    def action_ack(self) -> None:
        self._banner.acknowledge()
        newest = max((alert.no for alert in self._view.alerts), default=0)
        if any(not alert.acked for alert in self._view.alerts):
            self._sender.send(AckAlerts(newest, user=self._user()), "acknowledge")
        self._banner.show(self._view, self._names)

    def action_ack_one(self) -> None:
        alert = self._selected(AlertRow, "alerts")
        if alert is not None and not alert.acked:
            self._sender.send(AckAlerts(alert.no, user=self._user(), only=True), f"acknowledge alert {alert.no}")

    def action_alert_level(self) -> None:
        pane = self.panes["alerts"]
        if isinstance(pane, AlertsPane):
            pane.raise_level()
