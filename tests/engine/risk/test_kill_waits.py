"""While a kill waits for one broker, a position in an account that it has verified can be reduced by hand: reduced, and
nothing else, and never past zero. The kill is as strong as before."""

from __future__ import annotations

import msgspec

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdStatus, Side
from engine.model.order import OrderRequest
from engine.model.snapshot import PositionSnapshot
from engine.orders.order import Order
from tests.engine.dealing import ACCOUNT, BUY, SELL, D, Dealing, cancels, submits
from tests.engine.risk.test_scoped_kill import kill_of, pull, verify, with_second_account

SHORT = Side.SELL_SHORT


def waiting() -> tuple[Dealing, Order]:
    """100 IBM here; an order in A2, whose broker hangs; killed, and verified here. The order there."""
    desk = with_second_account("100")
    theirs = desk.place(BUY, "5", symbol="AAPL", account="A2")
    pull(desk, "desk")
    verify(desk)
    assert (kill_of(desk, "desk").phase, kill_of(desk, "desk").verified) == ("verifying", (ACCOUNT,))
    return desk, theirs


def refused(desk: Dealing, side: Side, qty: str, **more: object) -> str:
    """The message of the refusal as HALTED."""
    request = OrderRequest(ACCOUNT, "IBM", side, D(qty), limit_px=None)
    context = desk.desk.risk.check(msgspec.structs.replace(request, **more), desk.now)
    return next(denial.message for denial in context.denials if denial.code == "HALTED")


def test_before_its_account_is_verified_not_even_a_reducing_order_passes() -> None:
    desk = with_second_account("100")
    desk.place(BUY, "5", symbol="AAPL", account="A2")
    pull(desk, "desk")
    desk.pass_s(0.5)
    assert f"not verified in {ACCOUNT} yet" in refused(desk, SELL, "100")
    desk.pass_s(2.5)
    old = desk.picture(asked_ns=kill_of(desk, "desk").phase_ns - 1, reason="kill-verify")
    desk.give(old)
    assert kill_of(desk, "desk").verified == (), "a picture from before says nothing"
    assert "flat IBM works now" in refused(desk, SELL, "100")


def test_where_it_is_verified_a_position_can_be_reduced_by_hand_and_no_more() -> None:
    desk, theirs = waiting()
    assert refused(desk, SELL, "101")
    assert refused(desk, BUY, "1")
    assert refused(desk, SHORT, "1", symbol="AAPL")
    assert refused(desk, SELL, "100", origin="algo")
    assert "not verified in A2 yet (waits for A2: 1 orders not confirmed dead" in refused(
        desk, SELL, "40", symbol="AAPL", account="A2"
    )
    sale = desk.place(SELL, "60")
    assert sale.is_open
    assert refused(desk, SELL, "41"), "with what works it would go past zero"
    assert theirs.cl_ord_id in cancels(desk.pass_s(1.2)), "the kill goes on where it was"
    assert not sale.pending_cancel


def test_the_kill_is_done_when_the_other_account_is_and_says_what_was_placed_since() -> None:
    desk, theirs = waiting()
    desk.state.connections = {ACCOUNT: "sim", "A2": "sim2"}
    desk.give(p.Connected("sim2", desk.now.market_ns))
    sale = desk.place(SELL, "60")
    desk.pass_s(1.2)
    desk.compare(desk.shown(sale), reason="kill-verify")
    assert kill_of(desk, "desk").verified == (ACCOUNT,), "the broker shows the order, and it is known"
    desk.give(p.Canceled(theirs.cl_ord_id, 0, "", D(0)))
    desk.pass_s(3)
    desk.compare(desk.shown(sale), reason="kill-verify")
    held = PositionSnapshot("A2", "AAPL", D(40))
    account = msgspec.structs.replace(desk.picture().account, account="A2", cash={"USD": D(1_000_000)})
    there = msgspec.structs.replace(desk.picture(), account=account, positions=[held], executions=())
    desk.give(msgspec.structs.replace(there, reason="kill-verify"))
    assert kill_of(desk, "desk").phase == "done"
    assert sale.is_open
    said = next(alert.text for alert in reversed(desk.state.alerts) if alert.code == "KILL_VERIFIED")
    assert "1 placed since, by hand, only reduce" in said


def test_who_pulls_again_wants_that_order_dead_as_well() -> None:
    desk, _ = waiting()
    sale = desk.place(SELL, "60")
    assert sale.cl_ord_id in cancels(pull(desk, "desk"))  # type: ignore[arg-type]
    assert (kill_of(desk, "desk").phase, kill_of(desk, "desk").verified) == ("cancelling", ())
    assert refused(desk, SELL, "1")


def test_a_flatten_asked_for_then_cancels_it_and_sells_what_is_left_and_never_more() -> None:
    desk, _ = waiting()
    sale = desk.place(SELL, "60")
    effects = pull(desk, "desk", "now")
    assert sale.cl_ord_id in cancels(effects)  # type: ignore[arg-type]
    assert submits(effects) == [], "as long as it may still execute"  # type: ignore[arg-type]
    desk.fill(sale, "25")
    done = len(desk.released)
    desk.give(p.Canceled(sale.cl_ord_id, 0, "", D(25)))
    desk.pass_s(1)
    assert submits(desk.released[done:]) == [(SELL, D(75))]
    assert refused(desk, SELL, "1")


def test_while_it_flattens_an_account_is_verified_only_when_it_is_flat() -> None:
    desk = with_second_account("100")
    desk.place(BUY, "5", symbol="AAPL", account="A2")
    pull(desk, "desk", "now")
    verify(desk)
    assert refused(desk, SELL, "100")
    sale = next(o for o in desk.state.open_orders.values() if o.liquidation and o.account == ACCOUNT)
    desk.ack(sale)
    desk.fill(sale, "100")
    verify(desk)
    assert kill_of(desk, "desk").verified == (ACCOUNT,)
    assert refused(desk, SELL, "1")


def test_an_order_that_the_broker_shows_and_nobody_knows_takes_the_verification_back() -> None:
    desk, _ = waiting()
    sale = desk.place(SELL, "60")
    strange = desk.shown(sale, cl_ord_id="", root_cl_ord_id="", order_id="PHONE", side=BUY)
    desk.pass_s(1.2)
    desk.compare(desk.shown(sale), strange, reason="kill-verify")
    kill = kill_of(desk, "desk")
    assert kill.verified == ()
    found = desk.state.order_at(ACCOUNT, "PHONE")
    assert found is not None
    effects = desk.pass_s(1.2)
    assert {found.cl_ord_id, sale.cl_ord_id} <= set(cancels(effects)), "there it begins again, with everything"
    assert refused(desk, SELL, "1")


def test_a_crash_while_it_waits_resumes_all_its_cancels() -> None:
    desk, theirs = waiting()
    sale = desk.place(SELL, "60")
    assert desk.refolded().kill is not None
    again = desk.restart()
    assert kill_of(again, "desk").verified == ()
    assert {theirs.cl_ord_id, sale.cl_ord_id} <= set(cancels([*again.connect().released, *again.pass_s(1)]))


def test_an_order_that_crosses_the_kill_is_not_one_that_was_placed_since() -> None:
    """Sent before the pull, acknowledged after the account was verified: it is the kill's."""
    desk = with_second_account("100")
    crossing = desk.place(SELL, "10", ack=False)
    desk.place(BUY, "5", symbol="AAPL", account="A2")
    pull(desk, "desk")
    desk.pass_s(3)
    assert crossing.base is not OrdStatus.CANCELED
    assert kill_of(desk, "desk").verified == ()
    desk.give(i.SubmitUnknown(crossing.cl_ord_id, "time-out"))
    assert crossing.cl_ord_id in cancels(desk.pass_s(1.2))
