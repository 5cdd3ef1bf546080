"""What must hold (DESIGN §10, a to j): cheap things after every step, the whole reckoning at the end of a history.

(a), (d), (e) and "handed over once" of (f) are watched by the world as they happen.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from engine import facts as f
from engine.evolve import order_of
from engine.ids import is_emergency_id
from engine.journal.chain import verify
from engine.model.enums import OrdStatus, TradingState
from engine.orders.position import Position, apply_execution
from engine.risk.valuation import value_account
from engine.state import DeskState
from tests.simulation.broker import ACCOUNT, CURRENCY
from tests.simulation.groups import bare, overrun, possible, wrong_reservation
from tests.simulation.process import Process, fold
from tests.simulation.recheck import is_over, reckoned, worst_leaves, worst_px

if TYPE_CHECKING:
    from tests.simulation.history import World

S = OrdStatus
ZERO = Decimal(0)
UNSETTLED = frozenset({S.PENDING_NEW, S.PENDING_CANCEL, S.PENDING_REPLACE, S.UNKNOWN})
#: Snapshots that a quiet minute may take at most: more is a desk that asks in circles.
SNAPSHOTS_PER_S = 6


class ViolationError(AssertionError):
    """An invariant does not hold. The message begins with its letter."""


def fail(message: str) -> NoReturn:
    raise ViolationError(message)


def demand(holds: object, message: str) -> None:
    if not holds:
        raise ViolationError(message)


# --- after every step -------------------------------------------------------------------------------------------------


def after_step(world: World) -> None:
    """Cheap enough for every step."""
    state = world.state
    _reservations(state)
    demand(not (wrong := world.parents.exceeded(state)), wrong)
    _worst_case(world)
    for group in state.groups.values():
        demand(not (wrong := wrong_reservation(state, group)), wrong)
        demand(not (wrong := overrun(world, group)), f"(h) {wrong}")
    demand(not world.broker.doubled_ids, f"(f) the broker got a second order under {world.broker.doubled_ids}")
    for text in world.broker.past_zero:
        # Other hands moved the position under the liquidation: nobody can know in time.
        demand(world.others_trade, f"a liquidation went past zero: {text}")


def _reservations(state: DeskState) -> None:
    """What positions hold reserved is what their orders can still do, added up from scratch."""
    open_qty: dict[tuple[str, str, bool], Decimal] = {}
    notional: dict[tuple[str, str, bool], Decimal] = {}
    for name, order in state.orders.items():
        if name != order.cl_ord_id:
            continue
        leaves = worst_leaves(order)
        listed = name in state.open_orders
        alive = not is_over(order) and (
            leaves or order.base is S.HELD or order.pending_cancel or order.pending_replaces
        )
        if listed != bool(alive):
            fail(f"order {order.id} is {order.status.value}, listed as open: {listed}")
        if order.base is S.HELD and not order.group:
            demand(leaves == order.qty - order.cum_qty, f"held order {order.id} reserves {leaves} of {order.qty}")
        if order.group:
            leaves = reckoned(state, order)
        if not leaves:
            continue
        if state.by_id.get(order.id) is not order:
            fail(f"open order {order.id} can't be found by its number")
        key = (order.account, order.symbol, order.side.is_buy)
        multiplier = state.positions[key[:2]].multiplier
        open_qty[key] = open_qty.get(key, ZERO) + leaves
        notional[key] = notional.get(key, ZERO) + leaves * worst_px(order) * multiplier
    for (account, symbol), position in state.positions.items():
        for buys, qty, value in (
            (True, position.open_buy, position.open_buy_notional),
            (False, position.open_sell, position.open_sell_notional),
        ):
            key = (account, symbol, buys)
            summed = open_qty.get(key, ZERO), notional.get(key, ZERO)
            if qty < 0 or (qty, value) != summed:
                fail(f"{symbol} {'buys' if buys else 'sales'} reserve {qty} worth {value}, the orders make {summed}")
        active = bool(position.qty or position.open_buy or position.open_sell)
        if active != ((account, symbol) in state.active):
            fail(f"{symbol} active: {active}")


def _worst_case(world: World) -> None:
    """An order never executes more at the broker than what we have booked and still reserve for it."""
    orders = world.state.orders
    for held in world.broker.orders:
        order = None if held.amended or held.external else orders.get(held.ids[0])
        if order is None:
            continue
        truth, known = held.cum + held.leaves, order.cum_qty + worst_leaves(order)
        if truth > known:
            fail(
                f"order {order.id} {held.ids[0]} has done or can do {truth} at the broker, we reckon with {known}:"
                f" {order.status.value} here, {held.status.value} there"
            )


def parents_count(world: World) -> None:
    """(h) Parents count what their children executed."""
    demand(not (wrong := world.parents.miscounted(world.state)), wrong)


def folds_alike(world: World) -> None:
    """(f) The journal, folded from its beginning, gives the state as it lives (when nothing is on its way to disk)."""
    process = world.process
    if process is not None and process.pump.idle and not process.pump.down:
        demand(
            fold(world.journal).digest() == process.desk.state.digest(), "(f) the state is not the fold of its journal"
        )


# --- the end ----------------------------------------------------------------------------------------------------------


def is_quiet(world: World) -> bool:
    """Nothing moves any more, as far as it can be seen from outside."""
    process = world.process
    if process is None or not process.settled or not world.wire.quiet:
        return False
    state = process.desk.state
    return not (
        any(o.status in UNSETTLED for o in state.open_orders.values())
        or state.liquidations
        or any(kill.phase not in ("done", "not_flat") for kill in state.standing_kills)
        or any(a.is_live for a in state.algos.values())
    )


def at_the_end(world: World) -> None:
    """The reckoning, in a quiet world with an honest broker."""
    process = world.process
    assert process is not None
    after_step(world)
    state = process.desk.state
    _statuses(world, process)
    demand(process.settled, "the desk does not come to rest")
    demand(not process.waiting, f"(j) commands without an answer: {list(process.waiting.values())[:3]}")
    _orders(world, state)
    _letters(world, state)
    _books(world, state)
    _reduce_only(state)
    _money(world, process)
    _kill(world, state)
    demand(not (wrong := bare(world)), f"(j) {wrong}")
    parents_count(world)
    demand(not (wrong := world.parents.unfinished(state, world.disturbed)), wrong)
    broken = verify(world.journal.rows)
    demand(broken is None, f"(i) {broken}")
    if process.pump.idle:
        demand(fold(world.journal).digest() == state.digest(), "(f) the state is not the fold of its journal")


def _statuses(world: World, process: Process) -> None:
    state = process.desk.state
    for order in state.open_orders.values():
        demand(
            order.status not in UNSETTLED,
            f"order {order.id} {order.cl_ord_id} is still {order.status.value}; the broker has "
            f"{world.broker.find(order.cl_ord_id)}",
        )
    for order in state.orders.values():
        demand(not worst_leaves(order) or not is_over(order), f"order {order.id}: {order.unproven_qty} unproven")
    demand(not state.liquidations, f"liquidations go on for ever: {state.liquidations}")
    live = [a for a in state.algos.values() if a.status in ("RUNNING", "STOPPING")]
    demand(not live, f"algos never end: {live}")


def _reduce_only(state: DeskState) -> None:
    """What works and may only reduce is together no larger than what there is to reduce, by our books and theirs. What
    the desk holds itself is cut at its trigger; it must not outlive the position that it would close."""
    out: dict[tuple[str, bool], Decimal] = {}
    for order in state.open_orders.values():
        if order.request.reduce_only and order.base is S.HELD:
            held = state.position_qty(ACCOUNT, order.symbol) * -order.side.sign
            group = state.groups.get(order.group)
            waits = group is not None and not possible(state, group, order)
            demand(held > 0 or waits, f"held order {order.id} can close nothing any more: {order.symbol} {-held}")
        elif order.request.reduce_only and not order.liquidation:
            key = (order.symbol, order.side.is_buy)
            out[key] = out.get(key, ZERO) + reckoned(state, order)
    for (symbol, buys), qty in out.items():
        sizes = [state.position_qty(ACCOUNT, symbol), state.broker_qty(ACCOUNT, symbol)]
        room = max(min(-size if buys else size for size in sizes), ZERO)
        demand(qty <= room, f"reduce-only {'buys' if buys else 'sales'} of {qty} {symbol} work against {sizes}")


def _unheard(world: World, state: DeskState) -> set[str]:
    """Symbols with an amendment that nothing can tell us of: of an execution from before the account was adopted, or
    of an order that can't be asked about, since it has no id of ours or was over before we knew it. It must show as
    a break."""
    silent = set()
    for exec_id, symbol in world.broker.symbol_of.items():
        key = (ACCOUNT, exec_id)
        booked = state.seen_executions.get(key)
        order = order_of(state, booked) if booked is not None else None
        unheard = booked is not None and key not in state.busted
        if key in state.skipped_executions or (unheard and (order is None or order.nameless)):
            silent.add(symbol)
    return silent


def _orders(world: World, state: DeskState) -> None:
    """(a, b, j) Our orders are the broker's, and every intent has its place on the screen."""
    fills: dict[str, Decimal] = {}
    for key, execution in state.seen_executions.items():
        if key not in state.busted:
            order = state.orders.get(execution.cl_ord_id) or state.order_at(ACCOUNT, execution.order_id)
            root = order.cl_ord_id if order is not None else ""
            fills[root] = fills.get(root, ZERO) + execution.last_qty
    for name, order in state.orders.items():
        if name != order.cl_ord_id:
            continue
        expected = fills.get(name, ZERO) + order.adopted_qty + sum((more for _, more in order.split_qty), ZERO)
        demand(order.cum_qty == expected, f"(b) order {order.id}: cum_qty {order.cum_qty}, its fills {expected}")
    for ident in world.durable:
        demand(ident in state.orders, f"(j) intent {ident} is in the journal and nowhere on the screen")
    unheard = _unheard(world, state)
    for held in world.broker.orders:
        if held.external or held.symbol in unheard:
            continue
        order = state.orders.get(held.ids[0])
        if order is None:
            # Of a liquidation while the journal was down; it came after it was asked for, and died without a trace.
            noted = held.ids[0] in world.emergency or is_emergency_id("SIMDESK", held.ids[0])
            demand(noted, f"(a) the broker has {held.ids[0]}, which we don't know")
            # Or it traded before the account was first seen, so far as the journal knows: it is in what was adopted.
            traded = [e.exec_id for e in world.broker.executions.values() if e.order_id == held.order_id]
            old = all((ACCOUNT, exec_id) in state.skipped_executions for exec_id in traded)
            demand(not held.live and old, f"(j) {held.ids[0]} works or traded at the broker, unseen")
            continue
        alive = not is_over(order) and order.leaves_qty > 0
        demand(
            alive == held.live,
            f"(c) order {order.id} {held.ids[0]} is {order.status.value} {order.cum_qty}/{order.qty} here and "
            f"{held.status.value} {held.cum}/{held.qty} there",
        )
        if held.live:
            demand(
                order.base is S.NEW,
                f"(c) order {order.id} is {order.status.value} here and works at the broker",
            )
            demand(
                (order.qty, order.cum_qty, order.limit_px, order.stop_px)
                == (held.qty, held.cum, held.limit_px, held.stop_px),
                f"(c) order {order.id}: terms or fills differ from the broker's: {order} {held.snapshot()}",
            )
    for held in world.broker.orders:
        if held.external and held.live and held.symbol not in unheard:
            order = state.orders.get(held.ids[0]) or state.order_at(ACCOUNT, held.order_id)
            demand(
                order is not None and order.leaves_qty == held.leaves,
                f"(j) external order {held.snapshot()} is not shown: {order}",
            )


def _letters(world: World, state: DeskState) -> None:
    """(j) What was approved and not sent, and not taken back, is or was a dead letter; none of it was handed over."""
    written = set()
    for row in world.journal.rows:
        if row.kind == "dead_lettered":
            fact = world.codec.decode(row.kind, row.payload)
            assert isinstance(fact, f.DeadLettered)
            written.add(fact.cl_ord_id)
            if fact.cause not in ("throttled", "auth", "disconnected"):
                demand(fact.cl_ord_id not in world.handed_over, f"(j) {fact.cl_ord_id} went out and is a dead letter")
    for name, order in state.orders.items():
        unsent = order.base is S.DENIED and order.text.startswith("WITHHELD")
        if name == order.cl_ord_id and unsent and "cancelled before" not in order.text:
            demand(name in written, f"(j) order {order.id} was withheld ({order.text}) and is no dead letter")
    demand(not state.breakers, f"the breaker stays {state.breakers}")
    demand(not state.skews, f"the clocks agree, and yet {state.skews}")
    demand(not state.health, f"the broker is healthy, and yet {state.health}")


def _books(world: World, state: DeskState) -> None:
    """(c) Positions and cash are the broker's, or the difference is shown as a break."""
    breaks = {(b.kind, b.key): (Decimal(b.ours), Decimal(b.theirs)) for b in state.breaks.values()}
    unheard = _unheard(world, state)
    for symbol in world.broker.instruments:
        ours, theirs = state.position_qty(ACCOUNT, symbol), world.broker.positions.get(symbol, ZERO)
        if ours != theirs:
            demand(
                symbol in unheard and breaks.get(("position", symbol)) == (ours, theirs),
                f"(c) position {symbol}: ours {ours}, the broker's {theirs}, shown {breaks}",
            )
        else:
            demand(("position", symbol) not in breaks, f"(c) a break is shown for {symbol}, which agrees: {breaks}")
            # What the trigger halts waits for somebody; what it only reduces lets go by itself.
            stands, reason = state.scope_state(f"instrument:{symbol}")
            held_down = stands is TradingState.REDUCING and "position break" in reason
            demand(not held_down, f"{symbol} stays REDUCING though the break is gone")
    ours, theirs = state.accounts[ACCOUNT].cash, world.broker.cash
    if ours != theirs:
        demand(
            unheard and breaks.get(("cash", CURRENCY)) == (ours, theirs),
            f"(c) cash: ours {ours}, the broker's {theirs}, shown {breaks}",
        )


def _money(world: World, process: Process) -> None:
    """(g) Cash, cost, realised and equity balance to the last digit; a position is what its executions make it."""
    state = process.desk.state
    account = state.accounts[ACCOUNT]
    cash = account.flows
    again: dict[str, Position] = {}
    standing = [e for key, e in state.seen_executions.items() if key not in state.busted]
    for execution in standing:
        signed = execution.last_qty * execution.side.sign
        multiplier = world.broker.instruments[execution.symbol].multiplier
        cash -= signed * execution.last_px * multiplier + execution.fee
        position = state.positions[(ACCOUNT, execution.symbol)]
        twin = again.get(execution.symbol)
        if twin is None:
            twin = again[execution.symbol] = Position(ACCOUNT, execution.symbol, multiplier)
            if position.lots is not None:
                twin.lots = type(position.lots)()
            if position.adopted_qty:
                apply_execution(twin, position.adopted_qty, position.adopted_px, ZERO)
        apply_execution(twin, signed, execution.last_px, execution.fee)
    demand(account.cash == cash, f"(g) cash is {account.cash}, opening, flows and executions make {cash}")
    for symbol, twin in again.items():
        position = state.positions[(ACCOUNT, symbol)]
        money = sum(
            (e.last_qty * e.side.sign * e.last_px * position.multiplier for e in standing if e.symbol == symbol),
            position.adopted_qty * position.adopted_px * position.multiplier,
        )
        demand(position.cost - position.realized == money, f"(g) {symbol}: cost less realised is not the money paid")
        demand(
            (position.qty, position.cost, position.realized, position.fees)
            == (twin.qty, twin.cost, twin.realized, twin.fees),
            f"(g) {symbol}: {position} is not what its executions make: {twin}",
        )
    value = value_account(state, process.desk.quotes, ACCOUNT, process.desk.now.market_ns)
    equity = account.cash
    for (_, symbol), position in state.positions.items():
        quote = world.quotes.last_regular(symbol)
        if position.qty and quote is not None:
            equity += position.qty * (quote.bid if position.qty > 0 else quote.ask) * position.multiplier
    demand(value.equity == equity, f"(g) equity is {value.equity}, cash and marks make {equity}")


def _kill(world: World, state: DeskState) -> None:
    """After each kill: verified; nothing of its scope works at the broker; flat when that was asked for, or reported as
    not flat. A strategy is flat when what it executed comes to nothing, or the broker holds nothing it could close."""
    for kill in state.standing_kills:
        demand(kill.phase in ("done", "not_flat"), f"the kill of {kill.scope} is still {kill.phase} ({kill.detail})")
        kind, _, name = kill.scope.partition(":")
        if kill.phase == "done" and kill.flatten == "now" and not kill.kept and not world.disturbed:
            held = {s: q for s, q in world.broker.positions.items() if q and (kind != "instrument" or s == name)}
            if kind == "strategy":
                held = {s: q for s, q in held.items() if (_executed_by(state, name, s) > 0) is (q > 0)}
                held = {s: q for s, q in held.items() if _executed_by(state, name, s)}
            demand(not held, f"the kill of {kill.scope} is done and flat, the broker holds {held}")
        gate = world.process.gate if world.process is not None else None
        shut = gate is None or (not gate.is_open if kind == "desk" else gate._narrow[kill.scope].closed)
        demand(shut, f"{kill.scope} is killed, and its gate is open")


def _executed_by(state: DeskState, strategy: str, symbol: str) -> Decimal:
    """What a strategy's own executions in a symbol come to; what a liquidation closed of it was booked as its own."""
    trip = state.trips.get((ACCOUNT, strategy, symbol))
    return trip.held if trip is not None else ZERO
