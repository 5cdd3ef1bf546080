"""Facts about the desk itself: its runs, instruments, limits, days, accounts, marks and alerts."""

from __future__ import annotations

from engine import facts as f
from engine.evolve import baskets, trips
from engine.evolve.booking import position_of, track
from engine.evolve.day_activity import begin_day
from engine.evolve.held import forget_ended_groups
from engine.ids import CRASH_GAP
from engine.model.alert_rule import AlertRule
from engine.model.instrument import Instrument
from engine.model.money import ZERO
from engine.orders.position import adopt
from engine.risk.limits import Limits
from engine.risk.rates import rate_instruments
from engine.state import Account, Alert, DeskState, LossWatch


def desk_opened(state: DeskState, fact: f.DeskOpened, now: int, market: int) -> None:
    if state.desk_id and not state.closed_cleanly:
        state.order_seq += CRASH_GAP
    state.desk_id = fact.desk_id
    state.mode = fact.mode
    state.account = fact.account
    state.broker = fact.broker
    state.base_currency = fact.base_currency
    state.pnl_method = fact.pnl_method
    state.run_label = fact.run_label
    state.risk_hash = fact.risk_hash
    state.closed_cleanly = False
    # A live desk does nothing new before the PIN was given to this process (engine.risk.lock).
    state.locked = "the PIN was not given yet" if fact.mode == "live" else ""
    state.connections = dict(fact.connections)
    state.sessions_ns.clear()
    state.brokers_up.clear()
    # A new process counts failures anew. A clock that was off stays so until it is measured again.
    state.breakers.clear()
    state.health.clear()
    names = {fact.broker, *fact.connections.values()}
    state.skews = {broker: skew for broker, skew in state.skews.items() if broker in names}
    # Marks and loss timers belong to a run: the new one has a market (or a tape) of its own.
    state.marks.clear()
    state.loss = LossWatch()
    state.figures = None
    for account in state.accounts.values():
        account.reconciled = False


def desk_closed(state: DeskState, fact: f.DeskClosed, now: int, market: int) -> None:
    state.closed_cleanly = True


def instruments_loaded(state: DeskState, fact: f.InstrumentsLoaded, now: int, market: int) -> None:
    for instrument in fact.instruments:
        state.instruments[instrument.symbol] = instrument
    state.rates = rate_instruments(state.instruments.values(), state.base_currency)
    for instrument in fact.instruments:
        _list_option(state, instrument)


def instrument_added(state: DeskState, fact: f.InstrumentAdded, now: int, market: int) -> None:
    state.instruments[fact.instrument.symbol] = fact.instrument
    _list_option(state, fact.instrument)


def _list_option(state: DeskState, instrument: Instrument) -> None:
    if instrument.option:
        listed = state.options.get(instrument.option.underlying, ())
        if instrument.symbol not in listed:
            state.options[instrument.option.underlying] = (*listed, instrument.symbol)


def limits_loaded(state: DeskState, fact: f.LimitsLoaded, now: int, market: int) -> None:
    state.limits = Limits(fact.limits)
    state.risk_hash = fact.risk_hash


def day_rolled(state: DeskState, fact: f.DayRolled, now: int, market: int) -> None:
    state.day = fact.day
    state.day_end_ns = fact.end_ns
    state.day_equity = fact.equity
    state.day_flows = sum((a.not_earned for a in state.accounts.values()), ZERO)
    state.loss = LossWatch()
    state.fills.clear()
    state.rejects = state.submits = 0
    state.by_id = {o.id: o for orders in (state.open_orders, state.unproven) for o in orders.values()}
    state.next_id = 1 + max(state.by_id, default=0)
    state.algos = {k: a for k, a in state.algos.items() if a.is_live}
    state.letters = {k: letter for k, letter in state.letters.items() if not letter.owner}
    forget_ended_groups(state)
    begin_day(state)
    baskets.begin_day(state)
    for position in state.positions.values():
        position.day_realized = position.realized - position.fees


def account_adopted(state: DeskState, fact: f.AccountAdopted, now: int, market: int) -> None:
    account = state.accounts.get(fact.account)
    if account is None:
        account = state.accounts[fact.account] = Account(fact.account, fact.currency, fact.cash, flows=fact.cash)
    else:
        account.flows += fact.cash - account.cash
        account.cash = fact.cash
    for currency, cash in fact.others.items():
        flow = account.foreign_flows.get(currency, ZERO) + cash - account.cash_in(currency)
        account.foreign_flows[currency] = flow
        account.foreign[currency] = cash
    if any(fact.others.values()):
        # What it comes to in the base currency is known when a rate is: the first equity is the day's beginning.
        return
    flows = sum((a.not_earned for a in state.accounts.values()), ZERO)
    if state.day_equity is None and not any(p.qty for p in state.positions.values()):
        # The first cash of a desk that holds nothing is its day's starting equity.
        state.day_equity = sum((a.cash for a in state.accounts.values()), ZERO)
        state.day_flows = flows
    if state.peak_equity is None:
        state.peak_equity = state.day_equity


def position_adopted(state: DeskState, fact: f.PositionAdopted, now: int, market: int) -> None:
    position = position_of(state, fact.account, fact.symbol)
    adopt(position, fact.qty, fact.avg_px)
    trips.adopted(state, fact.account, fact.symbol, fact.qty, fact.avg_px)
    track(state, (fact.account, fact.symbol), position)


def executions_skipped(state: DeskState, fact: f.ExecutionsSkipped, now: int, market: int) -> None:
    state.skipped_executions.update((fact.account, exec_id) for exec_id in fact.exec_ids)


def command_refused(state: DeskState, fact: f.CommandRefused, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def marks_sampled(state: DeskState, fact: f.MarksSampled, now: int, market: int) -> None:
    for symbol, bid, ask, ts_ns in fact.marks:
        state.marks[symbol] = (bid, ask, ts_ns)
    if fact.figures is not None:
        state.figures, state.figures_ns = fact.figures, now
    if fact.equity is None:
        return
    state.equity = fact.equity
    state.peak_equity = fact.peak_equity
    if state.day_equity is None:
        state.day_equity = fact.equity
        # An account that was first seen with positions: its day begins with this first equity, and so do its flows.
        state.day_flows = sum((a.not_earned for a in state.accounts.values()), ZERO)
    flows = sum((a.not_earned for a in state.accounts.values()), ZERO) - state.day_flows
    loss = state.day_equity + flows - fact.equity
    limit = state.limits.value("risk.max_daily_loss_pct")
    hit = limit is not None and state.day_equity > 0 and loss >= limit * state.day_equity
    state.loss.daily_since = (state.loss.daily_since or now) if hit else None
    limit = state.limits.value("risk.max_drawdown_pct")
    peak = state.peak_equity
    hit = limit is not None and peak is not None and peak > 0 and peak - fact.equity >= limit * peak
    state.loss.drawdown_since = (state.loss.drawdown_since or now) if hit else None


def market_read(state: DeskState, fact: f.MarketRead, now: int, market: int) -> None:
    """For the analysis of costs (engine.tca.book); changes nothing here."""


def short_sale_restricted(state: DeskState, fact: f.ShortSaleRestricted, now: int, market: int) -> None:
    state.short_restricted = {name: until for name, until in state.short_restricted.items() if until > market}
    state.short_restricted[fact.symbol] = fact.until_ns


def alert_raised(state: DeskState, fact: f.AlertRaised, now: int, market: int) -> None:
    state.alerts.append(Alert(fact.no, fact.level, fact.code, fact.text, market))
    state.next_alert = fact.no + 1


def alerts_acked(state: DeskState, fact: f.AlertsAcked, now: int, market: int) -> None:
    for alert in state.alerts:
        if alert.no == fact.upto or (alert.no < fact.upto and not fact.only):
            alert.acked = True


def alert_rule_set(state: DeskState, fact: f.AlertRuleSet, now: int, market: int) -> None:
    state.alert_rules[fact.no] = AlertRule(fact.no, fact.wish, fact.user, now)
    state.next_alert_rule = fact.no + 1


def alert_rule_removed(state: DeskState, fact: f.AlertRuleRemoved, now: int, market: int) -> None:
    state.alert_rules.pop(fact.no, None)


def alert_rule_fired(state: DeskState, fact: f.AlertRuleFired, now: int, market: int) -> None:
    rule = state.alert_rules.get(fact.no)
    if rule is not None and rule.wish.again:
        rule.fired_ns = now
    else:
        state.alert_rules.pop(fact.no, None)
