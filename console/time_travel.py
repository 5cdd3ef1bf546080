"""Time travel: a DeskHandle on the past. A thread of its own folds the journal; the console draws its views as ever.

Nothing can be sent from here, by construction: there is no engine, no broker and no socket behind it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from decimal import Decimal
from queue import Empty, SimpleQueue
from typing import Any, Final, Literal

from console.past_goal import read_goal
from console.past_player import Player, Speed
from engine.inputs import AlgoSpec, Command, PlaceGroup
from engine.market.calendar import Calendar
from engine.model.basket import BasketItem
from engine.model.charts import AlgoDetail, DayCurve
from engine.model.diagnostics import Diagnostics
from engine.model.enums import AlertLevel
from engine.model.guards import GuardRow
from engine.model.order import OrderRequest, ReplaceRequest
from engine.replay.days import Day
from engine.replay.tape import FactSource, JournalTape
from engine.views import AlgoPlan, BasketCheck, CommandResult, DeskView, LimitRow, OrderPreview, OrderResult
from widgets.past_line import PastMoment

REFUSED: Final = "this is the past: nothing can be sent from here"
NO_KILL: Final = "NOTHING WAS STOPPED: this is the past; to stop the desk: tradedesk kill"

log = logging.getLogger("tradedesk.past")


class PastError(RuntimeError):
    """What was asked for needs a desk that lives."""


class TimeTravel:
    """See the module. `start` begins the way to the first moment, `wait` waits for it; all other methods may be called
    from any thread and return at once."""

    def __init__(
        self,
        open_source: Callable[[], AbstractContextManager[FactSource]],
        day: Day,
        calendar: Calendar,
        at: str = "start",
        *,
        speed: Speed | None = None,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`open_source` is called in the thread that reads. `at`: the first moment, as a user writes it (GoalError);
        `calendar`: whose clock its times are on. `speed`: at which it plays once the screen is up; None: paused.
        `clock`: monotonic ns."""
        self._open_source = open_source
        self._day = day
        self._calendar = calendar
        self._goal = read_goal(at, day, calendar)
        self._speed = speed
        self._looked_at = False
        self._clock = clock
        self._wishes: SimpleQueue[Callable[[Player], None]] = SimpleQueue()
        self._started: Future[None] = Future()
        self._closing = threading.Event()
        self._shown: tuple[DeskView, PastMoment] | None = None
        self._thread = threading.Thread(target=self._run, name="time-travel", daemon=True)

    # -- for the console ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the moment that was asked for is there. Raises what keeps it from coming (JournalError)."""
        try:
            self._started.result(timeout_s)
        except TimeoutError:
            return False
        return True

    @property
    def progress(self) -> str:
        """How far the way is, in words; "" where it has not begun."""
        shown = self._shown
        return "" if shown is None else shown[1].busy.partition(" ")[2]

    def screen_is_up(self) -> None:
        """Somebody looks: what is to play begins now, once."""
        if self._speed is not None and not self._looked_at:
            self.play_or_pause()
        self._looked_at = True

    def moment(self) -> PastMoment:
        """Where the newest view stands."""
        return self._newest()[1]

    def step(self, by: int) -> None:
        self._wishes.put(lambda player: player.step(by))

    def step_order(self, *, back: bool) -> None:
        self._wishes.put(lambda player: player.step_order(back=back))

    def play_or_pause(self) -> None:
        self._wishes.put(Player.toggle)

    def change_speed(self, *, faster: bool) -> None:
        self._wishes.put(lambda player: player.change_speed(faster=faster))

    def go(self, at: str) -> None:
        """To another moment of the day. Raises GoalError."""
        goal = read_goal(at, self._day, self._calendar)
        self._wishes.put(lambda player: player.go(goal))

    def halt(self) -> None:
        self._wishes.put(Player.halt)

    def close(self) -> None:
        """End the thread and wait for it."""
        self._closing.set()
        self._wishes.put(lambda player: None)
        if self._thread.is_alive():
            self._thread.join()

    # -- DeskHandle --------------------------------------------------------------------------------------------------

    def view(self) -> DeskView:
        return self._newest()[0]

    def send(self, command: Command) -> Future[OrderResult | CommandResult]:
        return _done(CommandResult(False, REFUSED))

    def preview(self, request: OrderRequest | PlaceGroup) -> Future[OrderPreview]:
        return _refused()

    def preview_replace(self, target: int | str, change: ReplaceRequest) -> Future[OrderPreview | CommandResult]:
        return _done(CommandResult(False, REFUSED))

    def plan(self, spec: AlgoSpec) -> Future[AlgoPlan]:
        return _refused()

    def check_basket(self, basket: int | tuple[BasketItem, ...]) -> Future[BasketCheck | CommandResult]:
        return _done(CommandResult(False, REFUSED))

    def limits(self) -> Future[tuple[LimitRow, ...]]:
        answer: Future[tuple[LimitRow, ...]] = Future()
        self._wishes.put(lambda player: answer.set_result(player.limits()))
        return answer

    def algo_detail(self, number: int) -> Future[AlgoDetail | None]:
        answer: Future[AlgoDetail | None] = Future()
        self._wishes.put(lambda player: answer.set_result(player.algo_detail(number)))
        return answer

    def day_curve(self) -> Future[DayCurve]:
        return _refused("curves are of a desk that runs; `tradedesk performance --to DATE` tells of earlier days")

    def diagnostics(self) -> Future[Diagnostics]:
        return _refused("a past moment has no connections")

    def guards(self) -> Future[tuple[GuardRow, ...]]:
        return _refused("what triggers have counted is in no journal")

    def digest(self) -> Future[tuple[int, str]]:
        answer: Future[tuple[int, str]] = Future()
        self._wishes.put(lambda player: answer.set_result(player.digest()))
        return answer

    def pull_kill(self, by: str, reason: str, flatten: Literal["no", "grace", "now"], scope: str = "desk") -> None:
        """Says, loudly, that nothing was stopped."""
        self._wishes.put(lambda player: player.say(NO_KILL))

    def notice(self, level: AlertLevel, code: str, text: str) -> Future[None]:
        """Said here; the journal of a past moment takes no more alerts."""
        self._wishes.put(lambda player: player.say(text))
        answer: Future[None] = Future()
        answer.set_result(None)
        return answer

    def watch(self, symbol: str) -> None:
        """Nothing: the journal holds the marks that it holds."""

    def stop(self, how: Literal["leave", "cancel"], reason: str) -> Future[CommandResult]:
        self._closing.set()
        self._wishes.put(lambda player: None)
        return _done(CommandResult(True, "left the past"))

    def _newest(self) -> tuple[DeskView, PastMoment]:
        shown = self._shown
        if shown is None:
            raise RuntimeError("time travel has not started")
        return shown

    # -- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            with self._open_source() as source:
                self._travel(JournalTape(source))
        except BaseException as error:  # the thread's last word: whoever waits must hear it
            if self._started.done():
                raise
            self._started.set_exception(error)

    def _travel(self, tape: JournalTape) -> None:
        player = Player(
            tape,
            self._goal,
            first_seq=self._day.first.seq,
            last_seq=self._day.last.seq,
            speed=Decimal(1) if self._speed is None else self._speed,
            playing=False,
            clock=self._clock,
            show=self._keep,
            interrupted=lambda: not self._wishes.empty(),
        )
        while not self._closing.is_set():
            try:
                player.go_on()
            except Exception as error:
                if not self._started.done():
                    raise
                log.exception("defect in time travel")
                player.say(f"time travel ends here, by a defect: {type(error).__name__}: {error}")
                return
            if not self._started.done() and not player.under_way:
                self._started.set_result(None)
            self._hear(player)

    def _hear(self, player: Player) -> None:
        """Wait for a wish as long as nothing else is due, then hear all there are."""
        try:
            patience_s = player.patience_s
            player.obey(self._wishes.get(block=patience_s != 0, timeout=patience_s))
            while True:
                player.obey(self._wishes.get_nowait())
        except Empty:
            return

    def _keep(self, view: DeskView, moment: PastMoment) -> None:
        self._shown = (view, moment)


def _done(answer: CommandResult) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(answer)
    return future


def _refused(why: str = REFUSED) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(PastError(why))
    return future
