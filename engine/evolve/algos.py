"""Parent orders: their schedule, what they have seen of the market, their end."""

from __future__ import annotations

from typing import Final

import msgspec

from engine import facts as f
from engine.algos.apportion import apportion
from engine.algos.participation import WINDOW_NS, share
from engine.evolve.booking import lot_of
from engine.model.money import ZERO
from engine.state import Algo, DeskState

#: Looks are kept for so long beyond what a participation or a deadline asks about.
_SPARE_NS: Final = 10_000_000_000


def algo_launched(state: DeskState, fact: f.AlgoLaunched, now: int, market: int) -> None:
    algo = Algo(fact.id, fact.spec, fact.slices, fact.arrival_px, open_children={}, launched_ns=market)
    state.algos[fact.id] = algo
    state.next_algo_id = fact.id + 1
    if fact.spec.client_key:
        state.algo_keys[fact.spec.client_key] = fact.id


def algo_refused(state: DeskState, fact: f.AlgoRefused, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def algo_slice_reached(state: DeskState, fact: f.AlgoSliceReached, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    if fact.qty is not None:
        _resize(state, algo, fact)
    algo.reached = max(algo.reached, fact.slice_no + 1)
    algo.volumes_at = (*algo.volumes_at, algo.volume)


def _resize(state: DeskState, algo: Algo, fact: f.AlgoSliceReached) -> None:
    """The slice has another quantity: those after it share what is left as they were to each other. What none of them
    can take, since all are empty, stays in this one: no share is lost."""
    assert fact.qty is not None
    at_ns, was = algo.slices[fact.slice_no]
    last = len(algo.slices) - (1 if algo.spec.close_share else 0)
    rest = algo.slices[fact.slice_no + 1 : last]
    after = sum((qty for _, qty in rest), ZERO)
    qty = fact.qty if after else was
    left = after + was - qty
    lot = algo.spec.lot or lot_of(state, algo.spec.symbol)
    parts = apportion(left, [qty for _, qty in rest], lot) if left else [ZERO] * len(rest)
    anew = ((at, part) for (at, _), part in zip(rest, parts, strict=True))
    algo.slices = (*algo.slices[: fact.slice_no], (at_ns, qty), *anew, *algo.slices[last:])


def algo_volume_seen(state: DeskState, fact: f.AlgoVolumeSeen, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    algo.volume += fact.volume
    algo.notional += fact.notional
    horizon = market - max(WINDOW_NS, algo.spec.deadline_ns) - _SPARE_NS
    marks = algo.marks
    # One of before the horizon stays: it says what stood there.
    while len(marks) > 1 and marks[1][0] <= horizon:
        marks = marks[1:]
    algo.marks = (*marks, (market, algo.volume, algo.cum_qty))
    rate = algo.spec.participation
    if rate is not None:
        others = max(algo.volume - algo.cum_qty, ZERO) if state.mode == "live" else algo.volume
        algo.followed_qty = min(share(others, rate, algo.spec.lot or lot_of(state, algo.spec.symbol)), algo.spec.qty)


def algo_replanned(state: DeskState, fact: f.AlgoReplanned, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    algo.spec, algo.slices = fact.spec, fact.slices
    algo.volumes_at = (*algo.volumes_at[: fact.reached], *([algo.volume] * (fact.reached - len(algo.volumes_at))))
    algo.reached = fact.reached


def algo_status_set(state: DeskState, fact: f.AlgoStatusSet, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    if fact.status == "PAUSED":
        algo.paused_ns = market
    algo.status = fact.status
    algo.reason = fact.reason


def algo_handed_over(state: DeskState, fact: f.AlgoHandedOver, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    algo.status, algo.reason = "CANCELED", fact.reason
    for order in algo.open_children.values():
        # Whose it is in the counts of working orders (user, strategy) stays.
        order.request = msgspec.structs.replace(order.request, parent=None, slice_no=None, purpose="", origin="manual")
    algo.open_children = {}
