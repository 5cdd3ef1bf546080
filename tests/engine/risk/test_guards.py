"""How near each trigger is, for looking at: armed, tripped with its reason, or off."""

from __future__ import annotations

from engine import inputs as i
from engine import protocol as p
from engine.model.guards import GuardRow
from engine.risk.guards import guards
from tests.engine.dealing import BUY, D, Dealing


def of(desk: Dealing) -> dict[str, GuardRow]:
    return {row.code: row for row in guards(desk.desk)}


def test_every_trigger_is_there_with_its_limit_and_what_it_would_do() -> None:
    desk = Dealing(triggers__rejects="3", actions__rejects="halt_cancel", triggers__losing_trades="off").connect()
    desk.pass_s(1.5)
    rows = of(desk)
    assert (rows["REJECTS"].state, rows["REJECTS"].value, rows["REJECTS"].limit) == ("armed", 0, 3)
    assert rows["REJECTS"].action == "halt and cancel"
    assert rows["LOSING_STREAK"].state == "off"
    assert (rows["BREAK"].state, rows["BREAK"].limit) == ("armed", None)
    assert rows["DAILY_LOSS"].value == 0


def test_rejects_count_towards_their_trigger_until_it_trips_and_says_why() -> None:
    desk = Dealing(triggers__rejects="3", actions__rejects="halt").connect()
    for left in (2, 1):
        order = desk.place(BUY, str(100 + left), ack=False)
        desk.give(p.Rejected(order.cl_ord_id, desk.now.market_ns, "no"))
    row = of(desk)["REJECTS"]
    assert (row.state, row.value, row.used, row.scope) == ("armed", 2, D("0.6667"), "A1")
    order = desk.place(BUY, "100", ack=False)
    desk.give(p.Rejected(order.cl_ord_id, desk.now.market_ns, "no"))
    row = of(desk)["REJECTS"]
    assert (row.state, row.scope) == ("TRIPPED", "account A1")
    assert row.text.startswith("3 rejects by the broker within")


def test_looking_changes_nothing() -> None:
    desk = Dealing().connect()
    desk.give(i.Halt(reason="test", user="me"))
    before = desk.state.digest()
    assert guards(desk.desk) == guards(desk.desk)
    assert desk.state.digest() == before
