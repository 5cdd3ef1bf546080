"""What the views say of an order whose outcome is not known."""

from __future__ import annotations

from engine import inputs as i
from engine.publish.publisher import Publisher
from engine.views import DeskView
from tests.engine.dealing import ACCOUNT, BUY, Dealing


def view_of(desk: Dealing, publisher: Publisher) -> DeskView:
    return publisher.build(
        desk.now,
        watched=(),
        brokers=(),
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
