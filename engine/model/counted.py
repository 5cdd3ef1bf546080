"""Numbers with what they count, in words."""

from __future__ import annotations


def counted(number: int, what: str = "order") -> str:
    """1 order, 2 orders, 1,000 orders."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
