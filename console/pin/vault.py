"""The one place where a PIN is checked, set, changed and reset. Shared by console, command line and headless desk: what
a wrong PIN costs is in a file, so it costs the same wherever it is tried."""

from __future__ import annotations

from pathlib import Path

import msgspec

from console.config.errors import ConfigError
from console.config.paths import Paths, make_private
from console.config.pin_file import read_pin_hash
from console.pin.clocks import MachineClocks
from console.pin.hash import HashCost, hashed, is_cheaper, matches
from console.pin.lockout import Clocks, wait_s
from console.pin.rules import weakness
from console.pin.store import write_own
from console.pin.tries import Tries
from engine.model.pin import PinRecord
from engine.model.secret import Secret


class PinError(Exception):
    """What was asked of the PIN is refused; one line for the user, without anything of a PIN."""


class Verdict(msgspec.Struct, frozen=True):
    """What came of a PIN. `wait_s`: how long no further one is taken; `looked`: False when a lock-out was in force, so
    that the PIN was not even looked at."""

    ok: bool
    failures: int
    wait_s: int
    looked: bool = True

    @property
    def words(self) -> str:
        """The answer for the user."""
        if self.ok:
            return "the PIN is right"
        if not self.looked:
            return f"locked out after wrong PINs: no PIN is looked at for {span(self.wait_s)}"
        wait = f"; the next try is taken in {span(self.wait_s)}" if self.wait_s else ""
        return f"wrong PIN{wait}"


def span(seconds: int) -> str:
    """7 s, 2 min 8 s."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class PinVault:
    """The PIN of one home. Its methods block for as long as a hash takes (about 50 ms): not for an event loop. They
    raise ConfigError where a file is not safe or can't be used, HashError where the hash can't be computed."""

    def __init__(
        self, pin_file: Path, tries_file: Path, *, clocks: Clocks | None = None, cost: HashCost | None = None
    ) -> None:
        self._pin_file = pin_file
        self._tries_file = tries_file
        self._tries = Tries(tries_file, clocks or MachineClocks())
        self._cost = cost or HashCost()

    @classmethod
    def of(cls, paths: Paths) -> PinVault:
        """The vault of this home."""
        return cls(paths.pin_file, paths.tries_file)

    @property
    def is_set(self) -> bool:
        """Whether there is a PIN. Raises ConfigError when its file is not safe."""
        return read_pin_hash(self._pin_file) is not None

    def left_s(self) -> int:
        """For how many seconds no PIN is taken; 0 = one is."""
        return self._tries.left_s() if self._tries_file.parent.is_dir() else 0

    def check(self, pin: Secret, user: str, where: str) -> Verdict:
        """Whether this is the PIN; a wrong one counts, wherever it was given. Raises PinError when none is set."""
        stored = read_pin_hash(self._pin_file)
        if stored is None:
            raise PinError("no PIN is set: tradedesk pin set")
        make_private(self._tries_file.parent)
        left, mark = self._tries.begin(user, where)
        if left:
            return Verdict(False, 0, left, looked=False)
        ok = matches(stored, pin)
        row = self._tries.end(mark, ok=ok)
        if ok and is_cheaper(stored, self._cost):
            # Made at another cost than today's: this is the one moment at which it can be made anew.
            write_own(self._pin_file, f"{hashed(pin, self._cost)}\n".encode())
        return Verdict(ok, row.failures, wait_s(row.failures))

    def set_first(self, pin: Secret, user: str, names: tuple[str, ...] = ()) -> None:
        """Set the PIN of a home that has none. Raises PinError."""
        if self.is_set:
            raise PinError("a PIN is set already: tradedesk pin change (or, by an admin, tradedesk pin reset)")
        self._write(pin, user, names, "set")

    def change(self, verdict: Verdict, new: Secret, user: str, names: tuple[str, ...] = ()) -> None:
        """Another PIN, by whoever gave the present one (`verdict` of its check). Raises PinError."""
        if not verdict.ok:
            raise PinError(verdict.words)
        stored = read_pin_hash(self._pin_file)
        if stored is not None and matches(stored, new):
            raise PinError("the new PIN is the old one")
        self._write(new, user, names, "change")

    def reset(self, user: str, why: str, where: str = "pin reset") -> None:
        """Take the PIN away; who may do that is the caller's matter. The row of wrong tries ends with it. A file that
        is damaged or not safe is put away all the same: that is what a reset is for."""
        make_private(self._tries_file.parent)
        try:
            self._tries.records(0)
        except ConfigError:
            self._tries.start_anew()
        self._tries.note("reset", user, where, why=why, forgive=True)
        try:
            self._pin_file.unlink(missing_ok=True)
        except OSError as error:
            self._tries.note("reset", user, where, ok=False, why=error.strerror or "")
            raise PinError(f"{self._pin_file}: can't be removed: {error.strerror}") from None

    def refuse_reset(self, user: str, why: str) -> None:
        """Record that somebody who may not wanted to reset the PIN."""
        make_private(self._tries_file.parent)
        self._tries.note("reset", user, "pin reset", ok=False, why=why)

    def records(self, after: int) -> list[PinRecord]:
        """What was done with the PIN beyond record number `after`, for the audit trail."""
        return self._tries.records(after) if self._tries_file.parent.is_dir() else []

    def _write(self, pin: Secret, user: str, names: tuple[str, ...], what: str) -> None:
        weak = weakness(pin, names)
        if weak is not None:
            raise PinError(f"not taken: {weak}")
        make_private(self._pin_file.parent)
        make_private(self._tries_file.parent)
        text = hashed(pin, self._cost)
        write_own(self._pin_file, f"{text}\n".encode())
        self._tries.note(what, user, f"pin {what}")
