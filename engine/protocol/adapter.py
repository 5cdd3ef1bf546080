"""What the engine asks of a broker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, runtime_checkable

from engine.market.calendar import Session
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol.capabilities import Capabilities
from engine.protocol.reports import ReportSink


class BrokerAdapter(Protocol):
    """One account at one broker. docs/adapters.md leads through writing one.

    **Threads.** Every method is called from the engine's event loop, and every report and answer comes back on it. None
    may block it: a blocking SDK gets threads of its own. Several calls may be under way at once (orders, cancels,
    questions); each gets its own answer, and a cancel must not have to wait behind a question.

    **Nothing is repeated.** No method tries again by itself, and no SDK may do so behind its back. Each request has a
    time-out of the adapter's own. The caller may give up waiting at any moment (cancellation): that stops only the
    waiting; what was handed over is on its way.

    **Errors**, for submit, cancel and replace as for questions:

    * NotConnectedError: there is no session, or it ended before anything was handed over;
    * NotSupportedError: not declared in `capabilities`; nothing was sent. TypeError: it is no order of the risk engine;
    * RefusedError: the broker's clear no, with its words. ThrottledError: a no for rate, with `retry_after_s` where it
      said so. AuthError: credentials or permission;
    * AmbiguousError: everything else after the first byte was handed over: time-out, reset, torn or unreadable answer,
      a server's error, a code that nobody knows, an id that was used before (its first order may be alive). When in
      doubt, doubt: a wrong RefusedError frees money for a second order, a wrong AmbiguousError costs one question.

    **Words that nobody knows** (a status, a kind, a field) never end the stream, lose a fill or hide a list's rest.
    Only a quantity, price, side or identity is never guessed at: then a report is a Gap, an answer AmbiguousError.

    **What the engine does around it**, so that no adapter does: keeps to the published rate with a lane for cancels;
    reads the gate again right before `submit`; repeats questions and cancels that failed, never orders; opens the
    session again; counts failures (breaker); asks about every order in doubt; compares the books at each connect, after
    each Gap and on a timer; drops reports that came twice (by `exec_id`, by state).
    """

    name: str
    """The broker's, in lower case: `broker:` in a profile."""

    def capabilities(self) -> Capabilities:
        """What is declared; the same for every adapter of this broker, but for what a session tells (rates, fees)."""
        ...

    # -- session ------------------------------------------------------------------------------------------------

    async def connect(self, sink: ReportSink) -> None:
        """Open a session; an open one is ended first. When it returns, requests are taken and reports go to `sink`.

        Raises AuthError (wrong key, no permission: tried again at a slow pace) or NotConnectedError (whatever else:
        tried again soon), and leaves nothing open behind. Does not report Connected: the engine does. What happened
        while no session stood is not told again; the engine asks.

        Where AbsenceProof.NEW_SESSION is declared: returns only after nothing of the sessions before can take effect
        any more."""
        ...

    async def disconnect(self) -> None:
        """End the session, if there is one, without a report of it. Whoever waits for an answer gets AmbiguousError,
        or NotConnectedError where nothing had been handed over. May be repeated."""
        ...

    # -- requests: they return when the broker has taken the bytes; what becomes of them are reports ------------------

    async def submit(self, order: BrokerOrder) -> None:
        """Hand the order over, exactly as it is: no rounding, no other type, no default filled in.

        `cl_ord_id` must go along and come back in reports and in every listing, also after a restart of ours. Reports
        follow: Accepted before the first Filled, or Rejected. That the broker acknowledged may be told by both ways,
        the answer and the stream: it is reported once."""
        ...

    async def cancel(self, cancel: BrokerCancel) -> None:
        """Ask for its end, by `order_id`, or by `cl_ord_id` while that is not known. Reports follow: Canceled, or
        CancelRejected for every refusal of the broker's, also when it is filled or not known; then it does not raise.
        Throttled, refused for credentials or in doubt, it raises, and is tried again."""
        ...

    async def cancel_all(self) -> None:
        """Native cancel-all; only called when `capabilities().cancel_all` is not NONE, else NotSupportedError."""
        ...

    async def replace(self, replace: BrokerReplace) -> None:
        """Change a working order: `qty` is the new total, what is executed included; a price that is None stays.
        Reports follow: Replaced with the terms in all, or ReplaceRejected for every refusal of the broker's. Never more
        than `qty` in all, whatever fills meanwhile. Without `capabilities().replace`: NotSupportedError."""
        ...

    # -- questions: an answer is whole, or an error; never cut short, never empty for want of one ---------------------

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        """The order with this id as one of its versions, dead or alive; its newest version. None only when the broker
        answers that it has none: that may prove its absence (`AbsenceProof`). A state that nobody knows is
        AmbiguousError."""
        ...

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        """Every open order of the account, all pages, those of other programs too (their cl_ord_id, or ""). One of a
        kind for which there is no word is listed as the nearest, with the broker's words in `text`: leaving it out
        would free what it may still take. A state that nobody knows counts as NEW here: it is open."""
        ...

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        """Every execution of the account at or after market time `since_ns`, oldest first, all pages, also those of
        orders that others placed. `exec_id` is the same on every channel that tells of it: the engine counts by it.
        Should the broker's clock have been set back, from the first one at that time on all are given."""
        ...

    async def positions(self) -> Sequence[PositionSnapshot]:
        """Every position of the account that is not flat, signed."""
        ...

    async def account(self) -> AccountSnapshot:
        """Which account this is and whether its money is real, as the broker says it (the desk refuses to start on any
        other), and its cash by currency."""
        ...

    async def instrument(self, symbol: str) -> Instrument | None:
        """How it trades there; None when it does not."""
        ...


@runtime_checkable
class TellsTime(Protocol):
    """What an adapter has besides when its broker tells the time: the desk measures how far the clocks are apart, warns
    at 0.5 s and sends nothing that increases risk over 2 s."""

    async def server_time_ns(self) -> int | None:
        """The broker's wall clock now, ns UTC; None when it has none to tell. Errors as of any question."""
        ...


@runtime_checkable
class TellsSessions(Protocol):
    """What an adapter has besides when its broker says when an instrument trades. The desk goes by its own tables, and
    compares them with this at each connect and once a day: where they differ it says so aloud, and sends market orders
    only while both are open (docs/decisions/brokers-sessions.md)."""

    async def sessions(self, symbol: str, first: date, last: date) -> Sequence[Session] | None:
        """The regular sessions of these dates (the exchange's own), in order; a day without one is left out. None where
        the broker tells none of this instrument, or not of all these dates. Errors as of any question."""
        ...


@runtime_checkable
class TakesGroups(Protocol):
    """What an adapter has besides when its broker holds whole groups (`Capabilities.groups`).

    The broker keeps such a group: it starts the legs, shrinks or cancels partners; the engine neither starts, resizes
    nor cancels a leg by itself, and books what is reported. cancel, replace and order_by_cl_ord_id work on each order
    of it by its own cl_ord_id, as on any other."""

    def group_refusal(self, group: BrokerGroup) -> str:
        """Why this broker does not take the group as one, a short sentence; "" where it does. Pure: nothing is asked.
        A group that is refused here is the desk's own, and says so while it is typed (LOCAL)."""
        ...

    async def submit_group(self, group: BrokerGroup) -> None:
        """Hand it over as one thing. Errors as of submit: RefusedError only when nothing of it is or can come alive,
        AmbiguousError else. Reports follow for each order under its own cl_ord_id, as ever: Accepted (also of legs that
        wait at the broker), Filled, Canceled, Rejected, Replaced, Restated (resized by the broker) ..."""
        ...

    def remember_groups(self, groups: Sequence[BrokerGroup]) -> None:
        """Called before each connect with the groups of which an order may still live and those of today that are over,
        so that orders whose ids the broker made up are known as ours in reports, listings, executions and
        order_by_cl_ord_id. Groups that were submitted on an earlier session of this adapter are among them."""
        ...
