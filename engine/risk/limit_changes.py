"""Limits that are changed while the desk runs: an audited command, in force at once, until the file is edited.

A change outlives a restart as long as risk_params.yaml is as it was (by its hash); an edited file wins, and what it
ends is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.connections import accounts_of
from engine.effects import UseLimits
from engine.model.enums import AlertLevel
from engine.risk.limits import LimitError
from engine.risk.scopes import one_way, split_key
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk

NOT_GIVEN = "not given"


def change(desk: Desk, command: i.SetLimit) -> None:
    """Put another value in force. A key or value that can't be changes nothing."""
    state, key, value = desk.state, one_way(command.key), command.value
    complaint = "a change of a limit needs a reason" if not command.reason.strip() else ""
    old = state.limits.as_texts().get(key, "")
    if not complaint and old == value:
        complaint = f"{key} is {value} already"
    if not complaint and not state.journal_ok:
        complaint = "the journal can't commit, so that nothing would record it"
    kind, _, symbol = split_key(key)[0].partition(":")
    if not complaint and kind == "instrument" and not any(name.upper() == symbol for name in state.instruments):
        complaint = f"{key}: {symbol} is no instrument of the universe, so that the limit would hold for nothing"
    if not complaint and kind == "account" and symbol not in {*accounts_of(state), *state.accounts}:
        known = ", ".join(accounts_of(state))
        complaint = f"{key}: {symbol} is no account of this desk, so that the limit would hold for nothing"
        complaint += f"; expected one of {known}"
    if not complaint:
        try:
            state.limits.with_changes({key: value})
        except LimitError as error:
            complaint = str(error)
    if complaint:
        desk.refuse(command.cmd_id, "limit", complaint, command.user)
        return
    desk.emit(f.LimitChanged(key, old, value, command.user, command.reason))
    desk.effect(UseLimits(state.limits))
    desk.urgent += 1
    said = f"{key}: {old or NOT_GIVEN} -> {value}"
    desk.alert(AlertLevel.WARN, "LIMIT_CHANGED", f"{said} by {command.user or 'unknown'}: {command.reason}")
    desk.reply(command.cmd_id, CommandResult(True, said))


def go_on(desk: Desk) -> None:
    """At a start: changes made on the very file that is loaded now hold again; those of another one are over."""
    state = desk.state
    again, over = [], []
    for found in list(state.limit_changes.values()):
        now = state.limits.as_texts().get(found.key, "")
        if found.risk_hash == state.risk_hash and _fits(desk, found.key, found.new):
            desk.emit(f.LimitChanged(found.key, now, found.new, found.by, found.reason, again=True))
            again.append(f"{found.key} {found.new} (by {found.by or 'unknown'}: {found.reason})")
        else:
            desk.emit(f.LimitChangeDropped(found.key, found.new, now))
            over.append(f"{found.key} {found.new} -> {now or NOT_GIVEN}")
    if again:
        desk.effect(UseLimits(state.limits))
        words = "changed while an earlier run was on, and in force again"
        desk.alert(AlertLevel.WARN, "LIMIT_CHANGED", f"{words}: {'; '.join(again)}")
    if over:
        words = "risk_params.yaml was edited, so that changes of an earlier run are over"
        desk.alert(AlertLevel.WARN, "LIMIT_DROPPED", f"{words}: {'; '.join(over)}")


def _fits(desk: Desk, key: str, value: str) -> bool:
    try:
        desk.state.limits.with_changes({key: value})
    except LimitError:
        return False
    return True
