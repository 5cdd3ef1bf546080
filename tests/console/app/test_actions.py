"""The registry of actions and what a key map may do to it."""

from __future__ import annotations

import pytest

from console.actions import ACTIONS, NO_KEY, KeymapError, Scope, by_id, footer, key_name, table
from console.keymap import resolve, settle
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


def test_two_actions_that_the_user_gave_one_key_are_refused_by_name() -> None:
    with pytest.raises(KeymapError, match="x is already the key of"):
        resolve({"zoom": "x", "quit": "x"})


def test_a_users_key_that_has_become_a_default_does_what_the_user_gave_it_to_and_says_what_lost_it() -> None:
    settled = settle({"zoom": "J"})
    assert (settled.keys["zoom"], settled.keys["jump"]) == ("J", "'")
    assert settled.warnings == (
        "J is your key of zoom: jump (letters on every pane; the next key goes to one) lost it",
    )


def test_an_action_that_is_left_without_a_key_says_so_and_is_in_no_footer() -> None:
    settled = settle({"zoom": "q"})
    assert settled.keys["quit"] == NO_KEY
    (warning,) = settled.warnings
    assert warning.startswith("q is your key of zoom: quit (leave the desk")
    assert warning.endswith("has no key now; ctrl+p finds it")
    assert "quit" not in [label for _, label in footer(settled.keys, Scope.DESK)]
    assert ("desk", "-", "quit", by_id("quit").help) in table(settled.keys)


@pytest.mark.parametrize(
    ("action_id", "key", "owner"),
    [
        ("zoom", "f12", "kill"),
        ("zoom", "ctrl+x", "kill_twice"),
        ("zoom", "k", "keep"),
        ("zoom", ":", "command"),
        ("zoom", "escape", "leave"),
        ("complete", "enter", "send"),
        ("filter.keep", "escape", "filter.drop"),
    ],
)
def test_kill_out_send_and_the_command_line_stay_where_they_are(action_id: str, key: str, owner: str) -> None:
    settled = settle({action_id: key})
    assert key in settled.keys[owner].split(",")
    assert settled.keys[action_id] == by_id(action_id).keys
    assert settled.warnings == (f"{key_name(key)} stays the key of {owner}: {action_id} does not get it",)


def test_no_key_map_takes_the_kill_switch_away() -> None:
    settled = settle({"kill": "k", "zoom": "f12", "quit": "ctrl+x"})
    assert (settled.keys["kill"], settled.keys["kill_twice"]) == ("f12", "ctrl+x")
    assert len(settled.warnings) == 3


def test_the_kill_switch_goes_where_the_user_put_it_and_its_old_key_is_free() -> None:
    settled = settle({"kill": "f9", "zoom": "f12"})
    assert (settled.keys["kill"], settled.keys["zoom"], settled.warnings) == ("f9", "f12", ())


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
    assert settle({"zoom": "g,G"}).keys["past.go"] == NO_KEY
    assert len(settle({"zoom": "g,G"}).warnings) == 2
    assert resolve({"zoom": "g,G", "past.go": "f6"})["past.go"] == "f6"
