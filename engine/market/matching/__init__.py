"""The paper exchange: pure matching of our orders against a recorded or simulated market."""

from engine.market.matching.changes import Changes
from engine.market.matching.config import FillConfig
from engine.market.matching.exchange import PaperExchange
from engine.market.matching.ledger import Ledger, PaperPosition
from engine.market.matching.listing import DuplicateIdError, UsedIds
from engine.market.matching.order import PaperOrder, Place
from engine.market.matching.sessions import FOREVER_NS, HoursAt, TradingHours, hours_by_calendar, never_closes

__all__ = [
    "FOREVER_NS",
    "Changes",
    "DuplicateIdError",
    "FillConfig",
    "HoursAt",
    "Ledger",
    "PaperExchange",
    "PaperOrder",
    "PaperPosition",
    "Place",
    "TradingHours",
    "UsedIds",
    "hours_by_calendar",
    "never_closes",
]
