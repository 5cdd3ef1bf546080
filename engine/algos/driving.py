"""Driving an algo: time and market move it on, its kind says what should be out, and the difference is sent or pulled.

An algo that raises is isolated (engine.algos.pausing.fault): whatever its kind answers is asked for in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from engine import facts as f
from engine.algos import ending, places
from engine.algos.children import pull, send
from engine.algos.kind import Kind, Sight, Wish
from engine.algos.math.routing import route
from engine.algos.pace import auctions
from engine.algos.participation import ceiling
from engine.algos.pausing import fault, pause
from engine.algos.prices import is_reached
from engine.algos.sight import look, sight_of
from engine.model.money import ZERO
from engine.orders.emulation import AUCTIONS
from engine.state import Algo

if TYPE_CHECKING:
    from engine.desk import Desk

T = TypeVar("T")
SECOND_NS: Final = 1_000_000_000
RETRY_NS: Final = SECOND_NS
#: How often children that are out are re-priced, and a market is looked at whose volume sets the pace.
LOOK_NS: Final = 5 * SECOND_NS


class DefectError(Exception):
    """The kind raised, and the algo is paused for it."""


def advance(desk: Desk, algo: Algo) -> None:
    """Move the schedule to market time now, make the children that are due, arm the next timer."""
    if algo.status == "STOPPING":
        ending.stop_if_clear(desk, algo)
        return
    if algo.status != "RUNNING" or not is_ready(desk, algo):
        return
    look(desk, algo)
    try:
        _reach(desk, algo, kind_of(desk, algo))
    except DefectError:
        return
    drive(desk, algo, reprice=True)


def is_ready(desk: Desk, algo: Algo) -> bool:
    """Whether its account was compared with its broker (of several: engine.algos.places); until then it waits."""
    if places.is_ready(desk, algo.spec):
        return True
    retry(desk, algo)
    return False


def is_over(algo: Algo, now_ns: int) -> bool:
    """Whether its window has ended."""
    return bool(algo.spec.end_ns) and now_ns >= algo.spec.end_ns and algo.reached == len(algo.slices)


def drive(desk: Desk, algo: Algo, *, reprice: bool = False) -> None:
    """Compare what should be out with what is, send and pull the difference."""
    if algo.status != "RUNNING" or ending.finish_if_filled(desk, algo) or not is_ready(desk, algo):
        return
    sight = sight_of(desk, algo.spec, desk.state.instruments[algo.spec.symbol], algo)
    try:
        kind = kind_of(desk, algo)
        at_end: str = algo.spec.at_end
        at_end = at_end or _asked(desk, algo, lambda: kind.at_end)
        if is_over(algo, sight.now_ns) and ending.close(desk, algo, at_end):
            return
        wishes = _wishes(desk, algo, kind, sight)
        wake_ns = _asked(desk, algo, lambda: kind.wake_ns(algo, sight))
    except DefectError:
        return
    if sight.closed:
        # Nothing trades: what is wanted waits for the open, but for the auction there.
        wishes = tuple(wish for wish in wishes if wish.time_in_force in AUCTIONS)
    pull(desk, algo, wishes, sight, reprice=reprice)
    again, refused = send(desk, algo, wishes, sight)
    if refused is not None:
        pause(desk, algo, "risk", refused.text)
        return
    _arm(desk, algo, wishes, wake_ns, sight, again=again)


def _wishes(desk: Desk, algo: Algo, kind: Kind, sight: Sight) -> Sequence[Wish]:
    """What should be out: all of the rest where the would-price is reached or the window over, else as the kind has
    it."""
    spec = algo.spec
    would_px, quote = spec.would_px, sight.quote
    begun = sight.now_ns >= spec.start_ns
    if begun and would_px is not None and quote is not None and is_reached(would_px, spec, quote):
        return (Wish("would", algo.left, "fixed", would_px),)
    if not is_over(algo, sight.now_ns):
        return _asked(desk, algo, lambda: tuple(kind.wishes(algo, sight)))
    closing = tuple(wish for wish in auctions(algo, sight) if wish.purpose == "close")
    left = algo.left - sum((wish.qty for wish in closing), ZERO)
    if spec.cap is not None:
        most = ceiling(algo, spec.cap, sight)
        left = left if most is None else min(left, most - algo.cum_qty)
    return (*closing, *_sweeps(algo, sight, left)) if left > 0 else closing


def _sweeps(algo: Algo, sight: Sight, left: Decimal) -> Sequence[Wish]:
    """Everything that is left, now: in its own account, or over those that it routes to, as far as each has room."""
    if not sight.venues:
        return (Wish("sweep", left),)
    spec, places = algo.spec, [venue for venue, _ in sight.venues]
    found = route(left, spec.side.is_buy, spec.limit_px, places, multiplier=sight.instrument.multiplier)
    parts = {spec.account: found.over} if found.over else {}
    for part in (*found.takes, *found.rests):
        parts[part.venue] = parts.get(part.venue, ZERO) + part.qty
    return [Wish(f"sweep {account}", qty, account=account, once=True) for account, qty in parts.items()]


def _reach(desk: Desk, algo: Algo, kind: Kind) -> None:
    """Slices whose time has come; what the market has shown may have planned them anew."""
    now = desk.now.market_ns
    while algo.reached < len(algo.slices) and algo.slices[algo.reached][0] <= now:
        number = algo.reached
        sight = sight_of(desk, algo.spec, desk.state.instruments[algo.spec.symbol])
        qty = _asked(desk, algo, lambda: _resized(kind, algo, sight))  # noqa: B023
        desk.emit(f.AlgoSliceReached(algo.id, number, qty if qty != algo.slices[number][1] else None))


def _resized(kind: Kind, algo: Algo, sight: Sight) -> Decimal | None:
    """The kind's quantity of the slice that is due. Raises ValueError for one that the rest does not have: what is in a
    fact has to fold."""
    qty = kind.resize(algo, sight)
    if qty is not None:
        left = sum((part for _, part in algo.slices[algo.reached :]), ZERO)
        if not (qty.is_finite() and ZERO <= qty <= left):
            raise ValueError(f"slice {algo.reached + 1} of {qty}, and {left} are left")
    return qty


def kind_of(desk: Desk, algo: Algo) -> Kind:
    """The algo's kind. Raises DefectError where this program does not know it (a newer one launched it)."""
    kind = desk.surroundings.algo_kinds.get(algo.spec.algo)
    if kind is None:
        fault(desk, algo, LookupError(f"{algo.spec.algo} is not in this version"))
        raise DefectError
    return kind


def _asked(desk: Desk, algo: Algo, question: Callable[[], T]) -> T:
    """A kind's answer. Raises DefectError, with the algo paused, where it has none."""
    try:
        return question()
    except Exception as error:  # whatever a defect of one algo raises, it concerns that algo alone
        fault(desk, algo, error)
        raise DefectError from error


def _arm(desk: Desk, algo: Algo, wishes: Sequence[Wish], wake_ns: int | None, sight: Sight, *, again: bool) -> None:
    """Set the timer for the next thing that can happen by itself."""
    spec, now = algo.spec, desk.now.market_ns
    due = [now + RETRY_NS] if again else []
    if wake_ns is not None:
        due.append(max(wake_ns, now + 1))
    if algo.reached < len(algo.slices):
        due.append(algo.slices[algo.reached][0])
    if now < spec.start_ns:
        due.append(spec.start_ns)
    elif spec.end_ns and now < spec.end_ns:
        due.append(spec.end_ns)
    if algo.open_children or wishes or sight.closed or spec.cap is not None or is_over(algo, now):
        due.append(now + LOOK_NS)
    key = ("algo", algo.id)
    if due:
        desk.timers.set("market", min(due), key)
    else:
        desk.timers.cancel(key)


def retry(desk: Desk, algo: Algo) -> None:
    """Look again soon."""
    desk.timers.set("market", desk.now.market_ns + RETRY_NS, ("algo", algo.id))
