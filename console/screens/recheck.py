"""Whether what a box showed is still so when its answer comes: a fill or a new limit in between is no consent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.views import AlgoPlan, CommandResult, Denial, OrderPreview
from widgets.format import signed_quantity

Preview = OrderPreview | AlgoPlan | CommandResult


def what_changed(shown: Preview | None, now: Preview) -> str:
    """Why the answer must not count, "" when it may: what is sent is what was shown, in a market that moves on.

    A price that moved is no reason: the desk checks the order anew. A check that nobody was shown is one, and so is an
    order that no longer closes or reverses what it was to close or reverse.
    """
    if isinstance(now, CommandResult):
        return now.message
    known = {(denial.code, denial.scope) for denial in _denials(shown)}
    fresh = [denial for denial in now.denials if (denial.code, denial.scope) not in known and denial.code != "LOCKED"]
    if fresh:
        return f"{fresh[0]} came up meanwhile"
    if isinstance(shown, OrderPreview) and isinstance(now, OrderPreview):
        before, then = now.position_before, shown.position_before
        if before != then and (_sign(before) != _sign(then) or _ends_it(shown)):
            return f"the position changed meanwhile: {signed_quantity(then)}, now {signed_quantity(before)}"
    return ""


def _denials(shown: Preview | None) -> Sequence[Denial]:
    return () if shown is None else shown.denials


def _sign(qty: Decimal) -> int:
    return (qty > 0) - (qty < 0)


def _ends_it(shown: OrderPreview) -> bool:
    """Whether the order was to close the position, or to turn it over."""
    return bool(shown.position_before) and shown.position_after in (0, -shown.position_before)
