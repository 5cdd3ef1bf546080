"""blotter: orders, fills, positions."""

from __future__ import annotations

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words

_PARTS = (
    Expect("orders", "today's orders"),
    Expect("fills", "today's executions"),
    Expect("positions", "what is held"),
)


@verb(
    "blotter",
    usage="blotter [orders|fills|positions]",
    shell="tradedesk blotter orders|fills|trades|positions|pnl",
    summary="show orders, fills or positions",
    examples=("blotter fills",),
    rank=16,
)
def blotter(words: Words) -> Parsed:
    part = words.keyword(_PARTS) or "orders"
    words.finish()
    return Parsed("blotter", Local("blotter", (part,)), 0, f"blotter {part}")
