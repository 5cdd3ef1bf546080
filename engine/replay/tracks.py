"""What the journal tells of the day before this run, thinned as charts need it: the sampled equity and marks."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from itertools import takewhile
from typing import Final

from engine import facts as f
from engine.audit.search import before
from engine.journal.codec import FactCodec
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.tracks import Tracks

#: Samples nearer to each other (market time) are not even decoded.
_APART_NS: Final = 5_000_000_000
_KINDS: Final = frozenset({"day_rolled", "marks_sampled"})


def earlier_tracks(
    journal: Place, upto_seq: int, since_ns: int, day_equity: Decimal | None, symbols: Collection[str]
) -> Tracks:
    """The newest day among the facts recorded from `since_ns` (wall) up to row `upto_seq`: its P&L against `day_equity`
    (None: that is left out), and the mids of `symbols`. Raises JournalError."""
    tracks, codec = Tracks(), FactCodec()
    next_ns = 0
    with JournalReader(journal) as reader:
        for row in takewhile(lambda row: row.seq <= upto_seq, reader.rows(before(reader, since_ns), _KINDS)):
            if row.kind == "marks_sampled" and next_ns - _APART_NS <= row.market_ns < next_ns:
                continue
            fact = codec.decode(row.kind, row.payload)
            if isinstance(fact, f.DayRolled):
                tracks = Tracks()
                tracks.day = fact.day
                next_ns = 0
            elif isinstance(fact, f.MarksSampled):
                next_ns = row.market_ns + _APART_NS
                _take(tracks, fact, row.market_ns, day_equity, symbols)
    return tracks


def _take(
    tracks: Tracks, fact: f.MarksSampled, market_ns: int, day_equity: Decimal | None, symbols: Collection[str]
) -> None:
    if fact.equity is not None and day_equity is not None:
        tracks.pnl.add(market_ns, fact.equity - day_equity)
    for symbol, bid, ask, _ in fact.marks:
        if symbol in symbols:
            tracks.mid_of(symbol).add(market_ns, (bid + ask) / 2)
