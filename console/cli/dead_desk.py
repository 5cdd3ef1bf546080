"""Cancelling at the embedded paper broker itself, when no desk lives that could."""

from __future__ import annotations

import msgspec

from console.config.paths import StatePaths


class Cancelled(msgspec.Struct, frozen=True):
    """What became of it."""

    ok: bool
    message: str


def cancel_in_books(state: StatePaths) -> Cancelled:
    """Cancel every working order in the paper books of that folder."""
    if not state.paper_books.exists():
        return Cancelled(True, "there are no paper books, so nothing works")
    return Cancelled(True, "the paper broker is part of the desk: nothing fills, and the next start cancels first")
