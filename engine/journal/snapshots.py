"""State snapshots: a fold need not begin at the first fact.

A snapshot is the state right after one row of the journal, in a file of its own beside it. It is a cache and never
the truth: one that is damaged, that another program's fold made, or whose row the journal does not hold is passed
over with a line in the log, and the fold begins earlier. Line 1 of a file is its kind and the SHA-256 of all that
follows; line 2 says where it belongs and who made it; the rest is the state (engine.journal.state_codec).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

import engine
from engine.journal.chain import GENESIS, Head
from engine.journal.errors import JournalWriteError
from engine.journal.files import sync_file, sync_folder, write_all
from engine.journal.state_codec import StateCodecError, decode, encode
from engine.state import DeskState

_KIND: Final = b"tradedesk snapshot 1 "
_NAME: Final = re.compile(r"\d{12,}\.snapshot")
#: The newest is what a start uses; the one before is there should it be damaged.
_KEPT: Final = 2

log = logging.getLogger("tradedesk.journal")


class SnapshotError(Exception):
    """A snapshot can't be used or made; the message is one line that says why."""


class Label(msgspec.Struct, frozen=True):
    """Where a snapshot belongs: right after row `seq`, which has `hash`. `program` is the `fingerprint` of its maker;
    created_ns is ns UTC, for people."""

    seq: int
    hash: str
    program: str
    created_ns: int

    @property
    def head(self) -> Head:
        return Head(self.seq, self.hash)


@cache
def fingerprint() -> str:
    """SHA-256 of the engine's code: other code may fold to another state, so after a change of it a start folds from
    the beginning, once. Takes some milliseconds. Raises SnapshotError where the code is not in files."""
    root = Path(engine.__file__).parent
    digest = hashlib.sha256()
    files = sorted(root.rglob("*.py"))
    if not files:
        raise SnapshotError("the engine's code is not in files")
    try:
        for path in files:
            code = path.read_bytes()
            digest.update(f"{path.relative_to(root)} {len(code)}\n".encode() + code)
    except OSError as error:
        raise SnapshotError(f"the engine's code can't be read: {error}") from None
    return digest.hexdigest()


def save(folder: Path, head: Head, state: DeskState, created_ns: int, *, kept: int | None = _KEPT) -> Path:
    """Write the state after row `head` and remove all but the `kept` newest snapshots (None: none); returns the file.

    Whole or not at all, and durable on return. Takes about 10 us an order: never on the order path. Nothing may
    change the state meanwhile. Raises SnapshotError when the state can't be written, JournalWriteError when the
    disk refuses.
    """
    try:
        body = encode(state)
    except StateCodecError as error:
        raise SnapshotError(str(error)) from None
    label = msgspec.json.encode(Label(head.seq, head.hash, fingerprint(), created_ns)) + b"\n"
    digest = hashlib.sha256(label)
    digest.update(body)
    path = folder / f"{head.seq:012d}.snapshot"
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_all(handle, _KIND + digest.hexdigest().encode() + b"\n" + label)
            write_all(handle, body)
            sync_file(handle)
        finally:
            os.close(handle)
        draft.rename(path)
        sync_folder(folder)
        for older in newest_first(folder)[kept:] if kept is not None else ():
            older.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise JournalWriteError(f"{path}: {error.strerror}") from error
    return path


def newest_first(folder: Path) -> list[Path]:
    """The snapshots in a folder, which need not exist; nothing in them is checked."""
    try:
        names = [entry.name for entry in os.scandir(folder) if _NAME.fullmatch(entry.name)]
    except FileNotFoundError:
        return []
    except OSError as error:
        log.warning("snapshots in %s can't be read: %s", folder, error.strerror)
        return []
    return [folder / name for name in sorted(names, key=_seq_of, reverse=True)]


def read_label(path: Path) -> Label:
    """Where a snapshot says that it belongs. Raises SnapshotError for what is no snapshot."""
    try:
        with path.open("rb") as file:
            file.readline(256)
            return msgspec.json.decode(file.readline(1024), type=Label)
    except OSError as error:
        raise SnapshotError(f"can't be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise SnapshotError("is damaged: it does not say where it belongs") from None


def load(path: Path, *, of_any_program: bool = False) -> tuple[Label, DeskState]:
    """The state that a snapshot holds. Raises SnapshotError when it is damaged, or made by other code than this
    program's and not `of_any_program`."""
    data, start = _checked(path)
    label = read_label(path)
    if label.program != fingerprint() and not of_any_program:
        raise SnapshotError("was made by another version of this program")
    try:
        return label, decode(data[data.index(b"\n", start) + 1 :])
    except StateCodecError as error:
        raise SnapshotError(str(error)) from None


def _checked(path: Path) -> tuple[bytes, int]:
    """A snapshot's bytes, and where its second line begins. Raises SnapshotError unless they are what was written."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SnapshotError(f"can't be read: {error.strerror}") from None
    start = data.find(b"\n") + 1
    if data[:start] != _KIND + hashlib.sha256(memoryview(data)[start:]).hexdigest().encode() + b"\n":
        raise SnapshotError("is damaged or of another version: its checksum is not that of its contents")
    return data, start


def damage_of(path: Path) -> str | None:
    """What is wrong with the bytes of a snapshot, whoever made it."""
    try:
        _checked(path)
        read_label(path)
    except SnapshotError as error:
        return str(error)
    return None


def candidates(folder: Path) -> list[tuple[Path, Label]]:
    """Snapshots by this program's code, newest first, by what they say of themselves; each other one makes a line in
    the log."""
    found = []
    for path in newest_first(folder):
        try:
            label = read_label(path)
            if label.program != fingerprint():
                raise SnapshotError("was made by another version of this program")
        except SnapshotError as error:
            _passed_over(path, str(error))
        else:
            found.append((path, label))
    return found


def newest_seq(folder: Path) -> int:
    """Where the newest snapshot by this program's code says that it belongs; 0 = there is none. Logs nothing."""
    for path in newest_first(folder):
        with suppress(SnapshotError):
            label = read_label(path)
            if label.program == fingerprint():
                return label.seq
    return 0


def newest_good(files: Sequence[tuple[Path, Label]], hashes: Sequence[str | None]) -> tuple[Head, DeskState]:
    """Where a fold may begin: the first of `candidates` that can be used, else the empty state before the first fact.
    `hashes`: what the journal's row of each one's seq carries. What is not used makes a line in the log."""
    for (path, label), found in zip(files, hashes, strict=True):
        if found != label.hash:
            _passed_over(path, f"the journal holds no such row {label.seq}")
            continue
        try:
            return label.head, load(path)[1]
        except SnapshotError as error:
            _passed_over(path, str(error))
    return GENESIS, DeskState()


def _passed_over(path: Path, why: str) -> None:
    log.warning("snapshot %s: %s; the fold begins earlier", path, why)


def _seq_of(name: str) -> int:
    return int(name.partition(".")[0])
