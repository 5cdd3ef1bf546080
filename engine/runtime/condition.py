"""What condition the broker is in: breaker, health and clock skew, fed by every request and by a read now and then.

Each change is posted to the core, which makes it a fact and an alert.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal

from engine import inputs as i
from engine.protocol import BrokerAdapter, TellsTime
from engine.resilience.breaker import Breaker, Kind
from engine.resilience.health import Health
from engine.resilience.outcomes import Outcome, outcome_of, words_of
from engine.resilience.settings import Resilience
from engine.resilience.skew import ClockSkew
from engine.runtime.session import Post, Session
from engine.runtime.turns import SECOND_NS, loop_ns

TENTH = Decimal("0.1")


class Condition:
    """One broker's. `breaker_opened(reason)` is told before the core is asked anything new."""

    def __init__(
        self,
        adapter: BrokerAdapter,
        session: Session,
        post: Post,
        wall_ns: Callable[[], int],
        settings: Resilience,
        timeout_s: float,
    ) -> None:
        self._adapter = adapter
        self._session = session
        self._post = post
        self._wall_ns = wall_ns
        self._settings = settings
        self._timeout_s = timeout_s
        self._clock: TellsTime | None = adapter if isinstance(adapter, TellsTime) else None
        self.breaker = Breaker(settings.breaker_failures, int(settings.breaker_open_s * SECOND_NS))
        self.health = Health(settings.health_down_after, int(settings.health_slow_s * SECOND_NS))
        self.skew = ClockSkew(int(settings.skew_warn_s * SECOND_NS), int(settings.skew_stop_s * SECOND_NS))
        self.latency_ms: Decimal | None = None
        self._half_open: asyncio.TimerHandle | None = None
        self._next_read: asyncio.TimerHandle | None = None
        self.breaker_opened: Callable[[str], None] = lambda reason: None
        self.read_now: Callable[[], None] = lambda: None
        """Begin a health read."""

    # -- breaker ------------------------------------------------------------------------------------------------

    def answered(self, kind: Kind, took_ns: int) -> None:
        """A request was answered, if only by a refusal."""
        self.latency_ms = (Decimal(took_ns) / 1_000_000).quantize(TENTH)
        self._session.heard_ns = self._wall_ns()
        if self.breaker.answered(kind):
            self._tell_breaker()

    def failed(self, kind: Kind, error: Exception, session: int) -> Outcome:
        """A request that was put in `session` ended with an error: what that says, after the breaker was told."""
        outcome = outcome_of(error)
        if outcome.is_answer:
            if self.breaker.answered(kind):
                self._tell_breaker()
        elif outcome.is_failure:
            over = not self._session.connected or session != self._session.number
            words = words_of(error, self._timeout_s)
            self._session.note_trouble(f"{kind}: {words}")
            if self.breaker.failed(kind, loop_ns(), words, session if over else None):
                self._tell_breaker()
        elif outcome is Outcome.AUTH and session == self._session.number:
            # The key was good when the session began. A read tells whether it still is, or one thing is not allowed.
            if kind == "read":
                self._session.lose(f"credentials refused: {words_of(error, self._timeout_s)}")
            elif self._session.connected:
                self._read_soon(0)
        return outcome

    def _tell_breaker(self) -> None:
        breaker = self.breaker
        self._post(i.BreakerMoved(self._session.name, breaker.state, breaker.reason))
        due = breaker.probe_due_ns
        if due is not None:
            self.breaker_opened(breaker.reason)
            _cancel(self._half_open)
            wait_s = max((due - loop_ns()) / SECOND_NS, 0.001)
            self._half_open = asyncio.get_running_loop().call_later(wait_s, self._look)

    def _look(self) -> None:
        if self.breaker.tick(loop_ns()):
            self._tell_breaker()
            self._read_soon(0)
        elif self.breaker.state == "open":
            self._half_open = asyncio.get_running_loop().call_later(0.001, self._look)

    # -- health and clock ---------------------------------------------------------------------------------------

    def session_begins(self) -> None:
        """A new session: its health and the clocks are looked at right away."""
        if self.health.begin_session():
            self._tell_health()
        if self._clock is None and self.skew.level is None:
            self._no_time()
        self._read_soon(0)

    def session_ends(self) -> None:
        """Nothing is read until the next one."""
        _cancel(self._next_read)

    def stop(self) -> None:
        """No timer fires any more."""
        for timer in (self._next_read, self._half_open):
            _cancel(timer)

    async def read(self, turn: Callable[[], Awaitable[None]]) -> None:
        """A cheap read: the broker's time where it tells it, else the account. Its latency is the connection's."""
        await turn()
        session = self._session.number
        asked, began = self._wall_ns(), loop_ns()
        server_ns: int | None = None
        try:
            async with asyncio.timeout(self._timeout_s):
                if self._clock is not None:
                    server_ns = await self._clock.server_time_ns()
                else:
                    await self._adapter.account()
        except Exception as error:  # whatever an adapter raises, it is no answer
            outcome = self.failed("read", error, session)
            if session == self._session.number and outcome.is_failure:
                self._unhealthy(words_of(error, self._timeout_s))
        else:
            took = loop_ns() - began
            self.answered("read", took)
            if self.health.answered(took):
                self._tell_health()
            if server_ns is not None:
                if self.skew.measured(server_ns, asked, self._wall_ns()):
                    self._tell_skew()
            elif self._clock is not None and self.skew.level is None:
                self._no_time()
        if self._session.connected:
            self._read_soon(self._settings.health_every_s)

    def _unhealthy(self, why: str) -> None:
        if self.health.failed(why):
            self._tell_health()
            if self.health.state == "down":
                self._session.lose(f"no sign of life: {self.health.reason}")

    def _read_soon(self, wait_s: float) -> None:
        _cancel(self._next_read)
        self._next_read = asyncio.get_running_loop().call_later(wait_s, self._begin_read)

    def _begin_read(self) -> None:
        if self._session.connected:
            self.read_now()

    def _tell_health(self) -> None:
        self._post(i.HealthMoved(self._session.name, self.health.state, self.health.reason))

    def _tell_skew(self) -> None:
        skew = self.skew
        self._post(i.SkewMoved(self._session.name, skew.level or "ok", skew.skew_ns or 0, skew.stop_ns))

    def _no_time(self) -> None:
        """The broker tells no time: what an earlier run knew of its clock is not held against it."""
        self.skew.level = "ok"
        self._tell_skew()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
