"""The view publisher: one immutable DeskView from the desk's present state, rows re-used where nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

from engine.connections import is_up
from engine.desk import Desk
from engine.inputs import Now
from engine.model.money import ZERO
from engine.orders.order import DEAD
from engine.publish.basket_rows import BasketRows
from engine.publish.cost_rows import CostRows
from engine.publish.kill_proof import proof_of, scope_rows, trigger_rows
from engine.publish.letters import LetterRows
from engine.publish.rows import (
    SECOND_NS,
    algo_row,
    break_row,
    fill_row,
    money,
    order_row,
    position_row,
    tick_of,
    unknown_s,
)
from engine.risk.desk_value import added_up, valued_accounts
from engine.risk.meters import meters, valued
from engine.risk.rates import rate_of
from engine.risk.valuation import Valuation
from engine.state import DeskState
from engine.views import (
    AccountRow,
    AlertRow,
    AlertRuleRow,
    BrokerRow,
    DeskView,
    FillRow,
    OrderRow,
    PositionRow,
    QuoteRow,
    StatusView,
)

MAX_ENDED = 500
MAX_FILLS = 1000
MAX_ALERTS = 300


class QuoteRows(Protocol):
    """What the publisher needs of the quote cache beyond the checks."""

    def row(self, symbol: str, now_ns: int, tick: Decimal) -> QuoteRow: ...


class Publisher:
    """Keeps the rows built last time, to give the same objects again while nothing changed."""

    def __init__(self, desk: Desk, quote_rows: QuoteRows, session: Callable[[int], str], market_label: str) -> None:
        """`session(market_ns)` gives "regular", "extended" or "closed"."""
        self._desk = desk
        self._quote_rows = quote_rows
        self._session = session
        self._label = market_label
        self._orders: dict[str, tuple[tuple[object, ...], OrderRow]] = {}
        self._positions: dict[tuple[str, str], tuple[tuple[object, ...], PositionRow]] = {}
        self._fills: tuple[FillRow, ...] = ()
        self._fills_seen = (-1, "")
        self._version = 0
        self._letters = LetterRows()
        self._costs = CostRows()
        self._baskets = BasketRows()

    def build(
        self,
        now: Now,
        *,
        watched: Sequence[str],
        brokers: tuple[BrokerRow, ...],
        data_age_ns: int | None,
        data_ok: bool,
        journal_seq: int,
        uptime_s: int,
        account: str,
    ) -> DeskView:
        """The view of this moment."""
        desk = self._desk
        state = desk.state
        self._version += 1
        several = len(state.accounts) > 1
        each = valued_accounts(state, desk.quotes, now.market_ns) if several else {}
        valuation = each.get(account) if several else valued(state, desk.quotes, account, now.market_ns)
        whole = added_up(each) if several else valuation
        positions = self._position_rows(state, now)
        equity = valuation.equity if valuation is not None and not valuation.unmarked else None
        day_pnl = None
        everything = whole.equity if whole is not None and not whole.unmarked else None
        if everything is not None and state.day_equity is not None:
            flows = sum((a.not_earned for a in state.accounts.values()), ZERO) - state.day_flows
            day_pnl = everything - state.day_equity - flows
        trading, reason = state.desk_state
        book = state.accounts.get(account)
        buying_power = _buying_power(state, valuation)
        status = StatusView(
            state.mode,
            account,
            self._label,
            trading,
            reason,
            money(equity) if equity is not None else None,
            money(book.cash) if book is not None else ZERO,
            buying_power,
            money(day_pnl) if day_pnl is not None else None,
            bool(whole is not None and whole.stale),
            sum(1 for o in state.open_orders.values() if o.leaves_qty),
            len(state.unknown),
            sum(1 for p in state.active.values() if p.qty),
            sum(1 for a in state.algos.values() if a.is_live),
            len(state.breaks),
            brokers,
            data_ok,
            data_age_ns,
            state.journal_ok,
            journal_seq,
            uptime_s,
            state.day,
            self._session(now.market_ns),
            sum(1 for letter in state.letters.values() if not letter.owner),
            tuple(book.amounts().items()) if book is not None else (),
            max((s for o in state.unknown.values() if (s := unknown_s(o, now.wall_ns)) is not None), default=None),
            state.locked,
            scope_rows(state) if state.trading or state.kills else (),
            trigger_rows(state),
            tuple(_account_row(state, name, one) for name, one in each.items()),
            money(everything) if several and everything is not None else None,
        )
        return DeskView(
            self._version,
            now.market_ns,
            now.wall_ns,
            status,
            positions,
            self._order_rows(state, now.wall_ns, brokers),
            self._fill_rows(state),
            tuple(algo_row(a, state.instruments.get(a.spec.symbol)) for a in reversed(state.algos.values())),
            meters(state, whole, now),
            tuple(
                AlertRow(a.no, a.level, a.code, a.text, a.ts_ns, a.acked)
                for a, _ in zip(reversed(state.alerts), range(MAX_ALERTS), strict=False)
            ),
            tuple(self._quote_rows.row(s, now.market_ns, tick_of(state, s)) for s in watched),
            tuple(break_row(b) for b in state.breaks.values()),
            None if state.kill is None else proof_of(desk, state.kill, now),
            desk.urgent,
            self._letters.rows(state),
            desk.comparison,
            tuple(proof_of(desk, kill, now) for kill in state.kills.values()),
            self._costs.rows(desk, now),
            self._baskets.rows(state),
            self._rule_rows(state) if state.alert_rules else (),
        )

    @staticmethod
    def _rule_rows(state: DeskState) -> tuple[AlertRuleRow, ...]:
        return tuple(AlertRuleRow(r.no, r.wish.words(), r.user, r.fired_ns) for r in state.alert_rules.values())

    def _order_rows(self, state: DeskState, wall_ns: int, brokers: tuple[BrokerRow, ...]) -> tuple[OrderRow, ...]:
        down = {name: bool(state.brokers_up) and not is_up(state, name) for name in state.accounts}
        silent = {b.account: _silent_s(wall_ns, b.heard_ns) for b in brokers if down.get(b.account)}
        rows: list[OrderRow] = []
        ended: list[OrderRow] = []
        kept: dict[str, tuple[tuple[object, ...], OrderRow]] = {}
        for order in reversed(state.by_id.values()):
            is_open = order.base not in DEAD and order.cum_qty < order.qty and not order.over
            if not is_open and len(ended) >= MAX_ENDED:
                continue
            doubt = is_open and down.get(order.account, False)
            key: tuple[object, ...] = (
                order.updated_ns,
                order.status,
                order.cum_qty,
                order.qty,
                order.limit_px,
                order.order_id,
                doubt,
            )
            unheard_s = silent.get(order.account) if doubt else None
            if unheard_s is not None:
                key += (unheard_s,)
            if order.doubt is not None:
                key += (order.doubt.answered_ns, unknown_s(order, wall_ns))
            old = self._orders.get(order.cl_ord_id)
            if old is not None and old[0] == key:
                row = old[1]
            else:
                row = order_row(state, order, doubt=doubt, wall_ns=wall_ns, unheard_s=unheard_s)
            kept[order.cl_ord_id] = (key, row)
            (rows if is_open else ended).append(row)
        self._orders = kept
        return (*rows, *ended)

    def _position_rows(self, state: DeskState, now: Now) -> tuple[PositionRow, ...]:
        rows = []
        kept: dict[tuple[str, str], tuple[tuple[object, ...], PositionRow]] = {}
        quotes = self._desk.quotes
        closed = state.trading or state.kills
        for ident, position in state.positions.items():
            if not position.qty and position.realized - position.fees == position.day_realized:
                continue
            usable = quotes.usable(position.symbol, now.market_ns)
            quote = usable if usable is not None else quotes.last_regular(position.symbol)
            prices = (quote.bid, quote.ask) if quote is not None else None
            rate = None
            if position.currency != state.base_currency:
                found = rate_of(state, quotes, position.currency, now.market_ns)
                rate = found.low if found is not None else ZERO
            trading = "" if not closed else state.trading_state(*ident)[0].name.replace("ACTIVE", "")
            key = (
                rate,
                position.qty,
                position.cost,
                position.realized,
                position.fees,
                prices,
                usable is None,
                position.day_realized,
                trading,
            )
            old = self._positions.get(ident)
            if old is not None and old[0] == key:
                row = old[1]
            else:
                row = position_row(state, position, quote, fresh=usable is not None, rate=rate, trading=trading)
            kept[ident] = (key, row)
            rows.append(row)
        self._positions = kept
        return tuple(rows)

    def _fill_rows(self, state: DeskState) -> tuple[FillRow, ...]:
        newest = (len(state.fills), state.fills[-1].exec_id if state.fills else "")
        if newest != self._fills_seen:
            old = {row.exec_id: row for row in self._fills}
            recent = [e for e, _ in zip(reversed(state.fills), range(MAX_FILLS), strict=False)]
            self._fills = tuple(old.get(e.exec_id) or fill_row(state, e) for e in recent)
            self._fills_seen = newest
        return self._fills


def _silent_s(wall_ns: int, heard_ns: int) -> int | None:
    """In steps of five, so that the orders of a broker that is gone are not drawn anew each second."""
    return max(wall_ns - heard_ns, 0) // SECOND_NS // 5 * 5 if heard_ns else None


def _account_row(state: DeskState, name: str, one: Valuation) -> AccountRow:
    equity = None if one.unmarked else money(one.equity)
    return AccountRow(name, equity, money(state.accounts[name].cash), _buying_power(state, one), bool(one.stale))


def _buying_power(state: DeskState, valuation: Valuation | None) -> Decimal | None:
    """What the account may still buy; None where it is not limited, or its equity not known."""
    leverage = state.limits.value("risk.max_leverage")
    if valuation is None or valuation.unmarked or leverage is None:
        return None
    return money(valuation.equity * leverage - valuation.tied)
