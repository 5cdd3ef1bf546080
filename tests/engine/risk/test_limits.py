"""The limits: read strictly, missing is not off, and the shipped defaults are whole."""

from __future__ import annotations

import pytest

from engine.risk.limits import ACTIONS, LIMIT_SPECS, LimitError, Limits
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
