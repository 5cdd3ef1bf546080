"""What the gateway says, as fields: one function for each message, in the form of the protocol's version."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tests.emulators.ibkr.contracts import Asked, Leg, Listed
from tests.emulators.ibkr.moments import moment
from tests.emulators.ibkr.orders import Execution, Order
from tests.emulators.ibkr.wire import UNSET

Fields = list[object]


def error(version: int, about: int, code: int, words: str, more: str = "") -> Fields:
    """`about`: the request or order; -1 for the system."""
    return [4, 2, about, code, words, *([more] if version >= 166 else [])]


def contract(listed: Listed, asked: Asked | None = None, *, right: str = "", exchange: str = "") -> Fields:
    """The eleven fields of a contract in reports."""
    where = exchange or (asked.exchange if asked else "") or "SMART"
    return [
        listed.con_id, listed.symbol, listed.sec_type, listed.expiry, listed.strike, listed.right or right,
        listed.multiplier, where, listed.currency, listed.local_symbol, listed.class_name,
    ]  # fmt: skip


def status(order: Order) -> Fields:
    return [
        3, order.order_id, order.status, order.filled, order.leaves,
        order.average, order.perm_id, order.parent_id, order.last_px, order.client_id, order.why_held, "0",
    ]  # fmt: skip


def _legs(legs: Sequence[Leg]) -> Fields:
    text = ",".join(f"{leg.con_id}|{leg.ratio if leg.action == 'BUY' else -leg.ratio}" for leg in legs)
    rows: Fields = [text, len(legs)]
    for leg in legs:
        rows += [leg.con_id, leg.ratio, leg.action, leg.exchange, *leg.more]
    return [*rows, 0, 0]  # no prices of legs, no routing parameters


def _algo(order: Order) -> Fields:
    name = order.values["algoStrategy"]
    if not name:
        return [""]
    return [name, len(order.algo), *(part for pair in order.algo for part in pair)]


def _competing() -> Fields:
    """minTradeQty, minCompeteSize, competeAgainstBestOffset, midOffsetAtWhole, midOffsetAtHalf."""
    return ["", "", UNSET, UNSET, UNSET]


def _price(order: Order, name: str) -> str:
    return order.values[name] or "0.0"


def _unset(order: Order, name: str) -> str:
    return order.values[name] or UNSET


def _trail(order: Order) -> object:
    return UNSET if order.stop is None else order.stop


MarginFields = Sequence[object]
NO_MARGIN: MarginFields = [UNSET] * 9
NO_COMMISSION: Fields = ["", "", "", "", ""]


def open_order(
    order: Order, version: int, *, margin: MarginFields = NO_MARGIN, commission: Fields = NO_COMMISSION
) -> Fields:
    """`margin`: nine sums as text; `commission`: what, least, most, currency, warning."""
    of = order.values
    return [
        5, order.order_id, *contract(order.listed, order.asked, right="?"),
        of["action"], order.qty, of["orderType"], _price(order, "lmtPrice"), _price(order, "auxPrice"),
        order.tif, of["ocaGroup"], order.account, of["openClose"], of["origin"], of["orderRef"], order.client_id,
        order.perm_id, of["outsideRth"], of["hidden"], of["discretionaryAmt"], of["goodAfterTime"], "",
        of["faGroup"], of["faMethod"], of["faPercentage"], *([of["faProfile"]] if version < 177 else []),
        of["modelCode"], of["goodTillDate"], of["rule80A"], of["percentOffset"], of["settlingFirm"],
        of["shortSaleSlot"], of["designatedLocation"], of["exemptCode"], of["auctionStrategy"], of["startingPrice"],
        of["stockRefPrice"], of["delta"], of["stockRangeLower"], of["stockRangeUpper"], of["displaySize"],
        of["blockOrder"], of["sweepToFill"], of["allOrNone"], of["minQty"], of["ocaType"], of["eTradeOnly"],
        of["firmQuoteOnly"], of["nbboPriceCap"], order.parent_id, of["triggerMethod"], of["volatility"],
        of["volatilityType"], "None", of["dnAuxPrice"], "0", "", "", "", "?", "0", "0", "",
        of["continuousUpdate"], of["referencePriceType"], _trail(order), of["trailingPercent"],
        "", "", *_legs(order.asked.legs),
        of["scaleInitLevelSize"], of["scaleSubsLevelSize"], "",
        "", of["optOutSmartRouting"], of["clearingAccount"], of["clearingIntent"] or "IB", of["notHeld"], "0",
        *_algo(order), of["solicited"], of["whatIf"], order.status, *margin, *commission,
        of["randomizeSize"], of["randomizePrice"], 0,
        of["adjustedOrderType"] or "None", UNSET, _trail(order), _unset(order, "lmtPriceOffset"), UNSET, UNSET, UNSET,
        "0", "", "", "", of["cashQty"], of["dontUseAutoPriceForHedge"], of["isOmsContainer"],
        of["discretionaryUpToLimitPrice"], of["usePriceMgmtAlgo"],
        *([of["duration"]] if version >= 158 else []),
        *([of["postToAts"]] if version >= 160 else []),
        *([of["autoCancelParent"]] if version >= 162 else []),
        *(_competing() if version >= 170 else []),
    ]  # fmt: skip


def completed_order(order: Order, version: int, zone: str, parent_perm_id: int) -> Fields:
    """Neither the order's number nor the client's is in it."""
    of = order.values
    return [
        101, *contract(order.listed, order.asked, right="?"),
        of["action"], order.qty, of["orderType"], _price(order, "lmtPrice"), _price(order, "auxPrice"),
        order.tif, of["ocaGroup"], order.account, of["openClose"], of["origin"], of["orderRef"], order.perm_id,
        of["outsideRth"], of["hidden"], of["discretionaryAmt"], of["goodAfterTime"],
        of["faGroup"], of["faMethod"], of["faPercentage"], *([of["faProfile"]] if version < 177 else []),
        of["modelCode"], of["goodTillDate"], of["rule80A"], of["percentOffset"], of["settlingFirm"],
        of["shortSaleSlot"], of["designatedLocation"], of["exemptCode"], of["startingPrice"], of["stockRefPrice"],
        of["delta"], of["stockRangeLower"], of["stockRangeUpper"], of["displaySize"], of["sweepToFill"],
        of["allOrNone"], of["minQty"], of["ocaType"], of["triggerMethod"], of["volatility"], of["volatilityType"],
        "", of["dnAuxPrice"], of["continuousUpdate"], of["referencePriceType"], _trail(order), of["trailingPercent"],
        *_legs(order.asked.legs), of["scaleInitLevelSize"], of["scaleSubsLevelSize"], "",
        "", of["clearingAccount"], of["clearingIntent"] or "IB", of["notHeld"], "0",
        *_algo(order), of["solicited"], order.status, of["randomizeSize"], of["randomizePrice"], 0,
        _trail(order), _unset(order, "lmtPriceOffset"), of["cashQty"], of["dontUseAutoPriceForHedge"],
        of["isOmsContainer"], "", order.filled, "0", "0", "Not an insider or substantial shareholder", "0", "0",
        parent_perm_id, moment(order.done_ns, zone), order.done_as,
        *(_competing() if version >= 170 else []),
    ]  # fmt: skip


def execution(about: int, one: Execution, version: int, when: str) -> Fields:
    """`about`: the request that it answers, -1 for a live one."""
    order = one.order
    return [
        11, about, order.order_id, *contract(one.listed, exchange=one.listed.venue),
        one.exec_id, when, order.account, one.listed.venue,
        "BOT" if one.side == "BUY" else "SLD", one.qty, one.px, order.perm_id, order.client_id, "0", one.cum_qty,
        one.avg_px, order.ref, "", "", "", "2", *(["0"] if version >= 178 else []),
    ]  # fmt: skip


def commission(one: Execution) -> Fields:
    realized = UNSET if one.realized is None else one.realized
    return [59, 1, one.exec_id, one.commission, one.listed.currency, realized, UNSET, ""]


def position(account: str, listed: Listed, qty: Decimal, cost: Decimal) -> Fields:
    """No exchange is said of a position."""
    row = contract(listed)
    return [61, 3, account, *row[:7], "", *row[8:], qty, cost]


def details(about: int, listed: Listed, exchange: str, version: int, hours: tuple[str, str], types: str) -> Fields:
    """`hours`: trading and liquid ones."""
    rules = ",".join(str(listed.rule) for _ in listed.exchanges)
    month = listed.expiry[:6]
    sizes: Fields = [listed.min_size, listed.min_size, "100" if listed.sec_type == "STK" else listed.min_size]
    return [
        10, *([8] if version < 164 else []), about, listed.symbol, listed.sec_type, listed.expiry, listed.strike,
        listed.right, exchange or "SMART", listed.currency, listed.local_symbol, listed.class_name, listed.class_name,
        listed.con_id, listed.min_tick, *(["100"] if version < 164 else []), listed.multiplier, types,
        ",".join(listed.exchanges), "1", listed.under_con_id, listed.long_name, listed.primary, month, "", "", "",
        "US/Eastern", *hours, "", "", 0, "1", listed.symbol if listed.under_con_id else "",
        {"OPT": "STK", "FUT": "IND"}.get(listed.sec_type, ""), rules, listed.expiry,
        "COMMON" if listed.sec_type == "STK" else "",
        *(["1"] if version == 163 else []), *(sizes if version >= 164 else []),
    ]  # fmt: skip
