"""What the views say of an order whose outcome is not known."""

from __future__ import annotations

from engine import inputs as i
from engine import protocol as p
from engine.publish.publisher import Publisher
from engine.views import BrokerRow, DeskView
from tests.engine.dealing import ACCOUNT, BUY, Dealing


def view_of(desk: Dealing, publisher: Publisher, *brokers: BrokerRow) -> DeskView:
    return publisher.build(
        desk.now,
        watched=(),
        brokers=brokers,
        data_age_ns=0,
        data_ok=True,
        journal_seq=1,
        uptime_s=1,
        account=ACCOUNT,
    )


def test_its_age_and_the_newest_answer_are_shown_as_they_change_and_vanish_with_the_doubt() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100", ack=False)
    publisher = Publisher(desk.desk, desk.quotes, lambda ns: "regular", "SIM")
    desk.give(i.SubmitUnknown(order.cl_ord_id, "no answer within 5 s"))
    first = view_of(desk, publisher)
    assert (first.status.unknown_orders, first.status.oldest_unknown_s) == (1, 0)
    assert first.orders[0].evidence == "asking the broker"
    desk.pass_s(12)
    desk.give(i.OrderEvidence(order.cl_ord_id, None, (), False, desk.now.wall_ns))
    later = view_of(desk, publisher)
    assert later.orders[0].unknown_s == later.status.oldest_unknown_s == 12
    assert later.orders[0].evidence == "asked once, last answer: not found, which proves nothing yet"
    assert later.orders[0].doubt
    desk.ack(order)
    last = view_of(desk, publisher)
    assert (last.status.unknown_orders, last.status.oldest_unknown_s) == (0, None)
    assert (last.orders[0].unknown_s, last.orders[0].evidence, last.orders[0].doubt) == (None, "", False)


def test_orders_of_a_broker_that_is_gone_say_for_how_long_it_was_not_heard() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    publisher = Publisher(desk.desk, desk.quotes, lambda ns: "regular", "SIM")
    heard_ns = desk.now.wall_ns
    down = BrokerRow("sim", False, "down", "closed", None, None, ACCOUNT, heard_ns)
    assert view_of(desk, publisher, down).orders[0].doubt_s is None
    desk.give(p.Disconnected("sim", "gone", desk.now.market_ns))
    desk.pass_s(33)
    first = view_of(desk, publisher, down).orders[0]
    assert (first.doubt, first.doubt_s) == (True, 30)
    assert view_of(desk, publisher, down).orders[0] is first
    desk.pass_s(3)
    assert view_of(desk, publisher, down).orders[0].doubt_s == 35
    desk.connect()
    assert view_of(desk, publisher, down).orders[0].doubt_s is None
    assert order.leaves_qty == 100
