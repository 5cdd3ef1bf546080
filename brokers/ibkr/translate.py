"""Between the library's objects and our words: contracts and orders."""

from __future__ import annotations

from typing import Any

from brokers.ibkr import library, words
from brokers.ibkr.messages import ContractSeen, LegSeen, MarginSeen, OrderSeen


def wire_of(contract: ContractSeen) -> Any:
    made = library.ib.Contract(
        conId=contract.con_id,
        secType=contract.kind,
        symbol=contract.symbol,
        currency=contract.currency,
        exchange=contract.exchange,
        lastTradeDateOrContractMonth=contract.expiry,
        right=contract.right,
        multiplier=contract.multiplier,
        tradingClass=contract.trading_class,
        primaryExchange=contract.primary,
    )
    if contract.strike is not None:
        made.strike = words.plain(contract.strike.normalize())
    if contract.legs:
        made.comboLegs = [
            library.contract.ComboLeg(conId=leg.con_id, ratio=leg.ratio, action=leg.action, exchange=contract.exchange)
            for leg in contract.legs
        ]
    return made


def seen(contract: Any) -> ContractSeen:
    return ContractSeen(
        int(contract.conId or 0),
        contract.secType,
        contract.symbol,
        contract.currency or "USD",
        contract.exchange or "SMART",
        contract.lastTradeDateOrContractMonth,
        words.number(contract.strike) or None,
        contract.right,
        contract.multiplier,
        contract.localSymbol,
        contract.tradingClass,
        contract.primaryExchange,
        tuple(LegSeen(int(leg.conId), int(leg.ratio), leg.action) for leg in contract.comboLegs or ()),
    )


def order_seen(contract: Any, order: Any, state: Any, *, completed: bool = False) -> OrderSeen:
    margin = None
    if order.whatIf:
        margin = MarginSeen(
            words.number(state.initMarginBefore),
            words.number(state.initMarginAfter),
            words.number(state.maintMarginBefore),
            words.number(state.maintMarginAfter),
            words.number(state.equityWithLoanAfter),
            words.number(state.commission),
            str(state.warningText or ""),
        )
    return OrderSeen(
        int(order.orderId or 0),
        int(order.clientId or 0) if not completed else -1,
        int(order.permId or 0),
        order.orderRef,
        order.account,
        seen(contract),
        order.action,
        words.needed(order.totalQuantity, "quantity"),
        order.orderType,
        words.price(order.lmtPrice),
        words.price(order.auxPrice),
        words.number(order.trailingPercent),
        order.tif,
        order.goodTillDate,
        bool(order.outsideRth),
        state.status,
        completed,
        words.number(order.filledQuantity) if completed else None,
        str((getattr(state, "completedStatus", "") if completed else getattr(state, "warningText", "")) or ""),
        margin,
    )
