"""What every sizing function raises when its input allows no answer."""

from __future__ import annotations


class SizingError(ValueError):
    """No size follows from this input. The message is one line: what was wrong, and what was expected."""
