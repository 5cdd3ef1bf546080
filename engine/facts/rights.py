"""Facts about who may do what, and about limits that somebody changed while the desk ran."""

from __future__ import annotations

import msgspec

from engine.facts.base import Recorded


class RolesLoaded(Recorded, frozen=True, tag="roles_loaded"):
    """The roles of this run, by login name, groups resolved; `given` is False where roles.yaml names nobody. `digest`
    is the SHA-256 of roles.yaml."""

    digest: str
    given: bool
    users: dict[str, tuple[str, ...]]
    instruments: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Login name -> what that user may trade; who is not in it may trade everything."""


class LimitChanged(Recorded, frozen=True, tag="limit_changed"):
    """A limit has another value from now on: old and new text ("" = it was not given), who and why. `again`: put in
    force once more at a start, since risk_params.yaml is as it was when it was changed."""

    key: str
    old: str
    new: str
    by: str
    reason: str
    again: bool = False


class LimitChangeDropped(Recorded, frozen=True, tag="limit_change_dropped"):
    """A change made while an earlier run was on is over: risk_params.yaml was edited since, and holds as it is."""

    key: str
    was: str
    now: str


class ResumeAsked(Recorded, frozen=True, tag="resume_asked"):
    """One person asked to re-open; a second one has to agree."""

    scope: str
    by: str
    reason: str
