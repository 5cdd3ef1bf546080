"""Who may do what, and limits that were changed while the desk ran."""

from __future__ import annotations

from engine import facts as f
from engine.state import DeskState, LimitChange, ResumeRequest


def roles_loaded(state: DeskState, fact: f.RolesLoaded, now: int, market: int) -> None:
    state.roles = dict(fact.users) if fact.given else None
    state.user_instruments = dict(fact.instruments)


def limit_changed(state: DeskState, fact: f.LimitChanged, now: int, market: int) -> None:
    state.limits = state.limits.with_changes({fact.key: fact.new})
    if fact.again:
        return
    before = state.limit_changes.get(fact.key)
    in_file = fact.old if before is None else before.in_file
    state.limit_changes[fact.key] = LimitChange(
        fact.key, in_file, fact.old, fact.new, fact.by, fact.reason, now, state.risk_hash
    )


def limit_change_dropped(state: DeskState, fact: f.LimitChangeDropped, now: int, market: int) -> None:
    state.limit_changes.pop(fact.key, None)


def resume_asked(state: DeskState, fact: f.ResumeAsked, now: int, market: int) -> None:
    state.resume_asked[fact.scope] = ResumeRequest(fact.by, fact.reason, now)
