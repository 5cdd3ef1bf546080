"""The kill switch as decisions of the core: for the desk, an account, a strategy or an instrument, each with a latch of
its own.

Sequence: close the gate -> stop algos -> cancel every working order of the scope -> verify by snapshot -> flatten if
asked -> verify. Latched across restarts. Pulling it again never weakens it. Anybody may pull; a reset
(engine.risk.halts) needs a reason and a desk that agrees with its broker.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.algos import ending
from engine.connections import accounts_of
from engine.effects import CancelAll, CancelOrder, CloseGate, QuerySnapshot
from engine.model.counted import counted
from engine.model.enums import AlertLevel, TradingState
from engine.model.money import ZERO
from engine.model.order import BrokerCancel
from engine.model.scope import DESK, covers, said
from engine.orders.doubt import ask_about
from engine.orders.intake import by_danger, request_cancel
from engine.orders.order import UNPROVEN, Order
from engine.protocol import CancelAllScope
from engine.risk import halts, liquidation, waiting
from engine.risk.covered import covers_order, strategy_of
from engine.risk.halts import timer_of
from engine.state import Kill
from engine.timers import Key
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk

RETRY_NS = 1_000_000_000
STRENGTH = {"no": 0, "grace": 1, "now": 2}
OVER = ("done", "not_flat")


def pull(desk: Desk, command: i.Kill) -> None:
    """Pull the switch; a second pull may only ask for more."""
    scope = command.scope
    kill = desk.state.kill_of(scope)
    if kill is None:
        _begin(desk, command)
    else:
        _escalate(desk, kill, command)
    step(desk)
    kill = desk.state.kill_of(scope)
    cancels = len(kill.orders) if kill is not None else 0
    words = "HALTED: gate closed" if scope == DESK else f"{said(scope)} HALTED: its gate is closed"
    desk.reply(command.cmd_id, CommandResult(True, f"{words}, {counted(cancels, 'cancel')} sent"))


def _begin(desk: Desk, command: i.Kill) -> None:
    state, scope = desk.state, command.scope
    victims = by_danger(o for o in state.open_orders.values() if o.worst_leaves and covers_order(scope, o))
    epoch = state.kill_epoch + 1
    names = tuple(o.cl_ord_id for o in victims)
    desk.emit(f.KillPulled(epoch, command.by, command.reason or "kill switch", command.flatten, names, scope))
    _close_gate(desk, command)
    ending.stop_all(desk, "kill switch", scope)
    what = "kill switch" if scope == DESK else f"kill switch of {said(scope)}"
    why = command.reason or "no reason given"
    desk.alert(AlertLevel.ALARM, "KILL", f"{what} pulled by {command.by or 'unknown'}: {why}")
    _cancel(desk, scope, victims, command.reason)
    _look_again(desk, scope)
    if command.flatten == "grace":
        _start_grace(desk, scope)


def _cancel(desk: Desk, scope: str, victims: list[Order], reason: str) -> None:
    """Cancel them, order by order; where the scope is whole accounts, with one request to each broker whose native
    cancel-all is about our orders alone."""
    before = len(desk.effects)
    for order in victims:
        request_cancel(desk, order, "kill", reason, urgent=True, again=True)
    if not victims or scope.partition(":")[0] not in (DESK, "account"):
        return
    asked, rest = desk.effects[before:], []
    by_account: dict[str, list[CancelOrder]] = {}
    for effect in asked:
        if isinstance(effect, CancelOrder) and _takes_all(desk, effect.cancel):
            by_account.setdefault(effect.cancel.account, []).append(effect)
        else:
            rest.append(effect)
    desk.effects[before:] = [*(CancelAll(account, tuple(all_)) for account, all_ in by_account.items()), *rest]


def _takes_all(desk: Desk, cancel: BrokerCancel) -> bool:
    """Whether the broker's own cancel-all reaches it: one that was placed elsewhere is not among what it calls ours."""
    order = desk.state.orders.get(cancel.cl_ord_id)
    ours = order is not None and not order.external
    return ours and desk.surroundings.capabilities(cancel.account).cancel_all is CancelAllScope.OURS


def _close_gate(desk: Desk, command: i.Kill) -> None:
    state = desk.state
    desk.effect(CloseGate(state.gate_epoch, command.by, command.reason, command.scope, state.gate_seq))


def _look_again(desk: Desk, scope: str, after_ns: int = RETRY_NS) -> None:
    desk.timers.set("wall", desk.now.wall_ns + after_ns, timer_of("kill", scope))


def _start_grace(desk: Desk, scope: str) -> None:
    desk.timers.set("wall", desk.now.wall_ns + desk.surroundings.flatten_grace_ns, timer_of("grace", scope))


def _escalate(desk: Desk, kill: Kill, command: i.Kill) -> None:
    # Slammed again from outside: the gate waits for us to adopt it, whatever else is decided.
    _close_gate(desk, command)
    scope = kill.scope
    ended = kill.kept or kill.phase in OVER
    # Reducing orders may have been placed by hand since: whoever pulls again wants those dead as well, at once.
    victims = by_danger(_working(desk, kill))
    if STRENGTH[command.flatten] > STRENGTH[kill.flatten] or (ended and command.flatten != "no"):
        desk.emit(f.KillEscalated(kill.epoch, command.by, command.flatten, scope))
        _enter(desk, kill, "cancelling", "escalated")
        _look_again(desk, scope)
        if command.flatten == "grace":
            _start_grace(desk, scope)
        else:
            desk.timers.cancel(timer_of("grace", scope))
    elif (ended or kill.verified) and victims:
        _enter(desk, kill, "cancelling", "pulled again")
        _look_again(desk, scope)
    for order in victims:
        request_cancel(desk, order, "kill", command.reason, urgent=True)


def _enter(desk: Desk, kill: Kill, phase: str, detail: str = "") -> None:
    desk.emit(f.KillPhase(kill.epoch, phase, detail, kill.scope))
    desk.kill_seen.pop(kill.scope, None)


def keep(desk: Desk, command: i.KeepPositions) -> None:
    """`k` in the grace period, or while a flatten waits for a market to open: stay halted, keep the positions."""
    graced = [k for k in desk.state.standing_kills if desk.timers.is_set(timer_of("grace", k.scope))]
    queued = [k for k in desk.state.standing_kills if k.phase == "flattening" and k.detail.startswith(QUEUED)]
    if not graced and not queued:
        desk.refuse(command.cmd_id, "keep", "no flatten is waiting", command.user)
        return
    for kill in graced or queued:
        desk.timers.cancel(timer_of("grace", kill.scope))
        desk.emit(f.KillKept(kill.epoch, command.user, kill.scope))
        for found in list(desk.state.liquidations.values()) if kill in queued else ():
            if _in_scope(kill, found.account, found.symbol, found.strategies):
                liquidation.give_up(desk, found, "positions kept")
        _enter(desk, kill, "cancelling", "positions kept")
    desk.reply(command.cmd_id, CommandResult(True, "positions are kept; what was killed stays halted"))


QUEUED = "waits for the open"


def on_grace(desk: Desk, key: Key) -> None:
    """The grace period is over: flatten."""
    kill = desk.state.kill_of(_scope_in(key))
    if kill is not None and not kill.kept:
        desk.emit(f.KillEscalated(kill.epoch, "grace", "now", kill.scope))
        step(desk)


def _scope_in(key: Key) -> str:
    return str(key[1]) if len(key) > 1 else DESK


def on_retry(desk: Desk, key: Key) -> None:
    """Cancel again what is still open, and see how far the kill is."""
    kill = desk.state.kill_of(_scope_in(key))
    if kill is None or kill.phase in OVER:
        return
    _look_again(desk, kill.scope)
    for order in by_danger(_victims(desk, kill)):
        request_cancel(desk, order, "kill", "not confirmed", urgent=True, again=True)
        if order.base in UNPROVEN:
            # Nobody knows whether it lives: the sooner the broker is asked, the sooner the kill is verified.
            ask_about(desk, order)
    if kill.phase == "verifying":
        _ask(desk, kill)


def _victims(desk: Desk, kill: Kill) -> list[Order]:
    """Working orders that the kill must still see dead."""
    working = _working(desk, kill)
    return working if not kill.verified else [order for order in working if not _placed_since(kill, order)]


def _placed_since(kill: Kill, order: Order) -> bool:
    """Whether the order was placed by hand after the kill, in an account that it had verified: it only reduces, and
    works as it would after a kill that is done. One that was placed elsewhere is never such an order."""
    return (
        order.account in kill.verified
        and order.created_ns >= kill.at_ns
        and not order.external
        and not order.liquidation
        and order.cl_ord_id not in kill.orders
    )


def _working(desk: Desk, kill: Kill) -> list[Order]:
    """Working orders of its scope (a liquidation that goes on looks after its own)."""
    going_on = desk.state.liquidations
    return [
        o
        for o in desk.state.open_orders.values()
        if o.worst_leaves and not (o.liquidation and (o.account, o.symbol) in going_on) and covers_order(kill.scope, o)
    ]


def step(desk: Desk) -> None:
    """Move each kill on after anything happened: cancelling -> (grace) -> flattening -> verifying -> done."""
    for kill in desk.state.standing_kills:
        if kill.phase not in OVER:
            _step(desk, kill)


def _step(desk: Desk, kill: Kill) -> None:
    flatten_now = kill.flatten == "now" and not kill.kept
    if kill.phase == "cancelling" and flatten_now:
        for account, symbol, strategy in _held(desk, kill):
            liquidation.start(desk, account, symbol, "kill", kill.reason, strategy)
        _enter(desk, kill, "flattening")
        liquidation.step_all(desk)
    if (
        kill.phase == "cancelling"
        and not desk.timers.is_set(timer_of("grace", kill.scope))
        and not _victims(desk, kill)
    ):
        _verify(desk, kill)
    if kill.phase == "flattening":
        going_on = [
            found
            for found in desk.state.liquidations.values()
            if _in_scope(kill, found.account, found.symbol, found.strategies)
        ]
        _say_queued(desk, kill, sum(1 for found in going_on if found.queued))
        if not going_on and not _victims(desk, kill):
            _verify(desk, kill)
    if kill.phase in ("cancelling", "flattening") and not desk.timers.is_set(timer_of("grace", kill.scope)):
        lagging = waiting.lagging(desk, kill, _accounts(desk, kill), _victims(desk, kill))
        if waiting.goes_ahead(desk, kill, lagging, _accounts(desk, kill)):
            # The other accounts are verified now, and this one is named until it is done.
            _enter(desk, kill, "verifying", waiting.in_words(lagging))
            _ask(desk, kill)


def _say_queued(desk: Desk, kill: Kill, queued: int) -> None:
    detail = f"{QUEUED}: {queued}" if queued else ""
    if kill.detail != detail:
        desk.emit(f.KillPhase(kill.epoch, "flattening", detail, kill.scope))


def _in_scope(kill: Kill, account: str, symbol: str, strategies: tuple[str, ...]) -> bool:
    """Whether a liquidation is this kill's matter."""
    kind, _, name = kill.scope.partition(":")
    if kind == "strategy":
        return not strategies or name in strategies
    return covers(kill.scope, account, (symbol,), "")


def _held(desk: Desk, kill: Kill) -> list[tuple[str, str, str]]:
    """(account, symbol, strategy) of what the broker holds for the scope; the strategy only where that is the scope."""
    state = desk.state
    kind, _, name = kill.scope.partition(":")
    if kind == "strategy":
        return sorted(
            (account, symbol, who)
            for (account, who, symbol), trip in state.trips.items()
            if who == name and _same_side(trip.held, state.broker_qty(account, symbol))
        )
    keys = {key for key, position in state.positions.items() if position.qty}
    keys.update((b.account, b.key) for b in state.breaks.values() if b.kind == "position")
    return [
        (account, symbol, "")
        for account, symbol in sorted(keys)
        if state.broker_qty(account, symbol) and covers(kill.scope, account, (symbol,), "")
    ]


def _verify(desk: Desk, kill: Kill) -> None:
    _enter(desk, kill, "verifying")
    _ask(desk, kill)


def _ask(desk: Desk, kill: Kill) -> None:
    """Ask for the broker's pictures; one that was asked for since the kill came to this serves several of them."""
    now = desk.now.wall_ns
    for account in _accounts(desk, kill):
        asked = desk.kill_asked_ns.get(account, 0)
        if asked < kill.phase_ns or now - asked >= RETRY_NS // 2:
            desk.kill_asked_ns[account] = now
            desk.effect(QuerySnapshot(account, "kill-verify"))


def _accounts(desk: Desk, kill: Kill) -> list[str]:
    """The accounts whose brokers must have been asked: the desk's, and one that it had and that is not empty."""
    state = desk.state
    kind, _, name = kill.scope.partition(":")
    here = accounts_of(state)
    left = {account for (account, _), position in state.positions.items() if position.qty}
    left.update(order.account for order in state.open_orders.values())
    return [
        account
        for account in state.accounts
        if (account in here or account in left) and (kind != "account" or account == name)
    ]


def on_verified(desk: Desk, seen: i.BrokerSnapshot, orders: dict[str, Order]) -> None:
    """A broker's snapshot after a kill: nothing open in any account, and flat when that was asked for, ends it. One
    that was asked for before the kill came to its verification shows an older world. `orders`: ours by the broker's
    id, of those that it lists."""
    for kill in desk.state.standing_kills:
        if kill.phase == "verifying" and seen.asked_wall_ns >= kill.phase_ns:
            _on_verified(desk, kill, seen, orders)


def _on_verified(desk: Desk, kill: Kill, seen: i.BrokerSnapshot, orders: dict[str, Order]) -> None:
    account = seen.account.account
    pictures = desk.kill_seen.setdefault(kill.scope, {})
    pictures[account] = (_open_there(kill, seen, orders), _held_there(desk, kill, seen))
    accounts = _accounts(desk, kill)
    if len(accounts) > 1 and _waits_for_some(desk, kill, accounts, pictures):
        return
    if not set(accounts) <= set(pictures):
        return
    open_at_broker = sum(there for there, _ in pictures.values())
    held_at_broker = sum(held for _, held in pictures.values())
    if open_at_broker or _victims(desk, kill):
        detail = f"{open_at_broker} orders still open at the broker"
        if kill.detail != detail:
            desk.emit(f.KillPhase(kill.epoch, "verifying", detail, kill.scope))
        pictures.clear()
        return  # the retry timer cancels them again, and asks again
    flatten = kill.flatten == "now" and not kill.kept
    if flatten and held_at_broker and not kill.given_up and _held(desk, kill):
        # Something filled after its liquidation was over.
        _enter(desk, kill, "cancelling", f"{held_at_broker} positions still held")
        return
    where = "" if kill.scope == DESK else f" of {said(kill.scope)}"
    if flatten and held_at_broker:
        _enter(desk, kill, "not_flat", f"{held_at_broker} positions are not flat")
        text = f"kill{where}: {held_at_broker} positions are not flat; see positions"
        desk.alert(AlertLevel.ALARM, "NOT_FLAT", text)
        return
    since = sum(1 for order in _working(desk, kill) if _placed_since(kill, order))
    _enter(desk, kill, "done", "kept" if held_at_broker else "flat")
    flat = ", flat" if not held_at_broker else ""
    flat += f"; {since} placed since, by hand, only reduce" if since else ""
    desk.alert(AlertLevel.NOTICE, "KILL_VERIFIED", f"kill{where} verified with the broker: no working order{flat}")


def _waits_for_some(desk: Desk, kill: Kill, accounts: list[str], pictures: dict[str, tuple[int, int]]) -> bool:
    """Whether one of several accounts is not done: then it is named, and each other one that has something again is
    seen to without it."""
    lagging = waiting.lagging(desk, kill, accounts, _victims(desk, kill))
    for account in accounts:
        if account not in pictures:
            lagging.setdefault(account, waiting.unasked(desk, account))
        elif pictures[account][0]:
            lagging.setdefault(account, f"{pictures[account][0]} orders still open at the broker")
    if not lagging:
        return False
    if kill.flatten == "now" and not kill.kept and not kill.given_up:
        for account, symbol, strategy in _held(desk, kill):
            if account in pictures and (account, symbol) not in desk.state.liquidations:
                liquidation.start(desk, account, symbol, "kill", kill.reason, strategy)
    done = tuple(
        account
        for account, (there, held) in pictures.items()
        if account not in lagging and not (held and kill.flatten == "now" and not kill.kept and not kill.given_up)
    )
    detail = waiting.in_words(lagging, verified=done)
    if (kill.detail, kill.verified) != (detail, done):
        desk.emit(f.KillPhase(kill.epoch, "verifying", detail, kill.scope, done))
        desk.alert(AlertLevel.ALARM, "KILL_WAITS", f"kill: {detail}")
    for account in lagging:
        pictures.pop(account, None)
    return True


def _open_there(kill: Kill, seen: i.BrokerSnapshot, orders: dict[str, Order]) -> int:
    """Orders of the scope that the broker lists as working. One that nobody here knows is no strategy's."""
    number = 0
    for snapshot in seen.orders:
        if snapshot.qty > snapshot.cum_qty:
            ours = orders.get(snapshot.order_id)
            if ours is not None and _placed_since(kill, ours):
                continue
            who = strategy_of(ours.request) if ours is not None else ""
            symbols = (snapshot.symbol, *(leg.symbol for leg in ours.legs)) if ours is not None else (snapshot.symbol,)
            number += covers(kill.scope, seen.account.account, symbols, who)
    return number


def _held_there(desk: Desk, kill: Kill, seen: i.BrokerSnapshot) -> int:
    """Positions of the scope that the broker holds. A strategy's part of one is what its own executions left."""
    kind, _, name = kill.scope.partition(":")
    account = seen.account.account
    held = [p for p in seen.positions if p.qty]
    if kind != "strategy":
        return sum(1 for p in held if covers(kill.scope, account, (p.symbol,), ""))
    trips = desk.state.trips
    return sum(1 for p in held if (t := trips.get((account, name, p.symbol))) is not None and _same_side(t.held, p.qty))


def _same_side(part: Decimal, whole: Decimal) -> bool:
    """Whether a strategy's part of a position is one that a reducing order could close."""
    return (part > ZERO and whole > ZERO) or (part < ZERO and whole < ZERO)


def after_restart(desk: Desk) -> None:
    """Kills in force: their cancels resume at once; a flatten that was under way does not go on from old knowledge."""
    state = desk.state
    desk_kill = state.kill
    if desk_kill is not None or state.trading.get(DESK) is TradingState.HALTED:
        by, reason = (desk_kill.by, desk_kill.reason) if desk_kill is not None else ("", "halted")
        desk.effect(CloseGate(state.gate_epoch, by, reason))
    halts.close_again(desk)
    for kill in state.standing_kills:
        if kill.phase not in OVER:
            _resume_cancels(desk, kill)


def _resume_cancels(desk: Desk, kill: Kill) -> None:
    for found in list(desk.state.liquidations.values()):
        if _in_scope(kill, found.account, found.symbol, found.strategies):
            desk.emit(f.LiquidationEnded(found.account, found.symbol, False, "interrupted by a restart"))
    if kill.flatten != "no" and not kill.kept:
        desk.emit(f.KillKept(kill.epoch, "restart", kill.scope))
        again = "flat all" if kill.scope == DESK else "kill SCOPE flatten"
        desk.alert(
            AlertLevel.ALARM,
            "KILL_INTERRUPTED",
            f"the desk stopped while a kill of {said(kill.scope)} was flattening: cancels go on, positions are kept;"
            f" `{again}` flattens",
        )
    _enter(desk, kill, "cancelling", "resumed after a restart")
    _look_again(desk, kill.scope, 0)
