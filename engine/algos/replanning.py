"""Planning the rest of a running algo anew: what was reached stays as it was, what is left goes over what is left of
the window (definitions/algos-and-sizing.md: buckets already sent are never re-apportioned)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from engine import facts as f
from engine.algos.kind import PlanError, Slices
from engine.algos.launch import ask_plan
from engine.algos.sight import sight_of
from engine.algos.slicing import bucket_ns, count_of
from engine.inputs import AlgoSpec
from engine.model.money import ZERO
from engine.state import Algo

if TYPE_CHECKING:
    from engine.desk import Desk


def buckets_left(algo: Algo) -> tuple[int, int]:
    """(first bucket that was not reached, how many buckets there are) of the algo's window."""
    spec = algo.spec
    if not spec.end_ns or not algo.slices:
        return 0, 0
    count = count_of(spec)
    first = 0
    if algo.reached:
        reached_ns = algo.slices[algo.reached - 1][0]
        while first < count and bucket_ns(spec, count, first) <= reached_ns:
            first += 1
    return first, count


def rest_of(algo: Algo) -> AlgoSpec:
    """The terms of what was not reached, as a parent of its own: its buckets from where the next one begins."""
    spec = algo.spec
    first, count = buckets_left(algo)
    if first >= count:
        return spec
    return msgspec.structs.replace(
        spec,
        start_ns=bucket_ns(spec, count, first),
        slices=count - first,
        profile=spec.profile[first:],
    )


def replan(desk: Desk, algo: Algo, terms: AlgoSpec, *, anew: bool) -> tuple[AlgoSpec, Slices]:
    """The terms and slices for these changed terms; those that are reached come first, as many as before. `anew`: the
    window or its cut is another, so that the rest is spread from now on; else the buckets to come keep their times.
    Raises PlanError."""
    done = _within(algo.slices[: algo.reached], terms.qty)
    left = terms.qty - sum((qty for _, qty in done), ZERO)
    kind = desk.surroundings.algo_kinds[terms.algo]
    spec = terms if not kind.has_window else _terms_of_rest(algo, terms, desk.now.market_ns, anew=anew)
    if left <= 0 or not algo.slices:
        return spec, done
    part = msgspec.structs.replace(spec, qty=left, open_share=ZERO if algo.reached else spec.open_share)
    sight = sight_of(desk, spec, desk.state.instruments[spec.symbol])
    return spec, (*done, *ask_plan(kind, part, sight))


def _terms_of_rest(algo: Algo, terms: AlgoSpec, now_ns: int, *, anew: bool) -> AlgoSpec:
    first, count = buckets_left(algo)
    rest = rest_of(algo)
    if first >= count and algo.slices:
        # No bucket is left: what is left now goes at once, or over the new window.
        cut = terms.slices if anew and terms.slices is not None else 1
        return msgspec.structs.replace(terms, start_ns=now_ns, slices=cut, profile=())
    if not anew:
        return msgspec.structs.replace(terms, start_ns=rest.start_ns, slices=rest.slices, profile=rest.profile)
    slices = terms.slices if terms.slices != algo.spec.slices else rest.slices
    if rest.profile and slices != len(rest.profile):
        raise PlanError(f"slices {slices} don't fit the {len(rest.profile)} weights that are left")
    starts = max(now_ns, algo.spec.start_ns) if algo.reached else max(rest.start_ns, now_ns)
    return msgspec.structs.replace(terms, start_ns=starts, slices=slices, profile=rest.profile)


def _within(slices: Slices, qty: Decimal) -> Slices:
    """The slices that were reached, the newest cut down where the parent has become smaller than they are."""
    kept: list[tuple[int, Decimal]] = []
    for at, part in slices:
        part = min(part, qty)
        qty -= part
        kept.append((at, part))
    return tuple(kept)


def shift(desk: Desk, algo: Algo, by_ns: int, who: str, why: str) -> None:
    """Move what was not reached, and the end, by so much market time."""
    if by_ns <= 0 or desk.now.market_ns - by_ns < algo.spec.start_ns:
        return
    rest = rest_of(algo)
    spec = msgspec.structs.replace(
        rest, start_ns=rest.start_ns + by_ns, end_ns=rest.end_ns + by_ns if rest.end_ns else 0
    )
    later = tuple((at + by_ns, qty) for at, qty in algo.slices[algo.reached :])
    desk.emit(f.AlgoReplanned(algo.id, spec, (*algo.slices[: algo.reached], *later), algo.reached, who, why))
