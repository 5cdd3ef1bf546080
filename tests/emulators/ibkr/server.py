"""The gateway: its port, its clients, what becomes of their requests, and the hand that makes things happen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from decimal import Decimal

from tests.emulators.ibkr.answers import Answers
from tests.emulators.ibkr.books import CLOSED, CONTINUOUS, EXTENDED, OPENING, Books, Quote
from tests.emulators.ibkr.byhand import placed_by_hand
from tests.emulators.ibkr.contracts import Catalogue, Listed
from tests.emulators.ibkr.data import MarketData
from tests.emulators.ibkr.desk import MANUAL, Desk
from tests.emulators.ibkr.faults import BEFORE, KINDS, WARNINGS, Faults, cut_short, strange
from tests.emulators.ibkr.listing import LISTED
from tests.emulators.ibkr.moments import moment
from tests.emulators.ibkr.orders import Execution, Order
from tests.emulators.ibkr.reports import Reports
from tests.emulators.ibkr.requests import Requests
from tests.emulators.ibkr.session import Session
from tests.emulators.ibkr.wire import NEWEST, WireError, frame

IN_USE = "Unable to connect as the client id is already in use. Retry with a unique client id."
NOTES = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefil"),
)
LOST = "Connectivity between IBKR and Trader Workstation has been lost."
RESTORED = "Connectivity between IBKR and Trader Workstation has been restored"


class IbGateway:
    """One login with its accounts. `version`: the newest of the protocol that it speaks; `per_second`: how many
    messages a client may send; `master`: the client that sees the orders of all; `now_ns`: the clock of its books,
    `wall_ns`: the one that it tells."""

    def __init__(
        self,
        *,
        accounts: Sequence[str] = ("DU1234567",),
        cash: Decimal = Decimal(1_000_000),
        listed: Sequence[Listed] = LISTED,
        version: int = 176,
        per_second: int = 50,
        master: int | None = None,
        read_only: bool = False,
        first_id: int = 1,
        now_ns: Callable[[], int] = time.time_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.version, self.per_second = min(version, NEWEST), per_second
        self.now_ns, self.wall_ns = now_ns, wall_ns
        self.faults = Faults()
        self.books = Books(Catalogue(tuple(listed)), dict.fromkeys(accounts, cash), now_ns)
        self.desk = Desk(self.books, read_only=read_only)
        self.answers = Answers(self.books, wall_ns, self.faults, read_only=read_only)
        self.data = MarketData(self.books.quotes, now_ns)
        self.requests = Requests(self.books, self.desk, self.answers, self.data, first_id)
        self.connected = True
        """Whether the gateway has its own connection to the broker."""
        self.id_first = False
        """Whether a client hears its next order number before its accounts: no order is promised."""
        self.seen: list[list[str]] = []
        """Every message that came in, by its fields."""
        self.sessions: list[Session] = []
        self.reports = Reports(
            self.sessions, self.faults, lambda: self.connected, self.answers.tell_account, master
        )  # fmt: skip
        self.books.told, self.books.moved = self.reports.tell, self.reports.tell_position
        self._waiting: list[tuple[Session, list[str]]] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    # -- the socket -----------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.get_running_loop().create_server(lambda: Session(self), "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self.cut()
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def cut(self) -> None:
        """Break every connection."""
        for session in list(self.sessions):
            session.abort()

    def opened(self, session: Session) -> None:
        if self.faults.unreachable:
            session.abort()
            return
        self.sessions.append(session)

    def closed(self, session: Session) -> None:
        self.data.forget(session)
        if session in self.sessions:
            self.sessions.remove(session)

    def weathers(self) -> bool:
        """Whether a storm breaks this connection."""
        if self.faults.storm <= 0:
            return False
        self.faults.storm -= 1
        return True

    def login_time(self) -> str:
        return moment(self.wall_ns(), self.books.zone)

    # -- what clients say -----------------------------------------------------------------------------------------

    def heard(self, session: Session, fields: list[str]) -> None:
        """One message of a client, in whatever way the script has for it."""
        self.seen.append(fields)
        if not fields[0].isdigit():
            raise WireError(f"no message number: {fields[0]!r}")
        number = int(fields[0])
        if session.client_id is None:
            if number == 71:
                self._begin(session, fields)
            return
        if not self.connected and number not in (8, 49):
            self._waiting.append((session, fields))  # until the connection is there again
            return
        kind = KINDS.get(number, "")
        if kind == "submit":
            kind = self.desk.kind_of(session, fields)
        fault = session.fates.get(self.desk.parent_of(session, fields), "") if kind == "child" else ""
        if not fault and kind:
            fault = self.faults.next_request(kind)
        if fault in ("lost", "late") and kind == "submit":
            session.fates[_about(fields)] = fault
        if fault:
            self._suffer(fault, session, fields)
        else:
            self.requests.process(session, fields)

    def _begin(self, session: Session, fields: list[str]) -> None:
        client = int(fields[2]) if len(fields) > 2 and fields[2].isdigit() else 0
        if any(other.client_id == client for other in self.sessions):
            session.error(-1, 326, IN_USE)
            session.close()
            return
        session.client_id = client
        first: list[list[object]] = [[15, 1, self.answers.account_list], [9, 1, self.requests.next_id(client)]]
        for row in reversed(first) if self.id_first else first:
            session.say(row)
        for code, words in NOTES:
            session.error(-1, code, words)

    def _suffer(self, fault: str, session: Session, fields: list[str]) -> None:
        """Let the request meet its fate."""
        about = _about(fields)
        if fault in BEFORE:
            self._suffer_before(fault, session, fields, about)
            return
        if fault in WARNINGS:
            self.requests.process(session, fields)
            session.error(about, *WARNINGS[fault])
            return
        session.captured = []
        try:
            self.requests.process(session, fields)
        finally:
            said, session.captured = session.captured, None
        if fault in ("unanswered", "error_after") and fields[0] in ("3", "4"):
            session.deaf_to.add(about)
        match fault:
            case "reset_after":
                session.abort()
            case "torn":
                answer = frame(said[0] if said else [5, about])
                session.write(answer[: len(answer) // 2])
                session.abort()
            case "error_after":
                session.error(about, 322, "Error processing request.-'bW' : cause - server error")
            case "unreadable" | "novel":
                for row in strange(said) if fault == "novel" else [cut_short(row) for row in said]:
                    session.say(row)

    def _suffer_before(self, fault: str, session: Session, fields: list[str], about: int) -> None:
        match fault:
            case "late":
                asyncio.get_running_loop().call_later(self.faults.late_s, self.requests.process, session, fields)
            case "reset_before":
                session.abort()
            case "throttled":
                session.error(-1, 100, "Max rate of messages per second has been exceeded.")
            case "crossed":
                self.desk.crossed(session, about)
                self.requests.process(session, fields)
            case "pending":
                self.desk.wait_with_cancel(session, about)
                asyncio.get_running_loop().call_later(self.faults.soon_s, self.requests.process, session, fields)
            case "busy":
                session.error(about, 2102, "Unable to modify this order as it is still being processed.")
            case "orphaned":
                session.error(about, 10006, "Missing parent order.")
            case "doubled":
                self.desk.forget(session, about)
                self.requests.process(session, fields)
            case "refused" if fields[0] == "3":
                self.desk.place(session, fields, refuse=True)
            case "refused" if fields[0] == "4":
                self.desk.cancel(session, about, refuse=True)
            case "refused":
                session.error(about, 321, "Error validating request.-'bI' : cause - refused")

    # -- the hand: the market -------------------------------------------------------------------------------------

    async def quote(self, name: str, bid: Decimal, ask: Decimal, size: Decimal | int = 1000) -> None:
        """The market moves. `name`: a local symbol, as IBM, EUR.USD, ESZ7."""
        listed = self.books.catalogue.named(name)
        self.books.quote(listed, Quote(bid, ask, Decimal(size), Decimal(size)))
        if not self.reports.quiet:
            self.data.quoted(listed)

    async def trade(self, name: str, px: Decimal, size: Decimal | int = 100) -> None:
        """A print."""
        self.data.traded(self.books.catalogue.named(name), px, Decimal(size))

    def halt(self, name: str, how: int = 1) -> None:
        self.data.halt(self.books.catalogue.named(name), how)

    def lend(self, name: str, shares: int) -> None:
        """So many shares can be borrowed; with 0 short sales wait."""
        listed = self.books.catalogue.named(name)
        self.data.tape(listed).shortable = shares
        self.books.lend(listed, shares)

    def turn(self, phase: str) -> None:
        """Another phase of the day: `opening`, `regular`, `extended`, `closed`. Raises ValueError."""
        if phase not in (OPENING, CONTINUOUS, EXTENDED, CLOSED):
            raise ValueError(f"no such phase: {phase}")
        self.books.turn(phase)

    # -- the hand: orders -----------------------------------------------------------------------------------------

    def place_by_hand(
        self,
        name: str,
        action: str,
        qty: Decimal | int,
        *,
        limit: Decimal | None = None,
        ref: str = "",
        tif: str = "DAY",
        client: int = MANUAL,
        order_id: int = 0,
    ) -> Order:
        """An order in the gateway's own window, or another client's."""
        listed = self.books.catalogue.named(name)
        number = self.desk.next_bound() if client == MANUAL and self.desk.binds else order_id
        placed = placed_by_hand(listed, action, Decimal(qty), limit, ref, tif, number)
        return self.books.take(placed, client, next(iter(self.books.accounts)), listed)

    def fill(self, order: Order, qty: Decimal | int, px: Decimal) -> None:
        """Let an order trade by hand."""
        self.books.fill(order, Decimal(qty), px)

    def correct(self, execution: Execution, qty: Decimal, px: Decimal) -> None:
        """The exchange corrects an execution."""
        self.books.correct(execution, qty, px)

    def deliver(self, name: str, qty: Decimal | int, px: Decimal) -> None:
        """A position comes or goes without any order: an assignment, a transfer."""
        listed = self.books.catalogue.named(name)
        account = next(iter(self.books.accounts.values()))
        account.book(listed, Decimal(qty), px, Decimal(0))
        self.reports.tell_position(account, listed)

    # -- the hand: the gateway itself -----------------------------------------------------------------------------

    def system(self, code: int, words: str) -> None:
        """A word of the system to every client."""
        for session in self.sessions:
            if session.ready:
                session.error(-1, code, words)

    def say(self, fields: Sequence[object]) -> None:
        """Any message to every client."""
        for session in self.sessions:
            if session.ready:
                session.say(fields)

    def lose(self) -> None:
        """The gateway loses the broker: the sockets stand, the market goes on, nobody hears of it."""
        self.system(1100, LOST)
        self.connected = False

    def restore(self, *, data_lost: bool = False) -> None:
        """And finds it again. What happened meanwhile is not told again."""
        self.connected = True
        if data_lost:
            self.data.forget()
        self.system(1101 if data_lost else 1102, f"{RESTORED} - data {'lost' if data_lost else 'maintained'}.")
        waiting, self._waiting = self._waiting, []
        for session, fields in waiting:
            if session.ready:
                self.requests.process(session, fields)

    async def restart(self, down_s: float = 0.2, *, roll_back: bool = False) -> None:
        """The nightly restart: every socket closes, nobody gets in for a while. `roll_back`: the numbers of orders
        begin again from those that are still open."""
        self.faults.unreachable = True
        self.cut()
        self.books.forget_untransmitted()
        if roll_back:
            self.roll_back()
        await asyncio.sleep(down_s)
        self.faults.unreachable = False

    def roll_back(self) -> None:
        """Forget which numbers were used by orders that are done."""
        self.desk.roll_back()

    def end_day(self) -> None:
        """Midnight: orders for the day expire, executions and completed orders are another day's."""
        for order in self.books.open_orders():
            if order.tif not in ("GTC", "GTD") and order.status != "PendingSubmit":
                self.books.expire(order)
        self.books.look_at_clock()
        self.answers.midnight_ns = self.now_ns()


def _about(fields: list[str]) -> int:
    """The order or request that a message is about; -1 if it names none."""
    at = {"3": 1, "4": 2, "7": 2, "9": 2, "62": 2, "76": 2, "1": 2, "20": 1}.get(fields[0])
    return int(fields[at]) if at is not None and len(fields) > at and fields[at].lstrip("-").isdigit() else -1
