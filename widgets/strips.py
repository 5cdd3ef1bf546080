"""The one-line summaries of small screens, the footer, and the line that is left below 80x24."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.model.enums import AlertLevel, TradingState
from engine.views import AlertRow, DeskView, MeterRow
from widgets.format import measure, plain, signed
from widgets.glyphs import bar
from widgets.lines import Line, Lines, Part, clipped, justified, length
from widgets.notation import Notation
from widgets.panes.alerts import LEVELS
from widgets.panes.risk import by_nearness, meter_sign, meter_style, valued

REORDER_S = 1.0
#: Of a value, by its unit, so that a digit more moves nothing.
_VALUE_WIDTH = {"count": 3, "rate": 5, "ratio": 5, "pct": 6}
_LINE_STYLE = {"good": "up", "bad": "down", "info": "normal"}


class RiskStrip(Lines):
    """The meters nearest to their limits, as many as fit. They change places at most once a second."""

    def __init__(self, notation: Notation, clock: Callable[[], float]) -> None:
        """`clock` gives monotonic seconds."""
        super().__init__(id="risk-strip")
        self._notation = notation
        self._clock = clock
        self._given: tuple[MeterRow, ...] | None = None
        self._meters: tuple[MeterRow, ...] = ()
        self._places: dict[str, int] = {}
        self._placed = float("-inf")

    def show(self, meters: tuple[MeterRow, ...]) -> None:
        if meters is self._given:
            return
        now = self._clock()
        if now - self._placed >= REORDER_S:
            self._placed = now
            self._places = {row.key: place for place, row in enumerate(by_nearness(meters))}
        last = len(self._places)
        self._meters = tuple(sorted(meters, key=lambda row: self._places.get(row.key, last)))
        self._given = meters
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        parts: list[Part] = [(" Risk ", "label")]
        for meter in self._meters:
            if meter.off or meter.used is None:
                continue
            style = _LINE_STYLE.get(meter_style(meter.used), meter_style(meter.used))
            sign = meter_sign(meter.used)
            block: list[Part] = [
                (f" {meter.label} ", "dim"),
                (bar(float(meter.used), 5, self._notation.glyphs), "down" if style == "alarm" else style),
                (f" {valued(meter, 9):>{_VALUE_WIDTH.get(meter.unit, 7)}}{sign}", style if sign else "normal"),
                (f" of {measure(meter.limit, meter.unit, 9)} ", "dim"),
            ]
            if length(parts) + length(block) > width:
                break
            parts += block
        return [parts]


class AlertLine(Lines):
    """The newest alert that waits for acknowledgement, else the newest event."""

    def __init__(self, notation: Notation) -> None:
        super().__init__(id="alert-line")
        self._notation = notation
        self._alerts: tuple[AlertRow, ...] = ()

    def show(self, alerts: tuple[AlertRow, ...]) -> None:
        if alerts is not self._alerts:
            self._alerts = alerts
            self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        waiting = [alert for alert in self._alerts if not alert.acked and alert.level >= AlertLevel.WARN]
        for alert in (*waiting, *self._alerts):
            word, style = LEVELS[alert.level]
            parts: list[Part] = [
                (f" {self._notation.times.hms(alert.ts_ns)} ", "dim"),
                (word, "dim" if alert.acked else _LINE_STYLE.get(style, style)),
                (f" {plain(alert.text)}", "dim" if alert.acked or not waiting else "normal"),
            ]
            more = [(f" +{len(waiting) - 1} ", "warn")] if len(waiting) > 1 else []
            return [justified(parts, more, width)]
        return [[(" nothing to report", "dim")]]


class FooterLine(Lines):
    """The keys that do something now; the kill key stands at the right end, always."""

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._keys: list[tuple[str, str]] = []
        self._kill: tuple[str, str] = ("", "")

    def show(self, keys: list[tuple[str, str]], kill: tuple[str, str]) -> None:
        self._keys, self._kill = keys, kill
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        kill: list[Part] = [(f" {self._kill[0]} {self._kill[1]} ", "halted")] if self._kill[0] else []
        parts: list[Part] = []
        for key, label in self._keys:
            block: list[Part] = [(f" {key} ", "key"), (f"{label} ", "dim")]
            if length(parts) + length(block) + length(kill) + 1 > width:
                break
            parts += block
        return [justified(parts, kill, width)]


class TinyLine(Lines):
    """Below 80x24: mode, P&L and the kill key, and what would be needed for more."""

    def __init__(self) -> None:
        super().__init__(id="tiny")
        self._view: DeskView | None = None
        self._kill = ""
        self._window = (0, 0)

    def show(self, view: DeskView, kill: str, size: tuple[int, int]) -> None:
        self._view, self._kill, self._window = view, kill, size
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        if self._view is None:
            return []
        status = self._view.status
        pnl = status.day_pnl
        day = f"{'~' if status.pnl_stale and pnl is not None else ''}{signed(pnl)}"
        state = {TradingState.ACTIVE: "active", TradingState.REDUCING: "reducing", TradingState.HALTED: "halted"}
        first: list[Part] = [
            (f" {status.mode.upper()} ", "live" if status.mode.lower() == "live" else "paper"),
            (f" {day} ", "dim" if not pnl else "up" if pnl > 0 else "down"),
            (f" {self._kill} KILL ", "halted"),
            (f" {status.trading_state.name} ", state[status.trading_state]),
            (f" {status.working_orders} working", "dim"),
        ]
        need = f" the desk needs 80x24, this is {self._window[0]}x{self._window[1]}"
        return [clipped(first, width), clipped([(need, "dim")], width)]
