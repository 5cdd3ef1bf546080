"""The gateway: the port, the clients, what each message is answered with, and the hand that makes things happen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from decimal import Decimal

from tests.emulators.ibkr import messages
from tests.emulators.ibkr.accounts import Account
from tests.emulators.ibkr.answers import Answers
from tests.emulators.ibkr.books import Books, Note, Quote
from tests.emulators.ibkr.byhand import placed_by_hand
from tests.emulators.ibkr.contracts import Asked, Catalogue, Leg, Listed, read_legs
from tests.emulators.ibkr.data import MarketData
from tests.emulators.ibkr.desk import MANUAL, Desk
from tests.emulators.ibkr.faults import BEFORE, KINDS, LATE_S, SOON_S, WARNINGS, Faults, cut_short
from tests.emulators.ibkr.listing import LISTED
from tests.emulators.ibkr.orders import Execution, Order
from tests.emulators.ibkr.refusals import NO_DEFINITION
from tests.emulators.ibkr.session import Session
from tests.emulators.ibkr.wire import NEWEST, Reader, WireError, frame

IN_USE = "Unable to connect as the client id is already in use. Retry with a unique client id."
NOTES = (
    (2104, "Market data farm connection is OK:usfarm"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefil"),
)
NOVEL_STATUS = "BrandNewStatus"
Row = list[object]


class IbGateway:
    """One login with its accounts. `version`: the newest of the protocol that it speaks; `per_second`: how many
    messages a client may send; `master`: the client that sees the orders of all."""

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
        now_ns: Callable[[], int] = time.time_ns,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.version, self.per_second, self.master = min(version, NEWEST), per_second, master
        self.now_ns, self.wall_ns = now_ns, wall_ns
        self.faults = Faults()
        self.books = Books(Catalogue(tuple(listed)), dict.fromkeys(accounts, cash), now_ns)
        self.desk = Desk(self.books, read_only=read_only)
        self.answers = Answers(self.books, wall_ns)
        self.answers.read_only = read_only
        self.data = MarketData(self.books.quotes, now_ns)
        self.books.told = self._tell
        self.books.moved = self._tell_position
        self.first_id = 1
        """What a client that never placed an order is told to begin with."""
        self.connected = True
        """Whether the gateway has its own connection to the broker."""
        self.seen: list[list[str]] = []
        """Every message that came in, by its fields."""
        self.sessions: list[Session] = []
        self._waiting: list[tuple[Session, list[str]]] = []
        self._held: list[tuple[Session, list[Row]]] = []
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
        return messages.moment(self.wall_ns(), self.books.zone)

    # -- what clients say -----------------------------------------------------------------------------------------

    def heard(self, session: Session, fields: list[str]) -> None:
        """One message of a client, in whatever way the script has for it."""
        self.seen.append(fields)
        try:
            number = int(fields[0])
        except ValueError:
            raise WireError(f"no message number: {fields[0]!r}") from None
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
        fault = self.faults.next_request(kind) if kind else ""
        if fault:
            self._suffer(fault, session, fields)
        else:
            self._process(session, fields)

    def _begin(self, session: Session, fields: list[str]) -> None:
        client = int(fields[2])
        if any(other.client_id == client for other in self.sessions):
            session.error(-1, 326, IN_USE)
            session.close()
            return
        session.client_id = client
        session.say([15, 1, ",".join(self.books.accounts)])
        session.say([9, 1, self.next_id(client)])
        for code, words in NOTES:
            session.error(-1, code, words)

    def next_id(self, client: int) -> int:
        return max(self.first_id, self.desk.highest[client] + 1)

    def _suffer(self, fault: str, session: Session, fields: list[str]) -> None:
        """Let the request meet its fate."""
        about = int(fields[1]) if fields[0] == "3" else int(fields[2]) if fields[0] in ("4", "7") else -1
        if fault in BEFORE:
            self._suffer_before(fault, session, fields, about)
            return
        if fault in WARNINGS:
            self._process(session, fields)
            session.error(about, *WARNINGS[fault])
            return
        session.captured = []
        try:
            self._process(session, fields)
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
            case "unreadable":
                for row in said:
                    session.say(cut_short(row))

    def _suffer_before(self, fault: str, session: Session, fields: list[str], about: int) -> None:
        match fault:
            case "late":
                asyncio.get_running_loop().call_later(LATE_S, self._process, session, fields)
            case "reset_before":
                session.abort()
            case "throttled":
                session.error(-1, 100, "Max rate of messages per second has been exceeded.")
            case "crossed":
                self.desk.crossed(session, about)
                self._process(session, fields)
            case "refused" if fields[0] == "3":
                self.desk.place(session, fields, refuse=True)
            case "refused" if fields[0] == "4":
                self.desk.cancel(session, about, refuse=True)
            case "refused":
                session.error(about, 321, "Error validating request.-'bI' : cause - refused")

    def _process(self, session: Session, fields: list[str]) -> None:
        reader = Reader(fields)
        number = reader.int()
        try:
            self._answer(session, number, reader, fields)
        except (WireError, ValueError) as error:
            session.error(-1, 320, f"Error reading request. Message number {number}: {error}")

    def _answer(self, session: Session, number: int, reader: Reader, fields: list[str]) -> None:
        client, answers = session.client_id, self.answers
        match number:
            case 3:
                self.desk.place(session, fields)
            case 4:
                reader.int()
                self.desk.cancel(session, reader.int())
            case 58:
                self.desk.cancel_all()
            case 5:
                mine = {client, MANUAL} if session.binds else {client}
                answers.open_orders(session, whose=lambda order: order.client_id in mine)
            case 16:
                answers.open_orders(session, whose=lambda order: True)
            case 15:
                reader.int()
                self._bind(session, reader.bool())
            case 99:
                answers.completed(session, api_only=reader.bool())
            case 7:
                reader.int()
                answers.executions(session, reader)
            case 8:
                session.say([9, 1, self.next_id(client or 0)])
            case 17:
                session.say([15, 1, ",".join(self.books.accounts)])
            case 49:
                session.say([49, 1, self.wall_ns() // 1_000_000_000])
            case 61 | 64:
                session.positions = number == 61
                if session.positions:
                    answers.positions(session)
            case 6 | 62 | 63 | 76 | 77:
                self._answer_account(session, number, reader)
            case 1 | 2 | 20 | 25 | 59:
                self._answer_data(session, number, reader)
            case 9 | 91 | 81 | 78:
                self._answer_reference(session, number, reader)
            case 14:
                pass  # log level and the like: taken, without an answer
            case _:
                session.error(-1, 321, f"Error validating request.-'bZ' : cause - Unsupported message {number}")

    def _answer_account(self, session: Session, number: int, reader: Reader) -> None:
        reader.int()
        match number:
            case 6:
                subscribes, name = reader.bool(), reader.word()
                account = self.answers.account(session, name)
                session.account = account.name if subscribes and account is not None else ""
                if subscribes:
                    self.answers.account_updates(session, name)
            case 62:
                about, _, tags = reader.int(), reader.word(), reader.word().split(",")
                session.summaries[about] = tags
                self.answers.summary(session, about, tags)
            case 63:
                session.summaries.pop(reader.int(), None)
            case 76:
                self.answers.account_multi(session, reader)

    def _answer_data(self, session: Session, number: int, reader: Reader) -> None:
        match number:
            case 1:
                reader.int()
                about, asked = reader.int(), Asked.read(reader)
                if asked.sec_type == "BAG":
                    asked.legs = read_legs(reader, whole=False)
                if reader.bool():
                    reader.many(3)
                generic, snapshot = reader.word(), reader.bool()
                found = self.books.catalogue.find(asked)
                if len(found) != 1:
                    session.error(about, 200, NO_DEFINITION)
                    return
                self.data.ask(session, about, found[0], generic, snapshot=snapshot)
            case 2:
                reader.int()
                self.data.cancel(session, reader.int())
            case 20:
                self.answers.bars(session, reader)
            case 59:
                reader.int()
                session.data_type = reader.int()

    def _answer_reference(self, session: Session, number: int, reader: Reader) -> None:
        match number:
            case 9:
                reader.int()
                self.answers.contract_details(session, reader)
            case 91:
                self.answers.market_rule(session, reader.int())
            case 81:
                self.answers.matching_symbols(session, reader)
            case 78:
                self.answers.option_chain(session, reader)

    def _bind(self, session: Session, binds: bool) -> None:
        if session.client_id != MANUAL:
            session.error(-1, 321, "Error validating request.-'bR' : cause - only client 0 can bind orders")
            return
        session.binds = binds

    # -- what clients hear ----------------------------------------------------------------------------------------

    def _hears(self, session: Session, order: Order) -> bool:
        if not session.ready or (order.order_id in session.deaf_to and session.client_id == order.client_id):
            return False
        if order.client_id == MANUAL and session.client_id == MANUAL:
            return order.order_id > 0 or session.binds
        return session.client_id in (order.client_id, self.master)

    def _tell(self, kind: str, order: Order, notes: Sequence[Note]) -> None:
        """Send the messages of one event on, in whatever state the script has for them."""
        if self.faults.silent or not self.connected:
            return
        fault = self.faults.next_update(kind)
        if fault == "dropped":
            return
        kept = order.status
        if fault == "novel":
            order.status = NOVEL_STATUS
        for session in self.sessions:
            if self._hears(session, order):
                rows = [note(session.version) for note in notes]
                self._deliver(fault, session, [row for row in rows if not self.faults.drops(row[0])])
        order.status = kept

    def _deliver(self, fault: str, session: Session, rows: list[Row]) -> None:
        loop = asyncio.get_running_loop()
        if fault == "malformed":
            rows = [cut_short(row) for row in rows]
        if fault == "novel":
            rows = [[250, 1, "helix"], *(_novel(row) for row in rows)]
        if fault == "delayed":
            loop.call_later(SOON_S, self._put, session, rows)
            return
        if fault == "swapped":
            self._held.append((session, rows))
            loop.call_later(SOON_S * 1.5, self._flush)
            return
        self._put(session, rows)
        if fault == "twice":
            self._put(session, rows)
        self._flush()

    def _put(self, session: Session, rows: list[Row]) -> None:
        for row in rows:
            session.say(row)

    def _flush(self) -> None:
        held, self._held = self._held, []
        for session, rows in held:
            self._put(session, rows)

    def _tell_position(self, account: Account, listed: Listed) -> None:
        if self.faults.silent or not self.connected:
            return
        place = account.positions[listed.con_id]
        for session in self.sessions:
            if session.ready and session.positions:
                session.say(messages.position(account.name, listed, place.qty, place.cost))
            if session.ready and session.account == account.name:
                self.answers.tell_account(session, account)

    # -- the hand -------------------------------------------------------------------------------------------------

    async def quote(self, name: str, bid: Decimal, ask: Decimal, size: Decimal | int = 1000) -> None:
        """The market moves. `name`: a local symbol, as IBM, EUR.USD, ESZ7."""
        listed = self.books.catalogue.named(name)
        self.books.quote(listed, Quote(bid, ask, Decimal(size), Decimal(size)))
        if self.connected and not self.faults.silent:
            self.data.quoted(listed)

    async def trade(self, name: str, px: Decimal, size: Decimal | int = 100) -> None:
        """A print."""
        self.data.traded(self.books.catalogue.named(name), px, Decimal(size))

    def halt(self, name: str, how: int = 1) -> None:
        self.data.halt(self.books.catalogue.named(name), how)

    def fill(self, order: Order, qty: Decimal | int, px: Decimal) -> None:
        """Let an order trade by hand."""
        self.books.fill(order, Decimal(qty), px)

    def correct(self, execution: Execution, qty: Decimal, px: Decimal) -> None:
        """The exchange corrects an execution."""
        self.books.correct(execution, qty, px)

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
        self.system(1100, "Connectivity between IBKR and Trader Workstation has been lost.")
        self.connected = False

    def restore(self, *, data_lost: bool = False) -> None:
        """And finds it again. What happened meanwhile is not told again."""
        self.connected = True
        if data_lost:
            self.data.forget()
            self.system(1101, "Connectivity between IBKR and Trader Workstation has been restored - data lost.")
        else:
            self.system(1102, "Connectivity between IBKR and Trader Workstation has been restored - data maintained.")
        waiting, self._waiting = self._waiting, []
        for session, fields in waiting:
            if session.ready:
                self._process(session, fields)

    async def restart(self, down_s: float = 0.2, *, roll_back: bool = False) -> None:
        """The nightly restart: every socket closes, nobody gets in for a while. `roll_back`: the numbers of orders
        begin again from those that are still open."""
        self.faults.unreachable = True
        self.cut()
        if roll_back:
            self.roll_back()
        await asyncio.sleep(down_s)
        self.faults.unreachable = False

    def roll_back(self) -> None:
        """Forget which numbers were used by orders that are done."""
        for client in list(self.desk.highest):
            live = [o.order_id for o in self.books.open_orders() if o.client_id == client]
            self.desk.highest[client] = max(live, default=0)

    def end_day(self) -> None:
        """Midnight: orders for the day expire, executions and completed orders are another day's."""
        for order in self.books.open_orders():
            if order.tif != "GTC" and order.status != "PendingSubmit":
                self.books.expire(order)
        self.answers.midnight_ns = self.now_ns()

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
        legs: Sequence[Leg] = (),
    ) -> Order:
        """An order in the gateway's own window, or another client's."""
        listed = self.books.catalogue.named(name)
        placed = placed_by_hand(listed, action, Decimal(qty), limit, ref, tif, order_id, legs)
        account = next(iter(self.books.accounts))
        return self.books.take(placed, client, account, listed)


def _novel(row: Row) -> Row:
    """An execution with a liquidity and an exchange that nobody knows."""
    if row[0] != 11:
        return row
    changed = list(row)
    changed[17], changed[30] = "HELIX", "97"
    return changed
