"""Row 1 in time travel: that this is the past, which moment of it, and whether it plays."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.views import DeskView
from widgets.format import clip, compact, plain, signed
from widgets.lines import Line, Part, justified, length
from widgets.notation import Notation
from widgets.status_line import STATE_STYLES, StatusLine


class PastMoment(msgspec.Struct, frozen=True):
    """Where time travel stands. `fact` tells the newest fact, `note` what else is to be said (`note_no` counts them);
    `busy` is the progress of a seek, `speed` what it plays at or "" while it is paused."""

    seq: int
    last_seq: int
    fact: str = ""
    note: str = ""
    note_no: int = 0
    busy: str = ""
    speed: str = ""
    at_end: bool = False


class PastLine(StatusLine):
    """Shows a view and its moment. What has no room goes, the least important first; PAST, time and seq stay."""

    def __init__(self, notation: Notation) -> None:
        super().__init__(notation)
        self._moment = PastMoment(0, 0)

    def stand_at(self, moment: PastMoment) -> None:
        """The moment of the view that is shown next."""
        self._moment = moment

    def show(self, view: DeskView, lag_ms: int = 0) -> None:
        """The bar of a live desk is for a desk that lives."""
        self._view = view
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        if self._view is None:
            return [[(" PAST ", "red")]]
        left, right = self._where(self._view), self._how()
        for part in self._what(self._view):
            if length(left) + length(part) + length(right) < width:
                left += part
        return [justified(left, right, width)]

    def _where(self, view: DeskView) -> list[Part]:
        times, moment = self._notation.times, self._moment
        of = f" of {moment.last_seq:,}" if moment.seq <= moment.last_seq else ""
        return [
            (" PAST ", "red"),
            (f" {plain(view.status.market_label)}", "label"),
            (f" {times.date(view.market_ns)} {times.hms(view.market_ns)}", "strong"),
            (f" seq {moment.seq:,}{of}", "normal"),
        ]

    def _how(self) -> list[Part]:
        moment = self._moment
        if moment.busy:
            return [(f" {moment.busy} ", "amber")]
        if moment.speed:
            return [(f" PLAYS {moment.speed} ", "green")]
        return [(" END " if moment.at_end else " PAUSED ", "paper")]

    def _what(self, view: DeskView) -> list[list[Part]]:
        """What is added as long as there is room, the most important first."""
        status = view.status
        day = f"{'~' if status.pnl_stale and status.day_pnl is not None else ''}{signed(status.day_pnl)}"
        style = "dim" if not status.day_pnl else "up" if status.day_pnl > 0 else "down"
        live = status.mode.lower() == "live"
        parts: list[list[Part]] = [
            [(" ", "normal"), (f" {status.trading_state.name} ", STATE_STYLES[status.trading_state])],
            [("  Day ", "label"), (day, style)],
        ]
        if status.unknown_orders:
            parts.append([(" ", "normal"), (f" {status.unknown_orders} UNKNOWN ", "alarm")])
        if status.breaks:
            parts.append([(" ", "normal"), (f" {status.breaks} BREAK{'S' if status.breaks > 1 else ''} ", "alarm")])
        parts.append([(f"  {status.mode.upper()} {clip(plain(status.account), 12, '.')}", "live" if live else "dim")])
        parts.append([("  Equity ", "label"), (compact(status.whole_equity, 12), "strong")])
        if status.trading_day and " " in status.trading_day:
            parts.append([(f"  {plain(status.trading_day)}", "dim")])
        if not status.journal_ok:
            parts.insert(0, [(" ", "normal"), (" JOURNAL DOWN ", "alarm")])
        return parts
