"""What every broker's settings may raise."""

from __future__ import annotations


class SettingsError(ValueError):
    """A setting is missing or makes no sense; the message names it, and never its value where that is secret."""
