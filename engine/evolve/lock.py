"""The lock of a live desk."""

from __future__ import annotations

from engine import facts as f
from engine.state import DeskState


def desk_locked(state: DeskState, fact: f.DeskLocked, now: int, market: int) -> None:
    state.locked = fact.reason


def desk_unlocked(state: DeskState, fact: f.DeskUnlocked, now: int, market: int) -> None:
    state.locked = ""


def pin_noted(state: DeskState, fact: f.PinNoted, now: int, market: int) -> None:
    state.pin_noted = max(state.pin_noted, fact.record.no)
