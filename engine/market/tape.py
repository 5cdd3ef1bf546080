"""Recorded market data: which files, what is in them, and their events as a stream.

`open_tapes` reads every file to its end before it returns, so that a run never starts on a tape that it can't
finish. Streaming reads it again in small pieces; no file is ever held in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from engine.market.calendar import Calendar, CalendarError
from engine.market.tape_fields import SECOND_NS
from engine.market.tape_lines import TapeError, read_lines
from engine.market.tape_rows import Kind, RowError, RowReader, Rules
from engine.market.tape_schema import reader_for, shortest_spacing
from engine.model.market import Bar, MarketEvent

__all__ = ["SessionRules", "Tape", "TapeError", "open_tapes", "tape_files"]

_MINUTE_NS: Final = 60 * SECOND_NS
_SUFFIXES: Final = (".csv", ".csv.gz")
_FAR_NS: Final = 2**63


class SessionRules(Rules):
    """Sessions by the calendar of each symbol. Where a calendar knows nothing, days end at midnight UTC."""

    def __init__(self, calendar_of: Callable[[str], Calendar]) -> None:
        self._calendar_of = calendar_of

    def in_regular_session(self, symbol: str, ts_ns: int) -> bool:
        try:
            return self._calendar_of(symbol).is_open(ts_ns)
        except CalendarError:
            return False

    def day_close_ns(self, symbol: str, midnight_ns: int) -> int:
        try:
            day = datetime.fromtimestamp(midnight_ns // SECOND_NS, UTC).date()
            session = self._calendar_of(symbol).session_on(day)
        except CalendarError:
            session = None
        return session.close_ns if session is not None else super().day_close_ns(symbol, midnight_ns)


class Tape(msgspec.Struct, frozen=True):
    """One file that was read to its end and found good."""

    path: Path
    kind: Kind
    symbols: tuple[str, ...]
    """In order of appearance."""
    rows: int
    first_ns: int
    """When its first event can be known (a bar's end)."""
    last_ns: int
    interval_ns: int
    """Length of a bar; for quotes 60 s or 1 s where all lie on whole minutes or seconds; 0 for ticks."""
    rules: Rules

    def batches(self) -> Iterator[list[MarketEvent]]:
        """Its events in file order, a short list at a time. Raises TapeError if the file has changed."""
        for _, events in _read(self.path, self.rules, self.interval_ns):
            yield events


def tape_files(paths: Iterable[Path | str]) -> list[Path]:
    """The files meant: a folder stands for every *.csv and *.csv.gz in it, by name.

    A file named twice counts once. Raises TapeError for what doesn't exist or holds no tape.
    """
    found: dict[Path, Path] = {}
    for given in paths:
        path = Path(given).expanduser()
        try:
            files = _in_folder(path) if path.is_dir() else [path]
            for file in files:
                found.setdefault(file.resolve(strict=True), file)
        except OSError as error:
            raise TapeError(given, f"can't be read: {error.strerror or error}") from None
    return list(found.values())


def open_tapes(paths: Iterable[Path | str], rules: Rules | None = None) -> tuple[Tape, ...]:
    """Check every file completely and say what is in it, in the order given.

    `rules` says when sessions are (late reports, ends of daily bars). Raises TapeError at the first fault.
    """
    return tuple(check_tape(path, rules or Rules()) for path in tape_files(paths))


def check_tape(path: Path, rules: Rules) -> Tape:
    """Read one file to its end."""
    rows, grid_ns, spacing_ns = 0, 0, _FAR_NS
    first_ns, last_ns = 0, 0
    symbols: dict[str, None] = {}
    newest: dict[str, int] = {}
    reader: RowReader | None = None
    for reader, events in _read(path, rules, 0):
        if not rows:
            first_ns = _known_ns(events[0])
        last_ns = _known_ns(events[-1])
        rows += len(events)
        symbols.update((symbol, None) for symbol, _ in groupby(event.symbol for event in events))
        if reader.spaced:
            spacing_ns = shortest_spacing(events, newest, spacing_ns)
        elif reader.kind == "quotes":
            grid_ns = math.gcd(grid_ns, *(_known_ns(event) for event in events))
    if reader is None:
        raise TapeError(path, "has a header and no rows")
    interval_ns = reader.interval_ns
    if reader.spaced:
        # The file's shortest spacing is never shorter than its bars, so that no bar is known too early.
        interval_ns = spacing_ns if spacing_ns < _FAR_NS else _grid_of(first_ns)
        first_ns, last_ns = first_ns + interval_ns, last_ns + interval_ns
    elif reader.kind == "quotes" and not interval_ns:
        interval_ns = _grid_of(grid_ns)
    return Tape(path, reader.kind, tuple(symbols), rows, first_ns, last_ns, interval_ns, rules)


def _read(path: Path, rules: Rules, interval_ns: int) -> Iterator[tuple[RowReader, list[MarketEvent]]]:
    reader: RowReader | None = None
    line = 1
    for piece in read_lines(path):
        lines = piece
        try:
            if reader is None:
                reader = reader_for(lines[0])(rules, interval_ns)
                lines = piece[1:]
                line = 2
            if lines:
                yield reader, reader.read(lines)
        except RowError as error:
            raise TapeError(path, error.reason, line + error.index) from None
        line += len(lines)


def _known_ns(event: MarketEvent) -> int:
    return event.end_ns if isinstance(event, Bar) else event.ts_ns


def _grid_of(ns: int) -> int:
    """The sampling interval of times that are all multiples of `ns`."""
    return next((grid for grid in (_MINUTE_NS, SECOND_NS) if ns % grid == 0), 0)


def _in_folder(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.name.endswith(_SUFFIXES) and file.is_file())
    if not files:
        raise TapeError(folder, "holds no tape; expected files named *.csv or *.csv.gz")
    return files
