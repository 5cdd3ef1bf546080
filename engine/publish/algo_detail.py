"""An algo in full, for its own screen: made when somebody looks, once a second, not in every view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from engine.desk import Desk
from engine.inputs import AlgoSpec, Now
from engine.model.charts import AlgoDetail, FillPoint, Point, SliceRow
from engine.model.money import ONE, ZERO, plain
from engine.state import Algo
from engine.tca.book import algo_key
from engine.tracks import Series

#: More executions, or steps of a line, than this are no use on a screen.
MOST: Final = 400
_SECOND_NS: Final = 1_000_000_000


def algo_detail(desk: Desk, number: int, now: Now) -> AlgoDetail | None:
    """The algo with this number; None where the desk has none (any more)."""
    algo = desk.state.algos.get(number)
    if algo is None:
        return None
    spec, fills = algo.spec, _fills(desk, algo)
    series, targets = desk.tracks.mids.get(spec.symbol), desk.tracks.targets.get(number)
    began = min((fill.ts_ns for fill in fills[:1]), default=now.market_ns)
    began = min(began, algo.launched_ns or spec.start_ns)
    return AlgoDetail(
        number,
        now.market_ns,
        spec.start_ns,
        spec.end_ns,
        spec.qty,
        _slices(algo, fills, now.market_ns),
        _schedule(algo, targets),
        _actual(fills, began),
        () if series is None else _since(series.points, began),
        tuple(fills[-MOST:]),
        len(fills),
        spec.limit_px,
        spec.would_px,
        algo.arrival_px,
        algo.cum_cost / algo.cum_qty if algo.cum_qty else None,
        algo.volume,
        _share(algo.cum_qty, algo.volume),
        spec.cap,
        algo.children,
        tuple(_terms(spec)),
    )


def _fills(desk: Desk, algo: Algo) -> list[FillPoint]:
    """All of its executions by time, as the recorder of costs has them; else those that the state still keeps."""
    ticket = desk.tca.book.tickets.get(algo_key(algo.id))
    if ticket is not None:
        found = [FillPoint(fill.ts_ns, fill.qty, fill.px) for fill in ticket.all_fills]
        if sum((fill.qty for fill in found), ZERO) == algo.cum_qty:
            return found
    state = desk.state
    kept = [
        FillPoint(e.ts_ns, e.last_qty, e.last_px)
        for e in state.fills
        if (order := state.orders.get(e.cl_ord_id)) is not None and order.request.parent == algo.id
    ]
    kept.sort(key=lambda fill: fill.ts_ns)
    return kept


def _slices(algo: Algo, fills: Sequence[FillPoint], now_ns: int) -> tuple[SliceRow, ...]:
    """Each slice with what was executed in its interval; what came before the first one counts to it."""
    times = [at for at, _ in algo.slices]
    qty, cost = [ZERO] * len(times), [ZERO] * len(times)
    for fill in fills if times else ():
        index = max(bisect_right(times, fill.ts_ns) - 1, 0)
        qty[index] += fill.qty
        cost[index] += fill.qty * fill.px
    volumes = [*algo.volumes_at, algo.volume]
    rows, target = [], ZERO
    for index, (at_ns, wanted) in enumerate(algo.slices):
        target += wanted
        reached = index < algo.reached
        volume = volumes[index + 1] - volumes[index] if reached and index + 1 < len(volumes) else None
        done = qty[index]
        rows.append(
            SliceRow(
                index + 1,
                at_ns,
                wanted,
                target,
                done,
                cost[index] / done if done else None,
                volume,
                None if volume is None else _share(done, volume),
                reached,
            )
        )
    return tuple(rows)


def _share(own: Decimal, volume: Decimal) -> Decimal | None:
    """Own executions against what traded; None where nothing was seen to trade."""
    return min(own / volume, ONE).quantize(Decimal("0.0001")) if volume else None


def _schedule(algo: Algo, targets: Series | None) -> tuple[Point, ...]:
    if not algo.slices:
        return () if targets is None else targets.points
    points, total = [], ZERO
    for at_ns, wanted in algo.slices:
        points.append((at_ns, total))
        total += wanted
        points.append((at_ns, total))
    return _thinned((*points, (max(algo.spec.end_ns, points[-1][0]), total)))


def _actual(fills: Sequence[FillPoint], began_ns: int) -> tuple[Point, ...]:
    points: list[Point] = [(began_ns, ZERO)]
    for fill in fills:
        done = points[-1][1]
        points += ((fill.ts_ns, done), (fill.ts_ns, done + fill.qty))
    return _thinned(tuple(points))


def _thinned(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """At most MOST of them, the first and the last among them."""
    step = -(-len(points) // MOST)
    return points if step == 1 else (*points[:-1:step], points[-1])


def _since(points: tuple[Point, ...], began_ns: int) -> tuple[Point, ...]:
    return tuple(point for point in points if point[0] >= began_ns)


def _terms(spec: AlgoSpec) -> list[tuple[str, str]]:
    """Whatever was asked for beyond the plain algo."""
    shares = {"participation": spec.participation, "cap": spec.cap, "open": spec.open_share, "close": spec.close_share}
    amounts = {
        "lot": spec.lot,
        "display": spec.display,
        "smallest child": spec.min_child,
        "largest child": spec.max_child,
        "would": spec.would_px,
        "from": spec.from_px,
        "to": spec.to_px,
        "risk aversion": spec.risk_aversion,
        "drift": spec.drift,
    }
    words = {"style": spec.style, "at the end": spec.at_end, "profile": spec.profile_name, "tag": spec.tag}
    found = [(name, f"{(value * 100).normalize():f}%") for name, value in shares.items() if value]
    found += [(name, plain(value)) for name, value in amounts.items() if value is not None]
    found += [(name, value) for name, value in words.items() if value]
    if spec.deadline_ns:
        found.append(("deadline", f"{spec.deadline_ns // _SECOND_NS} s"))
    if spec.accounts:
        found.append(("accounts", ", ".join((spec.account, *spec.accounts))))
    return found
