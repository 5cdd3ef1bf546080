"""The desk's state: what a fold over the journal's facts gives. Nothing here knows quotes, clocks or brokers."""

from engine.state.account import Account, Booking, ToldMargin
from engine.state.algo import Algo
from engine.state.control import (
    Kill,
    LimitChange,
    Liquidation,
    LossWatch,
    PositionKey,
    ResumeRequest,
    Trip,
    Tripped,
)
from engine.state.desk import AT_WORK, KEPT_ALERTS, KEPT_FILLS, DeskState
from engine.state.trouble import Alert, Break, DeadLetter, Skew

__all__ = [
    "AT_WORK",
    "KEPT_ALERTS",
    "KEPT_FILLS",
    "Account",
    "Alert",
    "Algo",
    "Booking",
    "Break",
    "DeadLetter",
    "DeskState",
    "Kill",
    "LimitChange",
    "Liquidation",
    "LossWatch",
    "PositionKey",
    "ResumeRequest",
    "Skew",
    "ToldMargin",
    "Trip",
    "Tripped",
]
