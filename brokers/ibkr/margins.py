"""Margin as IB's account values tell it, in the account's base currency."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from brokers.ibkr.messages import ValueSeen
from engine.model.snapshot import BrokerMargin

#: What is asked for of an account's summary.
TAGS: Final = "BuyingPower,AvailableFunds,InitMarginReq,MaintMarginReq,ExcessLiquidity"


def margin_of(rows: Sequence[ValueSeen], currency: str) -> BrokerMargin:
    """What can be read of one account's values; a figure that can't be is not told."""
    told: dict[str, Decimal] = {}
    for row in rows:
        if row.currency in (currency, "BASE", ""):
            try:
                value = Decimal(row.value)
            except InvalidOperation:
                continue
            if value.is_finite():
                told[row.tag] = value
    return BrokerMargin(
        currency,
        told.get("NetLiquidation"),
        told.get("BuyingPower"),
        told.get("AvailableFunds"),
        told.get("InitMarginReq"),
        told.get("MaintMarginReq"),
        told.get("ExcessLiquidity"),
    )
