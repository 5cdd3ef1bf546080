"""Connections of a desk, made by hand to go with tests.support.desk_views."""

from __future__ import annotations

from decimal import Decimal

from engine.model.diagnostics import BrokerDetail, Diagnostics, FeedDetail, LaneRow, Trouble, WindowRow
from tests.support.desk_views import ACCOUNT, NOW, SECOND, at

PAPER = BrokerDetail(
    name="paper",
    account=ACCOUNT,
    connected=True,
    sessions=2,
    since_ns=NOW - 300 * SECOND,
    heard_ns=NOW - 2 * SECOND,
    health="degraded",
    health_reason="answered after 2.1 s",
    breaker="closed",
    breaker_reason="",
    latency_ms=Decimal("12.4"),
    skew_ms=Decimal("-3.0"),
    skew_level="ok",
    lanes=(LaneRow("urgent", 0, None), LaneRow("order", 3, 1_400_000_000)),
    windows=(WindowRow(200, 60 * SECOND, 180, 40), WindowRow(10, SECOND, 2, 2)),
    troubles=(
        Trouble(at("13:58:20"), "connection reset by peer"),
        Trouble(at("13:58:20"), "connection reset by peer"),
        Trouble(at("13:40:00"), "long ago"),
    ),
)
WELL = Diagnostics(
    wall_ns=NOW,
    brokers=(PAPER,),
    feeds=(FeedDetail("REPLAY 2013-10-07", NOW, 400_000_000, False, 6, 1, 3, 0),),
    journal_ok=True,
    journal_seq=18_204,
    undurable=0,
    inbox=0,
    turn_ms=Decimal("0.4"),
    unknown=0,
    letters=1,
    alarms=(Trouble(at("14:03:18"), "METER_CRITICAL: order rate at 92 % of its limit"),),
)
