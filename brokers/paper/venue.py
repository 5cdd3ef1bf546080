"""The paper broker itself: an exchange and the books it is kept in. Requests and events in, answers and
reports out.

It knows nothing of connections, latency or event loops. What a request or event did is entered in the books
before its answer and its reports are given out, in the order in which the venue processed them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from brokers.paper.books import BooksError
from brokers.paper.keeper import Keeper, Question
from brokers.paper.messages import (
    Account,
    Answer,
    AskAccount,
    AskExecutions,
    AskInstrument,
    AskOpenOrders,
    AskOrder,
    AskPositions,
    CancelAll,
    Executions,
    Failed,
    FailureKind,
    OneInstrument,
    OneOrder,
    Orders,
    Positions,
    Request,
    Taken,
)
from engine.market.matching import DuplicateIdError, PaperExchange
from engine.model.market import MarketEvent
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.protocol import Report

Reply = Callable[[Answer], None]
_TAKEN = Taken()


class PaperVenue:
    """One paper account, alive. `close` it to release its books.

    `on_report` gets every report, after its commit (None: nobody listens, and the report is only in the
    books). `on_failure` is called once when the books can't be written: the venue is then dead, and what it
    did since its last commit is void; a new one has to be opened on the same books.
    """

    def __init__(self, exchange: PaperExchange, keeper: Keeper, now_ns: int, *, live: bool = False) -> None:
        """Starts at market time `now_ns`; what expired meanwhile is only in the books: nobody listens yet. `live`: the
        account says of itself that it is live, for the rehearsal of a live desk."""
        self.exchange = exchange
        self.on_report: Callable[[Report], None] | None = None
        self.on_failure: Callable[[BooksError], None] | None = None
        self.failure: BooksError | None = None
        self._keeper = keeper
        self._live = live
        self._publish(exchange.start(now_ns))

    def handle(self, request: Request, now_ns: int, reply: Reply) -> None:
        """Process a request that arrived at market time `now_ns`; `reply` is called when what it did is
        durable.
        """
        if self.failure is not None:
            reply(Failed(FailureKind.NOT_CONNECTED, str(self.failure)))
            return
        try:
            if isinstance(request, BrokerOrder):
                self._answer(reply, _TAKEN, self.exchange.submit(request, now_ns))
            elif isinstance(request, BrokerCancel):
                self._answer(reply, _TAKEN, self.exchange.cancel(request, now_ns))
            elif isinstance(request, BrokerReplace):
                self._answer(reply, _TAKEN, self.exchange.replace(request, now_ns))
            elif isinstance(request, CancelAll):
                self._answer(reply, _TAKEN, self.exchange.cancel_all(now_ns))
            else:
                self._tell(request, now_ns, reply)
        except DuplicateIdError as error:
            # Not "refused": the order that has this id may be alive, so nothing here may say that it is not.
            self._answer(reply, Failed(FailureKind.AMBIGUOUS, str(error)), ())
        except BooksError as error:
            self._fail(error)
            reply(Failed(FailureKind.AMBIGUOUS, str(error)))

    def on_market(self, event: MarketEvent) -> None:
        """A quote, print or bar of the market on which the account trades."""
        if self.failure is None:
            reports = self.exchange.on_market(event)
            if reports:
                self._publish(reports)

    def on_time(self, now_ns: int) -> None:
        """Market time passed without an event."""
        if self.failure is None:
            self._publish(self.exchange.on_time(now_ns))

    def settled(self, done: Callable[[], None]) -> None:
        """Call `done` when everything processed so far is in the books and given out, or is known to have
        failed.
        """
        self._keeper.enter(None, self.exchange.ledger, lambda books: _TAKEN, lambda answer, error: done())

    def close(self) -> None:
        """Finish the commits under way and close the books."""
        self._keeper.close()

    # --- inside ---------------------------------------------------------------------------------------------

    def _tell(self, question: Request, now_ns: int, reply: Reply) -> None:
        exchange = self.exchange
        reports = exchange.on_time(now_ns)
        if isinstance(question, AskOrder):
            cl_ord_id = question.cl_ord_id
            found = exchange.open_order(cl_ord_id)
            ask: Question | None = None if found else (lambda books: OneOrder(books.order(cl_ord_id)))
            self._answer(reply, OneOrder(found), reports, ask)
        elif isinstance(question, AskExecutions):
            wanted = (question.since_ns, question.skip, question.limit)
            self._answer(reply, Executions(()), reports, lambda books: Executions(books.executions_since(*wanted)))
        elif isinstance(question, AskOpenOrders):
            self._answer(reply, Orders(exchange.open_orders()), reports)
        elif isinstance(question, AskPositions):
            self._answer(reply, Positions(exchange.positions()), reports)
        elif isinstance(question, AskAccount):
            self._answer(
                reply, Account(msgspec.structs.replace(exchange.account_snapshot(), is_live=self._live)), reports
            )
        elif isinstance(question, AskInstrument):
            self._answer(reply, OneInstrument(exchange.instrument(question.symbol)), reports)
        else:
            raise TypeError(f"{type(question).__name__} is not a request")

    def _answer(self, reply: Reply, answer: Answer, reports: Sequence[Report], ask: Question | None = None) -> None:
        """Enter what changed, then reply with what `ask` finds in the books, else with `answer`, then report."""

        def done(found: Answer | None, error: BooksError | None) -> None:
            if error is not None:
                self._fail(error)
                reply(Failed(FailureKind.AMBIGUOUS, str(error)))
                return
            reply(answer if found is None else found)
            self._report(reports)

        self._keeper.enter(self.exchange.take_changes(), self.exchange.ledger, ask, done)

    def _publish(self, reports: Sequence[Report]) -> None:
        if not reports:
            return

        def done(answer: Answer | None, error: BooksError | None) -> None:
            if error is not None:
                self._fail(error)
            else:
                self._report(reports)

        self._keeper.enter(self.exchange.take_changes(), self.exchange.ledger, None, done)

    def _report(self, reports: Sequence[Report]) -> None:
        for report in reports:
            if self.on_report is not None:
                self.on_report(report)

    def _fail(self, error: BooksError) -> None:
        if self.failure is None:
            self.failure = error
            if self.on_failure is not None:
                self.on_failure(error)
