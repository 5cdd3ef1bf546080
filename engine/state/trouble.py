"""What went wrong and waits for somebody, in the desk's state: alerts, breaks, dead letters, clocks that are off."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import AlertLevel


class Alert(msgspec.Struct):
    no: int
    level: AlertLevel
    code: str
    text: str
    ts_ns: int
    acked: bool = False


class Break(msgspec.Struct):
    no: int
    kind: str
    account: str
    key: str
    ours: str
    theirs: str
    since_ns: int
    why: str = ""
    """The probable explanation."""
    remedies: tuple[str, ...] = ()
    """What can be done about it, the likeliest first."""


class DeadLetter(msgspec.Struct):
    """An approved order or replace that was not sent, or refused unread, and waits for the operator."""

    no: int
    cl_ord_id: str
    cause: str
    reason: str
    owner: str
    """ "algo 3", "liquidation": whose matter the next order is; "": the operator's."""
    orig_cl_ord_id: str
    qty: Decimal | None
    limit_px: Decimal | None
    stop_px: Decimal | None
    since_ns: int


class Skew(msgspec.Struct):
    """A broker's clock that is off by a bound or more. level: warn, stop."""

    level: str
    skew_ns: int
    limit_ns: int
