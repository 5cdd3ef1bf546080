"""Facts about the hotkeys of a console: whether macros may send by themselves. The arming ends with its console."""

from __future__ import annotations

from engine.facts.base import Recorded


class HotkeysArmed(Recorded, frozen=True, tag="hotkeys_armed"):
    """From now on these macros of that person's console send without Enter, each line through every check."""

    user: str
    macros: tuple[str, ...]


class HotkeysDisarmed(Recorded, frozen=True, tag="hotkeys_disarmed"):
    """No macro of that console sends by itself any more."""

    user: str
    reason: str
