"""The common controls of all kinds: what makes no sense is refused by name before anything is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

from engine.algos.kind import Kind, PlanError
from engine.algos.slicing import check_qty, lot_of
from engine.inputs import AlgoSpec
from engine.inputs.algos import AtEnd, CatchUp, Style
from engine.model.instrument import Instrument

#: Most rungs, slices or weights of one parent.
MOST_SLICES = 10_000


def check_controls(spec: AlgoSpec, kind: Kind, instrument: Instrument) -> None:
    """Raises PlanError for what no kind can do."""
    if (kind.has_window or spec.end_ns) and spec.end_ns <= spec.start_ns:
        raise PlanError("the end must be after the start")
    lot = lot_of(spec, instrument)
    check_qty(spec, instrument)
    for name, word, known in (
        ("style", spec.style, get_args(Style)),
        ("end", spec.at_end, get_args(AtEnd)),
        ("after", spec.catch_up, get_args(CatchUp)),
    ):
        if word not in known:
            raise PlanError(f"{name} {word!r} is none of {', '.join(filter(None, known))}")
    if (spec.slices is not None and spec.slices > MOST_SLICES) or len(spec.profile) > MOST_SLICES:
        raise PlanError(f"more than {MOST_SLICES} slices")
    _check_prices(spec, instrument)
    _check_shares(spec)
    _check_sizes(spec, lot)
    if spec.deadline_ns < 0 or spec.delay_ns < 0:
        raise PlanError("a deadline and a delay can't be below 0")


def _check_prices(spec: AlgoSpec, instrument: Instrument) -> None:
    for name, px in (("limit", spec.limit_px), ("would", spec.would_px), ("from", spec.from_px), ("to", spec.to_px)):
        if px is not None and not (px.is_finite() and px > 0 and not px % instrument.tick):
            raise PlanError(f"{name} {px} is no price on the tick of {instrument.tick}")
    if spec.drift is not None and not spec.drift.is_finite():
        raise PlanError(f"drift {spec.drift} is no number of price units a day")
    offset = spec.limit_offset
    if not (offset.is_finite() and 0 <= offset <= Decimal("0.2")):
        raise PlanError(f"limit offset {offset} is no share from 0 to 0.2")
    limit_px, would_px = spec.limit_px, spec.would_px
    if limit_px is not None and would_px is not None and (would_px - limit_px) * spec.side.sign > 0:
        raise PlanError(f"would {would_px} lies beyond the limit {limit_px}")


def _check_shares(spec: AlgoSpec) -> None:
    cap, rate = spec.cap, spec.participation
    if cap is not None and not (cap.is_finite() and 0 < cap <= 1):
        raise PlanError(f"cap {cap} is no share above 0 and up to 1")
    if rate is not None and not (rate.is_finite() and 0 < rate < 1):
        # All of a market that has others in it is no part of it, however much is traded.
        raise PlanError(f"rate {rate} is no share above 0 and below 1")
    for name, share in (("size jitter", spec.randomise_size), ("time jitter", spec.randomise_time)):
        if not (share.is_finite() and 0 <= share <= 1):
            raise PlanError(f"{name} {share} is no share from 0 to 1")
    for name, share in (("open", spec.open_share), ("close", spec.close_share)):
        if not (share.is_finite() and 0 <= share <= 1):
            raise PlanError(f"{name} {share} is no share from 0 to 1")
    if spec.open_share + spec.close_share > 1:
        raise PlanError("the auctions come to more than the whole")


def _check_sizes(spec: AlgoSpec, lot: Decimal) -> None:
    for name, size in (("min", spec.min_child), ("max", spec.max_child), ("show", spec.display)):
        if size is not None and not (size.is_finite() and size > 0 and not size % lot):
            raise PlanError(f"{name} {size} is no multiple of the lot {lot}")
    if spec.min_child is not None and spec.max_child is not None and spec.min_child > spec.max_child:
        raise PlanError(f"min {spec.min_child} is above max {spec.max_child}")
