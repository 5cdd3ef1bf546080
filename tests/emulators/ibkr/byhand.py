"""An order as somebody enters it in the gateway's own window."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from tests.emulators.ibkr.contracts import Asked, Leg, Listed
from tests.emulators.ibkr.reading import Placed
from tests.emulators.ibkr.wire import text


def placed_by_hand(
    listed: Listed,
    action: str,
    qty: Decimal,
    limit: Decimal | None,
    ref: str,
    tif: str,
    order_id: int,
    legs: Sequence[Leg] = (),
) -> Placed:
    values: defaultdict[str, str] = defaultdict(str)
    values |= {
        "action": action, "totalQuantity": text(qty), "orderType": "MKT" if limit is None else "LMT",
        "lmtPrice": text(limit), "tif": tif, "orderRef": ref, "transmit": "1", "openClose": "O", "exemptCode": "-1",
    }  # fmt: skip
    flags = (
        "origin parentId blockOrder sweepToFill displaySize triggerMethod outsideRth hidden allOrNone eTradeOnly "
        "firmQuoteOnly whatIf notHeld optOutSmartRouting continuousUpdate solicited randomizeSize randomizePrice "
        "ocaType shortSaleSlot auctionStrategy dontUseAutoPriceForHedge isOmsContainer discretionaryUpToLimitPrice"
    )
    values |= dict.fromkeys(flags.split(), "0")
    asked = Asked(listed.con_id, exchange="SMART" if "SMART" in listed.exchanges else listed.venue, legs=list(legs))
    return Placed(order_id, asked, values)
