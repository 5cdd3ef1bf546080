"""The command palette: it has everything, finds it by a few letters, and sends nothing whatever is chosen."""

from __future__ import annotations

import pytest

from console.actions import ACTIONS, Scope
from console.hotkeys.macro import Macro
from console.keymap import resolve
from console.palette.entries import Entry, entries, ranked
from console.verbs import load_verbs
from tests.support.console_app import Console, console
from tests.support.desk_views import BUSY

VERBS = load_verbs()
OFFERED = entries(VERBS, resolve())


def best(typed: str) -> str:
    return ranked(OFFERED, typed)[0].name


def test_every_action_of_the_desk_and_every_verb_is_in_it() -> None:
    actions = [action for action in ACTIONS if action.scope is not Scope.PAST and action.id != "palette"]
    assert len(OFFERED) == len(actions) + len(VERBS)
    assert {entry.name.lstrip(":") for entry in OFFERED if entry.name.startswith(":")} == {v.name for v in VERBS}
    assert all(entry.help and entry.role and (entry.act or entry.text) for entry in OFFERED)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("kill", "kill"),
        ("twap", ":twap"),
        ("zoom", "zoom"),
        ("pane fi", "pane fills"),
        ("flat", "flat"),
        ("buy", ":buy"),
        ("dead letters", "pane letters"),
        ("rever", ":reverse"),
        ("tkt", "ticket"),
    ],
)
def test_a_few_letters_find_it(typed: str, name: str) -> None:
    assert best(typed) == name


def test_letters_that_nothing_has_find_nothing() -> None:
    assert ranked(OFFERED, "qqqxyz") == []


def test_each_entry_says_who_may_do_it_and_by_which_key() -> None:
    found = {entry.name: entry for entry in OFFERED}
    roles = {name: found[name].role for name in ("kill", ":buy", ":cxl", ":limit", ":halt", ":blotter", "zoom")}
    assert roles == {
        "kill": "anybody",
        ":buy": "trader",
        ":cxl": "trader, risk",
        ":limit": "risk",
        ":halt": "anybody",
        ":blotter": "all",
        "zoom": "all",
    }
    assert found["kill"].keys == "F12"
    assert entries(VERBS, resolve({"zoom": "f5"}))[[e.name for e in OFFERED].index("zoom")].keys == "F5"


def test_a_macro_is_found_by_its_name_and_by_what_it_does() -> None:
    macros = (Macro("join", ("buy 100 $symbol @bid",), "f5", help="join the bid"), Macro("two", ("ack", "kill $1")))
    offered = entries(VERBS, resolve(), macros=macros)
    joined, two = offered[-2:]
    assert (joined.name, joined.keys, joined.role, joined.text) == ("run join", "F5", "trader", "run join")
    assert (two.role, two.text) == ("several", "run two ")
    assert ranked(offered, "join the bid")[0] == joined


def test_time_travel_offers_nothing_that_it_can_not_do() -> None:
    past = {entry.name for entry in entries((), resolve(), past=True)}
    assert "past play" in past
    assert past.isdisjoint({"kill", "cancel", "ticket", "lock"})


async def choose(c: Console, name: str) -> None:
    await c.press("escape", "ctrl+p")
    await c.type(name)
    await c.press("enter")
    await c.pilot.pause()


async def test_it_opens_by_a_key_every_terminal_sends_and_stages_a_verb() -> None:
    async with console(BUSY, (80, 24)) as c:
        await c.press("ctrl+p")
        assert f"{len(OFFERED)} of {len(OFFERED)}" in c.text()
        await c.type("revers")
        assert ":reverse" in c.text()
        await c.press("enter")
        await c.pilot.pause()
        assert c.app.desk.command_line.input.value == "reverse "
        assert c.desk.commands == []


async def test_a_row_action_fills_the_selected_row_into_the_line() -> None:
    async with console(BUSY) as c:
        await c.press("2")
        await choose(c, "cancel the selected order")
        assert c.app.desk.command_line.input.value.startswith("cxl ")
        assert c.desk.commands == []
        c.clock.wait(1_200)  # the Enter that chose it, held down, is none for the line
        await c.press("enter")
        await c.wait_for(lambda: c.desk.commands, "the cancel")
        assert len(c.desk.commands) == 1


async def test_whatever_is_chosen_sends_nothing() -> None:
    async with console(BUSY) as c:
        looks = ("pane(", "next_pane", "wake")
        acts = {entry.act: entry for entry in OFFERED if entry.act and not entry.act.startswith(looks)}
        for entry in [*acts.values(), *(entry for entry in OFFERED[:8] if entry.text)]:
            c.app.desk._chosen(entry)
            await c.pilot.pause()
            while c.app.screen is not c.app.desk:
                c.app.screen.dismiss()
            c.app.desk.action_leave()
        await c.pilot.pause()
        assert (c.desk.commands, c.desk.kills) == ([], [])


async def test_escape_closes_it_and_nothing_is_typed() -> None:
    async with console(BUSY) as c:
        await c.press("ctrl+p", "z", "q", "q", "escape")
        assert c.app.screen is c.app.desk
        assert not c.app.desk.command.active


def test_an_entry_without_its_row_has_no_line() -> None:
    from console.palette.entries import line_of

    assert line_of(Entry("cancel", "c", "all", "", text="cxl {id}"), None) is None
