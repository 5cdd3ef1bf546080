"""The tables of the console, one view each."""

from __future__ import annotations

from widgets.panes.alerts import AlertsPane
from widgets.panes.algos import AlgosPane
from widgets.panes.base import TablePane
from widgets.panes.breaks import BreaksPane
from widgets.panes.connections import ConnectionsPane
from widgets.panes.costs import CostsPane
from widgets.panes.curve import CurvePane
from widgets.panes.fills import FillsPane
from widgets.panes.found import FoundPane
from widgets.panes.ladder import LadderPane
from widgets.panes.letters import LettersPane
from widgets.panes.orders import OrdersPane
from widgets.panes.performance import PerformancePane
from widgets.panes.positions import PositionsPane
from widgets.panes.risk import RiskPane
from widgets.panes.watch import WatchPane

__all__ = [
    "AlertsPane",
    "AlgosPane",
    "BreaksPane",
    "ConnectionsPane",
    "CostsPane",
    "CurvePane",
    "FillsPane",
    "FoundPane",
    "LadderPane",
    "LettersPane",
    "OrdersPane",
    "PerformancePane",
    "PositionsPane",
    "RiskPane",
    "TablePane",
    "WatchPane",
]
