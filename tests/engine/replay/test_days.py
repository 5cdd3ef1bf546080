"""The days and runs of a journal, as `replay --list` shows them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from engine import facts as f
from engine.facts import Stamped
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.replay.days import Day, NoSuchDayError, days_of, find_day

RUN = "replay 20261121T101500"


def opened(run: str = "", account: str = "SIM-1") -> f.DeskOpened:
    return f.DeskOpened("K7Q2M9X", "paper", account, "paper", "USD", "average", "h", run, "1")


def rolled(label: str) -> f.DayRolled:
    return f.DayRolled(label, None, 0)


def days(batches: Sequence[Sequence[f.Fact]]) -> list[Day]:
    """Facts that were decided together share their times: batch n at n seconds."""
    stamped = [(n, fact) for n, batch in enumerate(batches, 1) for fact in batch]
    facts = [Stamped(seq, n * 10, n, fact) for seq, (n, fact) in enumerate(stamped, 1)]
    return days_of(Chain(FactCodec()).stamp(facts), FactCodec())


BUSY = f.BrokerUp("paper")


def test_a_day_reaches_from_the_start_that_began_it_to_the_fact_before_the_next_ones() -> None:
    found = days(
        [
            [opened(), f.InstrumentsLoaded(()), rolled("2026-11-20")],
            [BUSY],
            [f.DeskClosed("quit")],
            [opened(), f.InstrumentsLoaded(())],
            [BUSY],
            [rolled("2026-11-21")],
            [BUSY],
            [opened(RUN), rolled(f"2013-10-07 {RUN}")],
            [f.DeskClosed("quit")],
        ]
    )
    assert [(day.label, day.first.seq, day.last.seq, day.closed) for day in found] == [
        ("2026-11-20", 1, 8, False),
        ("2026-11-21", 9, 10, False),
        (f"2013-10-07 {RUN}", 11, 13, True),
    ]
    assert (found[0].first.market_ns, found[0].last.recorded_ns, found[1].first.recorded_ns) == (1, 50, 60)
    assert [(day.date, day.run) for day in found[1:]] == [("2026-11-21", "2026-11-21"), ("2013-10-07", RUN)]


def test_a_journal_without_a_day_has_none() -> None:
    assert days([]) == []
    assert days([[BUSY], [opened()]]) == []


def test_a_day_is_called_by_its_date_its_run_or_both_and_the_newest_is_meant() -> None:
    found = days([[opened(RUN), rolled(f"2013-10-07 {RUN}")], [opened("replay x"), rolled("2013-10-07 replay x")]])
    assert find_day(found, "2013-10-07") is found[1]
    assert find_day(found, RUN) is found[0]
    assert find_day(found, "20261121T101500") is found[0]
    assert find_day(found, f"2013-10-07 {RUN}") is found[0]


def test_an_unknown_day_is_answered_with_the_newest_ones() -> None:
    found = days([[opened(), rolled("2026-11-20")]])
    with pytest.raises(NoSuchDayError, match=r"'monday': no such trading day.*2026-11-20; tradedesk replay --list"):
        find_day(found, "monday")
    with pytest.raises(NoSuchDayError, match="has no day yet"):
        find_day([], "2026-11-20")
