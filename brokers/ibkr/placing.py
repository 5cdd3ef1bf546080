"""New orders on their way to IB, alone or as a whole group: what is asked before, what is remembered, who waits for
the first word of each."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

import msgspec

from brokers.declared import refuse_undeclared
from brokers.ibkr import groups, words
from brokers.ibkr.algos import algo_of
from brokers.ibkr.books import Books
from brokers.ibkr.capabilities import CAPABILITIES
from brokers.ibkr.contracts import Names, package_of
from brokers.ibkr.groups import Member
from brokers.ibkr.memory import Memory, Placed, Version
from brokers.ibkr.messages import ContractSeen, MarginSeen
from brokers.ibkr.pacing import Lane
from brokers.ibkr.session import Session
from brokers.ibkr.settings import IbkrSettings
from brokers.ibkr.track import Live
from engine.model.order import BrokerGroup, BrokerOrder
from engine.protocol import (
    AmbiguousError,
    Canceled,
    NotSupportedError,
    RefusedError,
    Rejected,
    ThrottledError,
)

log = logging.getLogger("tradedesk.brokers.ibkr")
_NOT_TAKEN: Final = (RefusedError, ThrottledError)


class Placing:
    """`ready`: the session; `turn`: the same, when a message may go out on it; `books`: those of the moment."""

    def __init__(
        self,
        settings: IbkrSettings,
        account: str,
        memory: Memory,
        names: Names,
        *,
        ready: Callable[[], Session],
        turn: Callable[[Lane], Awaitable[Session]],
        books: Callable[[], Books],
    ) -> None:
        self._settings, self._account = settings, account
        self._memory, self._names = memory, names
        self._ready, self._turn, self._books = ready, turn, books
        self.unsent: set[str] = set()
        """Orders that wait here: for the word on their margin, for the ids of their legs, for their turn."""
        self.handing: set[str] = set()
        """Orders of groups that are being handed over: the last one of each is yet to come."""
        self._under_way: set[asyncio.Task[None]] = set()

    # -- one order ------------------------------------------------------------------------------------------------

    async def submit(self, order: BrokerOrder) -> None:
        refuse_undeclared(CAPABILITIES, order)
        self._ready()
        self._refuse_second(order)
        terms = words.terms_of(order)
        algo, params = algo_of(order.via) if order.via else ("", ())
        self.unsent.add(order.cl_ord_id)
        try:
            contract = await self._contract(order)
            if self._is_large(order):
                await self._hold_against_margin(order, contract, terms)
            session = await self._turn(Lane.ORDER)
            if order.cl_ord_id not in self.unsent:
                raise RefusedError("it was cancelled before it was sent")
        finally:
            self.unsent.discard(order.cl_ord_id)
        live = self._begin(session, Member(order), terms)
        place = session.link.place
        place(live.order_id, live.placed.root, self._account, contract, terms, algo=algo, params=params)
        await self._words_of([live], f"order {order.cl_ord_id}")
        assert live.taken is not None
        live.taken.result()

    def _refuse_second(self, order: BrokerOrder) -> None:
        if order.cl_ord_id in self.unsent or self._memory.root_of(order.cl_ord_id) in self._memory.orders:
            # IB would take it a second time.
            raise AmbiguousError(f"an order {order.cl_ord_id} was handed over before; it is not sent again")

    def _begin(self, session: Session, member: Member, terms: words.Terms) -> Live:
        """It is about to be sent: its number is taken, and remembered."""
        order = member.order
        placed = Placed(
            order.cl_ord_id,
            self._memory.next_id(),
            order.symbol,
            order.side.value,
            terms.kind,
            terms.tif,
            [_version(order.cl_ord_id, order.qty, terms)],
            legs=order.legs,
            ns=time.time_ns(),
            parent=member.parent,
            oca=member.oca,
            last=member.last,
        )
        self._memory.placed(placed)
        live = session.reading.begin(placed)
        live.taken = asyncio.get_running_loop().create_future()
        return live

    async def _words_of(self, lives: Sequence[Live], what: str) -> None:
        """Wait for the first word of each. Raises AmbiguousError where there is none."""
        waits = [live.taken for live in lives if live.taken is not None]
        _, silent = await asyncio.wait(waits, timeout=self._settings.timeout_s)
        if silent:
            raise AmbiguousError(f"TWS said nothing of {what} within {self._settings.timeout_s:g} s")

    # -- a group --------------------------------------------------------------------------------------------------

    async def submit_group(self, group: BrokerGroup) -> None:
        if why := groups.refusal(group, CAPABILITIES, self._names):
            raise NotSupportedError(f"{why}; nothing was sent")
        self._ready()
        members = groups.members(group)
        orders = [member.order for member in members]
        for order in orders:
            self._refuse_second(order)
        terms = [words.terms_of(order) for order in orders]
        contract = self._names.contract(orders[0].symbol)
        idents = {order.cl_ord_id for order in orders}
        self.unsent |= idents
        try:
            if group.entry is not None and self._is_large(group.entry):
                await self._hold_against_margin(group.entry, contract, terms[0])
            for _ in orders:  # of all of them, so that none waits for its turn while another one is there
                session = await self._turn(Lane.ORDER)
            if not idents <= self.unsent:
                raise RefusedError("it was cancelled before it was sent")
        finally:
            self.unsent -= idents
        lives = [self._begin(session, *each) for each in zip(members, terms, strict=True)]
        # Whoever waits may go: what has begun is not left half done.
        task = asyncio.ensure_future(self._hand_over(session, group.contingency, contract, lives, terms))
        self._under_way.add(task)
        self.handing |= idents
        task.add_done_callback(partial(self._finished, idents))
        await asyncio.shield(task)

    def _finished(self, idents: set[str], task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.handing -= idents
        if not task.cancelled():
            task.exception()  # seen, should nobody wait any more

    async def _hand_over(
        self, session: Session, what: str, contract: ContractSeen, lives: list[Live], terms: list[words.Terms]
    ) -> None:
        """Send one after the other, and make one answer of what TWS says of them."""
        sent: list[Live] = []
        for live, its in zip(lives, terms, strict=True):
            if sent and sent[-1].refused:
                break
            if sent and (session.severed or not session.link.is_up):
                raise AmbiguousError(f"the session ended in the middle of the {what}")
            placed = live.placed
            above = self._memory.orders.get(placed.parent)
            session.link.place(
                placed.order_id,
                placed.root,
                self._account,
                contract,
                its,
                parent_id=0 if above is None else above.order_id,
                oca=(placed.oca, groups.REDUCE_WITH_BLOCK) if placed.oca else ("", 0),
                transmit=not placed.last,
            )
            sent.append(live)
            if live is not lives[-1] and live.taken is not None:
                # The next one goes when TWS has spoken of it, or in a moment.
                await asyncio.wait((live.taken,), timeout=self._settings.leg_pause_s)
        for live in lives[len(sent) :]:
            live.over, live.refused = True, f"not sent, since another part of the {what} was refused"
        doubt = await self._doubt_of(sent, f"a part of the {what} {lives[0].placed.root}")
        refused = [live for live in lives if live not in sent or _not_taken(live)]
        reason = next((live.refused for live in sent if live in refused), "")
        if len(refused) == len(lives):
            raise RefusedError(reason)
        if _is_stillborn(lives, refused):
            doubt = await self._take_back(session, [live for live in sent if live not in refused], reason)
        for live in refused:
            session.reading.fills.tell(Rejected(live.placed.root, live.refused, time.time_ns()))
        if doubt is not None:
            raise doubt

    async def _take_back(self, session: Session, rest: list[Live], reason: str) -> AmbiguousError | None:
        """Cancel what lies in TWS and can't come alive any more. Raises RefusedError where it is gone and nobody has
        heard of any of it; else each is told by itself, and what is returned says what is left open."""
        quiet = not any(live.told for live in rest)
        for live in rest:
            live.quiet = quiet
        gone = await self._swept(session, [live for live in rest if not live.over])
        if gone and quiet:
            raise RefusedError(reason)
        for live in rest:
            live.quiet = False
            if quiet and live.over:
                now_ns = time.time_ns()
                session.reading.fills.tell(Canceled(live.placed.root, now_ns, reason, live.executed))
        return None if gone else AmbiguousError(f"{reason}; there is no word of the rest")

    async def _doubt_of(self, sent: list[Live], what: str) -> AmbiguousError | None:
        """Wait for the first word of each; what is left open then."""
        try:
            await self._words_of(sent, what)
        except AmbiguousError as error:
            return error
        ends = [live.taken.exception() for live in sent if live.taken is not None]
        return next((end for end in ends if isinstance(end, AmbiguousError)), None)

    async def _swept(self, session: Session, rest: list[Live]) -> bool:
        """Cancel what lies at TWS and can't come alive any more, the entry first: its legs end with it. Whether all of
        it is gone without an execution."""
        loop = asyncio.get_running_loop()
        for live in rest:
            await session.pacer.turn(Lane.CANCEL)
            if not session.link.is_up:
                return False
            if live.over:
                continue
            live.done, live.canceling = loop.create_future(), loop.create_future()
            session.link.cancel(live.order_id)
            await asyncio.wait((live.done,), timeout=self._settings.timeout_s)
            if not live.over:
                return False
        return not any(live.executed or live.held for live in rest)

    # -- what is asked before ---------------------------------------------------------------------------------------

    async def _contract(self, order: BrokerOrder) -> ContractSeen:
        """What is traded. IB names a package by the ids of its legs, which are asked for once."""
        if not order.legs:
            return self._names.contract(order.symbol)
        legs = []
        for leg in order.legs:
            contract = self._names.contract(leg.symbol)
            con_id = self._names.con_id(leg.symbol)
            if not con_id:
                details = await self._books().details(contract)
                if details is None:
                    raise RefusedError(f"IB knows no {leg.symbol}; nothing was sent")
                self._names.note(details.contract, leg.symbol)
                con_id = details.contract.con_id
            known = msgspec.structs.replace(contract, con_id=con_id)
            legs.append((known, "BUY" if leg.side.is_buy else "SELL", leg.ratio))
        return package_of(legs)

    def _is_large(self, order: BrokerOrder) -> bool:
        """Whether it is worth more than the setting, or might be: without a price of its own the last one that was
        traded at counts twice, and where there is none it might."""
        above = self._settings.what_if_above
        if above is None:
            return False
        instrument = self._names.instrument(order.symbol)
        unit = instrument.multiplier if instrument is not None else Decimal(1)
        price = order.limit_px if order.limit_px is not None else order.stop_px
        if price is None:
            last = self._memory.last_price(order.symbol)
            price = None if last is None else 2 * last
        return price is None or abs(price) * order.qty * unit > above

    async def _hold_against_margin(self, order: BrokerOrder, contract: ContractSeen, terms: words.Terms) -> None:
        """Ask what it would do. Raises RefusedError where IB says that the account can't carry it."""
        try:
            margin = await self._margin(order, contract, terms)
        except AmbiguousError as error:
            self._ready()
            log.warning("order %s goes out unasked: %s", order.cl_ord_id, error)
            return
        before, after, equity = margin.init_before, margin.init_after, margin.equity_after
        if after is None or equity is None or after <= equity or (before is not None and after <= before):
            return
        raise RefusedError(
            f"the margin after it would be {words.plain(after)}, of {words.plain(equity)} there are; nothing was sent"
            + (f" ({margin.warning})" if margin.warning else "")
        )

    async def _margin(self, order: BrokerOrder, contract: ContractSeen, terms: words.Terms) -> MarginSeen:
        session = await self._turn(Lane.ORDER)
        ident, ref, account = self._memory.next_id(), order.cl_ord_id, self._account

        def send() -> None:
            session.link.place(ident, ref, account, contract, terms, what_if=True)

        return await session.margin(ident, send, min(self._settings.what_if_wait_s, self._settings.timeout_s))


def _not_taken(live: Live) -> bool:
    """Whether its first word was a no."""
    return live.taken is not None and live.taken.done() and isinstance(live.taken.exception(), _NOT_TAKEN)


def _is_stillborn(lives: Sequence[Live], refused: Sequence[Live]) -> bool:
    """Whether the rest of an entry and its legs can't come alive: an entry that is refused starts nothing, and without
    the last one all of them lie in TWS."""
    return bool(lives[0].placed.last) and (lives[0] in refused or lives[-1] in refused)


def _version(cl_ord_id: str, qty: Decimal, terms: words.Terms) -> Version:
    return Version(
        cl_ord_id,
        qty,
        Decimal(terms.limit) if terms.limit else None,
        Decimal(terms.aux) if terms.aux else None,
    )
