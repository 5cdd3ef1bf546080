"""Making plain files durable, for what is kept beside the journal."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

#: macOS needs more than fsync to get through the drive's cache; elsewhere there is no such request.
_FULL_SYNC: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)


def sync_file(handle: int) -> None:
    """Return when the contents of an open file are on the disk. Raises OSError when they may not be."""
    if _FULL_SYNC is not None:
        fcntl.fcntl(handle, _FULL_SYNC)
    else:
        os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make the creation, renaming or removal of a file in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write all of `data` at the file's position: a write may take only a part."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
