"""Trade updates as reports. The order in an update is its newest picture; the event says what happened to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from brokers.alpaca import words
from brokers.alpaca.amends import Amends
from brokers.alpaca.chain import ZERO, Chains, Row, Version, quantity_of, total_of
from engine.model.enums import OrdStatus
from engine.model.snapshot import Execution
from engine.protocol import (
    Accepted,
    Calculated,
    Canceled,
    CancelRejected,
    DoneForDay,
    Expired,
    Filled,
    Gap,
    Pending,
    Rejected,
    Replaced,
    ReplaceRejected,
    Report,
    Restated,
    Stopped,
    Suspended,
)

PENDING = {
    "pending_new": OrdStatus.PENDING_NEW,
    "pending_cancel": OrdStatus.PENDING_CANCEL,
    "pending_replace": OrdStatus.PENDING_REPLACE,
}


STANDING = frozenset({"held", "new", "accepted", "accepted_for_bidding", "partially_filled"})


def execution_key(order_id: str, cum_qty: Decimal) -> str:
    """One key for an execution on every channel: its order, and how much that had executed with it. (The ids of the
    stream and of the activities are not known to be the same.)"""
    return f"{order_id}:{words.plain(cum_qty.normalize())}"


class Reading:
    """Turns updates into reports, in the order in which they came."""

    def __init__(
        self,
        name: str,
        account: str,
        chains: Chains,
        from_wire: Callable[[str], str],
        package_executions: Callable[[Version], Awaitable[list[Execution]]],
        placed: Callable[[Version], Awaitable[Version]],
    ) -> None:
        """`package_executions`: asks the broker for every execution of a package's legs. `placed`: gives a version its
        place in its order, and a leg of a group our id."""
        self._name, self._account = name, account
        self._package_executions = package_executions
        self._placed = placed
        self.on_part: Callable[[Version], None] = lambda version: None
        self._chains = chains
        self._from_wire = from_wire
        self.amends = Amends(name, account)
        self.newest_ns = 0

    async def reports(self, data: dict[str, Any]) -> list[Report]:
        """What one update says. Raises UnreadableError or KeyError where it can't be read."""
        event, row = str(data["event"]), data["order"]
        ts_ns = words.moment(data.get("timestamp") or row.get("updated_at"))
        self.newest_ns = max(self.newest_ns, ts_ns)
        version = await self._placed(self._chains.note(row))
        if version.is_leg:
            return []  # the package's own updates tell of it
        ident = version.cl_ord_id
        match event:
            case "fill" | "partial_fill" if version.is_package:
                return [*self._first_sight(version, ts_ns), *await self._legs_filled(version, ts_ns)]
            case "fill" | "partial_fill":
                if event == "partial_fill":
                    self.on_part(version)
                execution = self.execution(data, version, ts_ns)
                self.amends.note(data.get("execution_id"), execution)
                return [*self._first_sight(version, ts_ns), Filled(execution)]
            case "trade_bust" | "trade_correct":
                return [self.amends.report(event, data, ts_ns)]
            case "new" | "accepted" | "held":
                if version.replaces:
                    return await self._replaced(version, ts_ns)
                return self._first_sight(version, ts_ns)
            case "replaced":
                if version.replaced_by is None:
                    return [Gap(self._name, f"order {ident} was replaced, by what is not said", ts_ns)]
                following = await self._chains.version(version.replaced_by)
                return await self._replaced(await self._placed(following), ts_ns)
            case "canceled":
                return [Canceled(ident, ts_ns, cum_qty=total_of(version))]
            case "expired":
                return [Expired(ident, ts_ns, total_of(version))]
            case "done_for_day":
                return [DoneForDay(ident, ts_ns, total_of(version))]
            case "rejected":
                reason = str(row.get("reject_reason") or row.get("reason") or "rejected by the market")
                if version.replaces and not version.told:
                    earlier = await self._chains.version(version.replaces)
                    if earlier.cl_ord_id == ident:
                        return [Gap(self._name, f"Alpaca could not change {ident} by itself: {reason}"[:160], ts_ns)]
                    return [ReplaceRejected(ident, earlier.cl_ord_id, reason, ts_ns)]
                return [Rejected(ident, reason, ts_ns)]
            case "order_cancel_rejected":
                return [CancelRejected(ident, "the broker could not cancel it", ts_ns)]
            case "order_replace_rejected":
                return [ReplaceRejected(version.change_id, ident, "the broker could not change it", ts_ns)]
            case "pending_new" | "pending_cancel" | "pending_replace":
                return [Pending(ident, PENDING[event], ts_ns)]
            case "suspended":
                return [Suspended(ident, ts_ns)]
            case "stopped":
                return [Stopped(ident, ts_ns)]
            case "calculated":
                return [Calculated(ident, ts_ns)]
            case "restated":
                return [_restated(version, ts_ns)]
            case _:
                return [Gap(self._name, f"a trade update of a kind that is not known: {event[:40]!r}", ts_ns)]

    async def _legs_filled(self, version: Version, ts_ns: int) -> list[Report]:
        """What the legs executed stands in the account's activities: the update has the package's net price alone."""
        executions = await self._package_executions(version)
        reports: list[Report] = [Filled(each) for each in executions]
        missing = {str(leg["symbol"]): words.needed(leg, "ratio_qty") for leg in version.row.get("legs") or ()}
        for symbol, ratio in missing.items():
            booked = sum((each.last_qty for each in executions if each.symbol == self._from_wire(symbol)), ZERO)
            if booked < ratio * version.filled:
                return [*reports, Gap(self._name, f"a fill of package {version.cl_ord_id} is not listed yet", ts_ns)]
        return reports

    def execution(self, data: dict[str, Any], version: Version, ts_ns: int) -> Execution:
        """The execution that a fill's update reports."""
        row = data["order"]
        cum_qty = words.needed(row, "filled_qty")
        return Execution(
            execution_key(version.id, cum_qty),
            version.cl_ord_id,
            version.id,
            self._account,
            self._from_wire(str(row.get("symbol") or "")),
            words.side_of(row),
            words.needed(data, "qty"),
            words.needed_price(data),
            ts_ns,
            broker=self._name,
        )

    def _first_sight(self, version: Version, ts_ns: int) -> list[Report]:
        """The acknowledgement, once; a fill that comes without it is one."""
        if version.told:
            return []
        version.told = True
        return [Accepted(version.cl_ord_id, version.id, ts_ns)] if not version.replaces else []

    async def _replaced(self, version: Version, ts_ns: int) -> list[Report]:
        if version.told or version.replaces is None:
            return []
        if version.row.get("status") == "rejected":
            return []  # its own update says so
        version.told = True
        earlier = await self._chains.version(version.replaces)
        if earlier.cl_ord_id == version.cl_ord_id:
            return [_restated(version, ts_ns)]  # by the broker itself
        version.told_qty = quantity_of(version)
        row: Row = version.row
        return [
            Replaced(
                version.cl_ord_id,
                earlier.cl_ord_id,
                version.id,
                version.told_qty,
                words.price(row.get("limit_price")),
                words.price(row.get("stop_price")),
                ts_ns,
            )
        ]

    def stands(self, version: Version) -> list[Report]:
        """The acknowledgement of an order that an answer shows standing, should nothing have reported it."""
        if version.row.get("status") not in STANDING:
            return []
        return self._first_sight(version, max(self.newest_ns, words.moment(version.row["submitted_at"])))

    async def resized(self, version: Version) -> list[Report]:
        """That it stands with another quantity than was reported, should it."""
        if version.is_over:
            return []
        if version.replaces and not version.told:
            return await self._replaced(version, self.newest_ns)
        return [_restated(version, self.newest_ns)] if version.told_qty != quantity_of(version) else []


def _restated(version: Version, ts_ns: int) -> Restated:
    row = version.row
    version.told_qty = quantity_of(version)
    limit, stop = words.price(row.get("limit_price")), words.price(row.get("stop_price"))
    return Restated(version.cl_ord_id, version.told_qty, limit, stop, ts_ns, order_id=version.id)
