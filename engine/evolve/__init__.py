"""How each fact changes the state: one function a fact, no decisions. State is the fold of `evolve` over the journal.

An evolver `(state, fact, recorded_ns, market_ns)` changes the state in place and never fails on a fact that the core
made. They stand in rooms: desk, orders, standing, executions, control, algos, brokers; what several need is in booking.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import facts as f
from engine.evolve import (
    algos,
    arming,
    baskets,
    bookings,
    brokers,
    control,
    desk,
    doubts,
    executions,
    held,
    lock,
    orders,
    resilience,
    rights,
    standing,
)
from engine.evolve.booking import order_of
from engine.state import DeskState

__all__ = ["EVOLVERS", "Evolver", "evolve", "order_of"]

Evolver = Callable[[DeskState, Any, int, int], None]


def evolve(state: DeskState, fact: f.Fact, recorded_ns: int, market_ns: int) -> None:
    """Fold one fact into the state."""
    EVOLVERS[type(fact)](state, fact, recorded_ns, market_ns)
    state.last_recorded_ns = recorded_ns
    state.last_market_ns = market_ns


EVOLVERS: dict[type, Evolver] = {
    f.DeskOpened: desk.desk_opened,
    f.DeskClosed: desk.desk_closed,
    f.InstrumentsLoaded: desk.instruments_loaded,
    f.InstrumentAdded: desk.instrument_added,
    f.LimitsLoaded: desk.limits_loaded,
    f.DayRolled: desk.day_rolled,
    f.AccountAdopted: desk.account_adopted,
    f.PositionAdopted: desk.position_adopted,
    f.ExecutionsSkipped: desk.executions_skipped,
    f.CommandRefused: desk.command_refused,
    f.MarksSampled: desk.marks_sampled,
    f.AlertRaised: desk.alert_raised,
    f.AlertsAcked: desk.alerts_acked,
    f.AlertRuleSet: desk.alert_rule_set,
    f.AlertRuleRemoved: desk.alert_rule_removed,
    f.AlertRuleFired: desk.alert_rule_fired,
    f.OrderIntended: orders.order_intended,
    f.OrderDenied: orders.order_denied,
    f.OrderWithheld: orders.order_withheld,
    f.OrderUnknown: doubts.order_unknown,
    f.OrderAccepted: orders.order_accepted,
    f.OrdersHandedOver: orders.orders_handed_over,
    f.OrderRejected: orders.order_rejected,
    f.OrderFilled: executions.order_filled,
    f.OrphanFilled: executions.orphan_filled,
    f.ExecutionBusted: executions.execution_busted,
    f.ExecutionCorrected: executions.execution_corrected,
    f.CancelIntended: orders.cancel_intended,
    f.CancelDenied: orders.cancel_denied,
    f.OrderCanceled: orders.order_canceled,
    f.ReplaceIntended: orders.replace_intended,
    f.ReplaceRefused: orders.replace_refused,
    f.OrderReplaced: orders.order_replaced,
    f.ReplaceDenied: orders.replace_denied,
    f.OrderExpired: orders.order_expired,
    f.OrderEndProven: orders.order_end_proven,
    f.OrderDoneForDay: standing.order_done_for_day,
    f.OrderTriggered: orders.order_triggered,
    f.OrderRestated: standing.order_restated,
    f.OrderSuspended: standing.order_suspended,
    f.OrderReinstated: standing.order_reinstated,
    f.OrderStopped: standing.order_stopped,
    f.OrderCalculated: standing.order_calculated,
    f.AdoptionCorrected: orders.adoption_corrected,
    f.OrderAdopted: orders.order_adopted,
    f.OrderResolved: doubts.order_resolved,
    f.OrderVouched: doubts.order_vouched,
    f.EvidenceNoted: doubts.evidence_noted,
    f.OrderResent: doubts.order_resent,
    f.OrderHeld: held.order_held,
    f.OrderTimed: held.order_timed,
    f.GroupFormed: held.group_formed,
    f.TrailMoved: held.trail_moved,
    f.HeldTriggered: held.held_triggered,
    f.HeldParked: held.held_parked,
    f.HeldReleased: held.held_released,
    f.HeldChanged: held.held_changed,
    f.HeldRefused: held.held_refused,
    f.TradingStateSet: control.trading_state_set,
    f.KillPulled: control.kill_pulled,
    f.KillEscalated: control.kill_escalated,
    f.KillKept: control.kill_kept,
    f.KillPhase: control.kill_phase,
    f.KillReset: control.kill_reset,
    f.LiquidationStarted: control.liquidation_started,
    f.LiquidationEnded: control.liquidation_ended,
    f.LiquidationQueued: control.liquidation_queued,
    f.TriggerTripped: control.trigger_tripped,
    f.TriggerCleared: control.trigger_cleared,
    f.AlgoLaunched: algos.algo_launched,
    f.AlgoRefused: algos.algo_refused,
    f.AlgoSliceReached: algos.algo_slice_reached,
    f.AlgoStatusSet: algos.algo_status_set,
    f.AlgoVolumeSeen: algos.algo_volume_seen,
    f.AlgoReplanned: algos.algo_replanned,
    f.AlgoHandedOver: algos.algo_handed_over,
    f.BrokerUp: brokers.broker_up,
    f.BrokerDown: brokers.broker_down,
    f.BreakerSet: resilience.breaker_set,
    f.BrokerHealthSet: resilience.broker_health_set,
    f.ClockSkewSet: resilience.clock_skew_set,
    f.MarginTold: resilience.margin_told,
    f.SessionsTold: resilience.sessions_told,
    f.DeadLettered: resilience.dead_lettered,
    f.DeadLetterClosed: resilience.dead_letter_closed,
    f.ReconcileStarted: brokers.reconcile_started,
    f.Reconciled: brokers.reconciled,
    f.BreakFound: brokers.break_found,
    f.BreakCleared: brokers.break_cleared,
    f.BreakExplained: brokers.break_explained,
    f.Booked: bookings.booked,
    f.BookingReversed: bookings.booking_reversed,
    f.JournalWentDown: brokers.journal_went_down,
    f.JournalCameBack: brokers.journal_came_back,
    f.DeskLocked: lock.desk_locked,
    f.DeskUnlocked: lock.desk_unlocked,
    f.PinNoted: lock.pin_noted,
    f.HotkeysArmed: arming.hotkeys_armed,
    f.HotkeysDisarmed: arming.hotkeys_disarmed,
    f.ShortSaleRestricted: desk.short_sale_restricted,
    f.RolesLoaded: rights.roles_loaded,
    f.LimitChanged: rights.limit_changed,
    f.LimitChangeDropped: rights.limit_change_dropped,
    f.ResumeAsked: rights.resume_asked,
    f.MarketRead: desk.market_read,
    f.BasketStaged: baskets.basket_staged,
    f.BasketReleased: baskets.basket_released,
    f.BasketLineRefused: baskets.basket_line_refused,
    f.BasketEnded: baskets.basket_ended,
}
