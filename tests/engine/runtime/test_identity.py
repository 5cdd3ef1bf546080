"""Whose account a session is: compared with the profile at each connect, and nothing is sent to any other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from engine import inputs as i
from engine.model.enums import TradingState
from engine.model.snapshot import AccountSnapshot
from engine.protocol import Accepted, Connected, Disconnected
from engine.reconcile.identity import Identity
from engine.resilience.settings import Resilience
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from tests.engine.dealing import BUY, Dealing, submits
from tests.engine.runtime.test_gateway import NoLatch, Wire, order

PAPER, LIVE = Identity("A1", "paper"), Identity("A1", "live")


def account(name: str, *, live: bool) -> AccountSnapshot:
    return AccountSnapshot(name, live, "USD", {})


@pytest.mark.parametrize(
    ("profile", "reported", "words"),
    [
        (PAPER, account("A1", live=False), ""),
        (LIVE, account("A1", live=True), ""),
        (PAPER, account("A1", live=True), "account A1 is a live account, the profile says paper"),
        (LIVE, account("A1", live=False), "account A1 is a paper account, the profile says live"),
        (PAPER, account("B2", live=False), "the broker reports account B2, the profile says A1"),
        (LIVE, account("B2", live=True), "the broker reports account B2, the profile says A1"),
    ],
)
def test_id_and_kind_of_money_are_compared_both_ways(profile: Identity, reported: AccountSnapshot, words: str) -> None:
    assert profile.mismatch(reported) == words


class Changing(Wire):
    """A broker whose sessions belong to these accounts, one after the other; each begins with a report."""

    def __init__(self, *accounts: AccountSnapshot) -> None:
        super().__init__(50)
        self.accounts = list(accounts)
        self.connects = self.disconnects = 0

    async def connect(self, sink: Any) -> None:
        await super().connect(sink)
        self.connects += 1
        sink(Accepted("EARLY", "P-1", 1))

    async def disconnect(self) -> None:
        self.disconnects += 1

    async def account(self) -> AccountSnapshot:
        return self.accounts[min(self.connects, len(self.accounts)) - 1]


class Live:
    """The gateway of the live account A1 on that wire."""

    def __init__(self, wire: Changing) -> None:
        self.posted: list[Any] = []
        self._news = asyncio.Event()
        self.gateway = Gateway(
            wire,  # type: ignore[arg-type]
            Gate(),
            NoLatch(),  # type: ignore[arg-type]
            self._post,
            lambda: 1,
            resilience=Resilience(auth_retry_s=0.05, reconnect_first_s=0.01, reconnect_longest_s=0.02),
            identity=LIVE,
        )

    async def __aenter__(self) -> Live:
        self._running = asyncio.create_task(self.gateway.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await self.gateway.close()

    def _post(self, item: object) -> None:
        self.posted.append(item)
        self._news.set()

    def heard(self, kind: type[Any]) -> list[Any]:
        return [item for item in self.posted if isinstance(item, kind)]

    async def until(self, kind: type[Any], wanted: int) -> None:
        async with asyncio.timeout(10):
            while len(self.heard(kind)) < wanted:
                self._news.clear()
                await self._news.wait()


async def test_a_session_of_another_account_is_closed_and_nothing_of_it_is_believed() -> None:
    wire = Changing(account("A1", live=False))
    async with Live(wire) as line:
        await line.until(i.WrongAccount, 1)
        line.gateway.submit(order("X1"))
        await line.until(i.WrongAccount, 3)
        assert wire.disconnects >= 2
        assert wire.got == [], "nothing is sent to an account that is not ours"
        assert not line.heard(Connected)
        assert not line.heard(Accepted)
        assert [said.reason.partition(",")[0] for said in line.heard(Disconnected)] == ["wrong account"]


async def test_it_is_looked_at_again_at_each_reconnect() -> None:
    wire = Changing(account("A1", live=True), account("B2", live=True), account("A1", live=True))
    async with Live(wire) as line:
        await line.until(Connected, 1)
        assert not line.heard(i.WrongAccount)
        assert len(line.heard(Accepted)) == 1
        wire.sink(Disconnected("wire", "cut", 1))
        await line.until(Connected, 2)
        wrong = [item.reason for item in line.heard(i.WrongAccount)]
        assert wrong == ["the broker reports account B2, the profile says A1"]
        assert len(line.heard(Accepted)) == 2, "that of the wrong account is not believed"


def test_a_wrong_account_halts_the_desk_and_raises_an_alarm() -> None:
    desk = Dealing(mode="live").connect()
    desk.give(i.Unlock("ann"))
    desk.place(BUY, "10")
    desk.give(i.WrongAccount("sim", "the broker reports account B2, the profile says A1"))
    assert desk.state.trading["desk"] is TradingState.HALTED
    assert "WRONG_ACCOUNT" in desk.codes()
    before = len(submits(desk.released))
    desk.quote("IBM")
    desk.give(i.PlaceOrder(next(iter(desk.state.orders.values())).request))
    assert len(submits(desk.released)) == before
    desk.give(i.WrongAccount("sim", "the broker reports account B2, the profile says A1"))
    assert desk.codes().count("WRONG_ACCOUNT") == 1, "said once, not every minute"
