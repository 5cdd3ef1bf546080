"""Intraday bars of earlier days, by symbol: what a volume profile and a volatility are learned from.

They come from the same files and folders as the daily bars of `history:` (a header that begins with ts_utc tells them
apart), or from the simulated market. A history is a constant of the run. Who uses it must leave out whatever is not
before the day in question: a tape of several days may lie in the same folder as the bars of those days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from engine.market.tape import check_tape, tape_files
from engine.market.tape_bars import BarRows
from engine.market.tape_lines import TapeError, read_lines
from engine.market.tape_rows import Rules
from engine.model.market import Bar


class Minutes:
    """Bars of each symbol in time order, each bar once. Immutable."""

    __slots__ = ("_bars",)

    def __init__(self, bars: Callable[[str], tuple[Bar, ...]]) -> None:
        """`bars(symbol)` gives the same each time, nothing for a symbol that isn't known."""
        self._bars = bars

    @classmethod
    def none(cls) -> Minutes:
        """Of nothing."""
        return cls(lambda symbol: ())

    def of(self, symbol: str) -> tuple[Bar, ...]:
        """Its bars, the oldest first."""
        return self._bars(symbol)


def split_files(paths: Iterable[Path | str]) -> tuple[list[Path], list[Path]]:
    """(files of intraday bars, all other files) of these files and folders, told apart by their header row. Raises
    TapeError for what can't be read."""
    intraday: list[Path] = []
    others: list[Path] = []
    for path in tape_files(paths):
        is_intraday = next(read_lines(path))[0] == ",".join(BarRows.header)
        (intraday if is_intraday else others).append(path)
    return intraday, others


def read_minutes(paths: Iterable[Path]) -> Minutes:
    """Read every file to its end. Raises TapeError: the first fault, with the file; also where two files have bars of
    one symbol that begin at the same time."""
    found: dict[str, dict[int, Bar]] = {}
    for path in paths:
        for batch in check_tape(path, Rules()).batches():
            for event in batch:
                assert isinstance(event, Bar)
                known = found.setdefault(event.symbol, {})
                if event.start_ns in known:
                    raise TapeError(path, f"a bar of {event.symbol} begins when another does; expected each bar once")
                known[event.start_ns] = event
    in_order = {symbol: tuple(bars[at] for at in sorted(bars)) for symbol, bars in found.items()}
    return Minutes(lambda symbol: in_order.get(symbol, ()))
