"""What somebody who knows nothing finds by himself at 80x24: first lines, help, tour, jump mode."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from console.actions import ACTIONS, Scope
from console.keymap import resolve
from console.pane_texts import PANE_TEXTS
from console.screens.first_steps import first_steps
from console.tour import STEPS, Tour, TourMemory
from console.verbs import load_grammar
from engine.model.enums import OrdStatus, TradingState
from engine.views import DeskView
from tests.support.console_app import CALENDAR, GRAMMAR, INSTRUMENTS, Console, console
from tests.support.desk_views import ACCOUNT, ALGOS, BUSY, EMPTY, HALTED, ORDERS, QUOTES, changed
from tests.support.live_views import LIVE
from widgets.panes import TablePane

SMALL = (80, 24)
START = changed(EMPTY, quotes=QUOTES)


async def pages(c: Console) -> str:
    """The whole text of the box on the screen, scrolled through."""
    seen = [c.text()]
    while True:
        await c.press("pagedown")
        if c.text() == seen[-1]:
            return "\n".join(seen)
        seen.append(c.text())


# First lines ----------------------------------------------------------------------------------------------------


def test_each_first_line_is_one_that_the_desk_understands() -> None:
    from console.grammar.context import DeskContext

    for view in (START, BUSY):
        context = DeskContext(view, INSTRUMENTS, accounts=(ACCOUNT,), user="ann", calendar=CALENDAR)
        lines = [step.line for step in first_steps(view) if step.line != "F12"]
        assert len(lines) == 6
        for line in lines:
            GRAMMAR.parse(line, context)


def test_the_first_order_rests_under_the_bid_so_that_it_can_be_changed_and_cancelled() -> None:
    bid = next(quote.bid for quote in QUOTES if quote.symbol == "AAPL")
    price = Decimal(first_steps(START)[0].line.split()[-1])
    assert bid is not None
    assert bid * Decimal("0.98") < price < bid


async def test_an_untouched_desk_says_on_its_first_screen_how_to_begin(tmp_path: Path) -> None:
    memory = TourMemory(tmp_path / "offered")
    async with console(START, SMALL, tour=memory) as c:
        assert "type a command or tour for a guided tour  F1 shows more" in c.text()
        assert "F12 KILL" in c.text()
        assert "press : and type, e.g. buy" in c.text()
        await c.press(":")
        text = c.text()
        assert all(step.line in text for step in first_steps(START))
        await c.press("escape", "f1")
        await c.wait_for(lambda: "First steps" in c.text(), "the help")
    assert not memory.offers
    async with console(START, SMALL, tour=memory) as c:
        assert f"type a command: {first_steps(START)[0].line}" in c.text()


async def test_a_live_desk_gives_no_examples_and_no_tour() -> None:
    async with console(LIVE, SMALL) as c:
        await c.press(":")
        assert "place an order" not in c.text()
        await c.type("tour\r")
        await c.pilot.pause()
        assert "the tour is for a paper desk" in c.text()
        assert "Tour 1/6" not in c.text()


# Help -----------------------------------------------------------------------------------------------------------


def test_every_pane_and_every_column_is_explained_and_every_verb_named_exists() -> None:
    panes = {pane.name_of_pane: pane for pane in _panes(TablePane)}
    assert panes.keys() == PANE_TEXTS.keys()
    grammar = load_grammar()
    for name, pane in panes.items():
        text = PANE_TEXTS[name]
        assert {column.key for column in pane.columns} == text.columns.keys(), name
        assert all(grammar.verb(verb) is not None for verb in text.verbs), name


def _panes(base: type[TablePane]) -> list[type[TablePane]]:  # type: ignore[type-arg]
    found = [sub for sub in base.__subclasses__() if sub.__module__.startswith("widgets.")]
    return [pane for sub in found for pane in (sub, *_panes(sub)) if hasattr(pane, "name_of_pane")]


async def test_f1_explains_each_pane_its_columns_its_keys_and_its_commands() -> None:
    async with console(BUSY, SMALL) as c:
        for action in ACTIONS:
            name = re.fullmatch(r"pane\('(\w+)'\)", action.act)
            if name is None:
                continue
            await c.press(action.keys.split(",")[0], "f1")
            await c.wait_for(lambda: "Esc closes" in c.text(), "the help")
            pane = c.app.desk.panes[name[1]]
            text = await pages(c)
            assert f"Help: {pane.title}" in text
            assert "Keys on the selected row" in text
            words = " ".join(re.sub(r"[│▁-█]", " ", text).split())
            for meaning in PANE_TEXTS[name[1]].columns.values():
                assert " ".join(meaning.split()[:3]) in words, (name[1], meaning)
            await c.press("f1")
            assert "─ All keys and commands ─" in c.text()
            await c.press("escape")
            await c.wait_for(lambda: c.app.screen is c.app.desk, "the desk")


async def test_help_of_one_verb_and_of_everything_can_be_typed() -> None:
    async with console(BUSY, SMALL) as c:
        await c.command("help twap\r")
        await c.wait_for(lambda: "Help: twap" in c.text(), "the help")
        await c.press("escape")
        await c.wait_for(lambda: c.app.screen is c.app.desk, "the desk")
        await c.command("help\r")
        await c.wait_for(lambda: "Esc closes" in c.text(), "the help")
        text = await pages(c)
        assert "All keys and commands" in text
        assert "flat SYMBOL|all" in text


async def test_f1_over_a_box_says_what_it_asks_and_answers_nothing() -> None:
    async with console(BUSY, SMALL) as c:
        await c.command("cxl all\r")
        await c.wait_for(lambda: "Are you sure?" in c.text(), "the box")
        c.clock.wait(400)
        await c.press("f1")
        await c.pilot.pause(0.15)
        assert "held down" in c.text()
        await c.press("f1")
        assert "held down" not in c.text()
        assert "Are you sure?" in c.text()
        assert c.desk.commands == []
        c.clock.wait(400)
        await c.press("y")
        await c.wait_for(lambda: c.desk.commands, "the cancels")


# Tour -----------------------------------------------------------------------------------------------------------


def with_order(view: DeskView, **fields: object) -> DeskView:
    order = msgspec.structs.replace(ORDERS[0], parent=None, **fields)  # type: ignore[arg-type]
    return changed(view, orders=(order,))


async def test_the_tour_goes_on_only_when_the_thing_was_done_and_takes_no_key() -> None:
    async with console(START, SMALL) as c:
        await c.command("tour\r")
        await c.pilot.pause()
        assert "Tour 1/6  Place an order" in c.text()
        assert c.app.focused is None
        working = with_order(START, status=OrdStatus.NEW, is_open=True)
        cancelled = with_order(START, order_qty=Decimal(80), status=OrdStatus.CANCELED, is_open=False)
        running = changed(cancelled, algos=ALGOS[:1])
        steps = [
            (START, "Tour 1/6  Place an order"),
            (working, "Tour 2/6  Change it"),
            (working, "Tour 2/6  Change it"),
            (with_order(START, order_qty=Decimal(80), status=OrdStatus.NEW, is_open=True), "Tour 3/6  Cancel it"),
            (cancelled, "Tour 4/6  Launch a TWAP"),
            (running, "Tour 5/6  Pull the kill switch"),
            (changed(running, kill=HALTED.kill, status__trading_state=TradingState.HALTED), "Tour 6/6  Open the desk"),
            (running, "Tour done"),
        ]
        for view, text in steps:
            await c.show(view)
            assert text in c.text()
            await c.press("2", "down", "1")
        assert c.desk.commands == []
        await c.press("escape")
        assert "Tour" not in c.text()


async def test_esc_ends_the_tour_and_the_command_line_before_it() -> None:
    async with console(START, SMALL) as c:
        await c.command("tour\r")
        await c.press(":", "escape")
        assert "Tour 1/6" in c.text()
        await c.press("escape")
        assert "Tour 1/6" not in c.text()


def test_the_tour_shows_another_order_first_where_nothing_works_that_could_be_changed() -> None:
    tour = Tour(START)
    filled = with_order(START, status=OrdStatus.FILLED, is_open=False)
    tour.see(filled)
    title, line, tells = tour.words(filled, "F12")
    assert title == "Tour 2/6  Change it"
    assert line.startswith(": buy")
    assert "another one first" in tells
    assert len(STEPS) == 6


# Jump mode ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [SMALL, (120, 40)])
async def test_jump_mode_shows_a_letter_for_every_pane_and_goes_there(size: tuple[int, int]) -> None:
    async with console(BUSY, size) as c:
        for at, name in enumerate(c.app.desk.panes):
            await c.press("'")
            text = c.text()
            assert all(pane.title[:21] in text for pane in c.app.desk.panes.values())
            await c.press("asdfghjklqwertyuiop"[at])
            assert c.app.desk.focused_pane == name
        before = c.app.desk.focused_pane
        await c.press("'", "escape")
        assert c.app.screen is c.app.desk
        await c.press("'", "1")  # no letter of it: out, and not a key of the desk either
        assert c.app.desk.focused_pane == before
        await c.press("'", "f12")
        assert c.desk.kills
        assert c.app.screen is c.app.desk


async def test_a_resize_ends_jump_mode_as_its_letters_would_stand_over_other_panes() -> None:
    async with console(BUSY, SMALL) as c:
        await c.press("'")
        assert "any other key: out" in c.text()
        await c.pilot.resize_terminal(120, 40)
        await c.wait_for(lambda: c.app.screen is c.app.desk, "the desk")


def test_the_users_keys_stand_in_the_registry_of_every_new_mode() -> None:
    keys = resolve({"jump": "f6", "box.help": "f7"})
    assert (keys["jump"], keys["box.help"]) == ("f6", "f7")
    assert any(action.scope is Scope.BOX for action in ACTIONS)
