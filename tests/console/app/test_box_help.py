"""F1 over every box: what it asks or shows, and its own keys, as the user has them. It answers nothing."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

import console as console_package
from console.action import Scope
from console.actions import ACTIONS
from console.basket.box import BasketBox
from console.chain.box import ChainBox
from console.eod.box import EodBox
from console.live.consent import ConsentDesk
from console.palette.box import PaletteBox
from console.pin.vault import PinVault
from console.screens.algo_box import AlgoBox
from console.screens.boxes import BoxScreen, DetailBox, ListBox, QuitBox, WordBox, YesBox
from console.screens.column_box import ColumnBox, LayoutBox
from console.screens.found_orders import LifeBox
from console.screens.help_box import HelpBox
from console.screens.order_box import OrderBox
from console.screens.pin_box import PinBox
from engine.eod.child import Answer
from engine.model.secret import Secret
from tests.console.app.test_baskets import basket, check
from tests.console.app.test_found_pane import OLD, Search, life_of
from tests.console.chain.test_chain import with_quotes
from tests.console.eod.test_writing import REPORT
from tests.console.pin.test_lockout import CHEAP
from tests.support.charts import ALGO_3
from tests.support.console_app import Console, console
from tests.support.live_views import LOCKED

SMALL = (80, 24)
#: Help itself: F1 turns its page.
HELP: Final = {HelpBox}


def press(*keys: str) -> Callable[[Console], Awaitable[None]]:
    return lambda c: c.press(*keys)


def line(text: str) -> Callable[[Console], Awaitable[None]]:
    async def give(c: Console) -> None:
        await c.command(text)
        await c.press("enter")

    return give


OPENED: Final[dict[type[BoxScreen[Any]], Callable[[Console], Awaitable[None]]]] = {
    YesBox: line("cxl all"),
    WordBox: line("flat all"),
    QuitBox: press("q"),
    ListBox: line("hotkeys"),
    DetailBox: press("1", "enter"),
    OrderBox: press("2", "enter"),
    AlgoBox: press("4", "enter"),
    LifeBox: press("F", "enter"),
    ColumnBox: press("2", "C"),
    LayoutBox: press("w"),
    PaletteBox: press("ctrl+p"),
    ChainBox: line("chain ibm"),
    BasketBox: line("basket am"),
    EodBox: line("eod"),
    PinBox: press("L"),
}


def all_boxes(base: type[BoxScreen[Any]] = BoxScreen) -> set[type[BoxScreen[Any]]]:
    for module in pkgutil.walk_packages(console_package.__path__, "console."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = {sub for sub in base.__subclasses__() if sub.__module__.startswith("console.")}
    return found | {box for sub in found for box in all_boxes(sub)}


def test_every_box_explains_itself_and_is_opened_here() -> None:
    boxes = all_boxes() - HELP
    assert boxes == OPENED.keys()
    assert [box.__name__ for box in boxes if not box.explanation] == []


async def report_of(day: str) -> Answer:
    return Answer(REPORT)


def said(c: Console) -> str:
    """The words of the box, without its frame, the scroll bar, and what is beside it."""
    inside = [found[1] for row in c.rows() if (found := re.search(r"[│║┃█](.*)[│║┃█]", row))]
    return " ".join(re.sub(r"[│▁-█]", " ", " ".join(inside)).split())


async def test_f1_explains_every_box_and_answers_none(tmp_path: Path) -> None:
    vault = PinVault(tmp_path / "pin", tmp_path / "pin_tries", cost=CHEAP)
    vault.set_first(Secret("correct-horse-7"), "ann")
    search = Search()
    search.answer.set_result((OLD,))
    view = msgspec.structs.replace(with_quotes(), baskets=(basket(),))
    options = {"report_of": report_of, "find_orders": search, "life_of": life_of}
    async with console(view, SMALL, pin=ConsentDesk(vault, "SIM-1", "ann"), **options) as c:
        c.desk.on_basket = check()
        c.desk.details[3] = ALGO_3
        await line("find ibm")(c)
        for kind, opened in OPENED.items():
            if kind is PinBox:
                await c.show(msgspec.structs.replace(view, status=LOCKED.status))
            await opened(c)
            await c.wait_for(lambda kind=kind: type(c.app.screen) is kind, kind.__name__)
            await c.pilot.pause()
            sent = len(c.desk.commands)
            await c.press("f1")
            await c.pilot.pause()
            last = " ".join(kind.explanation[-1].split()[-3:])
            told = [text.split()[-1] for _, text in c.app.screen.own_keys]
            assert all(word in said(c) for word in told) if told else last in said(c), f"{kind}, {last}\n{c.text()}"
            await c.press("f1")
            await c.pilot.pause()
            assert last not in said(c), (kind, c.text())
            assert type(c.app.screen) is kind
            assert len(c.desk.commands) == sent
            await c.press("escape")
            await c.wait_for(lambda: c.app.screen is c.app.desk, "the desk")
            if c.app.desk.command.active:
                await c.press("escape")


@pytest.mark.parametrize(
    ("keymap", "opened", "key", "seen"),
    [
        ({"columns.switch": "f5"}, OPENED[ColumnBox], "f5", "F5 on/off"),
        ({"basket.drop": "D"}, OPENED[BasketBox], "D", "D drops it"),
        ({"chain.buy": "+"}, OPENED[ChainBox], "+", "+ buys"),
    ],
)
async def test_a_box_hears_the_users_own_key_and_names_it(
    keymap: dict[str, str], opened: Callable[[Console], Awaitable[None]], key: str, seen: str
) -> None:
    view = msgspec.structs.replace(with_quotes(), baskets=(basket(),))
    (action_id,) = keymap
    old = next(action.keys for action in ACTIONS if action.id == action_id)
    async with console(view, SMALL, keymap=keymap) as c:
        c.desk.on_basket = check()
        await opened(c)
        assert seen in c.text()
        before = (c.text(), len(c.desk.commands))
        await c.press(old)
        assert (c.text(), len(c.desk.commands)) == before
        await c.press(key)
        await c.pilot.pause()
        assert (c.text(), len(c.desk.commands)) != before


def test_the_boxes_with_keys_of_their_own_have_them_in_the_registry() -> None:
    scopes = {action.scope for action in ACTIONS}
    assert {Scope.BASKET, Scope.CHAIN, Scope.COLUMNS, Scope.BOX} <= scopes
