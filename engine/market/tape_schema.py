"""Which kind of tape a file is: known by its header row, measured by its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.market.tape_bars import (
    BarRows,
    BidAskBarRows,
    DailyBarRows,
    DailyBidAskBarRows,
    TickVolumeBarRows,
)
from engine.market.tape_rows import CryptoTradeRows, EquityTradeRows, QuoteRows, RowError, RowReader
from engine.model.market import Bar, MarketEvent

ROW_READERS: Final[tuple[type[RowReader], ...]] = (
    QuoteRows,
    EquityTradeRows,
    CryptoTradeRows,
    BarRows,
    TickVolumeBarRows,
    DailyBarRows,
    BidAskBarRows,
    DailyBidAskBarRows,
)


def reader_for(header: str) -> type[RowReader]:
    """The reader of files with this header row. RowError names the columns that are missing or unknown."""
    columns = tuple(header.split(","))
    for reader in ROW_READERS:
        if reader.header == columns:
            return reader
    nearest = max(ROW_READERS, key=lambda reader: len(set(columns) & set(reader.header)))
    missing = [name for name in nearest.header if name not in columns]
    unknown = [name for name in columns if name not in nearest.header]
    if len(missing) > 2:
        kinds = " or ".join(",".join(reader.header) for reader in ROW_READERS[:4])
        raise RowError(0, f"header {header[:60]!r} is of no tape; expected for example {kinds}")
    faults = [f"column {name} is missing" for name in missing] + [f"column {n!r} is unknown" for n in unknown]
    reason = ", ".join(faults) or "the columns stand in another order"
    raise RowError(0, f"header: {reason}; expected {','.join(nearest.header)}")


def shortest_spacing(events: Sequence[MarketEvent], last: dict[str, int], best: int) -> int:
    """The shortest time above 0 between rows of one symbol; `last` carries each symbol's newest on."""
    for event in events:
        at_ns = event.start_ns if isinstance(event, Bar) else event.ts_ns
        before_ns = last.get(event.symbol, at_ns)
        if 0 < at_ns - before_ns < best:
            best = at_ns - before_ns
        last[event.symbol] = at_ns
    return best
