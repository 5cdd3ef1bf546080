"""Everything the core can be told: commands of users, evidence from brokers, market data, the passing of time.

Broker reports (engine.protocol.Report) and market events (engine.model.market) are inputs as they are.
Of a command `cmd_id` is the shell's number for the reply (0 = nobody waits); `user` is who asked, for the audit trail.
"""

from __future__ import annotations

from engine.inputs.algos import (
    AlgoChange,
    AlgoSpec,
    ControlAlgo,
    LaunchAlgo,
)
from engine.inputs.baskets import ControlBasket, ReleaseBasket, StageBasket
from engine.inputs.books import (
    AddInstrument,
    Book,
    BookKind,
    Reconcile,
    ReverseBooking,
)
from engine.inputs.control import (
    AckAlerts,
    ArmHotkeys,
    DisarmHotkeys,
    Halt,
    KeepPositions,
    Kill,
    Lock,
    NotePin,
    NoteRefusal,
    Present,
    RemoveAlert,
    Resume,
    SetAlert,
    SetLimit,
    Unlock,
)
from engine.inputs.orders import (
    CancelOrders,
    CancelSelector,
    DiscardLetter,
    Flatten,
    ModifyOrder,
    PlaceGroup,
    PlaceOrder,
    ReleaseHeld,
    ReplayLetter,
    ResendOrder,
    ResolveOrder,
)
from engine.inputs.outcomes import (
    BreakerMoved,
    BrokerSnapshot,
    CancelFailed,
    ClockBehind,
    HandedOver,
    HealthMoved,
    JournalFailed,
    JournalRestored,
    OrderEvidence,
    QueryFailed,
    SessionsTold,
    SkewMoved,
    SubmitFailed,
    SubmitUnknown,
    Withheld,
    WrongAccount,
)
from engine.inputs.times import (
    Now,
)

__all__ = [
    "AckAlerts",
    "AddInstrument",
    "AlgoChange",
    "AlgoSpec",
    "ArmHotkeys",
    "Book",
    "BookKind",
    "BreakerMoved",
    "BrokerSnapshot",
    "CancelFailed",
    "CancelOrders",
    "CancelSelector",
    "ClockBehind",
    "Command",
    "ControlAlgo",
    "ControlBasket",
    "DisarmHotkeys",
    "DiscardLetter",
    "Flatten",
    "Halt",
    "HandedOver",
    "HealthMoved",
    "JournalFailed",
    "JournalRestored",
    "KeepPositions",
    "Kill",
    "LaunchAlgo",
    "Lock",
    "ModifyOrder",
    "NotePin",
    "NoteRefusal",
    "Now",
    "OrderEvidence",
    "Outcome",
    "PlaceGroup",
    "PlaceOrder",
    "Present",
    "QueryFailed",
    "Reconcile",
    "ReleaseBasket",
    "ReleaseHeld",
    "RemoveAlert",
    "ReplayLetter",
    "ResendOrder",
    "ResolveOrder",
    "Resume",
    "ReverseBooking",
    "SessionsTold",
    "SetAlert",
    "SetLimit",
    "SkewMoved",
    "StageBasket",
    "SubmitFailed",
    "SubmitUnknown",
    "Unlock",
    "Withheld",
    "WrongAccount",
]

Command = (
    PlaceOrder
    | PlaceGroup
    | ReleaseHeld
    | CancelOrders
    | ModifyOrder
    | Flatten
    | Halt
    | Kill
    | KeepPositions
    | Resume
    | LaunchAlgo
    | ControlAlgo
    | AckAlerts
    | SetAlert
    | RemoveAlert
    | Reconcile
    | ResolveOrder
    | ReplayLetter
    | DiscardLetter
    | Book
    | ReverseBooking
    | AddInstrument
    | ResendOrder
    | Lock
    | Unlock
    | Present
    | NotePin
    | ArmHotkeys
    | DisarmHotkeys
    | SetLimit
    | NoteRefusal
    | StageBasket
    | ReleaseBasket
    | ControlBasket
)

Outcome = (
    SubmitFailed
    | SubmitUnknown
    | HandedOver
    | Withheld
    | CancelFailed
    | OrderEvidence
    | QueryFailed
    | BrokerSnapshot
    | BreakerMoved
    | HealthMoved
    | SkewMoved
    | SessionsTold
    | WrongAccount
    | JournalFailed
    | JournalRestored
    | ClockBehind
)
