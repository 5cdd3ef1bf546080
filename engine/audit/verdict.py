"""The whole audit of one state folder's journal: the bytes of its file, and all that is kept beside it and must say the
same. (The chain itself: engine.journal.verify.)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from engine.journal.archive import verify_seals
from engine.journal.errors import JournalError
from engine.journal.finding import Checked, Finding
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.journal.verify_blotter import verify_blotter
from engine.journal.verify_pages import verify_pages
from engine.journal.verify_snapshots import verify_snapshots
from engine.journal.verify_trades import verify_trades


class Beside(msgspec.Struct, frozen=True):
    """The files that belong to a journal."""

    trades: Path
    blotter: Path
    snapshots: Sequence[Path]
    archives: Path


def bytes_of(place: Place) -> Checked:
    """Every byte of a journal in a SQLite file; a server's own files are out of reach. Never in a process that has the
    journal open. Raises JournalError."""
    if not isinstance(place, Path):
        return Checked(0, "pages")
    report = verify_pages(place)
    return Checked(
        report.pages,
        "pages",
        (
            *(Finding(fault.place, fault.what) for fault in report.faults),
            *(Finding(note.place, note.what, harmless=True) for note in report.notes),
        ),
    )


def beside(place: Place, files: Beside) -> list[Checked]:
    """What stands beside an intact journal, part by part; one that can't be checked at all is a finding of its own."""
    parts: list[tuple[Path, Callable[[], Checked]]] = [
        (files.archives, lambda: _archives(place, files.archives)),
        (files.trades, lambda: verify_trades(place, files.trades)),
        (files.blotter, lambda: verify_blotter(place, files.blotter)),
        (files.archives, lambda: _snapshots(place, files.snapshots)),
    ]
    return [_checked(path, part) for path, part in parts]


def _checked(path: Path, part: Callable[[], Checked]) -> Checked:
    try:
        return part()
    except JournalError as error:
        said = str(error).removeprefix(f"{path}: ")
        return Checked(0, "", (Finding(str(path), said),))


def _archives(place: Place, folder: Path) -> Checked:
    with JournalReader(place) as reader:
        anchor = reader.anchor
    return verify_seals(folder, anchor)


def _snapshots(place: Place, folders: Sequence[Path]) -> Checked:
    report = verify_snapshots(place, folders)
    path, _, what = report.wrong.partition(": ")
    return Checked(report.good, "snapshots", (Finding(path, what),) if report.wrong else ())
