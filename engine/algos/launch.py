"""Launching: the plan before it, the verdict of every check for the parent and its worst child, and the launch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.algos.children import TRANSIENT
from engine.algos.controls import check_controls
from engine.algos.driving import advance
from engine.algos.kind import Kind, PlanError, Sight, Slices
from engine.algos.places import accounts_of, room_in_all
from engine.algos.prices import level_px
from engine.algos.sight import look, sight_of
from engine.model.enums import OrdType
from engine.model.money import floor_to
from engine.model.order import OrderRequest
from engine.orders.emulation import time_of_ours
from engine.views import AlgoPlan, CommandResult, Denial

if TYPE_CHECKING:
    from engine.desk import Desk

T = TypeVar("T")
log = logging.getLogger("tradedesk.engine")
#: Checks of one order's size, meaningless for a whole parent; of how orders follow each other; of this very moment.
_SIZES: Final = frozenset({"MAX_ORDER_QTY", "MAX_ORDER_NOTIONAL", "WARN_ORDER_NOTIONAL"})
_SEQUENCE: Final = frozenset({"DUPLICATE_INTENT", "THROTTLE"})
#: Of what one account holds or can pay.
_ONE_ACCOUNT: Final = frozenset(
    {"SELL_EXCEEDS_POSITION", "BUYING_POWER", "INITIAL_MARGIN", "MAINTENANCE_MARGIN", "CASH_ONLY"}
)
_MOMENT: Final = TRANSIENT | {"SESSION_CLOSED"}


def plan(desk: Desk, spec: i.AlgoSpec) -> AlgoPlan:
    """Schedule, expected cost and the verdict of every check for the parent as a whole and its worst child."""
    return _plan(desk, spec)[1]


def _plan(desk: Desk, spec: i.AlgoSpec) -> tuple[i.AlgoSpec, AlgoPlan]:
    """The terms as they would be launched, and the plan."""
    spec, slices, problems = slices_of(desk, spec)
    if not problems:
        problems.extend(verdict(desk, spec, worst_child(spec, slices, desk.state.instruments[spec.symbol].lot)))
    return spec, AlgoPlan(
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


def slices_of(desk: Desk, spec: i.AlgoSpec) -> tuple[i.AlgoSpec, Slices, list[Denial]]:
    """The terms with what is estimated, and the schedule; or what stands against it."""
    kind = desk.surroundings.algo_kinds.get(spec.algo)
    instrument = desk.state.instruments.get(spec.symbol)
    if kind is None:
        known = ", ".join(desk.surroundings.algo_kinds)
        words = f"there is no algo {spec.algo}; expected one of {known}"
        return spec, (), [Denial("UNKNOWN_ALGO", spec.algo, known, spec.symbol, words)]
    if instrument is None:
        words = f"{spec.symbol} is not in the universe"
        return spec, (), [Denial("UNKNOWN_INSTRUMENT", spec.symbol, "universe.yaml", spec.symbol, words)]
    try:
        check_controls(spec, kind, instrument)
        sight = sight_of(desk, spec, instrument)
        spec = asked(spec.algo, lambda: kind.complete(spec, sight))
        slices = ask_plan(kind, spec, sight)
    except PlanError as error:
        return spec, (), [Denial("ALGO_PLAN", spec.algo, "a valid plan", spec.symbol, str(error))]
    if spec.end_ns and spec.end_ns <= desk.now.market_ns:
        return spec, slices, [Denial("ALGO_WINDOW", "past", "future", spec.symbol, "the window lies in the past")]
    return spec, slices, []


def ask_plan(kind: Kind, spec: i.AlgoSpec, sight: Sight) -> Slices:
    """The kind's schedule. Raises PlanError."""
    return asked(spec.algo, lambda: kind.plan(spec, sight))


def asked(name: str, question: Callable[[], T]) -> T:
    """A kind's answer before a launch. Raises PlanError, also for a kind that raises anything else: it plans
    nothing."""
    try:
        return question()
    except PlanError:
        raise
    except Exception as error:  # a defect of one kind refuses its launches and nothing else
        log.error("the plan of %s raised", name, exc_info=error)
        raise PlanError(f"defect in {name}: {type(error).__name__}: {error}") from error


def worst_child(spec: i.AlgoSpec, slices: Slices, lot: Decimal) -> Decimal:
    """The largest quantity that one child can have."""
    largest = max((qty for _, qty in slices), default=spec.qty)
    shown = floor_to(spec.display * (1 + spec.randomise_size), lot) if spec.display is not None else largest
    return min(largest, shown, spec.max_child if spec.max_child is not None else largest)


def verdict(desk: Desk, spec: i.AlgoSpec, largest: Decimal) -> list[Denial]:
    """Every check that stands against the parent as a whole, or against a child of this size."""
    instrument = desk.state.instruments[spec.symbol]
    quote = desk.quotes.usable(spec.symbol, desk.now.market_ns)
    px = level_px("cross", spec, instrument, quote) if quote is not None else spec.limit_px
    if spec.to_px is not None:
        px = spec.to_px  # the rung that is the farthest
    kind = OrdType.LIMIT if px is not None else OrdType.MARKET
    lives = time_of_ours(desk.surroundings.capabilities(spec.account), desk.state.instruments.get(spec.symbol))
    whole = OrderRequest(
        spec.account,
        spec.symbol,
        spec.side,
        spec.qty,
        kind,
        px,
        time_in_force=lives,
        origin="algo",
        user=spec.user,
        strategy=spec.strategy,
    )
    child = msgspec.structs.replace(whole, qty=largest)
    passing = _SEQUENCE | _MOMENT if _begins_later(desk, spec) else _SEQUENCE
    room = room_in_all(desk, spec) if len(accounts_of(spec)) > 1 else None
    if room is not None and room >= spec.qty:
        # No single account has to hold or to pay for it all; each child is checked against its own when it goes out.
        passing |= _ONE_ACCOUNT
    found = [d for d in desk.risk.check(whole, desk.now).denials if d.code not in passing | _SIZES]
    codes = {d.code for d in found}
    found += [
        d for d in desk.risk.check(child, desk.now).denials if d.code not in codes and d.code not in passing - _SIZES
    ]
    return found


def _begins_later(desk: Desk, spec: i.AlgoSpec) -> bool:
    """Whether it begins when the market is open, and now is before that: what only a moment stands against then does
    not count. Each child is checked again."""
    around, now = desk.surroundings, desk.now.market_ns
    if spec.start_ns > now and not around.session_closed(spec.symbol, spec.start_ns, False):
        return True
    bounds = around.session_bounds(spec.symbol, now)
    return bool(spec.open_share) and bounds is not None and now < bounds[0]


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
    terms, draft = _plan(desk, spec)
    if draft.denials:
        desk.emit(f.AlgoRefused(spec, draft.denials))
        words = "; ".join(d.message for d in draft.denials)
        desk.reply(command.cmd_id, CommandResult(False, words, denials=draft.denials))
        return
    quote = desk.quotes.usable(spec.symbol, desk.now.market_ns)
    algo_id = desk.state.next_algo_id
    desk.emit(f.AlgoLaunched(algo_id, terms, draft.slices, quote.mid if quote is not None else None))
    what = f": {len(draft.slices)} slices" if len(draft.slices) > 1 else ""
    desk.reply(command.cmd_id, CommandResult(True, f"algo {algo_id} launched{what}", (algo_id,)))
    algo = desk.state.algos[algo_id]
    desk.algo_memory.watch(algo_id, terms)
    look(desk, algo)
    advance(desk, algo)
