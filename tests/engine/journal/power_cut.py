"""Power cuts on a real SQLite file: copies of what a disk may hold when the power goes.

`Disk.synced` is taken after a commit: from then on those bytes are on the disk. What was written later may
be there, or not, sector by sector: `Disk.cut` makes such a state, and the file must open in it as after one
of the two commits.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import NamedTuple

_SECTOR = 512


class Disk(NamedTuple):
    """The journal's file and its WAL at one instant. The -shm file is no part of it: it is only memory."""

    database: bytes
    wal: bytes

    @classmethod
    def synced(cls, path: Path) -> Disk:
        """What the disk holds now; call it when `append` has returned and before the next one."""
        wal = _wal(path)
        return cls(path.read_bytes(), wal.read_bytes() if wal.exists() else b"")

    def cut(self, later: Disk, rng: random.Random) -> Disk:
        """The power goes while the writes that lead to `later` are under way: each sector of the WAL made
        it or not.

        Where a checkpoint moved pages into the database in between, only whole states are possible here.
        """
        if later.database != self.database:
            return rng.choice((self, later))
        wal = bytearray(self.wal)
        length = rng.choice((len(self.wal), len(later.wal), rng.randint(0, len(later.wal))))
        wal = wal.ljust(max(length, len(self.wal)), b"\0")
        for start in range(0, len(later.wal), _SECTOR):
            end = min(start + _SECTOR, len(wal))
            if rng.random() < 0.5 and start < end:
                wal[start:end] = later.wal[start:end]
        return Disk(self.database, bytes(wal))

    def put(self, path: Path) -> Path:
        """Write this state to `path`, as the next start will find it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.database)
        path.with_name(path.name + "-shm").unlink(missing_ok=True)
        _wal(path).unlink(missing_ok=True)
        if self.wal:
            _wal(path).write_bytes(self.wal)
        return path


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")
