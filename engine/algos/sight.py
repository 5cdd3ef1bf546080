"""What an algo may see at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine.algos.kind import Sight
from engine.algos.places import places_of
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from engine.state import Algo

if TYPE_CHECKING:
    from engine.desk import Desk


def sight_of(desk: Desk, spec: AlgoSpec, instrument: Instrument, algo: Algo | None = None) -> Sight:
    """The market of the algo's symbol now; `algo`: the one that looks, where it runs already."""
    now, around = desk.now.market_ns, desk.surroundings
    return Sight(
        now,
        instrument,
        desk.quotes.usable(spec.symbol, now),
        desk.state.mode == "live",  # what is traded on paper is printed nowhere
        around.session_bounds(spec.symbol, now),
        bool(around.session_closed(spec.symbol, now, False)),
        around.history,
        around.past,
        around.profiles,
        places_of(desk, spec, algo) if spec.accounts else (),
    )


def look(desk: Desk, algo: Algo) -> None:
    """Record what the market has traded since the algo last looked."""
    counts = desk.algo_memory.counts
    seen = desk.quotes.traded(algo.spec.symbol)
    before = counts.get(algo.id)
    counts[algo.id] = seen
    if before is None or desk.now.market_ns < algo.spec.start_ns:
        return
    more = seen.since(before)
    if more.volume > 0:
        desk.emit(f.AlgoVolumeSeen(algo.id, more.volume, more.notional))
