"""Rows of the dead-letter queue."""

from __future__ import annotations

from engine.state import DeadLetter, DeskState
from engine.views import LetterRow


class LetterRows:
    """Builds each row once: a letter never changes."""

    def __init__(self) -> None:
        self._rows: dict[int, LetterRow] = {}

    def rows(self, state: DeskState) -> tuple[LetterRow, ...]:
        """Newest first."""
        if not state.letters:
            self._rows = {}
            return ()
        old = self._rows
        self._rows = {no: old.get(no) or letter_row(state, letter) for no, letter in state.letters.items()}
        return tuple(reversed(self._rows.values()))


def letter_row(state: DeskState, letter: DeadLetter) -> LetterRow:
    """One letter: of a new order its own terms, of a change those that it asked for."""
    is_change = bool(letter.orig_cl_ord_id)
    order = state.orders[letter.orig_cl_ord_id or letter.cl_ord_id]
    request = order.request
    return LetterRow(
        letter.no,
        order.id,
        letter.cl_ord_id,
        order.account,
        order.symbol,
        order.side,
        "replace" if is_change else "new",
        letter.qty if letter.qty is not None else request.qty,
        letter.limit_px if is_change else request.limit_px,
        letter.stop_px if is_change else request.stop_px,
        letter.cause,
        letter.reason,
        letter.owner,
        letter.since_ns,
    )
