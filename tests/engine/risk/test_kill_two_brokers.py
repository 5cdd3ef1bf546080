"""A kill with two brokers, one of which says nothing: what the other one's answer does, what the proof names, and what
a restart in each phase leaves to be decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import CancelOrder, SubmitOrder
from engine.model.enums import OrdStatus
from engine.model.snapshot import AccountSnapshot, PositionSnapshot
from engine.orders.order import Order
from engine.publish.kill_proof import proof_of
from engine.state import DeskState
from tests.engine.dealing import ACCOUNT, BUY, D, Dealing, only

OTHER = "A2"
NAMES = {ACCOUNT: "sim", OTHER: "sim:A2"}


class Two(Dealing):
    """100 IBM in each account, and an order that works there. The broker of A2 answers nothing by itself."""

    def __init__(self, state: DeskState | None = None) -> None:
        super().__init__(state=state)
        self.held = {ACCOUNT: D(100), OTHER: D(100)}
        self.desk.emit(f.DeskOpened("TESTDSK", "paper", ACCOUNT, "sim", "USD", "average", "", "", "0", NAMES))
        self._take()

    def up(self, account: str) -> None:
        self.give(p.Connected(NAMES[account], self.now.market_ns))
        for _ in range(2):
            self.show(account)

    def show(self, account: str, *orders: Order) -> None:
        """Its broker answers: what it holds, and these orders working."""
        for cl_ord_id in [ident for ident, lost in self.desk.lost.items() if lost.account == account]:
            self.give(i.OrderEvidence(cl_ord_id, None, [], False, self.now.wall_ns))
        cash = AccountSnapshot(account, False, "USD", {"USD": D(100_000)})
        held = [PositionSnapshot(account, "IBM", self.held[account])] if self.held[account] else []
        working = tuple(self.shown(order, account=account) for order in orders)
        self.give(i.BrokerSnapshot(cash, working, (), held, self.now.wall_ns, "kill-verify"))

    def traded(self) -> dict[str, Order]:
        """Both hold, and an order works at each."""
        for account in NAMES:
            self.up(account)
        return {account: self.place(BUY, "10", "90.00", account=account) for account in NAMES}

    def dead(self, order: Order) -> None:
        self.give(p.Canceled(order.cl_ord_id, self.now.market_ns, cum_qty=order.cum_qty))

    def sold(self, account: str) -> None:
        """The account's liquidation is executed."""
        (sale,) = [o for o in self.state.open_orders.values() if o.liquidation and o.account == account]
        self.ack(sale)
        self.held[account] = D(0)
        self.give(p.Filled(msgspec.structs.replace(self.execution(sale, str(sale.qty)), account=account)))

    def problems(self) -> tuple[str, ...]:
        assert self.state.kill is not None
        return proof_of(self.desk, self.state.kill, self.now).problems

    def phase(self) -> str:
        assert self.state.kill is not None
        return self.state.kill.phase

    def cancelled_at(self, since: int = 0) -> set[str]:
        """The accounts at which something was to be cancelled since."""
        return {effect.cancel.account for effect in only(self.released[since:], CancelOrder)}

    def sold_at(self, since: int) -> set[str]:
        """The accounts to which an order was to go since."""
        return {effect.approved.order.account for effect in only(self.released[since:], SubmitOrder)}


def healthy_done(desk: Two, orders: dict[str, Order]) -> None:
    """The first account's cancels and flatten are confirmed; the other one said nothing for longer than it is waited
    for."""
    desk.dead(orders[ACCOUNT])
    desk.sold(ACCOUNT)
    desk.pass_s(3)
    desk.show(ACCOUNT)


def test_the_proof_names_each_order_and_position_of_the_one_that_is_silent() -> None:
    desk = Two()
    orders = desk.traded()
    desk.give(i.Kill("me", "enough", "now"))
    healthy_done(desk, orders)
    words, *named = desk.problems()
    assert words == f"waits for {OTHER}: 1 orders not confirmed dead, 1 positions not closed; {ACCOUNT} verified"
    order = orders[OTHER]
    assert named == [f"IBM @{OTHER} is not flat", f"order {order.id} IBM @{OTHER} PENDING_CANCEL"]


def test_positions_that_are_kept_are_no_problem() -> None:
    desk = Two()
    orders = desk.traded()
    desk.give(i.Kill("me", "enough", "no"))
    desk.dead(orders[ACCOUNT])
    desk.pass_s(3)
    desk.show(ACCOUNT)
    assert [name for name in desk.problems() if "not flat" in name] == []
    assert desk.problems()[0].startswith(f"waits for {OTHER}: 1 orders not confirmed dead")


def test_it_goes_on_by_itself_when_the_silent_one_answers() -> None:
    desk = Two()
    orders = desk.traded()
    desk.give(i.Kill("me", "enough", "now"))
    healthy_done(desk, orders)
    desk.dead(orders[OTHER])
    desk.sold(OTHER)
    for account in NAMES:
        desk.pass_s(1.5)
        desk.show(account)
    assert (desk.phase(), desk.problems()) == ("done", ())


@pytest.mark.parametrize("first", ["no", "grace", "now"])
def test_a_second_pull_while_one_is_silent_escalates_and_a_third_never_weakens(
    first: Literal["no", "grace", "now"],
) -> None:
    desk = Two()
    orders = desk.traded()
    desk.give(i.Kill("me", "enough", first))
    desk.dead(orders[ACCOUNT])
    desk.pass_s(2.5)
    desk.show(ACCOUNT)
    desk.give(i.Kill("you", "now then", "now"))
    desk.give(i.Kill("you", "hm", "no"))
    assert desk.state.kill is not None
    assert desk.state.kill.flatten == "now"
    desk.sold(ACCOUNT)
    desk.pass_s(3)
    desk.show(ACCOUNT)
    assert f"IBM @{OTHER} is not flat" in desk.problems()
    assert not [name for name in desk.problems() if f"@{ACCOUNT}" in name]


def before_the_flatten(desk: Two, orders: dict[str, Order]) -> None:
    desk.give(i.Kill("me", "kill key", "grace"))


def during_the_flatten(desk: Two, orders: dict[str, Order]) -> None:
    desk.give(i.Kill("me", "enough", "now"))


def while_verifying(desk: Two, orders: dict[str, Order]) -> None:
    desk.give(i.Kill("me", "enough", "now"))
    healthy_done(desk, orders)


@pytest.mark.parametrize("phase", [before_the_flatten, during_the_flatten, while_verifying])
def test_a_restart_resumes_the_cancels_of_the_silent_one_and_asks_before_it_flattens(
    phase: Callable[[Two, dict[str, Order]], None],
) -> None:
    before = Two()
    orders = before.traded()
    phase(before, orders)
    desk = Two(state=before.state)
    desk.held = before.held
    at = len(desk.released)
    desk.pass_s(1)
    assert OTHER in desk.cancelled_at(), "cancels are asked for at once; they leave when it is connected"
    assert "KILL_INTERRUPTED" in desk.codes()
    live = [o for o in desk.state.open_orders.values() if o.account == ACCOUNT]
    for order in live:
        desk.dead(order)
    desk.up(ACCOUNT)
    desk.pass_s(10)
    desk.show(ACCOUNT)
    assert desk.sold_at(at) == set(), "nothing is flattened from an old picture"
    assert desk.problems()[0].startswith(f"waits for {OTHER}")
    desk.give(i.Kill("me", "yes, flatten", "now"))
    held = {ACCOUNT} if desk.held[ACCOUNT] else set()
    assert desk.sold_at(at) == held, "of an account that was not compared since, nothing is sold yet"
    desk.up(OTHER)
    desk.pass_s(3)
    assert OTHER in desk.cancelled_at(at)
    assert all(o.base is not OrdStatus.DENIED for o in desk.state.orders.values())
