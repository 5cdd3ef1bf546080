"""Margin as Alpaca's account tells it. (`daytrading_buying_power` is gone since 2026-07-06.)"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from engine.model.snapshot import BrokerMargin


def margin_of(row: dict[str, Any], currency: str) -> BrokerMargin:
    """What can be read of it; a figure that can't be is not told. `buying_power` is for shares, what crypto and options
    are paid from is `non_marginable_buying_power`."""
    equity, keeps = _money(row, "equity"), _money(row, "maintenance_margin")
    return BrokerMargin(
        currency,
        equity,
        _money(row, "buying_power"),
        _money(row, "non_marginable_buying_power"),
        _money(row, "initial_margin"),
        keeps,
        None if equity is None or keeps is None else equity - keeps,
    )


def _money(row: dict[str, Any], name: str) -> Decimal | None:
    try:
        value = Decimal(str(row[name]))
    except (KeyError, InvalidOperation):
        return None
    return value if value.is_finite() else None
