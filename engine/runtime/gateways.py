"""All broker connections of a desk: each effect goes to the one of its account. None waits for another: each has its
own queue, session, breaker and requests, and one that hangs is left behind at a stop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec

from engine import inputs as i
from engine.effects import (
    CancelAll,
    CancelOrder,
    QueryOrder,
    QuerySnapshot,
    RenewSession,
    ReplaceOrder,
    SubmitGroup,
    SubmitOrder,
)
from engine.journal.latch import KillLatch
from engine.model.diagnostics import BrokerDetail
from engine.model.order import BrokerGroup
from engine.protocol import BrokerAdapter
from engine.reconcile.identity import Identity
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from engine.runtime.session import Post
from engine.runtime.settings import DeskSettings
from engine.views import BrokerRow

log = logging.getLogger("tradedesk.gateway")

#: A connection that can't be closed within so long is left behind.
CLOSE_S = 5.0


class Carrier(Protocol):
    """What carries effects to brokers."""

    def submit(self, effect: SubmitOrder | ReplaceOrder | SubmitGroup) -> None: ...
    def cancel(self, effect: CancelOrder) -> None: ...
    def cancel_all(self, effect: CancelAll) -> None: ...
    def query(self, effect: QueryOrder) -> None: ...
    def snapshot(self, effect: QuerySnapshot) -> None: ...
    def renew(self, effect: RenewSession) -> None: ...


class Gateways:
    """One gateway for each account. What is for an account without one is answered as not handed over."""

    def __init__(self, by_account: Mapping[str, Gateway], post: Post) -> None:
        self._by_account = dict(by_account)
        self._post = post

    @classmethod
    def of(
        cls,
        settings: DeskSettings,
        adapters: Mapping[str, BrokerAdapter],
        gate: Gate,
        latch: KillLatch,
        post: Post,
        wall_ns: Callable[[], int],
        groups_of: Callable[[str], Sequence[BrokerGroup]] = lambda account: (),
    ) -> Gateways:
        """For these adapters, by account. `groups_of(account)`: what its broker holds of groups."""
        made = {
            account: Gateway(
                adapter,
                gate,
                latch,
                post,
                wall_ns,
                timeout_s=settings.request_timeout_s,
                resilience=settings.resilience,
                identity=Identity(account, settings.mode),
                name=settings.connections.get(account, ""),
                groups=partial(groups_of, account),
            )
            for account, adapter in adapters.items()
        }
        return cls(made, post)

    def at(self, account: str) -> Gateway:
        """The account's own. Raises KeyError."""
        return self._by_account[account]

    def runs(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """(name, what runs the connection), to be run side by side."""
        first, *others = self._by_account.values()
        return [("broker", first.run()), *((f"broker {each.name}", each.run()) for each in others)]

    def rows(self) -> tuple[BrokerRow, ...]:
        """The lamps of the connections."""
        return tuple(msgspec.structs.replace(each.row(), account=account) for account, each in self._by_account.items())

    def details(self) -> tuple[BrokerDetail, ...]:
        """The connections in full."""
        return tuple(each.detail(account) for account, each in self._by_account.items())

    def submit(self, effect: SubmitOrder | ReplaceOrder | SubmitGroup) -> None:
        several = effect.approved if isinstance(effect, SubmitGroup) else (effect.approved,)
        account = several[0].order.account
        gateway = self._by_account.get(account)
        if gateway is not None:
            gateway.submit(effect)
            return
        for approved in several:
            self._post(i.Withheld(approved.order.cl_ord_id, _no_such(account), "disconnected"))

    def cancel(self, effect: CancelOrder) -> None:
        gateway = self._of(effect.cancel.account)
        if gateway is not None:
            gateway.cancel(effect)

    def cancel_all(self, effect: CancelAll) -> None:
        gateway = self._of(effect.account)
        if gateway is not None:
            gateway.cancel_all(effect)

    def query(self, effect: QueryOrder) -> None:
        gateway = self._by_account.get(effect.account)
        if gateway is None:
            self._post(i.QueryFailed(effect.account, effect.cl_ord_id, _no_such(effect.account)))
        else:
            gateway.query(effect)

    def snapshot(self, effect: QuerySnapshot) -> None:
        gateway = self._by_account.get(effect.account)
        if gateway is None:
            self._post(i.QueryFailed(effect.account, "", _no_such(effect.account)))
        else:
            gateway.snapshot(effect)

    def renew(self, effect: RenewSession) -> None:
        gateway = self._of(effect.account)
        if gateway is not None:
            gateway.renew(effect)

    def _of(self, account: str) -> Gateway | None:
        gateway = self._by_account.get(account)
        if gateway is None:
            log.error("%s", _no_such(account))
        return gateway

    async def close(self) -> None:
        """Close all at once; each within a bound."""
        await asyncio.gather(*(self._close(each) for each in self._by_account.values()))

    async def _close(self, gateway: Gateway) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await gateway.close()
        except Exception:  # what an adapter does at its end must not keep the others, or the journal, from theirs
            log.exception("the connection to %s was not closed cleanly", gateway.name)


def _no_such(account: str) -> str:
    return f"this desk has no connection for account {account}"
