"""Makes one snapshot in a process of its own, from the journal alone: `python -m engine.journal.snapshot_child`.

The desk's own state would have to stand still while it is written down (10 us an order). A second fold of the
journal, from the last snapshot on, needs nothing of the desk: not its memory, not its interpreter lock.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from engine.journal.archive import archive_folder
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.folding import fold_reader
from engine.journal.place import place_of
from engine.journal.reader import JournalReader
from engine.journal.snapshots import SnapshotError, newest_first, read_label, save

#: Politeness towards the desk: the child takes what nobody else wants.
_NICENESS: Final = 10

log = logging.getLogger("tradedesk.journal")


class Job(msgspec.Struct, frozen=True):
    """What the child is told, as JSON on its standard input: a URL's password must be in no list of processes."""

    journal: str
    """As engine.journal.place.text_of gives it."""
    snapshots: str


def make(job: Job) -> None:
    """Fold the journal and write the snapshot of its end, unless there is one. Raises JournalError, SnapshotError."""
    folder = Path(job.snapshots)
    place = place_of(job.journal)
    folders = [folder, archive_folder(place)] if isinstance(place, Path) else [folder]
    with JournalReader(place) as reader:
        head, state = fold_reader(reader, FactCodec(), folders)
    newest = newest_first(folder)
    if not newest or read_label(newest[0]).head != head:
        save(folder, head, state, time.time_ns())


def start(job: Job) -> subprocess.Popen[bytes]:
    """Begin in a child. Its standard error says in one line what went wrong; exit code 0 or 1."""
    child = subprocess.Popen(
        # -P: nothing is imported from wherever the desk was started.
        [sys.executable, "-P", "-m", "engine.journal.snapshot_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdin is not None
    child.stdin.write(msgspec.json.encode(job))
    child.stdin.close()
    child.stdin = None
    return child


def main() -> int:
    """The child."""
    os.nice(_NICENESS)
    logging.disable()
    try:
        make(msgspec.json.decode(sys.stdin.buffer.read(), type=Job))
    except (JournalError, SnapshotError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
