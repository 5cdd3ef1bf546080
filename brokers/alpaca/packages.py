"""Packages of options: one order, whose legs are orders of Alpaca's own and carry its executions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from brokers.alpaca import words
from brokers.alpaca.chain import Chains, Version
from engine.model.snapshot import Execution

PAGE: Final = 500


class Packages:
    """`ask`: one request; `since`: the account's executions from that moment on."""

    def __init__(
        self,
        chains: Chains,
        ask: Callable[[str, str, dict[str, Any]], Awaitable[Any]],
        since: Callable[[int], Awaitable[Sequence[Execution]]],
    ) -> None:
        self._chains, self._ask, self._since = chains, ask, since

    async def executions(self, version: Version) -> list[Execution]:
        """Every execution of the package's legs."""
        legs = {str(leg["id"]) for leg in (await self.whole(version)).row["legs"]}
        begun = words.moment(version.row.get("submitted_at") or version.row["created_at"])
        return [each for each in await self._since(begun) if each.order_id in legs]

    async def of(self, leg: Version) -> Version:
        """The package that a leg is of. Raises UnreadableError where the broker does not list it."""
        package = self._chains.package_of(leg.id)
        if package is None:
            # Nothing in a leg says whose it is; packages name their legs.
            asked = {"status": "all", "limit": PAGE, "nested": "true", "direction": "desc"}
            for row in await self._ask("GET", "/orders", asked):
                self._chains.note(row)
            package = self._chains.package_of(leg.id)
        if package is None:
            raise words.UnreadableError(f"order {leg.id} is a leg of no package that is listed")
        return package

    async def whole(self, version: Version) -> Version:
        """The same; a package's legs are asked for where the answer left them out."""
        if not version.is_package or version.row.get("legs"):
            return version
        return self._chains.note(await self._ask("GET", f"/orders/{version.id}", {"nested": "true"}))
