"""What the engine asks of a broker and of a data source, and how they answer.

One adapter stands behind one account at one broker. The engine never imports an adapter; adapters import only this,
`engine.model` and the pure matching code. docs/adapters.md leads through writing one; tests/conformance is what every
adapter passes.

`adapter`: the methods and what each must guarantee. `reports`: what comes on the stream. `errors`: how a request ends.
`capabilities`: what is declared. `data`: market data.
"""

from __future__ import annotations

from engine.protocol.adapter import BrokerAdapter, TakesGroups, TellsSessions, TellsTime
from engine.protocol.capabilities import AbsenceProof, CancelAllScope, Capabilities
from engine.protocol.data import DataProvider, MarketSink
from engine.protocol.errors import (
    AmbiguousError,
    AuthError,
    BrokerError,
    NotConnectedError,
    NotSupportedError,
    RefusedError,
    ThrottledError,
    WrongAccountError,
)
from engine.protocol.reports import (
    Accepted,
    Busted,
    Calculated,
    Canceled,
    CancelRejected,
    Connected,
    Corrected,
    Disconnected,
    DoneForDay,
    Expired,
    Filled,
    Gap,
    OrderStatusReport,
    Pending,
    Reinstated,
    Rejected,
    Replaced,
    ReplaceRejected,
    Report,
    ReportSink,
    Restated,
    Stopped,
    Suspended,
    Triggered,
)

__all__ = [
    "AbsenceProof",
    "Accepted",
    "AmbiguousError",
    "AuthError",
    "BrokerAdapter",
    "BrokerError",
    "Busted",
    "Calculated",
    "CancelAllScope",
    "CancelRejected",
    "Canceled",
    "Capabilities",
    "Connected",
    "Corrected",
    "DataProvider",
    "Disconnected",
    "DoneForDay",
    "Expired",
    "Filled",
    "Gap",
    "MarketSink",
    "NotConnectedError",
    "NotSupportedError",
    "OrderStatusReport",
    "Pending",
    "RefusedError",
    "Reinstated",
    "Rejected",
    "ReplaceRejected",
    "Replaced",
    "Report",
    "ReportSink",
    "Restated",
    "Stopped",
    "Suspended",
    "TakesGroups",
    "TellsSessions",
    "TellsTime",
    "ThrottledError",
    "Triggered",
    "WrongAccountError",
]
