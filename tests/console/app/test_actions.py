"""The registry of actions and what a key map may do to it."""

from __future__ import annotations

import pytest

from console.actions import ACTIONS, KeymapError, Scope, by_id, footer, key_name, resolve, table
from widgets.grid import GridTable


def test_every_action_has_an_id_of_its_own() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(set(ids)) == len(ids)


def test_every_action_explains_itself() -> None:
    assert all(action.help and action.keys for action in ACTIONS)


def test_the_default_keys_can_all_be_used() -> None:
    keys = resolve()
    assert resolve(keys) == keys


def test_the_tables_own_keys_are_those_of_the_registry() -> None:
    ours = {action.id: action.keys for action in ACTIONS if action.id.startswith("grid.")}
    theirs = {binding.id: binding.key for binding in GridTable.BINDINGS}  # type: ignore[union-attr]
    assert ours == theirs


@pytest.mark.parametrize(
    "key", ["ctrl+a", "ctrl+b", "ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+q", "ctrl+s", "ctrl+z", "ctrl+space"]
)
def test_a_key_that_terminals_swallow_is_refused_with_its_reason(key: str) -> None:
    with pytest.raises(KeymapError, match=rf"zoom: {key.replace('+', '.')} can't be used, .*; expected"):
        resolve({"zoom": key})


@pytest.mark.parametrize("key", ["alt+x", "shift+f5", "f13", "ctrl+shift+x", "hyper", "", "ab"])
def test_a_key_that_not_every_terminal_sends_is_refused(key: str) -> None:
    with pytest.raises(KeymapError, match=r"zoom: .* is no key that every terminal sends; expected"):
        resolve({"zoom": key})


def test_an_unknown_action_is_named_with_the_known_ones() -> None:
    with pytest.raises(KeymapError, match=r"zooom: there is no such action; expected one of .*zoom"):
        resolve({"zooom": "z"})


def test_two_actions_on_one_key_are_refused_by_name() -> None:
    with pytest.raises(KeymapError, match="quit"):
        resolve({"zoom": "q"})


def test_a_letter_can_not_be_taken_from_the_command_line() -> None:
    with pytest.raises(KeymapError, match=r"complete: x is text on the command line"):
        resolve({"complete": "x"})


def test_two_panes_may_use_one_key() -> None:
    assert resolve({"flat": "c"})["flat"] == "c"


def test_several_keys_may_do_the_same() -> None:
    assert resolve({"zoom": "z, f5"})["zoom"] == "z,f5"


def test_the_footer_starts_with_what_can_be_done_to_the_row() -> None:
    assert footer(resolve(), Scope.DESK, "orders")[:3] == [("Enter", "details"), ("c", "cancel"), ("m", "modify")]
    assert ("c", "cancel") not in footer(resolve(), Scope.DESK, "fills")


def test_the_footer_shows_the_users_own_keys() -> None:
    assert ("f5", "zoom") in [(key.lower(), label) for key, label in footer(resolve({"zoom": "f5"}), Scope.DESK)]


def test_the_table_lists_every_action_with_its_mode() -> None:
    rows = table(resolve())
    assert len(rows) == len(ACTIONS)
    assert ("everywhere", "F12", "kill", by_id("kill").help) in rows


def test_keys_are_shown_as_people_call_them() -> None:
    assert [key_name(key) for key in ("f12", "escape", "pageup", ":", "ctrl+x", "j,down")] == [
        "F12",
        "Esc",
        "PgUp",
        ":",
        "ctrl+x",
        "j",
    ]


def test_no_single_letter_sends_an_order() -> None:
    harmless = {"cancel_order", "pause_algo", "keep", "ack"}
    for action in ACTIONS:
        if action.scope in (Scope.DESK, Scope.ROW) and any(len(key) == 1 for key in action.keys.split(",")):
            opens = action.act.split("(")[0]
            assert "send" not in opens
            assert "order" not in opens or opens in harmless | {"modify_order"}


def test_time_travel_has_keys_of_its_own_where_nothing_can_be_sent() -> None:
    past = {action_id for _, _, action_id, _ in table(resolve(), past=True)}
    desk = {action_id for _, _, action_id, _ in table(resolve(), past=False)}
    assert {"past.play", "grid.select", "zoom"} <= past
    assert past.isdisjoint({"cancel", "modify", "pause", "flat", "ack", "kill"})
    assert not any(action_id.startswith("past.") for action_id in desk)


def test_a_users_key_is_taken_from_time_travel_where_that_has_another_one() -> None:
    keys = resolve({"grid.down": "n,down"})
    assert (keys["past.next"], keys["past.back"]) == ("]", "b,[")
    assert resolve({"zoom": "g"})["past.go"] == "G"
    with pytest.raises(KeymapError, match=r"past.go: g is already the key of zoom"):
        resolve({"zoom": "g,G"})
    assert resolve({"zoom": "g,G", "past.go": "f6"})["past.go"] == "f6"
