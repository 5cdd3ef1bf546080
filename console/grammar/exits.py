"""The exits of a bracket: what `tp` and `sl` say becomes orders of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import OrderRequest

if TYPE_CHECKING:
    from console.grammar.order_line import Terms

#: An exit lives on where its entry was for a moment only.
_LASTING = (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD)


def exits_of(entry: OrderRequest, terms: Terms) -> tuple[OrderRequest, ...]:
    """The take-profit, then the stop-loss, for the entry's quantity and as long as it (a day for immediate ones)."""
    lasting = entry.time_in_force in _LASTING
    base = msgspec.structs.replace(
        entry,
        side=Side.BUY if not entry.side.is_buy else Side.SELL,
        ord_type=OrdType.LIMIT,
        limit_px=None,
        stop_px=None,
        time_in_force=entry.time_in_force if lasting else TimeInForce.DAY,
        expire_ns=entry.expire_ns if lasting else None,
        reduce_only=True,
        fit=False,
        trail_amount=None,
        trail_pct=None,
        trigger="touch",
    )
    found: list[OrderRequest] = []
    if terms.take_profit is not None:
        found.append(msgspec.structs.replace(base, limit_px=terms.take_profit))
    loss = terms.stop_loss
    if loss is None:
        return tuple(found)
    if isinstance(loss, msgspec.Struct):
        found.append(
            msgspec.structs.replace(
                base, ord_type=OrdType.TRAILING_STOP, trail_amount=loss.amount, trail_pct=loss.share
            )
        )
    else:
        found.append(msgspec.structs.replace(base, ord_type=OrdType.STOP, stop_px=loss))
    return tuple(found)
