"""An order as this session knows it, and what it is in the engine's terms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal

import msgspec

from brokers.ibkr import words
from brokers.ibkr.memory import Placed, Version
from brokers.ibkr.messages import ContractSeen, ExecutionSeen, OrderSeen, StatusSeen
from engine.model.enums import OrdStatus, Side
from engine.model.package import Leg
from engine.model.snapshot import OrderSnapshot
from engine.protocol import Report

ZERO = Decimal(0)
Answer = asyncio.Future[None]


class Live(msgspec.Struct):
    """An order of this client's. `taken`, `canceling`, `changing`: who waits for what becomes of a request."""

    placed: Placed
    client_id: int
    perm_id: int = 0
    seen: OrderSeen | None = None
    status: StatusSeen | None = None
    told: bool = False
    """The engine has heard that it was acknowledged."""
    over: bool = False
    suspended: bool = False
    version: str = ""
    """The newest version that the broker has taken."""
    refused: str = ""
    """Words of an error that a rejection comes with."""
    change: Version | None = None
    executed: Decimal = ZERO
    held: dict[str, ExecutionSeen] = {}
    """Fills that wait for the report of their commission."""
    behind: list[Report] = []
    """What was said of the order meanwhile."""
    taken: Answer | None = None
    canceling: Answer | None = None
    changing: Answer | None = None
    done: Answer | None = None
    """Who waits for its end."""
    quiet: bool = False
    """What becomes of it (but for executions) is the answer to a request, and not told."""
    why: str = ""
    """Why it was cancelled here, where nobody asked for it."""
    qty: Decimal | None = None
    """What IB last said that it is for, or what was sent."""
    odd: set[str] = set()

    @property
    def order_id(self) -> int:
        return self.placed.order_id

    @property
    def ident(self) -> str:
        """The cl_ord_id of its newest version."""
        return self.version or self.placed.root


def settle(answer: Answer | None, error: Exception | None = None) -> None:
    """End somebody's waiting."""
    if answer is None or answer.done():
        return
    if error is None:
        answer.set_result(None)
    else:
        answer.set_exception(error)
        answer.exception()  # seen, should nobody wait any more


def fits(version: Version, seen: OrderSeen) -> bool:
    """Whether these are this version's terms."""
    return (
        version.qty == seen.qty
        and (version.limit is None or version.limit == seen.limit)
        and (version.aux is None or version.aux == seen.aux)
    )


def version_of(placed: Placed, seen: OrderSeen) -> str:
    """Which version of an order of ours its terms are: the newest that has them, or (IB made it smaller, for its
    partner's fills) that has its prices; the first where none has (it was changed elsewhere, or IB does not say)."""
    newest = placed.versions[::-1]
    exact = (v for v in newest if fits(v, seen))
    reduced = (v for v in newest if (placed.parent or placed.oca) and fits(v, msgspec.structs.replace(seen, qty=v.qty)))
    return next(exact, next(reduced, placed.versions[0])).cl_ord_id


class NoParentError(Exception):
    """A change was refused since the parent that it names is over."""


def status_of(word: str, cum_qty: Decimal, qty: Decimal, *, open_at_broker: bool) -> OrdStatus:
    """How an order stands. Raises UnreadableError for a word that nobody knows, unless the broker lists it as open."""
    status = words.STATUSES.get(word)
    if status is None:
        if not open_at_broker:
            raise words.UnreadableError(f"order status {word!r} is not known")
        status = OrdStatus.NEW
    if status is OrdStatus.NEW and cum_qty:
        return OrdStatus.PARTIALLY_FILLED if cum_qty < qty else OrdStatus.FILLED
    return status


def snapshot_of(
    seen: OrderSeen,
    placed: Placed | None,
    symbol_of: Callable[[ContractSeen], str],
    leg_symbol: Callable[[int], str],
    *,
    cum_qty: Decimal,
    status: OrdStatus,
    text: str = "",
) -> OrderSnapshot:
    """An order in the engine's terms. IB has one word for both kinds of sale: of ours we know which it was."""
    legs: tuple[Leg, ...] | msgspec.UnsetType = msgspec.UNSET
    if placed is not None and placed.legs:
        legs = placed.legs
    elif seen.contract.legs:
        legs = tuple(Leg(leg_symbol(leg.con_id), words.side_of(leg.action), leg.ratio) for leg in seen.contract.legs)
    side = Side(placed.side) if placed is not None else words.side_of(seen.action)
    qty = seen.qty
    if seen.completed and qty < cum_qty:
        qty = cum_qty
    if seen.completed and not qty and placed is not None:
        qty = placed.versions[-1].qty
    root = seen.ref if placed is not None else ""
    return OrderSnapshot(
        order_id=str(seen.perm_id),
        cl_ord_id=version_of(placed, seen) if placed is not None else seen.ref,
        account=seen.account,
        symbol=placed.symbol if placed is not None else symbol_of(seen.contract),
        side=Side.BUY if legs else side,
        ord_type=words.type_of(seen),
        time_in_force=words.time_of(seen),
        qty=qty,
        cum_qty=cum_qty,
        status=status,
        limit_px=words.limit_of(seen),
        stop_px=words.stop_of(seen),
        root_cl_ord_id=root,
        text=text or words.unknown_terms(seen),
        legs=legs,
    )
