"""Commands about algos: what one is asked to do, and the supervision of a running one."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from engine.model.enums import Side


class AlgoSpec(msgspec.Struct, frozen=True):
    """What an algo is asked to do. Times are market time ns. Unset options are None and take the algo's default."""

    algo: str
    account: str
    symbol: str
    side: Side
    qty: Decimal
    start_ns: int
    end_ns: int
    slices: int | None = None
    lot: Decimal | None = None
    limit_px: Decimal | None = None
    cap: Decimal | None = None
    """Highest participation, 0.10 = 10 %."""
    profile: tuple[Decimal, ...] = ()
    user: str = ""
    tag: str = ""
    client_key: str = ""
    strategy: str = ""
    """Whose algo it is; "": it is a strategy of its own."""


class LaunchAlgo(msgspec.Struct, frozen=True):
    """Launch a parent order. Replied to with a CommandResult whose ids[0] is the algo's number."""

    spec: AlgoSpec
    cmd_id: int = 0


class ControlAlgo(msgspec.Struct, frozen=True):
    """Supervise a running algo. Replied to with a CommandResult. `keep_children` applies to pause."""

    algo_id: int
    action: Literal["pause", "resume", "cancel"]
    keep_children: bool = False
    user: str = ""
    reason: str = ""
    cmd_id: int = 0
