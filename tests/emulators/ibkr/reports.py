"""What clients hear of orders, fills and positions, in whatever state the script has for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tests.emulators.ibkr import messages
from tests.emulators.ibkr.accounts import Account
from tests.emulators.ibkr.books import Note
from tests.emulators.ibkr.contracts import Listed
from tests.emulators.ibkr.faults import Faults, cut_short, strange
from tests.emulators.ibkr.orders import Order
from tests.emulators.ibkr.session import Session

STATUS, COMMISSION = 3, 59
Row = list[object]


class Reports:
    """`sessions`: the clients of the moment; `connected`: whether the gateway has the broker; `values`: sends an
    account's values to one client."""

    def __init__(
        self,
        sessions: list[Session],
        faults: Faults,
        connected: Callable[[], bool],
        values: Callable[[Session, Account], None],
        master: int | None,
    ) -> None:
        self._sessions, self._faults, self._connected, self._values = sessions, faults, connected, values
        self._master = master
        self._held: list[tuple[Session, list[Row]]] = []

    @property
    def quiet(self) -> bool:
        """Whether nobody hears anything."""
        return self._faults.silent or not self._connected()

    def tell(self, kind: str, order: Order, notes: Sequence[Note]) -> None:
        """Send the messages of one event on."""
        if self.quiet:
            return
        fault = self._faults.next_update(kind)
        if fault == "dropped":
            return
        for session in self._sessions:
            if self._hears(session, order):
                rows = [note(session.version) for note in notes]
                if self._faults.quick_market and order.type == "MKT" and kind in ("accepted", "filled"):
                    rows = [row for row in rows if row[0] != STATUS]
                self._deliver(fault, session, rows)

    def tell_position(self, account: Account, listed: Listed) -> None:
        if self.quiet:
            return
        place = account.positions[listed.con_id]
        for session in self._sessions:
            if session.ready and session.positions:
                session.say(messages.position(account.name, listed, place.qty, place.cost))
            if session.ready and session.account == account.name:
                self._values(session, account)

    def _hears(self, session: Session, order: Order) -> bool:
        if not session.ready or (session.client_id == order.client_id and order.order_id in session.deaf_to):
            return False
        return session.client_id in (order.client_id, self._master)

    def _deliver(self, fault: str, session: Session, rows: list[Row]) -> None:
        loop = asyncio.get_running_loop()
        rows = self._thinned(session, rows)
        if fault == "malformed":
            rows = [cut_short(row) for row in rows]
        if fault == "novel":
            rows = strange(rows)
        if fault == "delayed":
            loop.call_later(self._faults.soon_s, self._put, session, rows)
            return
        if fault == "swapped":
            self._held.append((session, rows))
            loop.call_later(self._faults.soon_s * 1.5, self._flush)
            return
        self._put(session, rows)
        if fault == "twice":
            self._put(session, rows)
        self._flush()

    def _thinned(self, session: Session, rows: list[Row]) -> list[Row]:
        """Without what the script loses, with what it doubles; commissions in their own time."""
        rows = [row for row in rows if not self._faults.drops(row[0])]
        if self._faults.commissions != "after":
            charges = [row for row in rows if row[0] == COMMISSION]
            rows = [row for row in rows if row[0] != COMMISSION]
            if charges and self._faults.commissions == "late":
                asyncio.get_running_loop().call_later(self._faults.soon_s, self._put, session, charges)
        if self._faults.double_statuses:
            rows = [again for row in rows for again in ([row, row] if row[0] == STATUS else [row])]
        return rows

    def _put(self, session: Session, rows: list[Row]) -> None:
        for row in rows:
            session.say(row)

    def _flush(self) -> None:
        held, self._held = self._held, []
        for session, rows in held:
            self._put(session, rows)
