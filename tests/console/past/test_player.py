"""The player of the past: steps, seeks, play and pause, by a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from console.past_goal import Goal
from console.past_player import AT_END, Player, Speed
from engine import facts as f
from engine.facts import Stamped
from engine.journal.errors import JournalError
from engine.replay.tape import JournalTape
from engine.views import DeskView
from tests.engine.journal.samples import fill, order
from widgets.past_line import PastMoment

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


def quiet(number: int) -> f.AlertsAcked:
    return f.AlertsAcked(number, "ann")


#: One fact a second; orders at 3, 4 and 8; recorded ten times as fast as market time runs.
FACTS: list[f.Fact] = [
    quiet(1),
    quiet(2),
    order(1),
    fill(1),
    quiet(5),
    quiet(6),
    quiet(7),
    order(2),
    quiet(9),
    quiet(10),
]
STAMPED = [Stamped(n, START + n * SECOND // 10, START + n * SECOND, fact) for n, fact in enumerate(FACTS, 1)]


class Source:
    """Facts in memory; the one at `broken` can't be trusted."""

    def __init__(self, facts: Sequence[Stamped], broken: int = 0) -> None:
        self.facts = facts
        self.broken = broken

    def after(self, seq: int) -> Iterator[Sequence[Stamped]]:
        for stamped in self.facts[seq:]:
            if stamped.seq == self.broken:
                raise JournalError(f"journal: seq {self.broken}: changed")
            yield [stamped]


class Watched:
    """A player with its clock, its screen and its keyboard."""

    def __init__(
        self,
        goal: Goal,
        *,
        speed: Speed | None = None,
        facts: Sequence[Stamped] = STAMPED,
        broken: int = 0,
        first: int = 1,
    ) -> None:
        self.now = 0
        self.keys = False
        self.shown: list[tuple[DeskView, PastMoment]] = []
        self.source = Source(facts, broken)
        self.player = Player(
            JournalTape(self.source),
            goal,
            first_seq=first,
            last_seq=len(facts),
            speed=Decimal(1) if speed is None else speed,
            playing=speed is not None,
            clock=lambda: self.now,
            show=lambda view, moment: self.shown.append((view, moment)),
            interrupted=lambda: self.keys,
        )
        self.settle()

    def settle(self) -> None:
        while self.player.under_way:
            self.player.go_on()

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)
        self.player.go_on()

    @property
    def moment(self) -> PastMoment:
        return self.shown[-1][1]

    @property
    def seq(self) -> int:
        assert self.shown[-1][0].status.journal_seq == self.moment.seq
        return self.moment.seq

    @property
    def market_s(self) -> float:
        return (self.shown[-1][0].market_ns - START) / SECOND


def test_it_begins_paused_at_the_moment_that_was_asked_for() -> None:
    watched = Watched(Goal(4))
    assert (watched.seq, watched.market_s, watched.moment.speed, watched.player.patience_s) == (4, 4, "", None)
    assert watched.moment.fact.startswith("order 1 filled: bought 100 AAPL")
    watched.wait(100)
    assert watched.seq == 4


def test_a_time_between_two_facts_is_shown_as_that_time() -> None:
    watched = Watched(Goal(10, START + int(4.5 * SECOND)))
    assert (watched.seq, watched.market_s) == (4, 4.5)
    assert watched.shown[-1][0].wall_ns == START + int(0.45 * SECOND)


def test_steps_go_both_ways_and_add_up() -> None:
    watched = Watched(Goal(4))
    watched.player.step(1)
    watched.player.step(1)
    watched.player.step(-1)
    watched.settle()
    assert watched.seq == 5
    watched.player.step(-3)
    watched.settle()
    assert watched.seq == 2
    watched.player.step(-3)
    watched.settle()
    assert watched.seq == 1


def test_at_the_end_it_says_so_and_goes_on_when_the_journal_does() -> None:
    watched = Watched(Goal(9), facts=STAMPED[:9])
    assert watched.moment.at_end
    watched.player.step(1)
    watched.settle()
    assert (watched.seq, watched.moment.note) == (9, AT_END)
    watched.source.facts = STAMPED
    watched.player.step(1)
    watched.settle()
    assert watched.seq == 10


def test_order_events_are_found_in_both_directions() -> None:
    watched = Watched(Goal(1))
    seen = []
    for back in (False, False, False, False, True, True, True):
        watched.player.step_order(back=back)
        watched.settle()
        seen.append(watched.seq)
    assert seen == [3, 4, 8, 8, 4, 3, 3]
    assert watched.moment.note == "no fact about an order before seq 3"


def test_it_plays_at_its_speed() -> None:
    watched = Watched(Goal(2), speed=Decimal(2))
    assert (watched.moment.speed, watched.player.patience_s) == ("x2", 0.1)
    watched.wait(0.75)
    assert (watched.seq, watched.market_s) == (3, 3.5)
    watched.wait(1.0)
    assert (watched.seq, watched.market_s) == (5, 5.5)
    watched.player.toggle()
    assert watched.moment.speed == ""
    watched.wait(100)
    assert watched.seq == 5
    watched.player.toggle()
    watched.wait(0.25)
    assert (watched.seq, watched.market_s) == (6, 6.0)


def test_the_speed_can_be_changed_while_it_plays() -> None:
    watched = Watched(Goal(1), speed=Decimal(1))
    watched.player.change_speed(faster=True)
    assert watched.moment.note == "plays x2"
    watched.wait(1)
    assert watched.market_s == 3
    for _ in range(2):
        watched.player.change_speed(faster=False)
    watched.wait(1)
    assert (watched.market_s, watched.moment.speed) == (3.5, "x0.5")


def test_at_full_speed_it_plays_to_the_end_and_stops() -> None:
    watched = Watched(Goal(1), speed="max")
    watched.wait(0)
    assert (watched.seq, watched.moment.note, watched.moment.at_end, watched.player.playing) == (
        10,
        AT_END,
        True,
        False,
    )


def test_time_in_which_no_desk_was_open_is_leapt_over_and_so_is_another_runs_clock() -> None:
    hour = 3600 * SECOND
    facts: list[tuple[int, f.Fact]] = [
        (0, quiet(1)),
        (SECOND, f.DeskClosed("quit")),
        (100 * hour, quiet(2)),
        (100 * hour + 2 * SECOND, quiet(3)),
        (-50 * hour, quiet(4)),
        (-50 * hour + 2 * SECOND, quiet(5)),
    ]
    stamped = [Stamped(n, START + n, START + at, fact) for n, (at, fact) in enumerate(facts, 1)]
    watched = Watched(Goal(1), speed=Decimal(1), facts=stamped)
    watched.wait(1)
    assert watched.seq == 3
    watched.wait(1)
    assert watched.seq == 3
    watched.wait(1)
    assert watched.seq == 5
    watched.wait(2)
    assert watched.seq == 6


def test_a_wish_changes_where_a_long_way_leads() -> None:
    many = [Stamped(n, START + n, START + n, quiet(n)) for n in range(1, 9_001)]
    watched = Watched(Goal(1), facts=many)
    watched.keys = True
    watched.player.go(Goal(9_000))
    watched.player.go_on()
    watched.player.say("hello")
    assert watched.moment.busy == "SEEKS 22%"
    assert watched.seq == 1, "what is shown is the last moment that was come to"
    watched.player.step(-1_000)
    watched.settle()
    assert watched.seq == 8_000
    watched.player.go(Goal(3_000))
    watched.player.go_on()
    watched.player.halt()
    watched.player.go_on()
    assert 1 <= watched.seq < 3_000
    assert not watched.moment.busy


def test_going_to_a_time_before_goes_back_within_the_day() -> None:
    watched = Watched(Goal(9), first=3)
    watched.player.go(Goal(10, START + 5 * SECOND))
    watched.settle()
    assert watched.seq == 5
    watched.player.go(Goal(10, START))
    watched.settle()
    assert watched.seq == 3, "the day's first moment is the earliest that a time of the day can mean"
    watched.player.step(-1)
    watched.settle()
    assert watched.seq == 2


def test_a_journal_that_can_not_be_trusted_ends_the_way_with_its_place() -> None:
    watched = Watched(Goal(4), broken=7)
    for wish in (lambda player: player.step(5), lambda player: player.go(Goal(10))):
        watched.player.obey(wish)
        watched.settle()
        assert (watched.seq, watched.moment.note) == (6, "journal: seq 7: changed")
        watched.player.obey(lambda player: player.step(-2))
        watched.settle()
        assert watched.seq == 4
    with pytest.raises(JournalError, match="seq 7"):
        Watched(Goal(8), broken=7)
