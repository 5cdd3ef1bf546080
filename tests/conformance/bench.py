"""What the suite has to be told of an adapter under test: how its emulator runs, how to break it, what is true there.

To put another adapter under test, write one file with a subclass of `Bench` and add it to `benches.BENCHES`. The
emulator speaks the broker's real protocol on a real socket and matches orders against the market that `quote` makes: a
buy at or above the ask fills at once, and so on. What it can't do wrong is left out of `troubles`; what such a trouble
would test is then skipped for this adapter, visibly.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import ClassVar

import msgspec

from engine.model.order import BrokerOrder
from engine.protocol import BrokerAdapter, DataProvider


class On(Enum):
    """A kind of request."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    REPLACE = "replace"
    QUERY = "query"
    """order_by_cl_ord_id"""
    EXECUTIONS = "executions"
    OPEN = "open"
    """open_orders"""
    POSITIONS = "positions"
    ACCOUNT = "account"


class Heard(Enum):
    """A kind of report."""

    ACCEPTED = "accepted"
    FILLED = "filled"
    CANCELED = "canceled"
    REPLACED = "replaced"


class Trouble(Enum):
    """What goes wrong with a request (first group) or with a report (second)."""

    LOST = "lost"
    """Time-out before acceptance: it never arrives, and nothing answers."""
    UNANSWERED = "unanswered"
    """Time-out after acceptance."""
    LATE = "late"
    """It arrives after the adapter gave up waiting."""
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    TORN = "torn"
    """Processed, and the connection breaks in the middle of the answer."""
    ERROR_AFTER = "error_after"
    """Processed, and answered with an error of the server's (HTTP 500)."""
    UNREADABLE = "unreadable"
    """Processed, and the answer can't be read."""
    REFUSED = "refused"
    THROTTLED = "throttled"

    DROPPED = "dropped"
    TWICE = "twice"
    SWAPPED = "swapped"
    """It comes after the next report."""
    DELAYED = "delayed"
    MALFORMED = "malformed"
    """In its place comes something that can't be read."""
    NOVEL = "novel"
    """It carries a word that nobody knows."""


class After(Enum):
    """What a broker does after the fact."""

    BUST = "bust"
    """It takes an execution back."""
    CORRECT = "correct"
    """It corrects the price of an execution."""
    REJECT = "reject"
    """It rejects an order that it had accepted."""


#: A request that ends so may live at the broker, or not: nothing but evidence says which.
AMBIGUOUS = (
    Trouble.LOST, Trouble.UNANSWERED, Trouble.LATE, Trouble.RESET_BEFORE, Trouble.RESET_AFTER, Trouble.TORN,
    Trouble.ERROR_AFTER, Trouble.UNREADABLE,
)  # fmt: skip
#: Those of them after which it does live.
ALIVE = (
    Trouble.UNANSWERED, Trouble.LATE, Trouble.RESET_AFTER, Trouble.TORN, Trouble.ERROR_AFTER, Trouble.UNREADABLE,
)  # fmt: skip
#: Those that end the connection.
RESETS = (Trouble.RESET_BEFORE, Trouble.RESET_AFTER, Trouble.TORN)
REPORT_TROUBLES = (
    Trouble.DROPPED, Trouble.TWICE, Trouble.SWAPPED, Trouble.DELAYED, Trouble.MALFORMED, Trouble.NOVEL,
)  # fmt: skip


class TrueOrder(msgspec.Struct, frozen=True):
    """An order in the broker's own books. `ids`: every cl_ord_id that it was accepted under, the first one first."""

    ids: tuple[str, ...]
    status: str
    qty: Decimal
    cum_qty: Decimal
    limit_px: Decimal | None


class Truth(msgspec.Struct, frozen=True):
    """The broker's own books, read beside the adapter."""

    orders: tuple[TrueOrder, ...]
    executions: dict[str, Decimal]
    """Quantity by the canonical execution key."""
    positions: dict[str, Decimal]
    cash: Decimal

    def order(self, cl_ord_id: str) -> TrueOrder | None:
        """The order with this id as one of its versions. Two would be a defect that no test may overlook."""
        found = [order for order in self.orders if cl_ord_id in order.ids]
        assert len(found) <= 1, f"{cl_ord_id} is the id of {len(found)} orders"
        return found[0] if found else None


class Bench(ABC):
    """An emulator that runs, and the adapters that talk to it."""

    name: ClassVar[str]
    troubles: ClassVar[frozenset[Trouble]]
    account: ClassVar[str]
    symbol: ClassVar[str]
    """A listed instrument with a tick of 0.01 and a lot of 1."""
    timeout_s: ClassVar[float]
    """How long the adapters of `adapter` wait for an answer: short, so that the suite is."""
    late_s: ClassVar[float] = 0.65
    """How long what is LATE is under way: longer than that."""
    lot: ClassVar[int] = 100
    """A quantity that rests, fills and may be halved."""
    orders_of_others: ClassVar[bool] = True
    """Whether orders can be placed at the account beside the adapter."""
    one_connection: ClassVar[bool] = True
    """Whether a request that is reset takes the session with it."""
    nameless: ClassVar[bool] = True
    """Whether an order that is placed without a cl_ord_id has none (else the broker gives it one)."""
    answers_are_reports: ClassVar[bool] = False
    """Whether a submit has no answer but its order's first report: a silent stream leaves it in doubt."""
    novel_answers: ClassVar[frozenset[On]] = frozenset()
    """The questions whose answers can carry words that nobody knows (Trouble.NOVEL), with their sense unharmed."""
    interferes: ClassVar[bool] = False
    """Whether somebody else can act on our orders, and days end: `cancel_elsewhere`, `end_day`."""
    strange_orders: ClassVar[bool] = False
    """Whether orders can be placed elsewhere of kinds that no adapter has words for: `place_strange`."""
    forgets_at_night: ClassVar[bool] = False
    """Whether an order that ended over night can't be asked for the next day, as far as a test can turn clocks."""
    afterwards: ClassVar[frozenset[After]] = frozenset()
    """What the broker may do after the fact: `bust`, `correct`, `reject_late`."""
    afterwards_listed: ClassVar[bool] = False
    """Whether busts and corrections of while nobody was connected can be found in the broker's lists."""
    reasons: ClassVar[Mapping[Enum | str, str]] = {}
    """Why something that a test wants is not there, by what that is; said where the test is skipped."""
    starts_parts: ClassVar[bool] = True
    """Whether a broker that holds groups starts the exits for the part of an entry that has filled (else when it has
    filled completely, so that a part whose entry ends has no stop)."""
    charges: ClassVar[bool] = True
    """Whether an execution of `symbol` costs a fee that its report says."""

    @classmethod
    @abstractmethod
    def running(cls, folder: Path) -> AbstractAsyncContextManager[Bench]:
        """Start the emulator with new books. `folder` is private to it, and its path short enough for a socket's."""

    @abstractmethod
    def adapter(self) -> BrokerAdapter:
        """A new adapter, not connected, as a new process would make it."""

    def data(self, adapter: BrokerAdapter) -> DataProvider | None:
        """The broker's own market data of this adapter's session; None where the account and the data are apart."""
        return None

    @abstractmethod
    def stranger(self) -> BrokerAdapter:
        """An adapter whose credentials (or account) are not this broker's."""

    @abstractmethod
    async def quote(self, bid: str, ask: str, size: int = 1000) -> None:
        """The market of `symbol` moves; resting orders that it reaches are filled, `size` at most. When this returns
        that stands in the books."""

    @abstractmethod
    def trouble(self, trouble: Trouble, on: On | Heard) -> None:
        """Let the next request or report of this kind go wrong."""

    @abstractmethod
    def silence(self, silent: bool) -> None:
        """Let no report through any more, while the connection stands and questions are answered."""

    @abstractmethod
    def drop(self) -> None:
        """Break the connection."""

    @abstractmethod
    def unreachable(self) -> AbstractContextManager[None]:
        """Nobody can connect meanwhile."""

    @abstractmethod
    def skew(self, seconds: float) -> None:
        """Set the broker's clock ahead of (or behind) ours."""

    @abstractmethod
    async def place_elsewhere(self, order: BrokerOrder) -> None:
        """Place an order at the account by hand, in another program."""

    async def place_strange(self, order: BrokerOrder) -> None:
        """The same with an order whose kind and time in force are words that no adapter has."""
        raise NotImplementedError

    def cancel_elsewhere(self, cl_ord_id: str) -> None:
        """Cancel one of our orders by hand, in another program or at the broker's desk."""
        raise NotImplementedError

    def end_day(self) -> None:
        """The day is over: what is for the day expires."""
        raise NotImplementedError

    def bust(self, exec_id: str) -> None:
        """Take this execution back, by its canonical key."""
        raise NotImplementedError

    def correct(self, exec_id: str, px: str) -> None:
        """Correct the price of this execution; `truth` has it under its new key."""
        raise NotImplementedError

    def reject_late(self, cl_ord_id: str, why: str) -> None:
        """Reject this order, which was accepted and rests."""
        raise NotImplementedError

    @asynccontextmanager
    async def night(self) -> AsyncIterator[None]:
        """The nightly reset: every connection ends, nobody gets in, the day's orders expire; then all is back."""
        with self.unreachable():
            self.drop()
            self.end_day()
            yield

    @abstractmethod
    def truth(self) -> Truth:
        """The broker's own books."""
