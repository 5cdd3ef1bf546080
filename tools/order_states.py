"""docs/order-states.md, made from the order state table."""

from __future__ import annotations

from engine.model.enums import OrdStatus
from engine.orders.table import BASES, TABLE, Event, Row

SHORT = {
    OrdStatus.PENDING_NEW: "PEND_NEW",
    OrdStatus.PARTIALLY_FILLED: "PART_FILLED",
    OrdStatus.DONE_FOR_DAY: "DONE_DAY",
}

HEAD = """\
What happens to an order, by what it is and what is reported, after the FIX order state change matrices (groups A to L).
The table is `engine/orders/table.py`; the core moves orders by it alone, and tests drive the core through each cell.

## From base to status

An order has a *base* (a column below), at most one cancel and any number of replaces without an answer, and
quantities. Its status follows from them; where several hold at once FIX precedence decides:

1. CANCELED, EXPIRED, REJECTED, DENIED and UNKNOWN are shown as they are: nothing more is awaited, or nobody knows.
2. PENDING_CANCEL (12) and PENDING_REPLACE (11), from the moment at which the request is decided.
3. DONE_FOR_DAY (10), CALCULATED (9).
4. FILLED (8): nothing is left to execute.
5. STOPPED (7), SUSPENDED (6).
6. PARTIALLY_FILLED (4), NEW and PENDING_NEW (2).

leaves_qty is order_qty less cum_qty, 0 once the order is over. Reserved is the worst case: while replaces are out the
largest quantity and the highest price of all versions (of both together where the broker replaces by cancel and new);
of an order that ended without the broker's own count, what may still have been executed.

An order that is done for the day is over, unless it is GTC or GTD: then it keeps its leaves, and is back when the
broker says so (Reinstated, Restated, a new Accepted) or our next trading day begins.

## The table

`→ X` the base becomes X · `=` recorded, the base stays · `·` changes nothing · `?` not believed: the broker is asked ·
`!` the user is alerted · `?` behind another sign: asked as well. Numbers are notes.

"""

TAIL = """
## Driving a sequence

The core takes inputs and gives facts and effects; nothing else is needed to play a sequence:

```python
desk.handle(inputs.PlaceOrder(request), now)       # PENDING_NEW; the effect SubmitOrder has the BrokerOrder
desk.handle(protocol.Accepted(cl_ord_id, order_id, ts_ns), now)
desk.handle(inputs.ModifyOrder(number, ReplaceRequest(qty=...)), now)   # PENDING_REPLACE; cl_ord_id + "r1", "r2" ...
desk.handle(protocol.Replaced(new_id, orig_id, order_id, qty, limit_px, stop_px, ts_ns), now)
desk.handle(inputs.CancelOrders(inputs.CancelSelector(ids=(number,))), now)     # PENDING_CANCEL
desk.handle(protocol.Canceled(cl_ord_id, ts_ns, reason, cum_qty), now)
facts, effects = desk.take()
order = desk.state.orders[cl_ord_id]   # status, qty, cum_qty, leaves_qty, avg_px, pending_replaces
position = desk.state.positions[(account, symbol)]      # qty, open_buy, open_sell
```

| FIX | report (`engine.protocol`) |
|---|---|
| ExecType New | `Accepted`; also when a suspended order, or one of yesterday, works again |
| Pending New, Pending Cancel, Pending Replace | `Pending` |
| Rejected | `Rejected` (`duplicate=True`: a second copy was refused, the first one lives) |
| Trade, Trade Cancel, Trade Correct | `Filled`, `Busted`, `Corrected` |
| Canceled, Expired, Done for Day | `Canceled`, `Expired`, `DoneForDay`, each with `cum_qty` where the broker counts |
| Replaced; OrderCancelReject of a replace | `Replaced`, `ReplaceRejected` |
| OrderCancelReject of a cancel | `CancelRejected` |
| Restated | `Restated`; under a new id of the broker's `Replaced` with that id |
| Suspended, and the end of it | `Suspended`, `Reinstated` |
| Stopped, Calculated | `Stopped`, `Calculated` |
| Order Status | `OrderStatusReport`, or the answer to our question: `inputs.OrderEvidence` |

A second replace while one is out needs `chained_replaces` of the broker's `Capabilities`, a replace of a filled order
`replace_filled`; without them the desk refuses, and the order stays as it is. Reports under one id that are older
(`ts_ns`) than what was told since are not taken over, but asked about.

`tests/engine/orders/fix` plays the matrices as tables of steps, one file a group; `matrix.py` there is the player.
"""


def order_states_page(title_mark: str) -> str:
    """The page; `title_mark` is the line that says that it is made."""
    notes: dict[str, int] = {}
    lines = [
        "| what happens | " + " | ".join(SHORT.get(base, base.value) for base in BASES) + " |",
        "|---" * (len(BASES) + 1) + "|",
    ]
    for event in Event:
        cells = [_cell(base, TABLE[event][base], notes) for base in BASES]
        lines.append(f"| {event.value} | " + " | ".join(cells) + " |")
    numbered = [f"{number}. {note[0].upper()}{note[1:]}." for note, number in notes.items()]
    table = "\n".join((*lines, "", *numbered))
    return f"# Order states\n\n{title_mark}{HEAD}{table}\n{TAIL}"


def _cell(base: OrdStatus, row: Row, notes: dict[str, int]) -> str:
    if row.to is not base:
        sign = f"→ {SHORT.get(row.to, row.to.value)}"
    elif row.recorded:
        sign = "="
    else:
        sign = "" if row.asks else "·"
    sign += " ?" * row.asks + " !" * row.alerts
    number = notes.setdefault(row.note, len(notes) + 1) if row.note else 0
    return f"{sign.strip()} {f'<sup>{number}</sup>' if number else ''}".strip()
