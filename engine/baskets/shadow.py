"""A copy of the state on which orders are tried out: they are checked and reserved there, and nothing of it stays.

Only what checks and reservations write is copied; all else is shared and only read. Nothing that is done to the copy is
a fact, an effect, or known to the desk's own books.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Final

import msgspec

from engine import facts as f
from engine.evolve.orders import order_intended
from engine.inputs import Now
from engine.model.money import ZERO
from engine.model.order import OrderRequest
from engine.orders.resting import Resting
from engine.risk.context import Context, Quotes
from engine.risk.engine import RiskEngine
from engine.risk.package import PackageContext
from engine.state import DeskState
from engine.surroundings import Surroundings

#: Large, and neither written nor counted by a reservation.
_SHARED: Final = frozenset({"seen_executions", "by_order_id", "skipped_executions", "fills", "alerts"})


class Shadow:
    """State, risk engine and clock of a desk, for as long as nothing else happens."""

    def __init__(self, state: DeskState, quotes: Quotes, surroundings: Surroundings, now: Now) -> None:
        self.state = copy_of(state)
        self.surroundings = surroundings
        self.now = now
        self.risk = RiskEngine(self.state, quotes, surroundings, aside=True)

    def position(self, account: str, symbol: str) -> Decimal:
        """What would be held if every order so far filled: the position and all that works in it."""
        found = self.state.positions.get((account, symbol))
        return ZERO if found is None else found.qty

    def reserve(self, c: Context) -> None:
        """Count an order that passed as working, at its worst case. It is not counted as sent: it will be paced."""
        state, now = self.state, self.now
        cl_ord_id = f"shadow{state.order_seq}"
        intent = f.OrderIntended(state.next_id, cl_ord_id, c.request, c.ref_px, c.quote, rate=c.rate)
        if isinstance(c, PackageContext):
            intent = msgspec.structs.replace(intent, leg_ref_pxs=c.leg_ref_pxs, leg_quotes=c.leg_quotes)
        order_intended(state, intent, now.wall_ns, now.market_ns)
        state.sent_ns.pop()
        state.sent_by.pop()

    def check(self, request: OrderRequest) -> Context:
        """Every check, beside all that was reserved before."""
        return self.risk.check(request, self.now)


def copy_of(state: DeskState) -> DeskState:
    """The copy. Positions are new objects; orders are shared, since reserving another one changes none of them."""
    copy = msgspec.structs.replace(state)
    for name in DeskState.__struct_fields__:
        value = getattr(state, name)
        if name not in _SHARED and isinstance(value, dict | set | deque):
            setattr(copy, name, value.copy())
    copy.positions = {key: msgspec.structs.replace(position) for key, position in state.positions.items()}
    copy.active = {key: copy.positions[key] for key in state.active}
    copy.resting = Resting()
    for order in state.open_orders.values():
        copy.resting.add(order)
    return copy
