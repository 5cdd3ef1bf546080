"""A stream that says of itself that it lost something."""

from __future__ import annotations

from engine import protocol as p
from tests.engine.dealing import Dealing, snapshots


def test_a_row_of_gaps_leads_to_one_comparison_soon_and_one_alert() -> None:
    desk = Dealing().connect()
    for _ in range(20):
        desk.give(p.Gap("sim", "a line that can't be read", 0))
    assert snapshots(desk.pass_s(2)).count("stream gap") == 1
    assert desk.codes().count("STREAM_GAP") == 1


def test_a_later_gap_leads_to_another_one() -> None:
    desk = Dealing().connect()
    desk.give(p.Gap("sim", "sequence 7 is missing", 0))
    desk.pass_s(2)
    desk.give(p.Gap("sim", "sequence 9 is missing", 0))
    assert snapshots(desk.pass_s(2)).count("stream gap") == 1
    assert desk.codes().count("STREAM_GAP") == 2
