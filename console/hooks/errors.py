"""What a hook can fail with."""

from __future__ import annotations


class HookError(Exception):
    """A call failed. The text names no argument and no address."""
