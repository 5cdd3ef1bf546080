"""A replaced order goes on at Alpaca as another order with an id of its own. This puts the versions together again.

Each version's JSON counts its own executions. What the whole order executed is the sum over its versions; what it asks
for in all is what the earlier ones executed and what the newest one asks for. (Should the newest take over what was
executed before, which is not proved for the real broker, its first sight shows that, and it is not counted twice.)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec

from brokers.alpaca import words
from engine.model.enums import OrdStatus, Side
from engine.model.package import Leg
from engine.model.snapshot import OrderSnapshot

Row = dict[str, Any]
#: More versions than any order has: a circle of links ends here.
LONGEST = 1000
ZERO = Decimal(0)
OVER = frozenset({"filled", "canceled", "expired", "replaced", "rejected"})
GROUPS = frozenset({"bracket", "oto", "oco"})
#: So many orders are remembered; beyond, old ones that are over are asked for again should anything be told of them.
KEPT = 20_000


class Version(msgspec.Struct):
    """One order of Alpaca's, newest facts. `before`: what the versions before it executed and it does not count."""

    id: str
    cl_ord_id: str
    row: Row
    replaces: str | None
    replaced_by: str | None
    filled: Decimal
    before: Decimal | None = None
    root: str = ""
    told: bool = False
    """Whether its acknowledgement (or that it took another's place) was reported."""
    change_id: str = ""
    """Under which id its newest replace was asked for."""
    told_qty: Decimal | None = None
    """Of a leg: the quantity that was reported last."""

    @property
    def is_package(self) -> bool:
        return self.row.get("order_class") == "mleg" and not self.row.get("symbol")

    @property
    def is_leg(self) -> bool:
        """One leg of a package: at Alpaca an order of its own, with an id that nobody gave it."""
        return self.row.get("order_class") == "mleg" and bool(self.row.get("symbol"))

    @property
    def is_grouped(self) -> bool:
        """Whether it hangs together with others."""
        return self.row.get("order_class") in GROUPS

    @property
    def is_over(self) -> bool:
        return self.replaced_by is not None or self.row.get("status") in OVER


class Chains:
    """Every version that was seen. `fetch`: asks the broker for one by its id."""

    def __init__(self, fetch: Callable[[str], Awaitable[Row]]) -> None:
        self._fetch = fetch
        self._versions: dict[str, Version] = {}
        self._packages: dict[str, str] = {}
        """By a leg's id, the package that it is of."""
        self.names: dict[str, str] = {}
        """By Alpaca's id, ours of the legs of our groups, whose client ids Alpaca makes up."""

    def note(self, row: Row) -> Version:
        """Take in an order's JSON. An older picture of it (reordered reports) takes nothing back; a newer one with less
        executed does: an execution was busted."""
        ident = str(row["id"])
        filled = words.number(row.get("filled_qty")) or ZERO
        if row.get("order_class") == "mleg":
            self._packages.update((str(leg["id"]), ident) for leg in row.get("legs") or () if leg.get("id"))
        known = self._versions.get(ident)
        if known is None:
            known = self._versions[ident] = Version(
                ident,
                self.names.get(ident) or str(row.get("client_order_id") or ""),
                row,
                row.get("replaces") or None,
                row.get("replaced_by") or None,
                filled,
            )
            self._forget()
            return known
        if row.get("legs") is None and known.row.get("legs"):
            row = {**row, "legs": known.row["legs"]}
        if (filled >= known.filled or _is_newer(row, known.row)) and not (
            known.replaced_by and not row.get("replaced_by")
        ):
            known.row, known.filled = row, filled
        known.replaces = known.replaces or row.get("replaces") or None
        known.replaced_by = known.replaced_by or row.get("replaced_by") or None
        return known

    def _forget(self) -> None:
        """Let go of the older half of what is over."""
        if len(self._versions) <= KEPT:
            return
        for ident in list(self._versions)[: KEPT // 2]:
            if self._versions[ident].is_over:
                del self._versions[ident]
        self._packages = {leg: ident for leg, ident in self._packages.items() if ident in self._versions}

    def get(self, ident: str) -> Version | None:
        """That one, if it was seen."""
        return self._versions.get(ident)

    def package_of(self, leg_id: str) -> Version | None:
        """The package of a leg, where it was seen."""
        return self._versions.get(self._packages.get(leg_id, ""))

    async def version(self, ident: str) -> Version:
        """That one, asked for where it was never seen."""
        known = self._versions.get(ident)
        return self.note(await self._fetch(ident)) if known is None else known

    def name(self, version: Version, ours: str) -> None:
        """Alpaca's order is ours under this id."""
        self.names[version.id] = version.cl_ord_id = ours
        version.before, version.root = None, ""

    def newest_known(self, ident: str) -> str:
        """The last version of that order that was seen; nothing is asked for."""
        for _ in range(LONGEST):
            known = self._versions.get(ident)
            if known is None or known.replaced_by is None:
                break
            ident = known.replaced_by
        return ident

    async def first(self, version: Version) -> Version:
        """The version that all began with."""
        for _ in range(LONGEST):
            if not version.replaces:
                break
            version = await self.version(version.replaces)
        return version

    async def placed(self, version: Version) -> Version:
        """With `before` and `root` worked out, by going back to the first version."""
        path = [version]
        while path[-1].before is None and path[-1].replaces and len(path) < LONGEST:
            path.append(await self.version(path[-1].replaces))
        while path:
            one = path.pop()
            if one.before is not None:
                continue
            if not one.replaces:
                one.before, one.root = ZERO, one.cl_ord_id
                continue
            earlier = await self.version(one.replaces)
            if earlier.id in self.names and one.id not in self.names:
                # A leg goes on under the id that was asked for; changed by Alpaca itself, under the one that it had.
                self.name(one, one.cl_ord_id if words.may_be_ours(one.cl_ord_id) else earlier.cl_ord_id)
            if earlier.replaced_by is None:
                # Seen before its end: what it executed last may be missing.
                earlier = self.note(await self._fetch(earlier.id))
            executed = (earlier.before or ZERO) + earlier.filled
            carried = executed > 0 and one.filled >= executed and _just_made(one.row)
            one.before, one.root = (ZERO if carried else executed), earlier.root
        return version

    async def newest(self, version: Version) -> Version:
        """Go on to the version that lives, asking for each that is not known to be the last."""
        for _ in range(LONGEST):
            row = await self._fetch(version.id) if version.replaced_by is None else None
            if row is not None:
                version = self.note(row)
            if version.replaced_by is None:
                return version
            version = await self.version(version.replaced_by)
        raise words.UnreadableError(f"order {version.id} was replaced without end")


def _just_made(row: Row) -> bool:
    """Whether this picture is of an order that has not traded in its own right."""
    return row.get("filled_at") is None


def _is_newer(row: Row, known: Row) -> bool:
    """Whether the broker changed the order since; not where it does not say when."""
    try:
        return words.moment(row["updated_at"]) > words.moment(known["updated_at"])
    except (KeyError, words.UnreadableError):
        return False


def total_of(version: Version) -> Decimal:
    """What the order executed in all its versions."""
    return (version.before or ZERO) + version.filled


def quantity_of(version: Version) -> Decimal:
    """What the order asks for in all. A notional order has no quantity before its end: what it filled by then."""
    qty = words.number(version.row.get("qty"))
    return (version.before or ZERO) + (version.filled if qty is None else qty)


def status_of(version: Version, *, open_at_broker: bool = False) -> OrdStatus:
    """How the order stands. Raises UnreadableError for a word that nobody knows, unless the broker lists it as open."""
    word = str(version.row.get("status") or "")
    status = words.STATUSES.get(word)
    if status is None:
        if not open_at_broker:
            raise words.UnreadableError(f"order status {word!r} is not known")
        status = OrdStatus.NEW
    total = total_of(version)
    if status is OrdStatus.NEW and total:
        return OrdStatus.PARTIALLY_FILLED
    if status is OrdStatus.CALCULATED and total == quantity_of(version):
        return OrdStatus.FILLED
    return status


def snapshot_of(
    version: Version, account: str, symbol: str, *, open_at_broker: bool = False, from_wire: Callable[[str], str] = str
) -> OrderSnapshot:
    """The order in our terms, its newest version being `version`."""
    row = version.row
    package: tuple[Leg, ...] | msgspec.UnsetType = msgspec.UNSET
    if version.is_package:
        legs = row.get("legs")
        if not legs:
            raise words.UnreadableError(f"the legs of package {version.id} are not told")
        package = tuple(_leg(leg, from_wire) for leg in legs)
    return OrderSnapshot(
        order_id=version.id,
        cl_ord_id=version.cl_ord_id,
        account=account,
        symbol=symbol,
        side=Side.BUY if version.is_package else words.side_of(row),
        ord_type=words.type_of(row),
        time_in_force=words.time_of(row),
        qty=quantity_of(version),
        cum_qty=total_of(version),
        status=status_of(version, open_at_broker=open_at_broker),
        limit_px=words.price(row.get("limit_price")),
        stop_px=words.price(row.get("stop_price")),
        root_cl_ord_id=version.root,
        text=words.unknown_terms(row),
        legs=package,
    )


def _leg(row: Row, from_wire: Callable[[str], str]) -> Leg:
    """A sold leg is a sale, whether it opens or closes: the package says no more of it."""
    side = Side.BUY if words.side_of(row).is_buy else Side.SELL
    return Leg(from_wire(str(row["symbol"])), side, int(words.needed(row, "ratio_qty")))
