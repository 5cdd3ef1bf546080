"""Commands about algos: what one is asked to do, and the supervision of a running one."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from engine.model.enums import Side

Style = Literal["", "passive", "mid", "aggressive"]
AtEnd = Literal["", "sweep", "leave", "cancel"]
CatchUp = Literal["catch_up", "shift"]


class AlgoSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an algo is asked to do. Times are market time ns. Unset options take the algo's default. Shares are from 0
    to 1: 0.10 = 10 %."""

    algo: str
    """"twap", "vwap", "pov", "is", "iceberg", "scale", "sor"."""
    account: str
    symbol: str
    side: Side
    qty: Decimal
    start_ns: int
    end_ns: int
    """0: until it is filled, for the kinds that need no window."""
    slices: int | None = None
    """Child orders of a schedule; rungs of a ladder."""
    lot: Decimal | None = None
    limit_px: Decimal | None = None
    cap: Decimal | None = None
    """Highest participation over any minute, own volume / market volume including own."""
    profile: tuple[Decimal, ...] = ()
    """Weights of equally long parts of the window."""
    user: str = ""
    tag: str = ""
    client_key: str = ""
    strategy: str = ""
    """Whose algo it is; "": it is a strategy of its own."""

    limit_offset: Decimal = Decimal("0.001")
    """How far through the touch a child that crosses goes, as a share of the price."""
    would_px: Decimal | None = None
    """At this price or a better one all that is left is done at once."""
    min_child: Decimal | None = None
    max_child: Decimal | None = None
    style: Style = ""
    """Where a part begins: at the touch of its own side, at the mid, or through the other side."""
    escalate: bool = True
    """It goes on from there: mid after half the deadline, crossing at the deadline."""
    deadline_ns: int = 0
    """How long a part may wait before it crosses; 0: as long as two slices are apart."""
    randomise_size: Decimal = Decimal(0)
    """Share of each slice (or tip) that is moved at random."""
    randomise_time: Decimal = Decimal(0)
    """Share of each interval by which its slice goes out later at random."""
    seed: int = 0
    at_end: AtEnd = ""
    """At the end: cross for what is left for a minute, leave what is out working, or cancel it."""
    open_share: Decimal = Decimal(0)
    close_share: Decimal = Decimal(0)
    """What goes into the opening and the closing auction."""
    catch_up: CatchUp = "catch_up"
    """After a pause or a restart: do what was missed at once, or move the rest of the schedule."""

    profile_name: str = ""
    """vwap: a profile that the user keeps by that name, where no weights are given."""
    participation: Decimal | None = None
    """pov: the rate, own volume / market volume including own."""
    display: Decimal | None = None
    """iceberg: the tip that is shown."""
    delay_ns: int = 0
    """iceberg: the next tip comes after a random time of up to so long."""
    risk_aversion: Decimal | None = None
    """is: lambda, per unit of money. With `volatility` (sigma), `eta` and `gamma` (temporary and permanent impact) and
    `epsilon` (fixed cost a unit) as engine.algos.math.expected_cost has them, in price units and trading days; what is
    not given is estimated at the launch."""
    volatility: Decimal | None = None
    eta: Decimal | None = None
    gamma: Decimal | None = None
    epsilon: Decimal | None = None
    drift: Decimal | None = None
    """is: how far the price is expected to move in a day, in price units, up (above 0) or down; None: not at all."""
    price: Decimal | None = None
    """is: the price at the start, that costs in bps are of; the market's mid at the launch where it is not given."""
    from_px: Decimal | None = None
    to_px: Decimal | None = None
    """scale: prices of the first and the last rung."""
    accounts: tuple[str, ...] = ()
    """sor: where it may trade beside `account`."""


class LaunchAlgo(msgspec.Struct, frozen=True):
    """Launch a parent order. Replied to with a CommandResult whose ids[0] is the algo's number."""

    spec: AlgoSpec
    cmd_id: int = 0


class AlgoChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """New terms of a running algo; None keeps what it has. `duration_ns` from now is another way to say `end_ns`."""

    qty: Decimal | None = None
    limit_px: Decimal | None = None
    end_ns: int | None = None
    duration_ns: int | None = None
    slices: int | None = None
    """How many slices the rest is cut into."""
    participation: Decimal | None = None
    cap: Decimal | None = None
    would_px: Decimal | None = None
    style: Style = ""


class ControlAlgo(msgspec.Struct, frozen=True):
    """Supervise a running algo. Replied to with a CommandResult.

    pause: `keep_children` leaves what is out working. resume: `catch_up` says what becomes of what was missed ("": as
    the algo was launched). amend and repace: `change`. finish: everything that is left now. manual: the children become
    the operator's own orders and the algo ends.
    """

    algo_id: int
    action: Literal["pause", "resume", "cancel", "amend", "repace", "finish", "manual"]
    keep_children: bool = False
    user: str = ""
    reason: str = ""
    cmd_id: int = 0
    catch_up: Literal["", "catch_up", "shift"] = ""
    change: AlgoChange = AlgoChange()
