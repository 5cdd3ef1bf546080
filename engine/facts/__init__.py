"""Every fact the journal can hold: the one list. State is a fold over these, in order.

A fact's tag is its `kind` in the journal. A fact never changes its meaning: a new shape gets a new kind
("order_filled.2") and an upcaster. recorded_ns and market_ns stand beside the fact (see `Stamped`), not in it.
"""

from __future__ import annotations

import msgspec

from engine.facts.arming import HotkeysArmed, HotkeysDisarmed
from engine.facts.baskets import BasketEnded, BasketLineRefused, BasketReleased, BasketStaged
from engine.facts.brokers import (
    Booked,
    BookingReversed,
    BreakCleared,
    BreakerSet,
    BreakExplained,
    BreakFound,
    BrokerDown,
    BrokerHealthSet,
    BrokerUp,
    ClockSkewSet,
    DeadLetterClosed,
    DeadLettered,
    JournalCameBack,
    JournalWentDown,
    MarginTold,
    Reconciled,
    ReconcileStarted,
    SessionsTold,
)
from engine.facts.control import (
    AlgoHandedOver,
    AlgoLaunched,
    AlgoRefused,
    AlgoReplanned,
    AlgoSliceReached,
    AlgoStatusSet,
    AlgoVolumeSeen,
    KillEscalated,
    KillKept,
    KillPhase,
    KillPulled,
    KillReset,
    LiquidationEnded,
    LiquidationQueued,
    LiquidationStarted,
    TradingStateSet,
    TriggerCleared,
    TriggerTripped,
)
from engine.facts.desk import (
    AccountAdopted,
    AlertRaised,
    AlertRuleFired,
    AlertRuleRemoved,
    AlertRuleSet,
    AlertsAcked,
    CommandRefused,
    DayRolled,
    DeskClosed,
    DeskOpened,
    ExecutionsSkipped,
    InstrumentAdded,
    InstrumentsLoaded,
    LimitsLoaded,
    MarksSampled,
    PositionAdopted,
    ShortSaleRestricted,
)
from engine.facts.held import (
    GroupFormed,
    HeldChanged,
    HeldParked,
    HeldRefused,
    HeldReleased,
    HeldTriggered,
    OrderHeld,
    OrderTimed,
    TrailMoved,
)
from engine.facts.lock import DeskLocked, DeskUnlocked, PinNoted
from engine.facts.orders import (
    AdoptionCorrected,
    CancelDenied,
    CancelIntended,
    EvidenceNoted,
    ExecutionBusted,
    ExecutionCorrected,
    OrderAccepted,
    OrderAdopted,
    OrderCalculated,
    OrderCanceled,
    OrderDenied,
    OrderDoneForDay,
    OrderEndProven,
    OrderExpired,
    OrderFilled,
    OrderIntended,
    OrderReinstated,
    OrderRejected,
    OrderReplaced,
    OrderResent,
    OrderResolved,
    OrderRestated,
    OrdersHandedOver,
    OrderStopped,
    OrderSuspended,
    OrderTriggered,
    OrderUnknown,
    OrderVouched,
    OrderWithheld,
    OrphanFilled,
    ReplaceDenied,
    ReplaceIntended,
    ReplaceRefused,
)
from engine.facts.rights import LimitChanged, LimitChangeDropped, ResumeAsked, RolesLoaded
from engine.facts.tca import MarketRead

__all__ = [
    "AccountAdopted",
    "AdoptionCorrected",
    "AlertRaised",
    "AlertRuleFired",
    "AlertRuleRemoved",
    "AlertRuleSet",
    "AlertsAcked",
    "AlgoHandedOver",
    "AlgoLaunched",
    "AlgoRefused",
    "AlgoReplanned",
    "AlgoSliceReached",
    "AlgoStatusSet",
    "AlgoVolumeSeen",
    "BasketEnded",
    "BasketLineRefused",
    "BasketReleased",
    "BasketStaged",
    "Booked",
    "BookingReversed",
    "BreakCleared",
    "BreakExplained",
    "BreakFound",
    "BreakerSet",
    "BrokerDown",
    "BrokerHealthSet",
    "BrokerUp",
    "CancelDenied",
    "CancelIntended",
    "ClockSkewSet",
    "CommandRefused",
    "DayRolled",
    "DeadLetterClosed",
    "DeadLettered",
    "DeskClosed",
    "DeskLocked",
    "DeskOpened",
    "DeskUnlocked",
    "EvidenceNoted",
    "ExecutionBusted",
    "ExecutionCorrected",
    "ExecutionsSkipped",
    "Fact",
    "GroupFormed",
    "HeldChanged",
    "HeldParked",
    "HeldRefused",
    "HeldReleased",
    "HeldTriggered",
    "HotkeysArmed",
    "HotkeysDisarmed",
    "InstrumentAdded",
    "InstrumentsLoaded",
    "JournalCameBack",
    "JournalWentDown",
    "KillEscalated",
    "KillKept",
    "KillPhase",
    "KillPulled",
    "KillReset",
    "LimitChangeDropped",
    "LimitChanged",
    "LimitsLoaded",
    "LiquidationEnded",
    "LiquidationQueued",
    "LiquidationStarted",
    "MarginTold",
    "MarketRead",
    "MarksSampled",
    "OrderAccepted",
    "OrderAdopted",
    "OrderCalculated",
    "OrderCanceled",
    "OrderDenied",
    "OrderDoneForDay",
    "OrderEndProven",
    "OrderExpired",
    "OrderFilled",
    "OrderHeld",
    "OrderIntended",
    "OrderReinstated",
    "OrderRejected",
    "OrderReplaced",
    "OrderResent",
    "OrderResolved",
    "OrderRestated",
    "OrderStopped",
    "OrderSuspended",
    "OrderTimed",
    "OrderTriggered",
    "OrderUnknown",
    "OrderVouched",
    "OrderWithheld",
    "OrdersHandedOver",
    "OrphanFilled",
    "PinNoted",
    "PositionAdopted",
    "ReconcileStarted",
    "Reconciled",
    "ReplaceDenied",
    "ReplaceIntended",
    "ReplaceRefused",
    "ResumeAsked",
    "RolesLoaded",
    "SessionsTold",
    "ShortSaleRestricted",
    "Stamped",
    "TradingStateSet",
    "TrailMoved",
    "TriggerCleared",
    "TriggerTripped",
]

Fact = (
    DeskOpened
    | DeskClosed
    | InstrumentsLoaded
    | InstrumentAdded
    | LimitsLoaded
    | DayRolled
    | AccountAdopted
    | PositionAdopted
    | ExecutionsSkipped
    | CommandRefused
    | MarksSampled
    | AlertRaised
    | AlertsAcked
    | AlertRuleSet
    | AlertRuleRemoved
    | AlertRuleFired
    | OrderIntended
    | OrderDenied
    | OrderWithheld
    | OrderUnknown
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrphanFilled
    | ExecutionBusted
    | ExecutionCorrected
    | CancelIntended
    | CancelDenied
    | OrderCanceled
    | ReplaceIntended
    | ReplaceRefused
    | OrderReplaced
    | ReplaceDenied
    | OrderExpired
    | OrderEndProven
    | OrderDoneForDay
    | OrderTriggered
    | AdoptionCorrected
    | OrderSuspended
    | OrderReinstated
    | OrderStopped
    | OrderCalculated
    | OrderRestated
    | OrderAdopted
    | OrderResolved
    | OrderVouched
    | EvidenceNoted
    | OrderResent
    | OrdersHandedOver
    | OrderHeld
    | OrderTimed
    | GroupFormed
    | TrailMoved
    | HeldTriggered
    | HeldParked
    | HeldReleased
    | HeldChanged
    | HeldRefused
    | TradingStateSet
    | KillPulled
    | KillEscalated
    | KillKept
    | KillPhase
    | KillReset
    | LiquidationStarted
    | LiquidationEnded
    | LiquidationQueued
    | TriggerTripped
    | TriggerCleared
    | AlgoLaunched
    | AlgoRefused
    | AlgoSliceReached
    | AlgoStatusSet
    | AlgoVolumeSeen
    | AlgoReplanned
    | AlgoHandedOver
    | BrokerUp
    | BrokerDown
    | BreakerSet
    | BrokerHealthSet
    | ClockSkewSet
    | MarginTold
    | SessionsTold
    | DeadLettered
    | DeadLetterClosed
    | ReconcileStarted
    | Reconciled
    | BreakFound
    | BreakCleared
    | BreakExplained
    | Booked
    | BookingReversed
    | JournalWentDown
    | JournalCameBack
    | DeskLocked
    | DeskUnlocked
    | PinNoted
    | HotkeysArmed
    | HotkeysDisarmed
    | ShortSaleRestricted
    | RolesLoaded
    | LimitChanged
    | LimitChangeDropped
    | ResumeAsked
    | MarketRead
    | BasketStaged
    | BasketReleased
    | BasketLineRefused
    | BasketEnded
)


class Stamped(msgspec.Struct, frozen=True, gc=False):
    """A fact with its place in the journal and both times."""

    seq: int
    recorded_ns: int
    market_ns: int
    fact: Fact
