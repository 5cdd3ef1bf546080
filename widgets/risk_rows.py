"""What stands in the pane of risk beside the meters: what is not open for trading, and the automatic triggers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from engine.model.enums import TradingState
from engine.model.guards import GuardRow
from engine.model.scope import said
from engine.views import DeskView, MeterRow
from widgets.format import measure, percent, plain
from widgets.lines import Line, Part

_LABEL = 14


class HaltRow(msgspec.Struct, frozen=True, gc=False):
    """A scope that is not open for trading: REDUCING, HALTED, or KILLED (a latch that only `resume` opens)."""

    key: str
    label: str
    state: str
    reason: str
    value: Decimal | None = None
    limit: Decimal | None = None
    used: Decimal | None = None


RiskRow = HaltRow | GuardRow | MeterRow


def halt_rows(view: DeskView) -> list[HaltRow]:
    """The desk itself, then narrower scopes."""
    status = view.status
    kills = {kill.scope: kill for kill in (view.kill, *view.kills) if kill is not None}
    rows = []
    if status.trading_state is not TradingState.ACTIVE or "desk" in kills:
        rows.append(_halt("desk", status.trading_state, status.state_reason, "desk" in kills))
    rows += [_halt(row.scope, row.state, row.reason, row.scope in kills) for row in status.scopes]
    return rows


def _halt(scope: str, state: TradingState, reason: str, killed: bool) -> HaltRow:
    return HaltRow(f"halt {scope}", said(scope), "KILLED" if killed else state.name, reason)


def ordered(rows: Sequence[RiskRow]) -> list[RiskRow]:
    """What is halted or tripped first; then by nearness to the limit; without a value next, switched off last."""
    return sorted(rows, key=_place)


def _place(row: RiskRow) -> tuple[int, bool, Decimal]:
    if isinstance(row, HaltRow):
        return 0, False, Decimal(0)
    if isinstance(row, GuardRow) and row.state == "TRIPPED":
        return 1, False, Decimal(0)
    off = row.state == "off" if isinstance(row, GuardRow) else row.off
    return 3 if off else 2, row.used is None, -(row.used or Decimal(0))


def guard_value(row: GuardRow, value: Decimal | None) -> str:
    """A value or limit of a trigger in its unit."""
    if row.unit == "s":
        return "-" if value is None else f"{value:,.0f} s"
    return measure(value, row.unit, 9, 2 if row.unit == "pct" else 1)


def risk_title(row: RiskRow) -> str:
    """Trigger: daily loss"""
    if isinstance(row, HaltRow):
        return f"{row.state}: {plain(row.label)}"
    return f"Trigger: {row.label}" if isinstance(row, GuardRow) else f"Meter: {row.label}"


def risk_lines(row: RiskRow) -> list[Line]:
    """Everything about one row."""
    if isinstance(row, HaltRow):
        opens = f"resume{'' if row.label == 'the desk' else f' {row.label.lower()}'} reason TEXT"
        return [
            _pair("State", row.state, "alarm"),
            _pair("Because", plain(row.reason) or "-"),
            _pair("Opens by", opens),
        ]
    if isinstance(row, GuardRow):
        style = {"TRIPPED": "alarm", "armed": "up"}.get(row.state, "dim")
        limit = "the first one" if row.limit is None and row.state != "off" else guard_value(row, row.limit)
        return [
            _pair("State", row.state, style),
            _pair("Value", f"{guard_value(row, row.value)}  {plain(row.scope)}"),
            _pair("Acts at", f"{limit}  {plain(row.text) if row.state != 'TRIPPED' else ''}"),
            _pair("Then", row.action),
            *([_pair("Because", plain(row.text), "warn")] if row.state == "TRIPPED" else []),
            [],
            _pair("", f"configured in risk_params.yaml; {row.code} in alerts and the journal", "dim"),
        ]
    money = "" if row.amount is None else f"  ({measure(row.amount, 'money', 16)})"
    return [
        _pair("Value", f"{'~' if row.stale else ''}{measure(row.value, row.unit, 16, 2)}{money}"),
        _pair("Limit", "off" if row.off else measure(row.limit, row.unit, 16, 2)),
        _pair("Used", percent(row.used, 1)),
        *([_pair("Note", plain(row.note), "warn")] if row.note else []),
        *([_pair("", "~: on prices that are not fresh", "dim")] if row.stale else []),
        [],
        _pair("", f"{row.key}: `tradedesk risk show` lists every limit", "dim"),
    ]


def _pair(label: str, value: str, style: str = "normal") -> list[Part]:
    return [(f" {label:<{_LABEL - 1}}", "label"), (value, style)]
