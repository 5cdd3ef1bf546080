"""Facts about the lock of a live desk and its PIN. None of them holds a PIN, or anything of one."""

from __future__ import annotations

from engine.facts.base import Recorded
from engine.model.pin import PinRecord


class DeskLocked(Recorded, frozen=True, tag="desk_locked"):
    """A live desk takes nothing new until the PIN is given. Cancels, kill and `flat` are not asked."""

    by: str
    reason: str


class DeskUnlocked(Recorded, frozen=True, tag="desk_unlocked"):
    """The PIN was given."""

    by: str


class PinNoted(Recorded, frozen=True, tag="pin_noted"):
    """A record of the PIN's file, brought into the audit trail."""

    record: PinRecord
