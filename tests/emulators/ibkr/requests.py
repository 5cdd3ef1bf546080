"""What each message of a client is answered with."""

from __future__ import annotations

from collections.abc import Callable

from tests.emulators.ibkr.answers import Answers
from tests.emulators.ibkr.books import Books
from tests.emulators.ibkr.contracts import Asked, read_legs
from tests.emulators.ibkr.data import MarketData
from tests.emulators.ibkr.desk import MANUAL, Desk
from tests.emulators.ibkr.refusals import NO_DEFINITION
from tests.emulators.ibkr.session import Session
from tests.emulators.ibkr.wire import Reader, WireError

_ACCOUNT, _DATA = frozenset({6, 61, 62, 63, 64, 76, 77, 92, 93}), frozenset({1, 2, 20, 25, 59})
_REFERENCE, _ORDERS = frozenset({9, 78, 81, 91}), frozenset({3, 4, 5, 7, 15, 16, 58, 99})
Process = Callable[[Session, list[str]], None]


class Requests:
    def __init__(self, books: Books, desk: Desk, answers: Answers, data: MarketData, first_id: int) -> None:
        self.books, self.desk, self.answers, self.data = books, desk, answers, data
        self.first_id = first_id
        """What a client that never placed an order is told to begin with."""

    def next_id(self, client: int) -> int:
        return max(self.first_id, self.desk.highest[client] + 1)

    def process(self, session: Session, fields: list[str]) -> None:
        reader = Reader(fields)
        number = reader.int()
        try:
            if number in _ORDERS:
                self._orders(session, number, reader, fields)
            elif number in _ACCOUNT:
                self._account(session, number, reader)
            elif number in _DATA:
                self._data(session, number, reader)
            elif number in _REFERENCE:
                self._reference(session, number, reader)
            else:
                self._other(session, number, reader)
        except (WireError, ValueError) as error:
            session.error(-1, 320, f"Error reading request. Message number {number}: {error}")

    def _orders(self, session: Session, number: int, reader: Reader, fields: list[str]) -> None:
        client, answers = session.client_id, self.answers
        match number:
            case 3:
                self.desk.place(session, fields)
            case 4:
                reader.int()
                self.desk.cancel(session, reader.int())
            case 58:
                self.desk.cancel_all(session)
            case 5:
                answers.open_orders(session, whose=lambda order: order.client_id == client)
            case 16:
                answers.open_orders(session, whose=lambda order: True)
                self.desk.has_seen_all(client or 0)
            case 15:
                reader.int()
                self._bind(session, reader.bool())
            case 99:
                answers.completed(session, api_only=reader.bool())
            case 7:
                reader.int()
                answers.executions(session, reader)

    def _bind(self, session: Session, binds: bool) -> None:
        """From now on orders by hand have numbers that client 0 can cancel them by."""
        if session.client_id != MANUAL:
            session.error(-1, 321, "Error validating request.-'bR' : cause - only the default client can bind orders")
            return
        self.desk.binds = binds
        if binds:
            for order in self.books.open_orders():
                if order.client_id == MANUAL and not order.order_id:
                    order.order_id = self.desk.next_bound()
                    session.say([100, order.perm_id, MANUAL, order.order_id])
                    for note in self.books.state(order):
                        session.say(note(session.version))

    def _account(self, session: Session, number: int, reader: Reader) -> None:
        if number in (92, 93):
            if number == 92:
                self.answers.pnl(session, reader)
            return
        reader.int()
        match number:
            case 61 | 64:
                session.positions = number == 61
                if session.positions:
                    self.answers.positions(session)
            case 6:
                subscribes, name = reader.bool(), reader.word()
                account = self.answers.account(session, name)
                session.account = account.name if subscribes and account is not None else ""
                if subscribes:
                    self.answers.account_updates(session, name)
            case 62:
                about, _, tags = reader.int(), reader.word(), reader.word().split(",")
                self.answers.summary(session, about, tags)
            case 76:
                self.answers.account_multi(session, reader)

    def _data(self, session: Session, number: int, reader: Reader) -> None:
        match number:
            case 1:
                self._subscribe(session, reader)
            case 2:
                reader.int()
                self.data.cancel(session, reader.int())
            case 20:
                self.answers.bars(session, reader)
            case 59:
                reader.int()
                session.data_type = reader.int()

    def _subscribe(self, session: Session, reader: Reader) -> None:
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

    def _reference(self, session: Session, number: int, reader: Reader) -> None:
        match number:
            case 9:
                reader.int()
                self.answers.contract_details(session, reader)
            case 78:
                self.answers.option_chain(session, reader)
            case 81:
                self.answers.matching_symbols(session, reader)
            case 91:
                self.answers.market_rule(session, reader.int())

    def _other(self, session: Session, number: int, reader: Reader) -> None:
        match number:
            case 8:
                session.say([9, 1, self.next_id(session.client_id or 0)])
            case 14:
                pass  # the level of the gateway's own log
            case 17:
                session.say([15, 1, self.answers.account_list])
            case 49:
                session.say([49, 1, self.answers.wall_ns() // 1_000_000_000])
            case 104:
                session.say([107, reader.int(), ""])
            case _:
                session.error(-1, 321, f"Error validating request.-'bZ' : cause - Unsupported message {number}")
