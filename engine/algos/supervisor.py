"""The parent/child supervisor: launches algos, makes their children, watches what becomes of them.

An algo is a state machine fed by timers, fills and order updates; nothing sleeps. Its progress is in facts, so it
goes on after a restart: what is out is adopted, missed slices are caught up, nothing is re-sent. A child's quantity is
what the schedule wants by now less what is filled and less every leaf not proven dead, so children never exceed their
parent, whatever crosses.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.algos import twap
from engine.algos.twap import PlanError
from engine.connections import is_withheld
from engine.model.enums import AlertLevel, OrdStatus, OrdType
from engine.model.market import Quote
from engine.model.money import ZERO, aggressive_price, plain
from engine.model.order import OrderRequest
from engine.model.scope import DESK
from engine.orders.intake import deny, intend, request_cancel
from engine.orders.order import Order
from engine.risk.covered import covers_algo, lifts_itself
from engine.state import Algo
from engine.timers import Key
from engine.views import AlgoPlan, CommandResult, Denial

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS: Final = 1_000_000_000
RETRY_NS: Final = SECOND_NS
#: After the last slice: how often the rest is re-priced, and how long past the end it is swept before giving up.
SWEEP_EVERY_NS: Final = 5 * SECOND_NS
SWEEP_FOR_NS: Final = 60 * SECOND_NS
#: Marketable children go this far through the touch.
LIMIT_OFFSET: Final = Decimal("0.001")
#: Refusals that pass by themselves: the child waits instead of pausing its parent.
TRANSIENT: Final = frozenset({"STALE_PRICE", "STALE_MARK", "THROTTLE", "NOT_RECONCILED", "JOURNAL_DOWN", "CLOCK_SKEW"})
#: Checks of one order's size, meaningless for a whole parent.
PER_ORDER: Final = frozenset(
    {"MAX_ORDER_QTY", "MAX_ORDER_NOTIONAL", "WARN_ORDER_NOTIONAL", "DUPLICATE_INTENT", "THROTTLE"}
)


# --- launch ---------------------------------------------------------------------------------------------------------


def plan(desk: Desk, spec: i.AlgoSpec) -> AlgoPlan:
    """Schedule, expected cost and the verdict of every check for the parent as a whole and its worst child."""
    instrument = desk.state.instruments.get(spec.symbol)
    slices: tuple[tuple[int, Decimal], ...] = ()
    problems: list[Denial] = []
    if spec.algo != "twap":
        problems.append(Denial("UNKNOWN_ALGO", spec.algo, "twap", spec.symbol, f"{spec.algo} is not in this version"))
    elif instrument is None:
        problems.append(
            Denial(
                "UNKNOWN_INSTRUMENT", spec.symbol, "universe.yaml", spec.symbol, f"{spec.symbol} is not in the universe"
            )
        )
    else:
        try:
            slices = twap.schedule(spec, instrument)
        except PlanError as error:
            problems.append(Denial("ALGO_PLAN", spec.algo, "a valid plan", spec.symbol, str(error)))
    if spec.end_ns <= desk.now.market_ns:
        problems.append(Denial("ALGO_WINDOW", "past", "future", spec.symbol, "the window lies in the past"))
    if slices and not problems:
        problems.extend(_verdict(desk, spec, max(qty for _, qty in slices)))
    return AlgoPlan(
        spec.algo,
        spec.account,
        spec.symbol,
        spec.side,
        spec.qty,
        slices,
        _half_spread_cost(desk, spec),
        None,
        tuple(problems),
    )


def _verdict(desk: Desk, spec: i.AlgoSpec, largest: Decimal) -> list[Denial]:
    quote = desk.quotes.usable(spec.symbol, desk.now.market_ns)
    px = child_price(desk, spec, quote) if quote is not None else spec.limit_px
    kind = OrdType.LIMIT if px is not None else OrdType.MARKET
    whole = OrderRequest(
        spec.account, spec.symbol, spec.side, spec.qty, kind, px, origin="algo", user=spec.user, strategy=spec.strategy
    )
    child = msgspec.structs.replace(whole, qty=largest)
    found = [d for d in desk.risk.check(whole, desk.now).denials if d.code not in PER_ORDER]
    codes = {d.code for d in found}
    found += [
        d
        for d in desk.risk.check(child, desk.now).denials
        if d.code not in codes and d.code not in ("DUPLICATE_INTENT", "THROTTLE")
    ]
    return found


def _half_spread_cost(desk: Desk, spec: i.AlgoSpec) -> Decimal | None:
    """Expected cost of taking: half the present spread on every unit (no impact model in this version)."""
    quote = desk.quotes.usable(spec.symbol, desk.now.market_ns)
    instrument = desk.state.instruments.get(spec.symbol)
    if quote is None or instrument is None:
        return None
    return (quote.ask - quote.bid) / 2 * spec.qty * instrument.multiplier


def launch(desk: Desk, command: i.LaunchAlgo) -> None:
    """Launch a parent order when its plan passes; a known client_key gives the first one back."""
    spec = command.spec
    known = desk.state.algo_keys.get(spec.client_key) if spec.client_key else None
    if known is not None:
        desk.reply(command.cmd_id, CommandResult(True, f"algo {known} (launched before)", (known,)))
        return
    draft = plan(desk, spec)
    if draft.denials:
        desk.emit(f.AlgoRefused(spec, draft.denials))
        words = "; ".join(d.message for d in draft.denials)
        desk.reply(command.cmd_id, CommandResult(False, words, denials=draft.denials))
        return
    quote = desk.quotes.usable(spec.symbol, desk.now.market_ns)
    algo_id = desk.state.next_algo_id
    desk.emit(f.AlgoLaunched(algo_id, spec, draft.slices, quote.mid if quote is not None else None))
    desk.reply(command.cmd_id, CommandResult(True, f"algo {algo_id} launched: {len(draft.slices)} slices", (algo_id,)))
    advance(desk, desk.state.algos[algo_id])


# --- the schedule ---------------------------------------------------------------------------------------------------


def on_timer(desk: Desk, key: Key) -> None:
    """A slice is due, a retry, or the sweep after the last one."""
    algo = desk.state.algos.get(int(str(key[1])))
    if algo is not None:
        advance(desk, algo)


def advance(desk: Desk, algo: Algo) -> None:
    """Move the schedule to market time now, make the child that is due, arm the next timer."""
    if algo.status == "STOPPING":
        _stop_if_clear(desk, algo)
        return
    if algo.status != "RUNNING":
        return
    now = desk.now.market_ns
    moved = False
    while algo.reached < len(algo.slices) and algo.slices[algo.reached][0] <= now:
        desk.emit(f.AlgoSliceReached(algo.id, algo.reached))
        moved = True
    swept = algo.reached == len(algo.slices)
    if swept and now >= algo.spec.end_ns + SWEEP_FOR_NS:
        _give_up(desk, algo)
        return
    if moved or swept:
        _pull_stale_children(desk, algo)
    drive(desk, algo)
    if algo.status == "RUNNING":
        following = now + SWEEP_EVERY_NS if swept else algo.slices[algo.reached][0]
        key = ("algo", algo.id)
        due = desk.timers
        if not due.is_set(key):
            due.set("market", following, key)


def drive(desk: Desk, algo: Algo) -> None:
    """Send what the schedule wants and nobody works yet."""
    if algo.status != "RUNNING" or _finish_if_filled(desk, algo):
        return
    spec = algo.spec
    want = algo.target_qty - algo.cum_qty - algo.outstanding
    if want <= 0:
        return
    if is_withheld(desk.state, spec.account):
        _retry(desk, algo)  # a child made now would only be withheld
        return
    quote = desk.quotes.usable(spec.symbol, desk.now.market_ns)
    if quote is None:
        _retry(desk, algo)
        return
    request = OrderRequest(
        spec.account,
        spec.symbol,
        spec.side,
        want,
        OrdType.LIMIT,
        child_price(desk, spec, quote),
        origin="algo",
        user=spec.user,
        parent=algo.id,
        slice_no=algo.children,
        strategy=spec.strategy,
        tag=spec.tag,
    )
    context = desk.risk.check(request, desk.now)
    if not context.denials:
        intend(desk, request, context)
    elif all(passes_by_itself(desk, d) for d in context.denials):
        _retry(desk, algo)
    else:
        order = deny(desk, request, context)
        _pause(desk, algo, "risk", order.text)


def passes_by_itself(desk: Desk, denial: Denial) -> bool:
    """Whether a child waits for the end of what refuses it; REDUCING by a trigger that lifts itself is such a thing."""
    if denial.code == "TRADING_STATE":
        return lifts_itself(desk.state, denial.scope)
    return denial.code in TRANSIENT


def child_price(desk: Desk, spec: i.AlgoSpec, quote: Quote) -> Decimal:
    """A marketable limit a little through the touch, never beyond the parent's own limit."""
    instrument = desk.state.instruments[spec.symbol]
    is_buy = spec.side.is_buy
    raw = quote.ask * (1 + LIMIT_OFFSET) if is_buy else quote.bid * (1 - LIMIT_OFFSET)
    px = aggressive_price(raw, instrument.tick, is_buy=is_buy)
    if spec.limit_px is None:
        return px
    return min(px, spec.limit_px) if is_buy else max(px, spec.limit_px)


def _pull_stale_children(desk: Desk, algo: Algo) -> None:
    """Cancel children whose price is no longer what a child would get now; their rest follows when they are dead."""
    quote = desk.quotes.usable(algo.spec.symbol, desk.now.market_ns)
    wanted = child_price(desk, algo.spec, quote) if quote is not None else None
    for child in list(algo.open_children.values()):
        if wanted is not None and child.limit_px != wanted:
            request_cancel(desk, child, f"algo {algo.id}", "re-price")


def _retry(desk: Desk, algo: Algo) -> None:
    desk.timers.set("market", desk.now.market_ns + RETRY_NS, ("algo", algo.id))


def _finish_if_filled(desk: Desk, algo: Algo) -> bool:
    if algo.cum_qty < algo.spec.qty:
        return False
    _end(desk, algo, "DONE", "engine", "filled")
    return True


def _give_up(desk: Desk, algo: Algo) -> None:
    """The window and its sweep are over: pull what is out; what is left is reported, not lost."""
    if algo.open_children:
        for child in list(algo.open_children.values()):
            request_cancel(desk, child, f"algo {algo.id}", "end of window")
        desk.timers.set("market", desk.now.market_ns + RETRY_NS, ("algo", algo.id))
        return
    left = algo.spec.qty - algo.cum_qty
    desk.alert(AlertLevel.WARN, "ALGO_SHORT", f"algo {algo.id} {algo.spec.symbol} ended with {plain(left)} not done")
    _end(desk, algo, "DONE", "engine", f"window over, {plain(left)} not done")


def _end(desk: Desk, algo: Algo, status: str, by: str, reason: str) -> None:
    desk.timers.cancel(("algo", algo.id))
    desk.emit(f.AlgoStatusSet(algo.id, status, by, reason))
    desk.urgent += 1


# --- what becomes of the children -----------------------------------------------------------------------------------


def _parent(desk: Desk, order: Order) -> Algo | None:
    parent = order.request.parent
    return desk.state.algos.get(parent) if parent is not None else None


def on_fill(desk: Desk, order: Order) -> None:
    algo = _parent(desk, order)
    if algo is not None and algo.is_live:
        if algo.status == "STOPPING":
            _stop_if_clear(desk, algo)
        else:
            _finish_if_filled(desk, algo)


def on_order_changed(desk: Desk, order: Order) -> None:
    """A child's leaves may have become free, or proven dead."""
    algo = _parent(desk, order)
    if algo is not None and algo.status == "STOPPING":
        _stop_if_clear(desk, algo)
    elif algo is not None:
        drive(desk, algo)


def on_order_dead(desk: Desk, order: Order, *, rejected: bool = False, later: bool = False) -> None:
    """A child is dead with what it had: its rest is sent again (`later`: after a while, since the way to the broker is
    not clear), unless the broker refused it."""
    algo = _parent(desk, order)
    if algo is None or not algo.is_live:
        return
    if algo.status == "STOPPING":
        _stop_if_clear(desk, algo)
    elif rejected:
        _pause(desk, algo, "broker", f"child {order.id} {_why_dead(order)}")
    elif algo.status == "RUNNING" and later:
        _retry(desk, algo)
    elif algo.status == "RUNNING":
        drive(desk, algo)


def _why_dead(order: Order) -> str:
    return f"rejected: {order.text}" if order.base is OrdStatus.REJECTED else order.text or order.status.value


# --- supervision ----------------------------------------------------------------------------------------------------


def control(desk: Desk, command: i.ControlAlgo) -> None:
    """Pause, resume or cancel a running algo."""
    # Here, since the triggers' own actions stop algos.
    from engine.risk import triggers

    algo = desk.state.algos.get(command.algo_id)
    if algo is not None and command.user:
        triggers.human(desk, algo.spec.strategy or f"algo{algo.id}")
    if algo is None or not algo.is_live:
        what = f"algo {command.algo_id} is {algo.status}" if algo is not None else f"there is no algo {command.algo_id}"
        desk.refuse(command.cmd_id, f"algo {command.action}", what, command.user)
        return
    if command.action == "cancel":
        _stop(desk, algo, command.user, command.reason or "cancelled")
    elif command.action == "pause":
        if algo.status != "RUNNING":
            desk.refuse(command.cmd_id, "algo pause", f"algo {algo.id} is {algo.status}", command.user)
            return
        _pause(desk, algo, command.user, command.reason or "paused", keep_children=command.keep_children)
    else:
        if algo.status != "PAUSED":
            desk.refuse(command.cmd_id, "algo resume", f"algo {algo.id} is {algo.status}", command.user)
            return
        desk.emit(f.AlgoStatusSet(algo.id, "RUNNING", command.user, ""))
        advance(desk, algo)
    desk.reply(command.cmd_id, CommandResult(True, f"algo {algo.id} is {algo.status}", (algo.id,)))


def _pause(desk: Desk, algo: Algo, by: str, reason: str, *, keep_children: bool = False) -> None:
    if algo.status != "RUNNING":
        return
    desk.timers.cancel(("algo", algo.id))
    desk.emit(f.AlgoStatusSet(algo.id, "PAUSED", by, reason))
    if by in ("risk", "broker"):
        desk.alert(AlertLevel.ALARM, "ALGO_PAUSED", f"algo {algo.id} {algo.spec.symbol} paused: {reason}")
    if not keep_children:
        for child in list(algo.open_children.values()):
            request_cancel(desk, child, f"algo {algo.id}", "paused")


def _stop(desk: Desk, algo: Algo, by: str, reason: str) -> None:
    desk.timers.cancel(("algo", algo.id))
    desk.emit(f.AlgoStatusSet(algo.id, "STOPPING", by, reason))
    for child in list(algo.open_children.values()):
        request_cancel(desk, child, f"algo {algo.id}", reason)
    _stop_if_clear(desk, algo)


def _stop_if_clear(desk: Desk, algo: Algo) -> None:
    if not algo.open_children:
        if algo.cum_qty >= algo.spec.qty:
            _end(desk, algo, "DONE", "engine", "filled")
        else:
            _end(desk, algo, "CANCELED", "engine", algo.reason)


def stop_all(desk: Desk, reason: str, scope: str = DESK) -> None:
    """The kill stops the algos of its scope first, so that no child is born after it; their orders die with all."""
    for algo in list(desk.state.algos.values()):
        if algo.is_live and covers_algo(scope, algo):
            _end(desk, algo, "CANCELED", "kill", reason)


def stop_for(desk: Desk, account: str, symbol: str, reason: str) -> None:
    """Stop the algos that work one instrument (a liquidation takes it over)."""
    for algo in list(desk.state.algos.values()):
        if algo.is_live and (algo.spec.account, algo.spec.symbol) == (account, symbol):
            _end(desk, algo, "CANCELED", "flat", reason)


def void(desk: Desk, algo_ids: Iterable[int], reason: str) -> None:
    """Launches that were never released, since the journal failed."""
    for algo_id in algo_ids:
        algo = desk.state.algos.get(algo_id)
        if algo is not None and algo.is_live:
            _end(desk, algo, "CANCELED", "engine", reason)


def pause_all(desk: Desk, by: str, reason: str) -> None:
    """Pause every running algo (hang-up policy)."""
    for algo in list(desk.state.algos.values()):
        _pause(desk, algo, by, reason)


# --- restart --------------------------------------------------------------------------------------------------------


def rearm(desk: Desk) -> None:
    """After a fold: arm the next slice of every live algo; children go out again only once reconciled."""
    for algo in desk.state.algos.values():
        if algo.is_live:
            desk.timers.set("market", desk.now.market_ns + RETRY_NS, ("algo", algo.id))


def resume_after_reconcile(desk: Desk) -> None:
    """The broker's picture is ours again: go on where the schedule is."""
    for algo in list(desk.state.algos.values()):
        if algo.is_live:
            advance(desk, algo)


def slippage_bps(algo: Algo) -> Decimal | None:
    """Average price against arrival in bps, positive = cost (definitions/tca.md); None before the first fill."""
    if not algo.cum_qty or not algo.arrival_px:
        return None
    avg = algo.cum_cost / algo.cum_qty
    return ((avg - algo.arrival_px) * algo.spec.side.sign / algo.arrival_px * 10_000).quantize(Decimal("0.1"))


def working_qty(algo: Algo) -> Decimal:
    """Leaves of the open children."""
    return sum((child.leaves_qty for child in algo.open_children.values()), ZERO)
