"""The emergency log: what is sent while the journal is down is noted here first.

A file of fixed size, written in full when it is made, so that a note needs no free disk: it overwrites one
slot in place and is synced. A cancel that is sent again is not noted again, and cancels leave room for the orders
that flatten. Each slot lies within one 512-byte sector and carries a checksum; a torn one is
skipped and reported. (A copy-on-write file system may still need space: then the ids derived from the kill
epoch remain.)
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from engine.journal.errors import JournalError, JournalWriteError
from engine.journal.files import sync_file, sync_folder, write_all

_MAGIC: Final = b"TDE1"
_SLOT: Final = 256
_SLOTS: Final = 4096
_FOR_ORDERS: Final = 512
"""Slots that cancels leave free."""
_FRAME: Final = struct.Struct(">4sIHQ")
"""magic, CRC-32 of what follows it, length of the JSON, number of the note"""
_EMPTY: Final = bytes(_SLOT)


class EmergencyRecord(msgspec.Struct, frozen=True, array_like=True):
    """A cancel or a reducing order that went out while the journal was down. `attempt` counts from 1."""

    epoch: int
    account: str
    instrument: str
    attempt: int
    cl_ord_id: str
    kind: Literal["cancel", "liquidate"]


class EmergencyReport(msgspec.Struct, frozen=True):
    """What the log holds, in the order of the notes, and the slots that can't be read."""

    records: tuple[EmergencyRecord, ...]
    torn: tuple[int, ...] = ()


class EmergencyLog:
    """The open log of one desk; its methods may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Open the log at `path`, made first when there is none. Raises JournalError when it can't be
        had."""
        self._path = path
        self._decode = msgspec.json.Decoder(EmergencyRecord).decode
        try:
            if not path.exists():
                _create(path)
            self._handle = os.open(path, os.O_RDWR)
        except OSError as error:
            raise JournalError(f"{path}: the emergency log can't be opened: {error.strerror}") from error
        size = os.fstat(self._handle).st_size
        if size != _SLOT * _SLOTS:
            os.close(self._handle)
            raise JournalError(f"{path}: has {size} bytes; an emergency log has {_SLOT * _SLOTS}")
        slots = self._slots()
        self._lock = threading.Lock()
        self._next = max((n + 1 for n, slot in enumerate(slots) if slot != _EMPTY), default=0)
        """The first slot behind everything noted, torn or not."""
        self._cancels = {record.cl_ord_id for record in self.read_all().records if record.kind == "cancel"}
        """Orders whose cancel is on the disk."""

    def note(self, *records: EmergencyRecord) -> None:
        """Return when the records are on the disk, all with one sync. Raises JournalWriteError when they
        may not be, or there is no room for them."""
        with self._lock:
            self._note(records)

    def _note(self, records: Sequence[EmergencyRecord]) -> None:
        records = [record for record in records if record.kind != "cancel" or record.cl_ord_id not in self._cancels]
        if not records:
            return
        orders = any(record.kind != "cancel" for record in records)
        if self._next + len(records) > (_SLOTS if orders else _SLOTS - _FOR_ORDERS):
            raise JournalWriteError(f"{self._path}: the emergency log is full ({self._next} of {_SLOTS} records)")
        slots = b"".join(self._pack(self._next + n, record) for n, record in enumerate(records))
        # Slots that failed are not tried again: what is on the disk there is not known.
        place, self._next = self._next, self._next + len(records)
        try:
            if os.pwrite(self._handle, slots, place * _SLOT) != len(slots):
                raise JournalWriteError(f"{self._path}: slot {place} was written in part")
            sync_file(self._handle)
        except OSError as error:
            raise JournalWriteError(f"{self._path}: {error.strerror}") from error
        self._cancels.update(record.cl_ord_id for record in records if record.kind == "cancel")

    def read_all(self) -> EmergencyReport:
        """Everything noted since the last `clear`."""
        records, torn = [], []
        for number, slot in enumerate(self._slots()):
            if slot == _EMPTY:
                continue
            record = self._unpack(number, slot)
            if record is None:
                torn.append(number)
            else:
                records.append(record)
        return EmergencyReport(tuple(records), tuple(torn))

    def clear(self) -> None:
        """Empty the log, durably: its records are in the journal now. A note that comes meanwhile waits, and stays."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        try:
            for number in range(self._next):
                os.pwrite(self._handle, _EMPTY, number * _SLOT)
            sync_file(self._handle)
        except OSError as error:
            raise JournalWriteError(f"{self._path}: {error.strerror}") from error
        self._next = 0
        self._cancels.clear()

    def close(self) -> None:
        """Release the file."""
        os.close(self._handle)

    def _slots(self) -> list[bytes]:
        data = os.pread(self._handle, _SLOT * _SLOTS, 0)
        return [data[start : start + _SLOT] for start in range(0, len(data), _SLOT)]

    def _pack(self, number: int, record: EmergencyRecord) -> bytes:
        text = msgspec.json.encode(record)
        if len(text) > _SLOT - _FRAME.size:
            raise JournalWriteError(f"{self._path}: the record of {record.cl_ord_id} is {len(text)} bytes, too long")
        frame = _FRAME.pack(_MAGIC, _checksum(len(text), number, text), len(text), number)
        return (frame + text).ljust(_SLOT, b"\0")

    def _unpack(self, number: int, slot: bytes) -> EmergencyRecord | None:
        magic, checksum, length, noted = _FRAME.unpack_from(slot)
        text = slot[_FRAME.size : _FRAME.size + length]
        if magic != _MAGIC or noted != number or _checksum(length, noted, text) != checksum:
            return None
        try:
            return self._decode(text)
        except msgspec.MsgspecError:
            return None


def _checksum(length: int, number: int, text: bytes) -> int:
    return zlib.crc32(text, zlib.crc32(struct.pack(">HQ", length, number)))


def _create(path: Path) -> None:
    newborn = path.with_name(path.name + ".new")
    handle = os.open(newborn, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        write_all(handle, _EMPTY * _SLOTS)
        sync_file(handle)
    finally:
        os.close(handle)
    newborn.rename(path)
    sync_folder(path.parent)
