"""What was done with the PIN, in one file that every process of this home shares: the row of wrong tries, and a record
of each for the audit trail. No PIN in it, and nothing of one.

A try is charged, durably, before its PIN is looked at: killing the process in between saves an attacker nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from console.config.errors import ConfigError
from console.config.files import reason
from console.pin.lockout import Clocks, Row, anchored, failed, left_ns, wait_s
from console.pin.store import read_own, write_own
from engine.model.pin import PinRecord

#: Of the newest so many there is a record; desks bring them into their journals within seconds.
KEPT: Final = 1_000
_UNFINISHED_NS: Final = 60_000_000_000
SECOND_NS: Final = 1_000_000_000


class _File(msgspec.Struct):
    row: Row = Row()
    newest: int = 0
    """Number of the newest record."""
    begun: list[PinRecord] = []
    """Tries that are charged and have no outcome yet."""
    records: list[PinRecord] = []


class Tries:
    """The file at `path`, made when something is first recorded. All methods raise ConfigError when the file is not
    safe or can't be used: then no PIN is taken."""

    def __init__(self, path: Path, clocks: Clocks) -> None:
        self._path = path
        self._clocks = clocks

    def left_s(self) -> int:
        """For how many seconds no try is taken, rounded up; 0 = one is."""
        with self._opened(write=False) as file:
            return -(-left_ns(file.row, self._clocks) // SECOND_NS)

    def begin(self, user: str, where: str) -> tuple[int, int]:
        """Charge a try. (0, its mark), or (seconds to wait, 0) when none is taken now."""
        with self._opened() as file:
            left = left_ns(file.row, self._clocks)
            if left:
                self._add(file, self._record("refused", user, where, False, file.row.failures, -(-left // SECOND_NS)))
                return -(-left // SECOND_NS), 0
            file.row = failed(file.row, self._clocks)
            mark = max((record.no for record in file.begun), default=0) + 1
            failures = file.row.failures
            begun = self._record("try", user, where, False, failures, wait_s(failures))
            file.begun.append(msgspec.structs.replace(begun, no=mark, reason="not finished"))
            return 0, mark

    def end(self, mark: int, *, ok: bool) -> Row:
        """The outcome of a charged try; a right one ends the row."""
        with self._opened() as file:
            if ok:
                file.row = Row()
            for record in [record for record in file.begun if record.no == mark]:
                file.begun.remove(record)
                outcome = msgspec.structs.replace(record, ok=ok, reason="")
                self._add(file, msgspec.structs.replace(outcome, failures=0, wait_s=0) if ok else outcome)
            return file.row

    def note(self, what: str, user: str, where: str, *, ok: bool = True, why: str = "", forgive: bool = False) -> None:
        """Record a PIN that was set, changed or reset; `forgive` ends the row of wrong tries."""
        with self._opened() as file:
            if forgive:
                file.row = Row()
            self._add(file, self._record(what, user, where, ok, file.row.failures, 0, why))

    def records(self, after: int) -> list[PinRecord]:
        """What was recorded beyond number `after`, oldest first."""
        with self._opened(write=False) as file:
            return [record for record in file.records if record.no > after]

    # -- inside -------------------------------------------------------------------------------------------------

    def _record(self, what: str, user: str, where: str, ok: bool, failures: int, wait: int, why: str = "") -> PinRecord:
        return msgspec.convert(
            {
                "no": 0,
                "at_ns": self._clocks.wall_ns(),
                "what": what,
                "user": user,
                "where": where,
                "ok": ok,
                "failures": failures,
                "wait_s": wait,
                "reason": why,
            },
            PinRecord,
        )

    @staticmethod
    def _add(file: _File, record: PinRecord) -> None:
        file.newest += 1
        file.records.append(msgspec.structs.replace(record, no=file.newest))
        del file.records[:-KEPT]

    @contextlib.contextmanager
    def _opened(self, *, write: bool = True) -> Iterator[_File]:
        """The file, for one process at a time; written back, durably, when the block is through."""
        try:
            # A file of its own: the one with the content is replaced as a whole.
            lock = os.open(f"{self._path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise ConfigError.at(self._path, f"can't be used ({reason(error)}); no PIN is taken") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = read_own(self._path)
            file = self._decoded(before)
            self._bring_up_to_date(file)
            yield file
            after = msgspec.json.encode(file)
            if after != before and (write or before is not None):
                write_own(self._path, after)
        finally:
            os.close(lock)

    def _decoded(self, data: bytes | None) -> _File:
        if data is None:
            return _File()
        try:
            return msgspec.json.decode(data, type=_File)
        except msgspec.MsgspecError:
            what = (
                "is damaged: nobody knows how many wrong PINs there were; no PIN is taken before `tradedesk pin reset`"
            )
            raise ConfigError.at(self._path, what) from None

    def _bring_up_to_date(self, file: _File) -> None:
        file.row = anchored(file.row, self._clocks)
        now = self._clocks.wall_ns()
        for record in [record for record in file.begun if not 0 <= now - record.at_ns < _UNFINISHED_NS]:
            file.begun.remove(record)  # its process is gone; the try stays charged
            self._add(file, record)

    def start_anew(self) -> None:
        """After an admin's reset of a damaged file: put it aside, unread."""
        with contextlib.suppress(FileNotFoundError):
            os.replace(self._path, f"{self._path}.damaged")
