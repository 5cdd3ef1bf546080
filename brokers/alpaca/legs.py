"""Legs of our groups: orders that Alpaca makes, with client ids that it makes up.

Which of them is which of ours is said by their parent alone, which carries our id: by the `legs` in the answer to a
submit, and in any later answer that is asked for with them (nested). Nothing of this is kept on disk: after a restart
the desk tells which groups may live (`remember`), and their parents are asked as soon as a leg turns up.

A report of a leg may come before the answer to the submit that made it. It then waits for the parent: a leg is never
taken for somebody else's order.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable

from brokers.alpaca import groups, words
from brokers.alpaca.chain import OVER, Chains, Row, Version
from engine.model.order import BrokerGroup, BrokerOrder


class Legs:
    """`by_client` asks for an order by its client id (None: there is none), `nested` for one with its legs, by its own
    id. `patience_s`: how long a report may wait for a submit that is under way."""

    def __init__(
        self,
        chains: Chains,
        by_client: Callable[[str], Awaitable[Row | None]],
        nested: Callable[[str], Awaitable[Row]],
        patience_s: float,
    ) -> None:
        self._chains, self._by_client, self._nested = chains, by_client, nested
        self._patience_s = patience_s
        self._groups: dict[str, BrokerGroup] = {}
        """By the id of the order that carries ours."""
        self._tops: dict[str, str] = {}
        """The same by the id of each of its legs."""
        self._ids: dict[str, str] = {}
        """Alpaca's id of the first version of a leg, by ours."""
        self._parents: dict[str, str] = {}
        """The same of the order that carries our id."""
        self._unknown: dict[str, None] = {}
        """Groups of which not every leg is known."""
        self._under_way: dict[str, asyncio.Event] = {}

    def remember(self, several: Iterable[BrokerGroup]) -> None:
        """These may have orders that live."""
        for group in several:
            top = groups.top_of(group).cl_ord_id
            if top in self._groups:
                continue
            self._groups[top] = group
            self._tops.update((leg.cl_ord_id, top) for leg in groups.legs_of(group))
            self._unknown[top] = None

    def begin(self, group: BrokerGroup) -> None:
        """It is going to be submitted."""
        self.remember([group])
        self._under_way[groups.top_of(group).cl_ord_id] = asyncio.Event()

    def end(self, group: BrokerGroup, *, refused: bool = False) -> None:
        """The submit is over; `refused`: there is nothing of it."""
        top = groups.top_of(group).cl_ord_id
        if (under_way := self._under_way.pop(top, None)) is not None:
            under_way.set()
        if refused:
            self._groups.pop(top, None)
            self._unknown.pop(top, None)
            for leg in groups.legs_of(group):
                self._tops.pop(leg.cl_ord_id, None)

    def group(self, top: str) -> BrokerGroup | None:
        """The group whose order with our id this is."""
        return self._groups.get(top)

    def is_leg(self, cl_ord_id: str) -> bool:
        """Whether it is an id that Alpaca does not know, since it made up another."""
        return cl_ord_id in self._tops

    # -- who is who ---------------------------------------------------------------------------------------------------

    async def known(self, version: Version) -> None:
        """Give it our id, should it be a leg of ours. Errors as of any question."""
        if not self._tops or version.id in self._chains.names or words.may_be_ours(version.root):
            return
        first = await self._chains.first(version)
        if first.id in self._chains.names or words.may_be_ours(first.cl_ord_id) or first.is_leg or first.is_package:
            return
        symbol = str(first.row.get("symbol") or "")
        for top in [top for top in self._unknown if groups.top_of(self._groups[top]).symbol == symbol]:
            if not await self._learn(top) and top in self._under_way:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._patience_s):
                        await self._under_way[top].wait()
                await self._learn(top)
            if first.id in self._chains.names:
                return

    async def told(self, row: Row) -> list[Version]:
        """An order that may have legs with it: those of ours get our ids, and are given back."""
        top = self._chains.note(row)
        first = await self._chains.first(top)
        group = self._groups.get(first.cl_ord_id)
        if group is None:
            return []
        self._parents[first.cl_ord_id] = first.id
        found = []
        for leg in row.get("legs") or ():
            version = self._chains.note(leg)
            ours = _which(groups.legs_of(group), leg)
            if ours is None:
                continue
            begun = await self._chains.first(version)
            if begun.id not in self._chains.names:
                self._chains.name(begun, ours.cl_ord_id)
                begun.told_qty = ours.qty
                self._ids[ours.cl_ord_id] = begun.id
            found.append(await self._chains.placed(version))
        if all(leg.cl_ord_id in self._ids for leg in groups.legs_of(group)):
            self._unknown.pop(first.cl_ord_id, None)
        return found

    async def _learn(self, top: str) -> list[Version] | None:
        """Ask for a group's orders. None: the broker has no such group."""
        row = await self._by_client(top)
        if row is None:
            return None
        newest = await self._chains.newest(self._chains.note(row))
        return await self.told(await self._nested(newest.id)) or await self.told(await self._nested(str(row["id"])))

    async def _again(self, top: str) -> list[Version]:
        """The same of a group that was seen, in one question."""
        ident = self._parents.get(top)
        if ident is None:
            return await self._learn(top) or []
        return await self.told(await self._nested(self._chains.newest_known(ident))) or await self._learn(top) or []

    # -- asked for ----------------------------------------------------------------------------------------------------

    async def row_of(self, leg: str, fetch: Callable[[str], Awaitable[Row]]) -> Row | None:
        """The JSON of a leg of ours, newest version under this id. None: its group does not exist."""
        if leg not in self._ids and await self._learn(self._tops[leg]) is None:
            return None
        ident = self._ids.get(leg)
        if ident is None:
            raise words.UnreadableError(f"the answer has no leg {leg} of {self._tops[leg]}")
        row = await fetch(ident)
        while row.get("replaced_by"):
            following = await self._chains.placed(await self._chains.version(str(row["replaced_by"])))
            if following.cl_ord_id != leg:
                break
            row = await fetch(following.id)
        return row

    def has_beside(self, version: Version) -> bool:
        """Whether a fill of it takes something off another of its group."""
        top = self._tops.get(version.root, version.root)
        group = self._groups.get(top)
        return group is not None and len(group.legs) > 1 and (version.root != top or group.entry is None)

    async def beside(self, version: Version) -> list[Version]:
        """Those others, asked for anew."""
        top = self._tops.get(version.root, version.root)
        return [each for each in await self._again(top) if each.root != version.root]

    async def unlisted(self, listed: Iterable[str]) -> list[Version]:
        """Open legs that a list of open orders left out: there are reports that it does not show those that are held.
        `listed`: Alpaca's ids of those that it shows."""
        shown, found = set(listed), []
        for top, group in list(self._groups.items()):
            idents = [self._ids.get(leg.cl_ord_id) for leg in groups.legs_of(group)]
            if all(ident is not None and self._is_settled(ident, shown) for ident in idents):
                continue
            found += [leg for leg in await self._again(top) if leg.id not in shown and not leg.is_over]
        return found

    def _is_settled(self, ident: str, shown: set[str]) -> bool:
        newest = self._chains.newest_known(ident)
        if newest in shown:
            return True
        known = self._chains.get(newest)
        return known is not None and known.row.get("status") in OVER


def _which(legs: tuple[BrokerOrder, ...], row: Row) -> BrokerOrder | None:
    """Which of these the broker's leg is: by the part that it plays, where it says so, else by what it is."""
    if len(legs) == 1:
        return legs[0]
    role = row.get("group_role")
    stops = role == "stop_loss" if role in ("stop_loss", "take_profit") else row.get("stop_price") is not None
    return next((leg for leg in legs if groups.is_stop(leg) is stops), None)
