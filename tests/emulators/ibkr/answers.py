"""Questions of clients and their answers, each with its end message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.emulators.ibkr import messages
from tests.emulators.ibkr.accounts import Account, Row
from tests.emulators.ibkr.bars import history
from tests.emulators.ibkr.books import Books
from tests.emulators.ibkr.contracts import ZERO, Asked, Listed, read_legs
from tests.emulators.ibkr.desk import MANUAL
from tests.emulators.ibkr.faults import Faults
from tests.emulators.ibkr.hours import exchange_days, hours
from tests.emulators.ibkr.listing import RULES
from tests.emulators.ibkr.moments import nanoseconds
from tests.emulators.ibkr.orders import OPEN, Execution, Order
from tests.emulators.ibkr.refusals import NO_DEFINITION, READ_ONLY, RefusedError
from tests.emulators.ibkr.session import Session
from tests.emulators.ibkr.wire import Reader

LEDGER = frozenset({"Currency", "CashBalance", "TotalCashBalance", "ExchangeRate"})
STOCK_TYPES = "ACTIVETIM,ADJUST,ALERT,ALGO,ALLOC,AON,COND,DAY,FOK,GAT,GTC,GTD,HID,IOC,LIT,LMT,LOC,MIDPX,MIT,MKT,MOC,MTL,OPG,REL,STP,STPLMT,TRAIL,TRAILLMT,WHATIF"  # noqa: E501
OTHER_TYPES = "ACTIVETIM,ADJUST,ALERT,ALGO,ALLOC,COND,DAY,FOK,GAT,GTC,GTD,IOC,LIT,LMT,MIT,MKT,MTL,STP,STPLMT,TRAIL,TRAILLMT,WHATIF"  # noqa: E501


class Answers:
    """`wall_ns`: the clock that the gateway tells."""

    def __init__(self, books: Books, wall_ns: Callable[[], int], faults: Faults, *, read_only: bool) -> None:
        self.books, self.wall_ns, self._faults = books, wall_ns, faults
        self.kind = "INDIVIDUAL"
        """What the account is."""
        self.holidays, self.early = exchange_days()
        """Days on which trading ends at 13:00."""
        self.read_only = read_only
        self.midnight_ns = 0
        """Executions and orders before that are another day's."""

    @property
    def account_list(self) -> str:
        """All accounts; where there are several the list ends with a comma."""
        names = list(self.books.accounts)
        return names[0] if len(names) == 1 else "".join(f"{name}," for name in names)

    # -- orders ---------------------------------------------------------------------------------------------------

    def open_orders(self, session: Session, *, whose: Callable[[Order], bool]) -> None:
        if self.read_only:
            session.error(-1, 321, READ_ONLY)
            return
        for order in self.books.orders.values():
            if order.status in OPEN and whose(order):
                for note in self.books.state(order):
                    session.say(note(session.version))
        session.say([53, 1])

    def completed(self, session: Session, *, api_only: bool) -> None:
        if self.read_only:
            session.error(-1, 321, READ_ONLY)
            return
        for order in self.books.orders.values():
            if order.status in OPEN or order.done_ns < self.midnight_ns or (api_only and order.client_id == MANUAL):
                continue
            parent = self.books.parent(order)
            above = parent.perm_id if parent is not None else 0
            session.say(messages.completed_order(order, session.version, self.books.zone, above))
        session.say([102])

    def executions(self, session: Session, reader: Reader) -> None:
        about, client = reader.int(), reader.int()
        account, since, symbol, sec_type, exchange, side = reader.many(6)
        start = max(self.midnight_ns, nanoseconds(since))
        until = self._faults.unlisted_since_ns

        def wanted(one: Execution) -> bool:
            return (
                one.ts_ns >= start
                and (not until or one.ts_ns < until)
                and client in (0, one.order.client_id)
                and account in ("", one.order.account)
                and symbol in ("", one.listed.symbol)
                and sec_type in ("", one.listed.sec_type)
                and exchange in ("", "SMART", one.listed.venue)
                and side in ("", one.side, "BOT" if one.side == "BUY" else "SLD")
            )

        for one in [one for one in self.books.executions if wanted(one)]:
            session.say(self.books.executed(one, about)(session.version))
            if one.listed.sec_type != "BAG" and self._faults.commissions != "never":
                session.say(messages.commission(one))
        session.say([55, 1, about])

    # -- the account ----------------------------------------------------------------------------------------------

    def positions(self, session: Session) -> None:
        for account in self.books.accounts.values():
            for place in account.open():
                session.say(messages.position(account.name, place.listed, place.qty, place.cost))
        session.say([62, 1])

    def account_updates(self, session: Session, name: str) -> None:
        account = self.account(session, name)
        if account is not None:
            self.tell_account(session, account)
            session.say([54, 1, account.name])

    def account(self, session: Session, name: str) -> Account | None:
        accounts = self.books.accounts
        account = accounts.get(name) if name else next(iter(accounts.values()))
        if account is None:
            session.error(-1, 321, f"Error validating request.-'bM' : cause - Invalid account code '{name}'.")
        return account

    def tell_account(self, session: Session, account: Account) -> None:
        """All values, all positions and the time."""
        for tag, value, currency in account.rows(self.kind):
            session.say([6, 2, tag, value, currency, account.name])
        for place in account.positions.values():
            self.tell_place(session, account, place.listed)
        session.say([8, 1, f"{self._eastern():%H:%M}"])

    def tell_place(self, session: Session, account: Account, listed: Listed) -> None:
        place = account.positions[listed.con_id]
        row, px = messages.contract(listed), account.price(listed)
        row[7] = listed.primary or listed.venue
        session.say(
            [7, 8, *row, place.qty, px, place.qty * px * listed.times, place.cost, account.unrealized(place),
             place.realized, account.name]
        )  # fmt: skip

    def account_multi(self, session: Session, reader: Reader) -> None:
        about, name = reader.int(), reader.word()
        account = self.account(session, name)
        if account is not None:
            for tag, value, currency in account.rows(self.kind):
                session.say([73, 1, about, account.name, "", tag, value, currency])
            session.say([74, 1, about])

    def pnl(self, session: Session, reader: Reader) -> None:
        about, name = reader.int(), reader.word()
        account = self.account(session, name)
        if account is not None:
            realized = sum((place.realized for place in account.positions.values()), ZERO)
            unrealized = sum((account.unrealized(place) for place in account.open()), ZERO)
            session.say([94, about, realized + unrealized, unrealized, realized])

    def summary(self, session: Session, about: int, tags: Iterable[str]) -> None:
        wanted = list(tags)
        for account in self.books.accounts.values():
            for row in account.rows(self.kind):
                if _is_wanted(row, wanted):
                    session.say([63, 1, about, account.name, *row])
        session.say([64, 1, about])

    # -- reference ------------------------------------------------------------------------------------------------

    def contract_details(self, session: Session, reader: Reader) -> None:
        about, asked = reader.int(), Asked.read(reader)
        found = [] if asked.sec_type == "BAG" else self.books.catalogue.find(asked)
        if not found:
            session.error(about, 200, NO_DEFINITION)
            return
        for listed in found:
            types = STOCK_TYPES if listed.sec_type == "STK" else OTHER_TYPES
            when = hours(listed, self.wall_ns(), self.holidays, self.early)
            where = asked.exchange or listed.exchanges[0]
            session.say(messages.details(about, listed, where, session.version, when, types))
        session.say([52, 1, about])

    def market_rule(self, session: Session, rule: int) -> None:
        bands = RULES.get(rule)
        if bands is None:
            session.error(-1, 321, "Error validating request.-'bQ' : cause - Unknown market rule")
            return
        session.say([93, rule, len(bands), *(part for band in bands for part in band)])

    def matching_symbols(self, session: Session, reader: Reader) -> None:
        about, pattern = reader.int(), reader.word().upper()
        found = [
            one
            for one in self.books.catalogue.listed.values()
            if one.sec_type in ("STK", "CASH") and (pattern in one.symbol or pattern in one.long_name)
        ]
        rows: list[object] = [79, about, len(found)]
        for one in found:
            rows += [one.con_id, one.symbol, one.sec_type, one.primary, one.currency, 0]
            rows += [one.long_name, ""] if session.version >= 176 else []
        session.say(rows)

    def option_chain(self, session: Session, reader: Reader) -> None:
        about, _, _, _, under = reader.int(), *reader.many(3), reader.int()
        chain = [
            one for one in self.books.catalogue.listed.values() if (one.sec_type, one.under_con_id) == ("OPT", under)
        ]
        if chain:
            dates, strikes = sorted({o.expiry for o in chain}), sorted({o.strike for o in chain})
            for exchange in chain[0].exchanges:
                session.say(
                    [75, about, exchange, under, chain[0].symbol, "100", len(dates), *dates, len(strikes), *strikes]
                )
        session.say([76, about])

    def bars(self, session: Session, reader: Reader) -> None:
        about, asked = reader.int(), Asked.read(reader)
        _, until, size, span = reader.many(4)
        _, shown, form = reader.many(3)
        if asked.sec_type == "BAG":
            read_legs(reader, whole=False)
        found = self.books.catalogue.find(asked)
        try:
            if len(found) != 1:
                raise RefusedError(200, NO_DEFINITION)
            end = datetime.fromtimestamp((nanoseconds(until) or self.wall_ns()) // 1_000_000_000, UTC)
            rows = history(found[0], end, span, size, shown)
            if not rows:
                raise RefusedError(162, "Historical Market Data Service error message:HMDS query returned no data")
        except RefusedError as refused:
            session.error(about, refused.code, refused.words)
            return
        stamps: list[object] = [f"{end:%Y%m%d %H:%M:%S} UTC"] * 2
        said: list[object] = [17, about, *stamps, len(rows)]
        for when, *numbers in rows:
            epoch = form == "2" and len(when) > 8
            said += [nanoseconds(when) // 1_000_000_000 if epoch else when, *numbers]
        session.say(said)

    def _eastern(self) -> datetime:
        return datetime.fromtimestamp(self.wall_ns() // 1_000_000_000, ZoneInfo("US/Eastern"))


def _is_wanted(row: Row, tags: list[str]) -> bool:
    tag, _, currency = row
    if tag in tags:
        return currency != "BASE" and tag not in LEDGER
    if tag not in LEDGER:
        return False
    return "$LEDGER:ALL" in tags or ("$LEDGER" in tags and currency == "BASE") or f"$LEDGER:{currency}" in tags
