"""Immutable read models that panes, the control socket and the CLI draw. Built by the engine, never changed after.

All money, prices and quantities are Decimal; None means "no value" (drawn as `-`), never 0. Times are ns UTC.
"""

from __future__ import annotations

from engine.views.answers import (
    AlgoPlan,
    CheckRow,
    CommandResult,
    Denial,
    FactLine,
    FrontierRow,
    LimitRow,
    OrderPreview,
    OrderResult,
)
from engine.views.attention import (
    AlertRow,
    AlertRuleRow,
    BreakRow,
    ComparisonRow,
    KillProof,
    LetterRow,
    MeterRow,
    ScopeRow,
    TriggerRow,
)
from engine.views.baskets import BasketCheck, BasketLineCheck, BasketLineRow, BasketRow
from engine.views.desk import AccountRow, BrokerRow, DeskView, StatusView
from engine.views.rows import AlgoRow, CostRow, FillRow, LegRow, OrderRow, PositionRow, QuoteRow

__all__ = [
    "AccountRow",
    "AlertRow",
    "AlertRuleRow",
    "AlgoPlan",
    "AlgoRow",
    "BasketCheck",
    "BasketLineCheck",
    "BasketLineRow",
    "BasketRow",
    "BreakRow",
    "BrokerRow",
    "CheckRow",
    "CommandResult",
    "ComparisonRow",
    "CostRow",
    "Denial",
    "DeskView",
    "FactLine",
    "FillRow",
    "FrontierRow",
    "KillProof",
    "LegRow",
    "LetterRow",
    "LimitRow",
    "MeterRow",
    "OrderPreview",
    "OrderResult",
    "OrderRow",
    "PositionRow",
    "QuoteRow",
    "ScopeRow",
    "StatusView",
    "TriggerRow",
]
