"""Limits changed while the desk runs: in force at once, audited, and what becomes of them at the next start."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine import facts as f
from engine import inputs as i
from engine.effects import Reply, UseLimits
from engine.model.enums import OrdType
from engine.model.order import OrderRequest
from engine.risk.limits import Limits
from engine.views import CommandResult, OrderResult
from tests.engine.dealing import ACCOUNT, BUY, Dealing, only

QTY = "risk.max_order_qty"


def steady(**more: Any) -> Dealing:
    """A desk on which only the limit under test can refuse."""
    off = {"risk__max_position_pct": "off", "risk__max_gross_exposure": "off", "risk__max_net_exposure": "off"}
    return Dealing(**off, **more)


def change(desk: Dealing, key: str, value: str, reason: str = "after the open") -> CommandResult:
    (reply,) = only(desk.give(i.SetLimit(key, value, reason, "rita", 1)), Reply)
    assert isinstance(reply.result, CommandResult)
    return reply.result


def codes(desk: Dealing, qty: int, user: str = "tom") -> list[str]:
    request = OrderRequest(ACCOUNT, "IBM", BUY, Decimal(qty), OrdType.LIMIT, Decimal("99.00"), user=user)
    (reply,) = only(desk.give(i.PlaceOrder(request, 1)), Reply)
    assert isinstance(reply.result, OrderResult)
    return [denial.code for denial in reply.result.denials]


def test_a_change_holds_at_once_and_names_old_new_who_and_why() -> None:
    desk = steady().connect()
    assert not codes(desk, 600)
    assert change(desk, QTY, "500").ok
    (fact,) = [x for x in desk.recorded if isinstance(x, f.LimitChanged)]
    assert (fact.key, fact.old, fact.new, fact.by, fact.reason) == (QTY, "50000", "500", "rita", "after the open")
    assert not codes(desk, 500), "equality passes"
    assert codes(desk, 501) == ["MAX_ORDER_QTY"]
    (told,) = only(desk.released, UseLimits)
    assert told.limits.max_order_qty == Decimal(500)
    assert any(alert.code == "LIMIT_CHANGED" and "50000 -> 500 by rita" in alert.text for alert in desk.state.alerts)


def test_a_limit_of_one_user_can_be_given() -> None:
    desk = steady().connect()
    assert change(desk, f"user:tom/{QTY}", "50").ok
    assert codes(desk, 51) == ["MAX_ORDER_QTY"]
    assert not codes(desk, 52, "ann")


@pytest.mark.parametrize(
    ("key", "value", "reason", "said"),
    [
        ("risk.no_such", "5", "why", "unknown key"),
        (QTY, "-5", "why", "above 0"),
        (QTY, "lots", "why", "lots"),
        (QTY, "NaN", "why", "NaN"),
        ("risk.max_position_pct", "1.5", "why", "share"),
        ("risk.loss_confirm_s", "off", "why", "may not be off"),
        ("actions.daily_loss", "sell", "why", "no action"),
        (QTY, "500", "  ", "reason"),
        (QTY, "50000", "why", "already"),
        (f"planet:mars/{QTY}", "5", "why", "scope"),
        (
            f"account:NONE/{QTY}",
            "5",
            "why",
            f"NONE is no account of this desk, so that the limit would hold for nothing; expected one of {ACCOUNT}",
        ),
    ],
)
def test_what_can_not_be_is_refused_in_one_line_and_changes_nothing(
    key: str, value: str, reason: str, said: str
) -> None:
    desk = steady().connect()
    before = desk.state.limits.as_texts()
    result = change(desk, key, value, reason)
    assert not result.ok
    assert said in result.message
    assert "\n" not in result.message
    assert desk.state.limits.as_texts() == before
    assert isinstance(desk.recorded[-1], f.CommandRefused)


def test_a_change_goes_on_after_a_restart_on_the_same_file_and_says_so() -> None:
    desk = steady(risk_hash="one").connect()
    change(desk, QTY, "500")
    change(desk, QTY, "400", "tighter still")
    again = steady(state=desk.state, risk_hash="one").connect()
    assert codes(again, 401) == ["MAX_ORDER_QTY"]
    assert any(a.code == "LIMIT_CHANGED" and "in force again" in a.text and "400" in a.text for a in again.state.alerts)
    assert again.state.limit_changes[QTY].in_file == "50000"
    third = steady(state=again.state, risk_hash="one").connect()
    assert codes(third, 402) == ["MAX_ORDER_QTY"]


def test_an_edited_file_wins_and_what_it_ends_is_said() -> None:
    desk = steady(risk_hash="one").connect()
    change(desk, QTY, "500")
    again = steady(state=desk.state, risk_hash="two").connect()
    assert not codes(again, 600)
    assert not again.state.limit_changes
    (text,) = [a.text for a in again.state.alerts if a.code == "LIMIT_DROPPED"]
    assert f"{QTY} 500 -> 50000" in text


def test_a_limit_that_the_file_lacks_can_be_given_while_running() -> None:
    texts = Limits.defaults().as_texts()
    desk = steady().connect()
    desk.state.limits = Limits({key: text for key, text in texts.items() if key != QTY})
    assert "LIMIT_MISSING" in codes(desk, 10)
    assert change(desk, QTY, "100").ok
    assert "LIMIT_MISSING" not in codes(desk, 11)


@pytest.mark.parametrize("symbol", ["IBM", "ibm", "Ibm"])
def test_a_limit_of_an_instrument_holds_however_its_symbol_is_written(symbol: str) -> None:
    desk = steady().connect()
    assert change(desk, f"instrument:{symbol}/{QTY}", "50").ok
    assert codes(desk, 51) == ["MAX_ORDER_QTY"]
    assert change(desk, f"instrument:IBM/{QTY}", "51").ok
    assert not codes(desk, 51)
    assert set(desk.state.limit_changes) == {f"instrument:IBM/{QTY}"}


def test_a_limit_of_an_instrument_that_is_not_there_is_refused() -> None:
    desk = steady().connect()
    reply = change(desk, f"instrument:NOPE/{QTY}", "50")
    assert not reply.ok
    assert "NOPE is no instrument" in reply.message
    assert not desk.state.limit_changes
