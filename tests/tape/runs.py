"""Each algo over a recorded day, and how it came out against the day's benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.algos.math.past import Past
from engine.inputs import AlgoSpec
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.money import floor_to
from engine.state import Algo
from tests.tape.days import Benchmarks, Day, benchmarks, nyse
from tests.tape.desk import ACCOUNT, TapeDesk

SECOND_NS: Final = 1_000_000_000
LOT: Final = Decimal(100)
#: Of the mean volume of the earlier sessions: much too little to move the market, which a tape can't show.
SHARE_OF_VOLUME: Final = Decimal("0.005")
#: An iceberg shows one part in so many.
TIPS: Final = 100
#: What each algo is asked beside side, quantity and window.
ALGOS: Final[Mapping[str, Mapping[str, Any]]] = {
    "twap": {},
    "vwap": {},
    "pov": {"participation": Decimal("0.005"), "max_child": Decimal(1000)},
    "is": {},
    "iceberg": {},
}


class Run(msgspec.Struct, frozen=True):
    """One algo on one day. Slippage in bps on what was filled, positive = cost (definitions/tca.md)."""

    symbol: str
    day: str
    algo: str
    asked: Decimal
    filled: Decimal
    avg: Decimal
    marks: Benchmarks
    children: int
    status: str
    side: Side = Side.BUY

    def slippage(self, benchmark: str) -> Decimal:
        """s (avg - B) / B."""
        mark: Decimal = getattr(self.marks, benchmark)
        return self.side.sign * (self.avg - mark) / mark * 10_000


def quantity(past: Past, day: Day) -> Decimal:
    """The parent's size: a share of what the earlier sessions traded, in whole hundreds."""
    volume = past.volume(day.symbol, day.session.open_ns)
    assert volume is not None
    return floor_to(volume * SHARE_OF_VOLUME, LOT)


def begin(
    day: Day, past: Past, algo: str, end_ns: int, side: Side = Side.BUY, **terms: Any
) -> tuple[TapeDesk, Algo, int]:
    """A desk at the first usable quote of the session, and the algo launched there; where in the tape it stands."""
    opens = day.session.open_ns
    desk = TapeDesk(Instrument(day.symbol, calendar="XNYS"), nyse(), opens - 2 * SECOND_NS, past)
    place = 0
    while desk.now_ns < opens or desk.quotes.usable(day.symbol, desk.now_ns) is None:
        desk.play(day.events[place : place + 1])
        place += 1
    qty = quantity(past, day)
    tip = {"display": max(floor_to(qty / TIPS, LOT), LOT)} if algo == "iceberg" else {}
    terms = {**ALGOS[algo], **tip, "qty": qty, **terms}
    spec = AlgoSpec(algo, ACCOUNT, day.symbol, side, start_ns=desk.now_ns, end_ns=end_ns, **terms)
    return desk, desk.launch(spec), place


def run(day: Day, past: Past, algo: str, side: Side = Side.BUY, **terms: Any) -> Run:
    """The algo from the open to the close."""
    closes = day.session.close_ns
    desk, parent, place = begin(day, past, algo, closes, side, **terms)
    start_ns = desk.now_ns
    desk.play(day.events[place:])
    desk.pass_to(closes + 120 * SECOND_NS)
    filled = sum((each.last_qty for each in desk.executions), Decimal(0))
    cost = sum((each.last_qty * each.last_px for each in desk.executions), Decimal(0))
    assert filled == parent.cum_qty <= parent.spec.qty
    return Run(
        day.symbol,
        f"{day.session.date}",
        algo,
        parent.spec.qty,
        filled,
        cost / filled if filled else Decimal(0),
        benchmarks(day, start_ns, closes),
        len(desk.sent),
        f"{parent.status} {parent.reason}".strip(),
        side,
    )


def folder(given: str | None) -> Path:
    """Where the recorded data are: beside the repository unless said otherwise."""
    return Path(given) if given else Path(__file__).parents[3] / "shared" / "data"
