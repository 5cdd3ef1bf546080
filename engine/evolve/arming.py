"""The arming of hotkeys: audit records, as the console alone knows whether it is armed."""

from __future__ import annotations

from engine import facts as f
from engine.state import DeskState


def hotkeys_armed(state: DeskState, fact: f.HotkeysArmed, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def hotkeys_disarmed(state: DeskState, fact: f.HotkeysDisarmed, now: int, market: int) -> None:
    """An audit record; changes nothing."""
