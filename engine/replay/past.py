"""The desk's view of a past moment, built by the same publisher as the live one."""

from __future__ import annotations

from typing import Final

from engine.desk import Desk
from engine.inputs import Now
from engine.model.charts import AlgoDetail
from engine.protocol import Capabilities
from engine.publish.algo_detail import algo_detail
from engine.publish.publisher import Publisher
from engine.replay.quotes import SampledQuotes
from engine.replay.tape import JournalTape
from engine.state import DeskState
from engine.surroundings import Surroundings
from engine.views import BrokerRow, DeskView

LABEL: Final = "REPLAY-JOURNAL"
_NONE: Final = Capabilities(frozenset(), frozenset(), frozenset(), replace=False)


class PastViews:
    """Views of the moments of one tape. `urgent` in them rises with every view: each is drawn at once."""

    def __init__(self, tape: JournalTape) -> None:
        self._tape = tape
        self._quotes = SampledQuotes(tape)
        self._state: DeskState | None = None
        self._urgent = 0
        self._desk, self._publisher = self._bind()

    def _bind(self) -> tuple[Desk, Publisher]:
        """A desk around the tape's state, which is another object after a seek backward. It decides nothing."""
        self._state = self._tape.state
        surroundings = Surroundings(
            session_closed=lambda symbol, ns, extended: "this moment is past",
            trading_day=lambda ns: (self._tape.state.day, self._tape.state.day_end_ns),
            capabilities=lambda account: _NONE,
        )
        desk = Desk(self._tape.state, self._quotes, surroundings)
        return desk, Publisher(desk, self._quotes, lambda ns: "", LABEL)

    def at(self, now: Now) -> DeskView:
        """The view at `now`, which is the time of the tape's newest fact or later, before the next one's."""
        state = self._tape.state
        if state is not self._state:
            self._desk, self._publisher = self._bind()
        self._urgent += 1
        self._desk.urgent = self._urgent
        self._quotes.now = now
        sampled_ns = self._tape.sample.market_ns if self._tape.sample is not None else None
        return self._publisher.build(
            now,
            watched=tuple(symbol for symbol in state.instruments if symbol in state.marks),
            brokers=tuple(
                BrokerRow(name, up, "ok" if up else "down", "closed", None) for name, up in state.brokers_up.items()
            ),
            data_age_ns=max(now.market_ns - sampled_ns, 0) if sampled_ns is not None else None,
            data_ok=self._quotes.alive,
            journal_seq=self._tape.seq,
            uptime_s=0,
            account=state.account,
        )

    def algo_detail(self, number: int, now: Now) -> AlgoDetail | None:
        """One algo of that moment, with the prices that nobody kept left out."""
        return algo_detail(self._desk, number, now)
