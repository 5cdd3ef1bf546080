"""An order that the money does not reach for, made smaller: only when its user asked for that with it, and only before
it is sent.

Each step takes a tenth off (asked x 0.9, x 0.81, ...), rounded down to the lot, at most five; all checks run anew at
every step. What was asked stays with the order (`OrderRequest.asked_qty`). Never of what only closes: a smaller exit is
no smaller risk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.inputs import PlaceGroup
from engine.model.enums import Side
from engine.model.money import ONE, ZERO, floor_to, plain
from engine.model.order import OrderRequest
from engine.risk.context import Context
from engine.views import Denial

if TYPE_CHECKING:
    from engine.desk import Desk

#: The denials that say "not enough money": fewer units may pass them.
FUNDS: Final = frozenset({"BUYING_POWER", "INITIAL_MARGIN", "MAINTENANCE_MARGIN", "CASH_ONLY"})
STEP: Final = Decimal("0.9")
MOST_STEPS: Final = 5
_UNIT: Final = Decimal(1)


def fitted(desk: Desk, request: OrderRequest, context: Context) -> tuple[OrderRequest, Context]:
    """The order as it fits (with what was asked in `asked_qty`) and its check; where no step fits, the order as asked
    and its denials, the last of which says what was tried. `context`: the check of the order as asked."""
    request = asked(request)
    if not _refuse_misuse(request, context) and is_short_of_funds(context.denials):
        for qty in steps(desk, request):
            smaller = msgspec.structs.replace(request, qty=qty)
            tried = desk.risk.check(smaller, desk.now)
            if not _hard(tried.denials):
                return smaller, tried
            if not is_short_of_funds(tried.denials):
                break
        deny_all_steps(desk, request, context)
    return request, context


def asked(request: OrderRequest) -> OrderRequest:
    """The order as it is recorded: the wish has been heard, and what was asked stands beside what is sent."""
    return msgspec.structs.replace(request, fit=False, asked_qty=request.qty)


def resized(command: PlaceGroup, qty: Decimal) -> PlaceGroup:
    """A bracket for another quantity, its exits with it."""
    return msgspec.structs.replace(
        command, requests=tuple(msgspec.structs.replace(request, qty=qty) for request in command.requests)
    )


def steps(desk: Desk, request: OrderRequest) -> Iterator[Decimal]:
    """The quantities to try, each smaller than the one before."""
    instrument = desk.state.instruments.get(request.symbol)
    lot = instrument.lot if instrument is not None else ONE
    return _steps(request.qty, lot)


def _steps(asked_qty: Decimal, lot: Decimal) -> Iterator[Decimal]:
    share, last = ONE, asked_qty
    for _ in range(MOST_STEPS):
        share *= STEP
        qty = floor_to(asked_qty * share, lot)
        if qty <= ZERO:
            return
        if qty < last:
            qty = qty.quantize(_UNIT) if qty == qty.to_integral_value() else qty.normalize()
            yield qty
        last = qty


def is_short_of_funds(denials: Sequence[Denial]) -> bool:
    """Whether money is all that the order fails for."""
    hard = _hard(denials)
    return bool(hard) and all(denial.code in FUNDS for denial in hard)


def deny_all_steps(desk: Desk, request: OrderRequest, context: Context) -> None:
    """Say that no step fits."""
    tried = [plain(qty) for qty in steps(desk, request)]
    words = f"made smaller in steps of a tenth it does not fit either ({', '.join(tried) or 'it is one lot'})"
    context.deny("NO_FIT", tried[-1] if tried else plain(request.qty), plain(request.qty), request.symbol, words)


def fit_words(request: OrderRequest) -> tuple[str, ...]:
    """What became of the wish to fit, for the order's answer and its echo; nothing where there was none."""
    if request.asked_qty is None or request.asked_qty == request.qty:
        return ()
    return (f"asked {plain(request.asked_qty)}, fits {plain(request.qty)}",)


def _hard(denials: Sequence[Denial]) -> list[Denial]:
    return [denial for denial in denials if not denial.soft]


def _refuse_misuse(request: OrderRequest, context: Context) -> bool:
    """Only what may open a position fits."""
    if request.side is not Side.SELL and not request.reduce_only and not request.legs:
        return False
    what = "a package" if request.legs else "an order that only closes"
    context.deny("ORDER_FORM", "fit", "an entry", request.symbol, f"{what} is never made smaller to fit the money")
    return True
