"""Users' own alerts: on fresh quotes only, once or again, persisted, and harmless."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine.inputs import Now
from engine.model.alert_rule import MOST_RULES, AlertWish
from engine.model.enums import AlertLevel
from engine.risk.alert_rules import REARM_NS
from tests.engine.dealing import BUY, SECOND, D, Dealing


def dealing() -> Dealing:
    return Dealing().connect()


def wish(d: Dealing, wanted: AlertWish) -> str:
    """What is answered."""
    before = len(d.released)
    d.give(i.SetAlert(wanted, "ann", 1))
    return d.released[before:][-1].result.message  # type: ignore[attr-defined, no-any-return]


def second(d: Dealing, bid: str | None = None, ask: str | None = None) -> list[str]:
    """A second passes at this quote of IBM (None: the old one grows older); what alerts say of it."""
    before = len(d.recorded)
    d.now = Now(d.now.wall_ns + SECOND, d.now.market_ns + SECOND)
    if bid is not None:
        d.quote("IBM", bid, ask or str(D(bid) + D("0.10")))
    d.desk.advance(d.now)
    d._take()
    return [fact.text for fact in d.recorded[before:] if isinstance(fact, f.AlertRaised) and fact.code == "ALERT"]


def test_a_price_speaks_once_when_the_market_can_be_traded_beyond_it() -> None:
    d = dealing()
    assert wish(d, AlertWish("price", "IBM", True, D(101))) == "alert 1: ibm > 101"
    assert second(d, "100.95", "101.05") == [], "the ask is above it, the bid is not"
    assert second(d, "101.02", "101.12") == ["IBM is above 101: bid 101.02 (alert 1)"]
    assert [alert.level for alert in d.state.alerts if alert.code == "ALERT"] == [AlertLevel.ALARM]
    assert d.state.alert_rules == {}
    assert second(d, "103.00") == []


def test_below_counts_by_the_ask() -> None:
    d = dealing()
    wish(d, AlertWish("price", "IBM", False, D(99), level=AlertLevel.WARN))
    assert second(d, "98.95", "99.05") == []
    assert second(d, "98.85", "98.95") == ["IBM is below 99: ask 98.95 (alert 1)"]


def test_a_stale_or_crossed_quote_says_nothing() -> None:
    d = dealing()
    wish(d, AlertWish("price", "IBM", True, D(101)))
    assert second(d, "102.00", "101.00") == [], "crossed"
    d.quote("IBM", "102.00", "102.10")
    d.now = Now(d.now.wall_ns + 60 * SECOND, d.now.market_ns + 60 * SECOND)
    assert second(d) == [], "a minute old"
    assert second(d, "102.00") == ["IBM is above 101: bid 102.00 (alert 1)"]


def test_again_speaks_anew_after_it_was_on_the_other_side_and_not_in_a_tremble() -> None:
    d = dealing()
    wish(d, AlertWish("price", "IBM", True, D(101), again=True))
    assert len(second(d, "101.50")) == 1
    assert second(d, "101.60") == [], "still above"
    assert second(d, "100.00") == []
    assert second(d, "101.50") == [], "too soon"
    d.now = Now(d.now.wall_ns + REARM_NS, d.now.market_ns + REARM_NS)
    assert len(second(d, "101.50")) == 1
    assert list(d.state.alert_rules) == [1]


def test_the_days_profit_and_a_meter() -> None:
    d = Dealing(hold="1000").connect()
    second(d, "100.00")
    wish(d, AlertWish("pnl", "", False, D(-5000)))
    wish(d, AlertWish("meter", "risk.max_leverage", True, D("0.01"), level=AlertLevel.WARN))
    assert second(d, "100.00") == ["Leverage is at 9.1% of its limit, above 1% (alert 2)"]
    assert second(d, "90.00") == ["the day's P&L is below -5000: -10000.00 (alert 1)"]


def test_fills_are_told_of_once_each_look_and_only_new_ones() -> None:
    d = dealing()
    d.fill(d.place(BUY, "5"), "5")
    second(d, "99.95")
    wish(d, AlertWish("fill", "IBM", again=True, level=AlertLevel.NOTICE))
    assert second(d, "99.95") == [], "that fill was before it"
    order = d.place(BUY, "30")
    d.fill(order, "10")
    assert second(d, "99.95") == ["buy 10 IBM filled at 100.00 (alert 1)"]
    d.fill(order, "5")
    d.fill(order, "15")
    assert second(d, "99.95") == ["2 fills, the newest: buy 15 IBM filled at 100.00 (alert 1)"]
    assert second(d, "99.95") == []


def test_they_survive_a_restart_and_a_rule_that_spoke_must_be_seen_on_the_other_side() -> None:
    d = dealing()
    wish(d, AlertWish("price", "IBM", True, D(101), again=True))
    wish(d, AlertWish("price", "AAPL", False, D(50)))
    second(d, "102.00")
    assert d.refolded().alert_rules == d.state.alert_rules
    again = d.restart()
    assert [rule.wish.words() for rule in again.state.alert_rules.values()] == ["ibm > 101 again", "aapl < 50"]
    again.now = Now(d.now.wall_ns + 2 * REARM_NS, d.now.market_ns + 2 * REARM_NS)
    again.connect()
    assert second(again, "102.00") == []
    second(again, "100.00")
    assert len(second(again, "102.00")) == 1


def test_they_are_taken_back_one_by_one_or_all_together() -> None:
    d = dealing()
    for bound in (101, 102, 103):
        wish(d, AlertWish("price", "IBM", True, D(bound)))
    d.give(i.RemoveAlert(2, "ann", 1))
    assert list(d.state.alert_rules) == [1, 3]
    d.give(i.RemoveAlert(7, "ann", 1))
    assert isinstance(d.recorded[-1], f.CommandRefused)
    d.give(i.RemoveAlert(0, "bob", 1))
    assert d.state.alert_rules == {}
    assert d.recorded[-1] == f.AlertRuleRemoved(3, "bob")


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (AlertWish("price", "XYZ", True, D(1)), "XYZ is not in the universe"),
        (AlertWish("pnl"), "it says no bound"),
        (AlertWish("meter", "risk.max_beta", True, D(1)), "risk.max_beta is off: there is nothing to come near to"),
        (AlertWish("meter", "risk.max_fun", True, D(1)), "risk.max_fun has no meter"),
        (AlertWish("price", "AAPL", True, D(200)), "there is such an alert already"),
    ],
)
def test_what_makes_no_sense_is_refused_and_audited(wanted: AlertWish, says: str) -> None:
    d = dealing()
    wish(d, AlertWish("price", "AAPL", True, D(200)))
    assert wish(d, wanted) == says
    assert isinstance(d.recorded[-1], f.CommandRefused)
    assert list(d.state.alert_rules) == [1]


def test_there_may_be_so_many_and_no_more() -> None:
    d = dealing()
    for bound in range(1, MOST_RULES + 1):
        wish(d, AlertWish("price", "IBM", True, D(1000 + bound)))
    assert "as many as there may be" in wish(d, AlertWish("price", "IBM", True, D(999)))
    assert len(d.state.alert_rules) == MOST_RULES


def test_one_alert_or_all_up_to_one_are_acknowledged() -> None:
    d = dealing()
    for number in range(3):
        d.desk.alert(AlertLevel.WARN, "X", f"number {number}")
    numbers = [alert.no for alert in d.state.alerts][-3:]
    d.give(i.AckAlerts(numbers[1], "ann", only=True))
    assert [alert.acked for alert in d.state.alerts][-3:] == [False, True, False]
    d.give(i.AckAlerts(numbers[1], "ann"))
    assert [alert.acked for alert in d.state.alerts][-3:] == [True, True, False]
