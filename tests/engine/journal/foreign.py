"""Snapshots that say another program made them, intact in all else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from engine.journal.snapshots import read_label


def as_of_another_program(path: Path) -> Path:
    """Write another maker into the snapshot's second line, and into the first the checksum that fits it."""
    first, _, body = path.read_bytes().split(b"\n", 2)
    label = msgspec.structs.replace(read_label(path), program="another program")
    rest = msgspec.json.encode(label) + b"\n" + body
    kind = first.rpartition(b" ")[0]
    path.write_bytes(kind + b" " + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest)
    return path
