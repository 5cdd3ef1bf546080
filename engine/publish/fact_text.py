"""A clear English line for each fact, for order detail, `events` and `audit show`: one renderer for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine import facts as f
from engine.facts import Stamped
from engine.journal.chain import Row
from engine.model.scope import DESK, said
from engine.publish.basket_facts import BASKET_SENTENCES
from engine.publish.fact_words import Names, because, by, count, money, number, terms
from engine.publish.held_facts import HELD_SENTENCES
from engine.publish.market_facts import MARKET_SENTENCES
from engine.publish.order_facts import ORDER_SENTENCES
from engine.publish.trouble_facts import TROUBLE_SENTENCES
from engine.reconcile.entry_words import entry_words
from engine.views import FactLine

Sentence = Callable[[Any, Names, int], str]
"""(fact, names of orders, market ns of the fact) -> the line, without its times."""


class Narrator:
    """Tells facts. Given them in order it learns which short number belongs to which cl_ord_id, and says "order 14"
    where it knows it; else it names the cl_ord_id."""

    def __init__(self, number_of: Callable[[str], int | None] = lambda cl_ord_id: None) -> None:
        """`number_of` knows the short numbers of orders whose first fact was not told."""
        self._names = Names(number_of)

    def text(self, stamped: Stamped) -> str:
        """The fact in one line."""
        fact = stamped.fact
        self._names.learn(fact)
        return _one_line(SENTENCES[type(fact)](fact, self._names, stamped.market_ns))

    def line(self, row: Row, fact: f.Fact) -> FactLine:
        """The row of the journal that holds this fact, told."""
        text = self.text(Stamped(row.seq, row.recorded_ns, row.market_ns, fact))
        return FactLine(row.seq, row.recorded_ns, row.market_ns, row.kind, text, row.hash)


def _one_line(text: str) -> str:
    """What brokers and users wrote can't break a line or move a cursor."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


# --- the desk -------------------------------------------------------------------------------------------------------


def _desk_opened(fact: f.DeskOpened, names: Names, at: int) -> str:
    run = f", {fact.run_label}" if fact.run_label else ""
    where = f"{fact.mode} account {fact.account} at {fact.broker}"
    return f"desk {fact.desk_id} opened: {where}{run}, version {fact.version}"


def _short_sale_restricted(fact: f.ShortSaleRestricted, names: Names, at: int) -> str:
    fell = f"{fact.symbol} fell to {money(fact.low)}, 10 % or more below its prior close of {money(fact.close)}"
    return f"{fell}: short sales only above the bid until the end of the next day"


def _desk_closed(fact: f.DeskClosed, names: Names, at: int) -> str:
    return f"desk closed{because(fact.reason)}"


def _instruments_loaded(fact: f.InstrumentsLoaded, names: Names, at: int) -> str:
    return f"universe loaded: {count(len(fact.instruments), 'instrument')}"


def _instrument_added(fact: f.InstrumentAdded, names: Names, at: int) -> str:
    found = fact.instrument
    name = found.name or found.asset_class.value
    return f"{found.symbol} listed{by(fact.by)}: {name}, multiplier {number(found.multiplier)}"


def _limits_loaded(fact: f.LimitsLoaded, names: Names, at: int) -> str:
    return f"limits loaded: {count(len(fact.limits), 'setting')}, risk_params hash {fact.risk_hash[:12]}"


def _day_rolled(fact: f.DayRolled, names: Names, at: int) -> str:
    equity = "unknown" if fact.equity is None else money(fact.equity)
    return f"trading day {fact.day} began with equity {equity}"


def _account_adopted(fact: f.AccountAdopted, names: Names, at: int) -> str:
    others = "".join(f", {money(cash)} {currency}" for currency, cash in fact.others.items())
    return f"account {fact.account} adopted with cash {money(fact.cash)} {fact.currency}{others}"


def _position_adopted(fact: f.PositionAdopted, names: Names, at: int) -> str:
    return f"position adopted in {fact.account}: {number(fact.qty)} {fact.symbol} at {number(fact.avg_px)}"


def _executions_skipped(fact: f.ExecutionsSkipped, names: Names, at: int) -> str:
    return f"{count(len(fact.exec_ids), 'execution')} from before the adoption of {fact.account} left out"


def _command_refused(fact: f.CommandRefused, names: Names, at: int) -> str:
    return f"command {fact.command!r}{by(fact.user)} refused{because(fact.reason)}"


def _marks_sampled(fact: f.MarksSampled, names: Names, at: int) -> str:
    shown = ", ".join(f"{symbol} {number(bid)}/{number(ask)}" for symbol, bid, ask, _ in fact.marks[:3])
    more = f" and {len(fact.marks) - 3} more" if len(fact.marks) > 3 else ""
    equity = "unknown" if fact.equity is None else money(fact.equity)
    var = fact.figures.var_95 if fact.figures is not None else None
    risk = f", VaR 95 {money(var)}" if var else ""
    return f"marks sampled: equity {equity}{risk}{f'; {shown}{more}' if shown else ''}"


def _orders_handed_over(fact: f.OrdersHandedOver, names: Names, at: int) -> str:
    shown = ", ".join(names.order(cl_ord_id) for cl_ord_id, _ in fact.sends[:3])
    more = f" and {len(fact.sends) - 3} more" if len(fact.sends) > 3 else ""
    return f"handed over to the broker: {shown}{more}"


def _alert_raised(fact: f.AlertRaised, names: Names, at: int) -> str:
    return f"{fact.level.name} {fact.code}: {fact.text}"


def _alerts_acked(fact: f.AlertsAcked, names: Names, at: int) -> str:
    what = f"alert {fact.upto}" if fact.only else f"alerts up to {fact.upto}"
    return f"{what} acknowledged{by(fact.user)}"


def _alert_rule_set(fact: f.AlertRuleSet, names: Names, at: int) -> str:
    return f"alert {fact.no} set{by(fact.user)}: {fact.wish.words()}"


def _alert_rule_removed(fact: f.AlertRuleRemoved, names: Names, at: int) -> str:
    return f"alert {fact.no} removed{by(fact.user)}"


def _alert_rule_fired(fact: f.AlertRuleFired, names: Names, at: int) -> str:
    return f"alert {fact.no} spoke: {fact.words}"


# --- gate, kill, liquidation ----------------------------------------------------------------------------------------


def _trading_state_set(fact: f.TradingStateSet, names: Names, at: int) -> str:
    return f"{fact.scope} is {fact.state.name}{by(fact.by)}{because(fact.reason)}"


def _flatten(how: str) -> str:
    return {"no": "positions stay", "grace": "flatten after the grace period", "now": "flatten now"}.get(how, how)


def _kill_pulled(fact: f.KillPulled, names: Names, at: int) -> str:
    orders = count(len(fact.orders), "open order")
    where = "" if fact.scope == DESK else f" of {said(fact.scope)}"
    return f"KILL {fact.epoch}{where} pulled{by(fact.by)}{because(fact.reason)}; {orders}, {_flatten(fact.flatten)}"


def _kill_escalated(fact: f.KillEscalated, names: Names, at: int) -> str:
    return f"kill {fact.epoch} escalated{by(fact.by)}: {_flatten(fact.flatten)}"


def _kill_kept(fact: f.KillKept, names: Names, at: int) -> str:
    return f"kill {fact.epoch}: positions kept{by(fact.by)}"


def _kill_phase(fact: f.KillPhase, names: Names, at: int) -> str:
    return f"kill {fact.epoch}: {fact.phase.replace('_', ' ')}{because(fact.detail)}"


def _kill_reset(fact: f.KillReset, names: Names, at: int) -> str:
    who = by(f"{fact.by} and {fact.second}" if fact.second else fact.by)
    return f"kill {fact.epoch} reset{who}, {said(fact.scope)} is open again{because(fact.reason)}"


def _liquidation_started(fact: f.LiquidationStarted, names: Names, at: int) -> str:
    part = f" (what {', '.join(fact.strategies)} holds)" if fact.strategies else ""
    return f"liquidation of {fact.symbol}{part} in {fact.account} started{by(fact.by)}{because(fact.reason)}"


def _liquidation_queued(fact: f.LiquidationQueued, names: Names, at: int) -> str:
    how = "waits for the open" if fact.queued else "goes on: the market is open"
    return f"liquidation of {fact.symbol} in {fact.account} {how}{because(fact.why)}"


def _trigger_tripped(fact: f.TriggerTripped, names: Names, at: int) -> str:
    return f"TRIGGER {fact.code} on {fact.scope}: {fact.text} ({fact.value}, limit {fact.limit}); action {fact.action}"


def _trigger_cleared(fact: f.TriggerCleared, names: Names, at: int) -> str:
    return f"trigger {fact.code} on {fact.scope} cleared{by(fact.by)}{because(fact.reason)}"


def _liquidation_ended(fact: f.LiquidationEnded, names: Names, at: int) -> str:
    outcome = "flat" if fact.flat else "NOT FLAT"
    detail = because("" if fact.detail == outcome else fact.detail)
    return f"liquidation of {fact.symbol} in {fact.account} ended: {outcome}{detail}"


# --- algos ----------------------------------------------------------------------------------------------------------


def _algo_launched(fact: f.AlgoLaunched, names: Names, at: int) -> str:
    spec = fact.spec
    arrival = "unknown" if fact.arrival_px is None else number(fact.arrival_px)
    slices = count(len(fact.slices), "slice")
    return f"algo {fact.id} launched{by(spec.user)}: {terms(spec)}, {slices}, arrival price {arrival}"


def _algo_refused(fact: f.AlgoRefused, names: Names, at: int) -> str:
    return f"algo refused: {terms(fact.spec)}{by(fact.spec.user)}{because('; '.join(map(str, fact.denials)))}"


def _algo_slice_reached(fact: f.AlgoSliceReached, names: Names, at: int) -> str:
    planned = "" if fact.qty is None else f", planned anew: {number(fact.qty)}"
    return f"algo {fact.id} reached slice {fact.slice_no + 1}{planned}"


def _algo_volume_seen(fact: f.AlgoVolumeSeen, names: Names, at: int) -> str:
    return f"algo {fact.id} saw {number(fact.volume)} trade, worth {money(fact.notional)}"


def _algo_replanned(fact: f.AlgoReplanned, names: Names, at: int) -> str:
    slices = count(len(fact.slices) - fact.reached, "slice")
    return f"algo {fact.id} planned anew{by(fact.by)}{because(fact.why)}: {terms(fact.spec)}, {slices} to come"


def _algo_handed_over(fact: f.AlgoHandedOver, names: Names, at: int) -> str:
    return f"algo {fact.id} is over, its orders are the operator's{by(fact.by)}{because(fact.reason)}"


def _algo_status_set(fact: f.AlgoStatusSet, names: Names, at: int) -> str:
    return f"algo {fact.id} is {fact.status}{by(fact.by)}{because(fact.reason)}"


# --- broker and journal ---------------------------------------------------------------------------------------------


def _broker_up(fact: f.BrokerUp, names: Names, at: int) -> str:
    return f"connected to {fact.broker}"


def _broker_down(fact: f.BrokerDown, names: Names, at: int) -> str:
    return f"connection to {fact.broker} lost{because(fact.reason)}"


def _reconcile_started(fact: f.ReconcileStarted, names: Names, at: int) -> str:
    return f"comparison of {fact.account} with the broker started{because(fact.reason)}"


def _reconciled(fact: f.Reconciled, names: Names, at: int) -> str:
    found = count(fact.breaks, "break") if fact.breaks else "no breaks"
    return f"{fact.account} compared with the broker: {found}"


def _break_found(fact: f.BreakFound, names: Names, at: int) -> str:
    return f"break {fact.no} in {fact.account}: {fact.type} {fact.key}: ours {fact.ours}, the broker's {fact.theirs}"


def _break_cleared(fact: f.BreakCleared, names: Names, at: int) -> str:
    return f"break {fact.no} cleared{because(fact.how)}"


def _break_explained(fact: f.BreakExplained, names: Names, at: int) -> str:
    return f"break {fact.no}: {fact.why}{because('; '.join(fact.remedies))}"


def _booked(fact: f.Booked, names: Names, at: int) -> str:
    reference = f" (ref {fact.reference})" if fact.reference else ""
    return f"booking {fact.no}{by(fact.by)}: {entry_words(fact.entry)}{reference}{because(fact.reason)}"


def _booking_reversed(fact: f.BookingReversed, names: Names, at: int) -> str:
    return f"booking {fact.no} taken back{by(fact.by)}{because(fact.reason)}"


def _journal_went_down(fact: f.JournalWentDown, names: Names, at: int) -> str:
    return f"JOURNAL DOWN{because(fact.reason)}"


def _journal_came_back(fact: f.JournalCameBack, names: Names, at: int) -> str:
    return "the journal commits again"


# --- the lock of a live desk ----------------------------------------------------------------------------------------


def _desk_locked(fact: f.DeskLocked, names: Names, at: int) -> str:
    return f"desk LOCKED{by(fact.by)}{because(fact.reason)}"


def _desk_unlocked(fact: f.DeskUnlocked, names: Names, at: int) -> str:
    return f"desk unlocked{by(fact.by)}: the PIN was given"


def _hotkeys_armed(fact: f.HotkeysArmed, names: Names, at: int) -> str:
    return f"hotkeys ARMED{by(fact.user)}: {', '.join(fact.macros)}"


def _hotkeys_disarmed(fact: f.HotkeysDisarmed, names: Names, at: int) -> str:
    return f"hotkeys disarmed{by(fact.user)}{because(fact.reason)}"


def _pin_noted(fact: f.PinNoted, names: Names, at: int) -> str:
    record = fact.record
    where = f" ({record.where})" if record.where else ""
    if record.what in ("try", "refused"):
        how = "right" if record.ok else "WRONG" if record.what == "try" else "not looked at, locked out"
        words = f"PIN given{by(record.user)}{where}: {how}"
    else:
        done = {"set": "set", "change": "changed", "reset": "reset"}[record.what]
        words = f"PIN {done if record.ok else f'NOT {done}'}{by(record.user)}{where}"
    if record.failures:
        words += f"; wrong tries in a row: {record.failures}, the next one in {record.wait_s} s"
    return f"{words}{because(record.reason)}"


# --- rights and limits ----------------------------------------------------------------------------------------------


def _roles_loaded(fact: f.RolesLoaded, names: Names, at: int) -> str:
    people = "; ".join(f"{user} {'+'.join(roles) or 'none'}" for user, roles in sorted(fact.users.items()))
    return f"roles: {people or 'nobody'}" if fact.given else "no roles: whoever reaches the desk may do everything"


def _limit_changed(fact: f.LimitChanged, names: Names, at: int) -> str:
    again = " again, as in an earlier run" if fact.again else ""
    return f"limit {fact.key}: {fact.old or 'not given'} -> {fact.new}{again}{by(fact.by)}{because(fact.reason)}"


def _limit_change_dropped(fact: f.LimitChangeDropped, names: Names, at: int) -> str:
    return f"limit {fact.key}: {fact.was} is over, risk_params.yaml was edited: {fact.now or 'not given'}"


def _resume_asked(fact: f.ResumeAsked, names: Names, at: int) -> str:
    return f"resume of {fact.scope} asked for{by(fact.by)}{because(fact.reason)}; a second person has to agree"


SENTENCES: Final[Mapping[type, Sentence]] = MappingProxyType(
    {
        **ORDER_SENTENCES,
        **TROUBLE_SENTENCES,
        **HELD_SENTENCES,
        **MARKET_SENTENCES,
        **BASKET_SENTENCES,
        f.DeskOpened: _desk_opened,
        f.DeskClosed: _desk_closed,
        f.InstrumentsLoaded: _instruments_loaded,
        f.InstrumentAdded: _instrument_added,
        f.LimitsLoaded: _limits_loaded,
        f.DayRolled: _day_rolled,
        f.AccountAdopted: _account_adopted,
        f.PositionAdopted: _position_adopted,
        f.ExecutionsSkipped: _executions_skipped,
        f.CommandRefused: _command_refused,
        f.MarksSampled: _marks_sampled,
        f.OrdersHandedOver: _orders_handed_over,
        f.AlertRaised: _alert_raised,
        f.AlertsAcked: _alerts_acked,
        f.AlertRuleSet: _alert_rule_set,
        f.AlertRuleRemoved: _alert_rule_removed,
        f.AlertRuleFired: _alert_rule_fired,
        f.TradingStateSet: _trading_state_set,
        f.KillPulled: _kill_pulled,
        f.KillEscalated: _kill_escalated,
        f.KillKept: _kill_kept,
        f.KillPhase: _kill_phase,
        f.KillReset: _kill_reset,
        f.LiquidationStarted: _liquidation_started,
        f.LiquidationEnded: _liquidation_ended,
        f.LiquidationQueued: _liquidation_queued,
        f.TriggerTripped: _trigger_tripped,
        f.TriggerCleared: _trigger_cleared,
        f.AlgoLaunched: _algo_launched,
        f.AlgoRefused: _algo_refused,
        f.AlgoSliceReached: _algo_slice_reached,
        f.AlgoStatusSet: _algo_status_set,
        f.AlgoVolumeSeen: _algo_volume_seen,
        f.AlgoReplanned: _algo_replanned,
        f.AlgoHandedOver: _algo_handed_over,
        f.BrokerUp: _broker_up,
        f.BrokerDown: _broker_down,
        f.ReconcileStarted: _reconcile_started,
        f.Reconciled: _reconciled,
        f.BreakFound: _break_found,
        f.BreakCleared: _break_cleared,
        f.BreakExplained: _break_explained,
        f.Booked: _booked,
        f.BookingReversed: _booking_reversed,
        f.JournalWentDown: _journal_went_down,
        f.JournalCameBack: _journal_came_back,
        f.DeskLocked: _desk_locked,
        f.ShortSaleRestricted: _short_sale_restricted,
        f.DeskUnlocked: _desk_unlocked,
        f.PinNoted: _pin_noted,
        f.HotkeysArmed: _hotkeys_armed,
        f.HotkeysDisarmed: _hotkeys_disarmed,
        f.RolesLoaded: _roles_loaded,
        f.LimitChanged: _limit_changed,
        f.LimitChangeDropped: _limit_change_dropped,
        f.ResumeAsked: _resume_asked,
    }
)
"""Every kind of fact has its sentence (a test counts them)."""
