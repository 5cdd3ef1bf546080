"""The limits: read strictly, missing is not off, and the shipped defaults are whole."""

from __future__ import annotations

import pytest

from engine.risk.limit_spec import ACTIONS
from engine.risk.limits import LIMIT_SPECS, LimitError, Limits
from tests.engine.risk.seat import D

KEYS = [spec.key for spec in LIMIT_SPECS]


def test_the_defaults_give_every_limit_once() -> None:
    assert len(KEYS) == len(set(KEYS))
    assert Limits.defaults().missing == ()
    assert Limits.defaults().as_texts().keys() == set(KEYS)


def test_each_limit_says_what_it_means() -> None:
    assert all(spec.doc for spec in LIMIT_SPECS)


def test_an_absent_key_is_missing_and_not_off() -> None:
    limits = Limits({})
    assert limits.missing == tuple(KEYS)
    assert not limits.is_off("risk.max_order_qty")
    assert limits.describe("risk.max_order_qty") == "missing"


def test_off_is_said_and_has_no_value() -> None:
    limits = Limits.defaults().with_changes({"risk.max_order_qty": "off"})
    assert limits.is_off("risk.max_order_qty")
    assert (limits.value("risk.max_order_qty"), limits.max_order_qty) == (None, None)
    assert limits.describe("risk.max_order_qty") == "off"


@pytest.mark.parametrize("key", [spec.key for spec in LIMIT_SPECS if not spec.may_be_off])
def test_what_a_desk_can_not_do_without_may_not_be_off(key: str) -> None:
    with pytest.raises(LimitError, match=f"{key}: may not be off"):
        Limits({key: "off"})


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("risk.max_positon_pct", "0.1", "unknown key"),
        ("risk.max_order_qty", "many", "not a number"),
        ("risk.max_order_qty", "0", "above 0"),
        ("risk.max_order_qty", "-1", "above 0"),
        ("risk.max_order_qty", "NaN", "finite"),
        ("risk.max_order_qty", "Infinity", "finite"),
        ("risk.max_position_pct", "1.01", "can't be above 1"),
        ("risk.max_position_pct", "10", "can't be above 1"),
        ("risk.max_working_orders", "1.5", "whole number"),
        ("risk.max_orders_per_s", "4097", "above 4096"),
        ("risk.duplicate_window_s", "-1", "above 0"),
        ("actions.drawdown", "panic", ACTIONS[0]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_key(key: str, text: str, words: str) -> None:
    with pytest.raises(LimitError, match=words) as refused:
        Limits({key: text})
    assert str(refused.value).startswith(key)


def test_seconds_may_be_zero_and_shares_may_be_the_whole() -> None:
    limits = Limits({"risk.duplicate_window_s": "0", "risk.loss_confirm_s": "0", "risk.max_position_pct": "1"})
    assert limits.value("risk.loss_confirm_s") == 0
    assert limits.max_position_pct == 1


def test_a_change_makes_a_new_object_and_leaves_the_old_one() -> None:
    old = Limits.defaults()
    new = old.with_changes({"risk.max_order_qty": "7"})
    assert (old.max_order_qty, new.max_order_qty) == (D(50000), D(7))


def test_a_trigger_without_an_action_halts_and_cancels() -> None:
    assert Limits({}).action("actions.daily_loss") == "halt_cancel"
    assert Limits({"actions.daily_loss": "reduce"}).action("actions.daily_loss") == "reduce"


def test_limits_survive_the_journal() -> None:
    limits = Limits.defaults().with_changes({"risk.max_leverage": "1.50"})
    assert Limits(limits.as_texts()).as_texts() == limits.as_texts()
    assert limits.describe("risk.max_leverage") == "1.50"


# --- limits by scope --------------------------------------------------------------------------------------------------


def covering(limits: Limits, *, user: str = "", symbol: str = "AAPL", strategy: str = "") -> Limits:
    return limits.covering("PAPER", strategy, user, symbol)


def test_the_strictest_scope_holds_and_says_which_it_is() -> None:
    limits = Limits.defaults().with_changes(
        {"user:alice/risk.max_order_qty": "100", "instrument:BRK.B/risk.max_order_qty": "50"}
    )
    assert covering(limits).max_order_qty == D(50000)
    assert covering(limits, user="alice").max_order_qty == D(100)
    both = covering(limits, user="alice", symbol="BRK.B")
    assert (both.max_order_qty, both.scope_of("risk.max_order_qty", "desk")) == (D(50), "instrument:BRK.B")
    assert both.scope_of("risk.max_order_notional", "desk") == "desk"


def test_a_looser_scope_changes_nothing_and_a_scope_may_limit_what_the_desk_does_not() -> None:
    limits = Limits.defaults().with_changes(
        {
            "user:alice/risk.max_order_qty": "60000",
            "risk.max_order_notional": "off",
            "strategy:trend/risk.max_order_notional": "5000",
            "account:PAPER/risk.max_position_pct": "off",
        }
    )
    assert covering(limits, user="alice") is limits
    assert covering(limits, strategy="trend").max_order_notional == D(5000)
    assert not covering(limits, strategy="trend").is_off("risk.max_order_notional")
    assert covering(limits).max_position_pct == D("0.10")


def test_where_more_is_stricter_the_larger_value_holds() -> None:
    limits = Limits.defaults().with_changes({"user:alice/risk.duplicate_window_s": "10"})
    assert covering(limits, user="alice").duplicate_window_ns == 10_000_000_000
    shorter = Limits.defaults().with_changes({"user:alice/risk.duplicate_window_s": "1"})
    assert covering(shorter, user="alice").duplicate_window_ns == 2_000_000_000


def test_what_a_scope_gives_is_still_missing_for_the_desk() -> None:
    limits = Limits({"user:alice/risk.max_order_qty": "100"})
    assert "risk.max_order_qty" in covering(limits, user="alice").missing
    assert Limits.defaults().with_changes({"user:alice/risk.max_order_qty": "100"}).missing == ()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("user:alice/risk.max_daily_loss_pct", "not for one user"),
        ("trader:alice/risk.max_order_qty", "a scope is written like"),
        ("user:/risk.max_order_qty", "a scope is written like"),
        ("/risk.max_order_qty", "a scope is written like"),
        ("user:alice/risk.max_order_qyt", "unknown key"),
    ],
)
def test_a_limit_for_a_scope_that_it_does_not_have_is_refused(key: str, words: str) -> None:
    with pytest.raises(LimitError, match=words):
        Limits({key: "0.1"})


def test_limits_of_scopes_survive_the_journal_and_a_change() -> None:
    limits = Limits.defaults().with_changes({"user:alice/risk.max_order_qty": "100"})
    assert Limits(limits.as_texts()).as_texts() == limits.as_texts()
    assert covering(limits.with_changes({"user:alice/risk.max_order_qty": "off"}), user="alice").max_order_qty == 50000


@pytest.mark.parametrize("symbol", ["aapl", "BTC/usd"])
def test_a_symbol_of_a_scope_is_the_same_in_capitals(symbol: str) -> None:
    limits = Limits.defaults().with_changes({f"instrument:{symbol}/risk.max_order_qty": "5"})
    assert limits.covering("A", "", "", symbol.upper()).max_order_qty == D(5)
    assert limits.scoped_value(f"instrument:{symbol.upper()}", "risk.max_order_qty") == D(5)
    again = limits.with_changes({f"instrument:{symbol.upper()}/risk.max_order_qty": "off"})
    assert again.covering("A", "", "", symbol.upper()).max_order_qty == limits.max_order_qty
