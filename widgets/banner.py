"""What must not be overlooked, under the status line: the kill switch's proof, a halt, alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.model.enums import AlertLevel, TradingState
from engine.model.scope import said
from engine.views import DeskView, KillProof
from widgets.format import countdown, plain
from widgets.lines import Line, Lines, Part, clipped, justified
from widgets.notation import Notation

#: Halts and reductions of narrower scopes that have a line each.
MOST_SCOPES: Final = 3


class Banner(Lines):
    """As high as what it has to say, and absent when that is nothing."""

    def __init__(self, notation: Notation) -> None:
        super().__init__(id="banner")
        self._notation = notation
        self._view: DeskView | None = None
        self._keys: dict[str, str] = {}
        self._seen_proof: int | None = None
        self._height = 0

    def show(self, view: DeskView, keys: dict[str, str]) -> None:
        """`keys` are the names of the keys `kill`, `keep` and `ack`; an empty one is no key."""
        self._view, self._keys = view, keys
        height = len(self.build(200))
        if height != self._height:
            self._height = height
            self.set_class(bool(height), "-open")
            self.styles.height = height
        self.redraw()

    def acknowledge(self) -> None:
        """The user has seen a verified proof: it needs no line any more."""
        kill = self._view.kill if self._view is not None else None
        if kill is not None and _settled(kill):
            self._seen_proof = kill.at_ns

    def build(self, width: int) -> Sequence[Line]:
        if self._view is None:
            return []
        lines: list[Line] = []
        kill = self._view.kill
        if kill is not None and not (self._seen_proof == kill.at_ns and _settled(kill)):
            lines += [clipped(line, width) for line in self._proof(kill)]
        elif self._view.status.trading_state is TradingState.HALTED:
            reason = plain(self._view.status.state_reason) or "gate closed"
            text = f" HALTED: {reason} {self._notation.glyphs.dot} resume reason TEXT re-opens "
            lines.append(justified([(text, "halted")], [], width, "halted"))
        elif self._view.status.trading_state is TradingState.REDUCING and self._view.status.state_reason:
            lines.append([(" REDUCING ", "reducing"), (f" {plain(self._view.status.state_reason)}", "strong")])
        lines += self._narrow(width)
        lines += self._alarm(width)
        return lines

    def _narrow(self, width: int) -> list[Line]:
        """What is closed below the desk: kills with their proof, then halts, then reductions."""
        view = self._view
        if view is None:
            return []
        dot = f" {self._notation.glyphs.dot} "
        lines: list[Line] = []
        for kill in view.kills[:MOST_SCOPES]:
            name = plain(said(kill.scope))
            parts: list[Part] = [
                (f" HALTED {name} {self._notation.times.hms(kill.at_ns)} ", "halted"),
                (f" {proof_text(kill, dot)}{dot}", "strong"),
                *self._phase(kill),
            ]
            if kill.unprotected:
                parts.append((f" NO STOP {', '.join(map(plain, kill.unprotected))} ", "alarm"))
            parts += [(f" ! {plain(problem)}", "warn") for problem in kill.problems[:1]]
            lines.append(clipped(parts, width))
        killed = {kill.scope for kill in view.kills}
        others = [row for row in view.status.scopes if row.scope not in killed]
        for row in others[:MOST_SCOPES]:
            style = "halted" if row.state is TradingState.HALTED else "reducing"
            text = f" {plain(row.reason)}"
            lines.append(clipped([(f" {row.state.name} {plain(said(row.scope))} ", style), (text, "strong")], width))
        more = max(len(others) - MOST_SCOPES, 0) + max(len(view.kills) - MOST_SCOPES, 0)
        if more:
            lines.append([(f" and {more} more; see tradedesk status", "warn")])
        return lines

    def _proof(self, kill: KillProof) -> list[list[Part]]:
        dot = f" {self._notation.glyphs.dot} "
        lines: list[list[Part]] = [
            [
                (f" HALTED {self._notation.times.hms(kill.at_ns)} ", "halted"),
                (f" {proof_text(kill, dot)}", "strong"),
            ],
            [*self._phase(kill), (f"{dot}by {plain(kill.by)}: {plain(kill.reason)}", "dim")],
        ]
        if kill.unprotected:
            named = ", ".join(plain(position) for position in kill.unprotected)
            lines.append([(" NO STOP ", "alarm"), (f" positions left without their stop: {named}", "alarm")])
        lines += [[(" ! ", "warn"), (plain(problem), "warn")] for problem in kill.problems[:3]]
        if len(kill.problems) > 3:
            lines.append([(f" ! and {len(kill.problems) - 3} more problems; see the alerts", "warn")])
        return lines

    def _phase(self, kill: KillProof) -> list[Part]:
        if kill.phase == "grace" and kill.grace_left_ns is not None:
            return [
                (f" FLATTENING IN {countdown(kill.grace_left_ns)} ", "alarm"),
                (f" {self._keys.get('keep', 'k')}", "key"),
                (" keeps the positions  ", "normal"),
                (f"{self._keys.get('kill', 'F12')}", "key"),
                (" flattens now", "normal"),
            ]
        words, style = {
            "cancelling": ("cancelling", "warn"),
            "flattening": ("FLATTENING", "alarm"),
            "verifying": ("verifying with the broker", "warn"),
            "done": ("done", "strong"),
            "kept": ("positions kept", "strong"),
            "not_flat": ("NOT FLAT", "alarm"),
        }.get(kill.phase, (kill.phase, "warn"))
        parts: list[Part] = [(f" {words} ", style)]
        if kill.verified:
            parts.append((f" {self._notation.glyphs.yes} VERIFIED", "up"))
        if kill.phase in ("done", "kept"):
            parts.append((f" {self._notation.glyphs.dot} resume reason TEXT re-opens", "normal"))
        return parts

    def _alarm(self, width: int) -> list[Line]:
        view = self._view
        alarms = [] if view is None else [a for a in view.alerts if a.level is AlertLevel.ALARM and not a.acked]
        if not alarms:
            return []
        more = f" (+{len(alarms) - 1} more)" if len(alarms) > 1 else ""
        left: list[Part] = [
            (f" ALARM {self._notation.times.hms(alarms[0].ts_ns)} ", "alarm"),
            (f" {plain(alarms[0].text)}{more}", "strong"),
        ]
        key = self._keys.get("ack", "a")
        return [justified(left, [(f" {key}", "key"), (" acknowledges ", "dim")] if key else [], width)]


def proof_text(kill: KillProof, dot: str = " · ") -> str:
    """17 cancels sent, 15 confirmed, 2 pending · 5 positions, 3 flat"""
    pending = kill.cancels_sent - kill.cancels_confirmed
    cancels = f"{kill.cancels_sent} cancel{'' if kill.cancels_sent == 1 else 's'} sent"
    positions = f"{kill.positions} position{'' if kill.positions == 1 else 's'}"
    return f"{cancels}, {kill.cancels_confirmed} confirmed, {pending} pending{dot}{positions}, {kill.flat} flat"


def _settled(kill: KillProof) -> bool:
    return kill.verified and not kill.unprotected and not kill.problems
