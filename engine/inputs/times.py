"""The two kinds of time that every input comes with."""

from __future__ import annotations

import msgspec


class Now(msgspec.Struct, frozen=True, gc=False):
    """The two kinds of time (DESIGN §2). wall_ns never goes backwards (anchored to the monotonic clock)."""

    wall_ns: int
    market_ns: int
