"""What a cash account (`margin: false`) refuses: short sales, and buys that its free cash doesn't cover."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.market.matching.ledger import Ledger
from engine.market.matching.open_orders import OpenOrders
from engine.market.matching.order import PaperOrder
from engine.model.enums import OrdType, Side
from engine.model.instrument import Instrument
from engine.model.money import ZERO, plain

UnitCost = Callable[[str, OrdType, Decimal | None, Decimal | None], Decimal | None]
"""What one unit of (symbol, type, limit, stop) may cost a buyer at worst, in money; None: can't be said."""


class CashRules:
    """The rules of a cash account, on the living ledger and orders of an exchange."""

    __slots__ = ("_ledger", "_orders", "_unit_cost")

    def __init__(self, ledger: Ledger, orders: OpenOrders, unit_cost: UnitCost) -> None:
        self._ledger = ledger
        self._orders = orders
        self._unit_cost = unit_cost

    def refuse_sale(self, side: Side, symbol: str, qty: Decimal, but: PaperOrder | None = None) -> str | None:
        """The reason to refuse a sale beyond what is held less what other sales work on."""
        position = self._ledger.positions.get(symbol)
        free = position.qty if position is not None else ZERO
        for order in self._orders:
            if order is not but and order.symbol == symbol and not order.side.is_buy:
                free -= order.leaves_qty
        if side is Side.SELL_SHORT or qty > free:
            return f"a cash account can't sell short: {plain(qty)} is above the {plain(max(free, ZERO))} free"
        return None

    def refuse_buy(
        self,
        instrument: Instrument,
        ord_type: OrdType,
        qty: Decimal,
        limit_px: Decimal | None,
        stop_px: Decimal | None,
        but: PaperOrder | None = None,
    ) -> str | None:
        """The reason to refuse a buy that may cost more than the cash that other working buys leave."""
        unit = self._unit_cost(instrument.symbol, ord_type, limit_px, stop_px)
        if unit is None:
            return "a cash account needs a quote to price a market order"
        cost = unit * qty
        free = self._ledger.cash.get(instrument.currency, ZERO) - self._reserved(but)
        if cost > free:
            return f"cost {plain(cost)} is above the free cash {plain(max(free, ZERO))}"
        return None

    def _reserved(self, but: PaperOrder | None) -> Decimal:
        """Worst-case cost of the other working buys: of all of them, since a cash account here has one
        currency.
        """
        total = ZERO
        for order in self._orders:
            if order is not but and order.side.is_buy:
                unit = self._unit_cost(order.symbol, order.ord_type, order.limit_px, order.stop_px)
                if unit is not None:
                    total += unit * order.leaves_qty
        return total
