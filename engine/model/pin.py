"""What was done with the PIN of live mode. Never the PIN, nor anything of one."""

from __future__ import annotations

from typing import Literal

import msgspec


class PinRecord(msgspec.Struct, frozen=True, gc=False):
    """One thing that somebody did, in whichever process. `no` counts them in the life of the PIN's folder, `at_ns` is
    that process's wall clock (ns UTC)."""

    no: int
    at_ns: int
    what: Literal["try", "refused", "set", "change", "reset"]
    """refused: a try within a lock-out, which was not even looked at."""
    user: str
    where: str
    """"start", "console", "socket", "pin change" ..."""
    ok: bool
    failures: int = 0
    """Wrong tries in a row by then."""
    wait_s: int = 0
    """How long no further try is taken."""
    reason: str = ""
