"""Which way the order may move the position: sales out of what is held, short sales apart, reduce-only."""

from __future__ import annotations

from engine.model.enums import Side
from engine.model.money import ZERO
from engine.risk.context import Context
from engine.risk.cover import check_cover

SELL, SELL_SHORT = Side.SELL, Side.SELL_SHORT


def check_side(c: Context) -> None:
    """`sell` never opens a short, `short` is its own verb and not used while long; reduce_only only reduces."""
    r = c.request
    room = c.room if c.room > 0 else ZERO
    if r.side is SELL and not c.reducing:
        c.deny(
            "SELL_EXCEEDS_POSITION",
            c.qty,
            room,
            r.symbol,
            "position less working sells is smaller than that; a short sale is its own verb: short",
        )
    elif r.side is SELL_SHORT and c.position.qty > 0:
        c.deny("SHORT_WHILE_LONG", c.position.qty, "0", r.symbol, "a long position is sold first, then shorted")
    if c.state.options and not r.side.is_buy and c.instrument is not None and (c.reducing or r.side is SELL_SHORT):
        check_cover(c, c.instrument)
    if r.reduce_only and not c.reducing:
        c.deny("REDUCE_ONLY", c.qty, room, r.symbol, "the order would not only reduce the position")
