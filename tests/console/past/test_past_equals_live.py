"""What time travel shows of a moment is what was shown at that moment."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from console.past_goal import Goal
from console.past_player import Player
from engine.facts import MarksSampled, Stamped
from engine.inputs import Now
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.replay.journal_source import JournalSource
from engine.replay.past import PastViews
from engine.replay.tape import JournalTape
from engine.views import DeskView, KillProof, PositionRow
from tests.console.past.session import Session, Shown

pytestmark = pytest.mark.xdist_group("past")


@contextmanager
def tape_of(session: Session) -> Iterator[JournalTape]:
    with JournalReader(session.state.journal) as reader:
        yield JournalTape(JournalSource(reader, FactCodec()))


def held(row: PositionRow) -> tuple[object, ...]:
    """A position without its mark: the journal samples marks once a second, the screen had every quote."""
    return (row.account, row.symbol, row.qty, row.avg_px, row.realized_pnl, row.currency)


def proof(kill: KillProof | None) -> tuple[object, ...] | None:
    """A proof without the countdown, which is a timer and no fact."""
    if kill is None:
        return None
    return (
        kill.at_ns, kill.by, kill.reason, kill.cancels_sent, kill.cancels_confirmed, kill.positions, kill.flat,
        kill.phase, kill.verified, kill.problems, kill.unprotected,
    )  # fmt: skip


def compare(live: DeskView, past: DeskView) -> None:
    assert past.orders == live.orders
    assert past.fills == live.fills
    assert past.algos == live.algos
    assert past.alerts == live.alerts
    assert past.breaks == live.breaks
    # A flat position goes when its day is over, which both know; a mark is needed for neither.
    assert sorted(map(held, past.positions)) == sorted(map(held, live.positions))
    assert proof(past.kill) == proof(live.kill)
    for name in ("mode", "account", "trading_state", "state_reason", "cash", "working_orders", "unknown_orders",
                 "positions", "algos", "breaks", "journal_ok", "trading_day"):  # fmt: skip
        assert getattr(past.status, name) == getattr(live.status, name), name


def test_the_session_went_through_all_that_matters(session: Session) -> None:
    views = [shown.view for shown in session.shown]
    statuses = {order.status.value for view in views for order in view.orders}
    assert {"PENDING_NEW", "NEW", "FILLED", "DENIED", "CANCELED", "PENDING_CANCEL"} <= statuses
    assert {view.status.trading_state.name for view in views} >= {"ACTIVE", "HALTED"}
    assert {view.kill.phase for view in views if view.kill is not None} >= {"done"}
    assert len({shown.seq for shown in session.shown}) > 10


def test_each_moment_looks_as_it_looked_then(session: Session) -> None:
    with tape_of(session) as tape:
        views = PastViews(tape)
        for shown in session.shown:
            list(tape.to_seq(shown.seq))
            assert tape.seq == shown.seq
            assert tape.state.digest() == shown.digest
            compare(shown.view, views.at(Now(shown.view.wall_ns, shown.view.market_ns)))


def test_and_so_it_does_when_come_to_in_any_order(session: Session) -> None:
    moments = list(session.shown) * 2
    random.Random(7).shuffle(moments)
    with tape_of(session) as tape:
        views = PastViews(tape)
        for shown in moments:
            list(tape.to_seq(shown.seq))
            assert tape.state.digest() == shown.digest
            compare(shown.view, views.at(Now(shown.view.wall_ns, shown.view.market_ns)))


def test_marks_value_positions_as_they_were_valued_when_the_marks_were_sampled(session: Session) -> None:
    with tape_of(session) as tape:
        views = PastViews(tape)
        sampled = 0
        while (stamped := tape.step()) is not None:
            if not isinstance(stamped.fact, MarksSampled) or not tape.state.active:
                continue
            view = views.at(Now(stamped.recorded_ns, stamped.market_ns))
            sampled += 1
            assert view.status.equity == stamped.fact.equity
            assert view.status.data_ok
            assert not view.status.pnl_stale
            assert {quote.symbol for quote in view.quotes} >= {row.symbol for row in view.positions if row.qty}
        assert sampled


class Screen:
    """Where a player shows its moments."""

    def __init__(self) -> None:
        self.view: DeskView | None = None
        self.seq = 0

    def show(self, view: DeskView, moment: object) -> None:
        self.view = view


def shown_at(session: Session, at: Shown, tape: JournalTape) -> DeskView:
    """What a player shows that was sent to the time of this view."""
    screen = Screen()
    goal = Goal(session.shown[-1].seq, at.view.market_ns)
    player = Player(
        tape, goal, first_seq=1, last_seq=goal.seq, speed=Decimal(1), playing=False, clock=lambda: 0, show=screen.show,
        interrupted=lambda: False,
    )  # fmt: skip
    while player.under_way:
        player.go_on()
    assert screen.view is not None
    assert screen.view.market_ns == at.view.market_ns
    return screen.view


def test_sent_to_a_time_it_shows_what_was_shown_at_that_time(session: Session) -> None:
    newest: dict[int, Stamped] = {}
    with tape_of(session) as tape:
        while (stamped := tape.step()) is not None:
            newest[stamped.seq] = stamped
        for shown in session.shown[::2]:
            coming = newest.get(shown.seq + 1)
            if coming is not None and coming.market_ns > shown.view.market_ns:
                compare(shown.view, shown_at(session, shown, tape))
