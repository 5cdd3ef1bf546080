"""What time travel does with the tape: steps, seeks and plays it, shows each moment. Synchronous; the clock is given.

A way to somewhere may be long: it is gone in pieces, and a wish that comes meanwhile changes where it leads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final, Literal

from console.past_goal import Goal
from engine import facts as f
from engine.facts import Stamped
from engine.inputs import Now
from engine.journal.errors import JournalError
from engine.model.charts import AlgoDetail
from engine.publish.fact_text import Narrator
from engine.publish.held_facts import HELD_SENTENCES
from engine.publish.limit_rows import limit_rows
from engine.publish.order_facts import ORDER_SENTENCES
from engine.replay.past import PastViews
from engine.replay.tape import JournalTape
from engine.views import DeskView, LimitRow
from widgets.past_line import PastMoment

Speed = Decimal | Literal["max"]
"""Market seconds a second, or as fast as the machine folds."""

FRAME_NS: Final = 100_000_000
#: So many facts at most between two looks at the keys.
MOST: Final = 2_000
FASTEST: Final = Decimal(100_000)
SLOWEST: Final = Decimal("0.125")
AT_END: Final = "the end of the journal"


class Player:
    """The moment that is looked at, and the wishes of who looks."""

    def __init__(
        self,
        tape: JournalTape,
        goal: Goal,
        *,
        first_seq: int,
        last_seq: int,
        speed: Speed,
        playing: bool,
        clock: Callable[[], int],
        show: Callable[[DeskView, PastMoment], None],
        interrupted: Callable[[], bool],
    ) -> None:
        """`first_seq`, `last_seq`: the facts of the day that is looked at. `clock`: monotonic ns. `show` gets each
        moment; `interrupted` says that somebody wants something while a way is gone."""
        self._tape = tape
        self._views = PastViews(tape)
        self._narrator = Narrator(self._number_of)
        self._first_seq = first_seq
        self._last_seq = last_seq
        self._speed = speed
        self._clock = clock
        self._show = show
        self._interrupted = interrupted
        self._goal: Goal | None = goal
        self._begun = self._arrived = False
        self._note, self._note_no = goal.note, 1 if goal.note else 0
        self._market_ns = 0
        """Market time of the moment shown: that of the newest fact or later."""
        self._anchor = (0, 0)
        """While it plays: at which monotonic time it was which market time."""
        self._view: DeskView | None = None
        self._fact = ""
        self.playing = playing

    # -- wishes ------------------------------------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """So many facts forward or backward, then stand still."""
        aimed = self._tape.seq if self._goal is None or self._goal.market_ns is not None else self._goal.seq
        self._stand()
        self._goal = Goal(max(aimed + by, 1))

    def step_order(self, *, back: bool) -> None:
        """To the next or the last fact about an order, then stand still."""
        self._stand()
        here = self._tape.seq
        seek = self._tape.find_before if back else self._tape.find_after
        found = seek(here, _is_order_event)
        if found is None:
            self.say(f"no fact about an order {'before' if back else 'behind'} seq {here:,}")
        else:
            self._goal = Goal(found)

    def go(self, goal: Goal) -> None:
        """To another moment; what plays goes on playing from there."""
        self._goal = goal
        if goal.note:
            self.say(goal.note)

    def toggle(self) -> None:
        """Play, or pause."""
        if self.playing or self._goal is not None:
            self._stand()
        else:
            self.playing = True
            self._restart_clock()
        self.show()

    def change_speed(self, *, faster: bool) -> None:
        """Twice or half as fast."""
        if self._speed != "max":
            self._speed = min(max(self._speed * 2 if faster else self._speed / 2, SLOWEST), FASTEST)
            self._restart_clock()
        self.say(f"plays {self.speed_words}")

    def halt(self) -> None:
        """Stay where it is."""
        self._stand()
        self.show()

    def say(self, note: str) -> None:
        """Tell who looks."""
        self._note, self._note_no = note, self._note_no + 1
        self.show()

    def obey(self, wish: Callable[[Player], None]) -> None:
        """Carry out a wish. A journal that can't be trusted ends it with a note."""
        try:
            wish(self)
        except JournalError as error:
            self._stand()
            self.say(str(error))

    def _stand(self) -> None:
        if self._goal is not None:
            # Left half-way, where it is now.
            self._goal = None
            self._market_ns = self._newest_ns()
        self.playing = False

    # -- going on ----------------------------------------------------------------------------------------------------

    @property
    def under_way(self) -> bool:
        """Whether a goal is not reached yet."""
        return self._goal is not None

    @property
    def patience_s(self) -> float | None:
        """How long it can wait for the next wish; None: for ever."""
        if self._goal is not None:
            return 0.0
        if not self.playing:
            return None
        return 0.0 if self._speed == "max" else FRAME_NS / 1e9

    def go_on(self) -> None:
        """Go a piece of the way, or play what is due. A journal that can't be trusted ends both, with a note; on the
        way to the first moment it raises JournalError."""
        if self._arrived:
            self.obey(Player._go_on)
        else:
            self._go_on()

    def _go_on(self) -> None:
        if self._goal is not None:
            self._travel(self._goal)
        elif self.playing:
            self._play()

    def _travel(self, goal: Goal) -> None:
        for _ in self._way(goal):
            if self._interrupted():
                return
            self.show(busy=self._percent(goal))
        self._goal, self._arrived = None, True
        self._market_ns = max(goal.market_ns or 0, self._newest_ns())
        self._restart_clock()
        if self._tape.seq < goal.seq and goal.market_ns is None:
            self.say(AT_END)
        else:
            self.show()

    def _way(self, goal: Goal) -> Iterator[int]:
        """Facts folded on the way to the goal. The day's first moment is kept: the ways back to it are many."""
        tape, until_ns = self._tape, goal.market_ns
        if not self._begun:
            yield from tape.to_seq(min(self._first_seq, goal.seq))
            tape.keep()
            self._begun = True
        if until_ns is None:
            yield from tape.to_seq(goal.seq)
            return
        last = tape.last
        if last is None or not self._first_seq <= last.seq <= goal.seq or last.market_ns > until_ns:
            yield from tape.to_seq(self._first_seq)
        yield from tape.fold_while(lambda next_: next_.seq <= goal.seq and next_.market_ns <= until_ns)

    def _percent(self, goal: Goal) -> str:
        return f"SEEKS {min(self._tape.seq * 100 // max(goal.seq, 1), 99)}%"

    def _play(self) -> None:
        """Fold what is due by now; where time makes a leap (another run, a desk that was closed) leap with it."""
        due_ns = None if self._speed == "max" else self._due_ns(self._speed)
        for _ in range(MOST):
            last, coming = self._tape.last, self._tape.peek()
            if coming is None:
                self._stand()
                self.say(AT_END)
                return
            leaps = last is not None and (coming.market_ns < last.market_ns or isinstance(last.fact, f.DeskClosed))
            if not leaps and due_ns is not None and coming.market_ns > due_ns:
                self._market_ns = due_ns
                self.show()
                return
            self._tape.step()
            self._market_ns = coming.market_ns
            if leaps and due_ns is not None:
                self._restart_clock()
                due_ns = coming.market_ns
        self._restart_clock()
        self.show()

    def _due_ns(self, speed: Decimal) -> int:
        since_ns, market_ns = self._anchor
        return market_ns + int((self._clock() - since_ns) * speed)

    def _restart_clock(self) -> None:
        self._anchor = (self._clock(), self._market_ns)

    def limits(self) -> tuple[LimitRow, ...]:
        """The limits of that moment."""
        return limit_rows(self._tape.state)

    def algo_detail(self, number: int) -> AlgoDetail | None:
        """One algo at that moment."""
        return self._views.algo_detail(number, Now(self._wall_ns(), self._market_ns))

    def digest(self) -> tuple[int, str]:
        """(seq, digest of the state after it)"""
        return self._tape.seq, self._tape.state.digest()

    # -- what is seen ------------------------------------------------------------------------------------------------

    @property
    def speed_words(self) -> str:
        """x1, x0.5, max"""
        return "max" if self._speed == "max" else f"x{self._speed.normalize():f}"

    def show(self, busy: str = "") -> None:
        """Show this moment; on the way (`busy`) the one before stays, with the progress."""
        if self._goal is not None and not busy:
            busy = self._percent(self._goal)
        if not busy or self._view is None:
            last = self._tape.last
            self._view = self._views.at(Now(self._wall_ns(), self._market_ns))
            self._fact = self._narrator.text(last) if last is not None else ""
        moment = PastMoment(
            seq=self._view.status.journal_seq,
            last_seq=self._last_seq,
            fact=self._fact,
            note=self._note,
            note_no=self._note_no,
            busy=busy,
            speed=self.speed_words if self.playing else "",
            at_end=not busy and self._coming() is None,
        )
        self._show(self._view, moment)

    def _coming(self) -> Stamped | None:
        """The next fact; None where there is none that can be trusted."""
        try:
            return self._tape.peek()
        except JournalError:
            return None

    def _newest_ns(self) -> int:
        return self._tape.last.market_ns if self._tape.last is not None else 0

    def _wall_ns(self) -> int:
        """When it was recorded or would have been: between two facts in proportion to market time."""
        last = self._tape.last
        if last is None:
            return 0
        passed_ns, coming = self._market_ns - last.market_ns, self._coming()
        if passed_ns <= 0:
            return last.recorded_ns
        if coming is None or coming.market_ns <= last.market_ns:
            return last.recorded_ns + passed_ns
        share = passed_ns * (coming.recorded_ns - last.recorded_ns) // (coming.market_ns - last.market_ns)
        return last.recorded_ns + share

    def _number_of(self, cl_ord_id: str) -> int | None:
        order = self._tape.state.orders.get(cl_ord_id)
        return None if order is None else order.id


def _is_order_event(stamped: Stamped) -> bool:
    return type(stamped.fact) in ORDER_SENTENCES or type(stamped.fact) in HELD_SENTENCES
