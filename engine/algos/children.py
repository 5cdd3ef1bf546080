"""What is out against what should be: pulls the children that are not wished for and sends what is missing.

Parent quantity can't be exceeded, whatever crosses: what is sent is at most what the wishes come to less every leaf
that is not proven dead, and at most the parent less what is filled less every such leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.algos.kind import Sight, Wish
from engine.algos.prices import is_reached, wish_px, within_limit
from engine.connections import is_withheld
from engine.inputs import AlgoSpec
from engine.model.enums import OrdType, TimeInForce
from engine.model.market import Quote
from engine.model.money import ZERO
from engine.model.order import OrderRequest
from engine.orders import holding
from engine.orders.emulation import AUCTIONS, offered, time_of_ours
from engine.orders.intake import deny, intend, request_cancel
from engine.orders.order import Order
from engine.risk.context import Context
from engine.risk.covered import lifts_itself
from engine.state import Algo
from engine.views import Denial

if TYPE_CHECKING:
    from engine.desk import Desk

#: Refusals that pass by themselves: the child waits instead of pausing its parent.
TRANSIENT: Final = frozenset({"STALE_PRICE", "STALE_MARK", "THROTTLE", "NOT_RECONCILED", "JOURNAL_DOWN", "CLOCK_SKEW"})
#: Purposes that take everything that is left: however small it is, it goes.
_ALL: Final = ("sweep", "would")
IOC: Final = TimeInForce.IOC
#: Less than this part of what is out already is not worth a child of its own.
_CRUMB: Final = 10


def pull(desk: Desk, algo: Algo, wishes: Sequence[Wish], sight: Sight, *, reprice: bool) -> None:
    """Cancel children that nobody wishes for, that are too many and, to `reprice`, that stand at another price than a
    child would get now. What is left of them is sent again when they are dead."""
    wished = {wish.purpose: wish for wish in wishes}
    by_purpose: dict[str, list[Order]] = {}
    for child in algo.open_children.values():
        by_purpose.setdefault(child.request.purpose, []).append(child)
    for purpose, mine in by_purpose.items():
        wish = wished.get(purpose)
        if wish is None:
            pull_all(desk, algo, mine, "not wanted now")
            continue
        px = wish_px(wish, algo.spec, sight.instrument, sight.quote)
        if (reprice or wish.level == "fixed") and px is not None:
            stale = [child for child in mine if _is_stale(child, px, wish, algo.spec, sight.quote)]
            pull_all(desk, algo, stale, "re-price")
            mine = [child for child in mine if child not in stale]
        over = sum((child.worst_leaves for child in mine), ZERO) - wish.qty
        for child in mine:
            if over <= 0:
                break
            over -= child.worst_leaves
            pull_all(desk, algo, [child], "no longer wanted")


def _is_stale(child: Order, px: Decimal, wish: Wish, spec: AlgoSpec, quote: Quote | None) -> bool:
    """Whether it stands where no child would be sent now. One that crosses may go on as long as the market is within
    its limit, and its limit within the parent's."""
    here = child.limit_px
    if here is None or here == px:
        return False
    crosses = wish.level == "cross" and quote is not None and is_reached(here, spec, quote)
    return not crosses or within_limit(here, spec) != here


def pull_all(desk: Desk, algo: Algo, children: Sequence[Order], reason: str) -> None:
    """Cancel these children."""
    for child in list(children):
        request_cancel(desk, child, f"algo {algo.id}", reason)


def send(desk: Desk, algo: Algo, wishes: Sequence[Wish], sight: Sight) -> tuple[bool, Order | None]:
    """Send what is wished for and not out. (Whether to try again soon, the child that was refused for good.)"""
    out = algo.outstanding
    budget = min(algo.left, sum((wish.qty for wish in wishes), ZERO)) - out
    again = False
    for wish in wishes:
        qty = _missing(algo, wish, budget, sight)
        if qty <= 0:
            continue
        if is_withheld(desk.state, wish.account or algo.spec.account):
            again = True  # a child made now would only be withheld
            continue
        px = wish_px(wish, algo.spec, sight.instrument, sight.quote)
        if px is None and wish.ord_type is not OrdType.MARKET:
            again = True  # no usable quote
            continue
        request = _request(desk, algo, wish, qty, px)
        context = desk.risk.check(request, desk.now)
        if not context.denials:
            _release(desk, request, context)
            budget -= qty
        elif all(passes_by_itself(desk, denial) for denial in context.denials):
            again = True
        else:
            return again, deny(desk, request, context)
    return again, None


def _missing(algo: Algo, wish: Wish, budget: Decimal, sight: Sight) -> Decimal:
    """How much to send for a wish now, within the smallest and the largest child."""
    spec = algo.spec
    out = sum((child.worst_leaves for child in algo.out_for(wish.purpose)), ZERO)
    qty = min(wish.qty - out, budget)
    if qty <= 0 or wish.once:
        return qty
    if spec.max_child is not None and qty > spec.max_child:
        qty = spec.max_child
    if spec.max_child is not None and out > 0:
        return ZERO  # one at a time: what is out together is no more than one child
    if wish.purpose in _ALL or qty >= algo.room:
        return qty
    # What is too small to be a child waits for more, or for the end of what is out.
    least = max(spec.min_child or ZERO, sight.instrument.min_qty)
    return qty if qty >= least and qty * _CRUMB >= algo.outstanding else ZERO


def _request(desk: Desk, algo: Algo, wish: Wish, qty: Decimal, px: Decimal | None) -> OrderRequest:
    spec = algo.spec
    account, time_in_force = wish.account or spec.account, wish.time_in_force
    broker, instrument = desk.surroundings.capabilities(account), desk.state.instruments.get(spec.symbol)
    if time_in_force is TimeInForce.DAY or (
        time_in_force is IOC and IOC not in offered(broker, instrument).times_in_force
    ):
        time_in_force = time_of_ours(broker, instrument)  # its kind pulls what is not given
    return OrderRequest(
        account,
        spec.symbol,
        spec.side,
        qty,
        OrdType.MARKET if px is None else OrdType.LIMIT,
        px,
        time_in_force=time_in_force,
        origin="algo",
        user=spec.user,
        parent=algo.id,
        slice_no=algo.children,
        strategy=spec.strategy,
        tag=spec.tag,
        purpose=wish.purpose,
    )


def _release(desk: Desk, request: OrderRequest, context: Context) -> None:
    if request.time_in_force in AUCTIONS:
        holding.take_in(desk, request, context)
    else:
        intend(desk, request, context)


def passes_by_itself(desk: Desk, denial: Denial) -> bool:
    """Whether a child waits for the end of what refuses it; REDUCING by a trigger that lifts itself is such a thing."""
    if denial.code == "TRADING_STATE":
        return lifts_itself(desk.state, denial.scope)
    return denial.code in TRANSIENT
