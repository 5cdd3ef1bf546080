"""One session: the link, who listens to it, and what is asked on it. It ends once, for whatever reason."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from brokers.ibkr.asking import Asking
from brokers.ibkr.codes import Meaning, meaning_of
from brokers.ibkr.contracts import Names
from brokers.ibkr.memory import Memory
from brokers.ibkr.messages import (
    CommissionSeen,
    ErrorSeen,
    ExecutionSeen,
    Lost,
    MarginSeen,
    Message,
    OrderSeen,
    StatusSeen,
    Unreadable,
)
from brokers.ibkr.pacing import Pacer
from brokers.ibkr.reading import Reading
from brokers.ibkr.settings import IbkrSettings
from engine.protocol import AmbiguousError, Disconnected, Gap, RefusedError, Report, ReportSink

if TYPE_CHECKING:
    from brokers.ibkr.sdk import Link

log = logging.getLogger("tradedesk.brokers.ibkr")
GAPS_TOGETHER_S: Final = 0.25


class Session:
    """`on_end(session, reason)`: it is over, and not because we closed it; or (`severed`) TWS stands and has lost IB.
    What TWS still says then is told all the same."""

    def __init__(
        self,
        settings: IbkrSettings,
        sdk: Any,
        *,
        name: str,
        account: str,
        memory: Memory,
        names: Names,
        sink: ReportSink,
        on_end: Callable[[Session, str], None],
    ) -> None:
        self._name = name
        self._on_end = on_end
        self._timers: set[asyncio.TimerHandle] = set()
        self.sink = sink
        self.client_id = settings.client_id
        self.is_over = False
        self.severed = False
        self.restored = asyncio.Event()
        self.what_if: dict[int, asyncio.Future[MarginSeen]] = {}
        """Questions about margin, by the id under which each was asked."""
        self._gap_at = -1.0
        self.no_fee: set[str] = set()
        """Executions whose commission was waited for, and did not come."""
        self.summary_lock = asyncio.Lock()
        loop = asyncio.get_running_loop()
        self._loop = loop
        self.pacer = Pacer(settings.messages_per_s, settings.reserved, loop.time)
        self.asking = Asking(self.pacer, settings.timeout_s, self.lose)
        self.reading = Reading(
            name,
            account,
            settings.client_id,
            memory,
            names,
            tell=self._tell,
            later=self._later,
            now_ns=time.time_ns,
            commission_wait_s=settings.commission_wait_s,
        )
        self.link: Link = sdk.Link(settings, self._hear)

    # -- what comes ---------------------------------------------------------------------------------------------------

    def _hear(self, message: Message) -> None:
        if self.is_over:
            return
        if isinstance(message, Lost):
            self.lose(message.why)
            return
        if isinstance(message, OrderSeen) and message.margin is not None:
            answer = self.what_if.get(message.order_id)
            if answer is not None and not answer.done():
                answer.set_result(message.margin)
            return
        self.asking.hear(message)
        reading = self.reading
        match message:
            case OrderSeen(completed=False):
                reading.order(message)
            case StatusSeen():
                reading.status(message)
            case ExecutionSeen(req_id=-1):
                reading.execution(message)
            case CommissionSeen():
                reading.fills.commission(message)
            case ErrorSeen():
                self._error(message)
            case Unreadable():
                log.warning("a message of TWS's can't be read: %s: %s", message.kind, message.why)
                self._gap(f"a message that can't be read: {message.kind}: {message.why}")
            case _:
                pass

    def _error(self, seen: ErrorSeen) -> None:
        asked = self.what_if.get(seen.ident)
        if asked is not None and not asked.done():
            meaning = meaning_of(seen.code)
            if meaning in (Meaning.REFUSED, Meaning.CHANGE_REFUSED):
                asked.set_exception(RefusedError(f"{seen.text} ({seen.code})"))
            elif meaning not in (Meaning.INFO, Meaning.DATA):
                asked.set_exception(AmbiguousError(f"{seen.text} ({seen.code})"))
            return
        if seen.ident > 0 and self.reading.error(seen):
            return
        match meaning_of(seen.code):
            case Meaning.LINK_LOST:
                self._sever(f"TWS has lost its link to IB: {seen.text} ({seen.code})")
            case Meaning.LINK_BACK | Meaning.LINK_BACK_EMPTY:
                if self.severed:
                    self.severed = False
                    self.restored.set()
                else:
                    self._gap(f"TWS's link to IB was away: {seen.text} ({seen.code})")
            case Meaning.RESET:
                self.lose(f"{seen.text} ({seen.code})")
            case Meaning.THROTTLED:
                log.warning("TWS: %s (%d)", seen.text, seen.code)
                self._gap(f"{seen.text} ({seen.code})")
            case Meaning.INFO | Meaning.DATA | Meaning.IN_USE:
                log.debug("TWS: %s (%d)", seen.text, seen.code)
            case _:
                log.info("TWS, of %d: %s (%d)", seen.ident, seen.text, seen.code)

    def _gap(self, reason: str) -> None:
        self._tell(Gap(self._name, reason[:200], time.time_ns()))

    def _tell(self, report: Report) -> None:
        if self.is_over:
            return
        if isinstance(report, Gap):
            # One for what was lost in one moment: the desk compares itself after it.
            now = self._loop.time()
            if now - self._gap_at < GAPS_TOGETHER_S:
                return
            self._gap_at = now
        self.sink(report)

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        def run() -> None:
            self._timers.discard(handle)
            do()

        handle = self._loop.call_later(seconds, run)
        self._timers.add(handle)

    # -- questions about margin ---------------------------------------------------------------------------------------

    async def margin(self, ident: int, send: Callable[[], None], wait_s: float) -> MarginSeen:
        """What an order would do to the account, asked by `send` under this id. Raises RefusedError where IB would not
        take it, AmbiguousError without an answer."""
        answer: asyncio.Future[MarginSeen] = self._loop.create_future()
        self.what_if[ident] = answer
        try:
            send()
            done, _ = await asyncio.wait((answer,), timeout=wait_s)
            if not done:
                raise AmbiguousError(f"TWS did not say within {wait_s:g} s what the order would do to the margin")
            return answer.result()
        finally:
            del self.what_if[ident]

    # -- its end ------------------------------------------------------------------------------------------------------

    def _sever(self, reason: str) -> None:
        if not self.severed:
            self.severed = True
            self.restored.clear()
            self._answer_nobody(reason)
            self._on_end(self, reason)

    def lose(self, reason: str) -> None:
        """It is of no use any more."""
        if not self.is_over:
            self._finish(reason)
            self._on_end(self, reason)

    def close(self) -> None:
        """We want it no more."""
        if not self.is_over:
            self._finish("the session was closed before the answer")

    def _finish(self, reason: str) -> None:
        self._answer_nobody(reason)
        self.is_over = True
        for timer in self._timers:
            timer.cancel()
        self.link.close()

    def _answer_nobody(self, reason: str) -> None:
        """What was handed over is in doubt."""
        why = AmbiguousError(reason)
        self.asking.end(why)
        self.reading.end(why)
        for answer in self.what_if.values():
            if not answer.done():
                answer.set_exception(why)
                answer.exception()

    def report_loss(self, reason: str) -> None:
        """Tell the desk; also of a session that is over."""
        self.sink(Disconnected(self._name, reason[:200], time.time_ns()))
