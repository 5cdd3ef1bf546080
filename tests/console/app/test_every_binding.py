"""Every binding does what its action says: each of its keys, pressed where it is heard, on a console with a desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from textual.containers import VerticalScroll

from console.action import Action, Scope
from console.actions import ACTIONS
from console.chain.box import ChainBox
from console.palette.box import PaletteBox
from console.screens.boxes import QuitBox, WordBox, YesBox
from console.screens.column_box import ColumnBox, LayoutBox
from console.screens.help_box import HelpBox
from console.screens.jump import JumpScreen
from console.screens.order_box import OrderBox
from console.table_memory import Arrangement, TableMemory
from console.ticket.screen import TicketScreen
from engine.inputs import AckAlerts, CancelOrders, ControlAlgo, ControlBasket, KeepPositions, Lock, PlaceOrder
from tests.console.app.test_baskets import HARD, basket, check
from tests.console.chain.test_chain import with_quotes
from tests.support.charts import ALGO_3
from tests.support.console_app import Console, console
from tests.support.desk_views import HALTED
from tests.support.previews import preview

Do = Callable[[Console], Awaitable[None]]
Look = Callable[[Console], object]
VIEW: Final = msgspec.structs.replace(with_quotes(), baskets=(basket(),))


class Case(msgspec.Struct, frozen=True):
    """`after` what was done before, the key makes `then` true, which it was not."""

    then: Look
    after: tuple[str, ...] = ()
    """Keys, and lines that begin with `:`, which are typed with Enter."""
    before: Do | None = None
    times: int = 1


def value(c: Console) -> str:
    return c.app.desk.command_line.input.value


def opened(kind: type[Any]) -> Case:
    return Case(lambda c: isinstance(c.app.screen, kind))


def pane(name: str) -> Case:
    return Case(lambda c: c.app.desk.focused_pane == name, ("1",) if name != "positions" else ("3",))


def written(text: str, *after: str) -> Case:
    return Case(lambda c: value(c) == text, after)


def sent(kind: type[Any], *after: str, **fields: object) -> Case:
    def found(c: Console) -> bool:
        return any(
            isinstance(command, kind) and all(getattr(command, name) == what for name, what in fields.items())
            for command in c.desk.commands
        )

    return Case(found, after)


def row(no: int, *after: str) -> Case:
    """The cursor of the orders stands on this row, counted from 0, the last is -1."""

    def there(c: Console) -> bool:
        orders = c.app.desk.panes["orders"]
        return orders.selected == orders.lineup.sources()[no][0]

    return Case(there, after)


def says(text: str, *after: str) -> Case:
    return Case(lambda c: text in c.text(), after)


def box(name: str, wanted: object, *after: str) -> Case:
    """An attribute of the box on top."""
    return Case(lambda c: getattr(c.app.screen, name, None) == wanted, after)


def field(wanted: str, *after: str) -> Case:
    return Case(lambda c: isinstance(c.app.screen, TicketScreen) and c.app.screen._editor._at == wanted, ("t", *after))


def form(name: str, wanted: str, *after: str) -> Case:
    return Case(lambda c: isinstance(c.app.screen, TicketScreen) and c.app.screen._editor.form[name] == wanted, after)


def columns(*wanted: str, after: tuple[str, ...]) -> Case:
    return Case(
        lambda c: tuple(c.app.desk.panes["orders"].columns_in_use()[: len(wanted)]) == wanted, ("2", "C", *after)
    )


async def grace(c: Console) -> None:
    kill = HALTED.kill
    assert kill is not None
    await c.show(msgspec.structs.replace(VIEW, kill=msgspec.structs.replace(kill, phase="grace")))


async def releasing(c: Console) -> None:
    await c.show(msgspec.structs.replace(VIEW, baskets=(basket("RELEASING", released_ns=5, sent=1, unsent=1),)))


async def refused(c: Console) -> None:
    c.desk.on_basket = check(HARD)


async def fill_in(c: Console) -> None:
    await c.type("ts\tibm\t\t200\tss\t181\t180.50\t\t\tg")
    c.clock.wait(400)


async def many_checks(c: Console) -> None:
    c.desk.on_preview = preview(*([HARD] * 12))
    await fill_in(c)


def notes_at(c: Console) -> int:
    """How far the notes of the ticket are scrolled down; -1 where there is no ticket."""
    scrolls = c.app.screen.query(VerticalScroll) if isinstance(c.app.screen, TicketScreen) else ()
    return next((scroll.scroll_offset.y for scroll in scrolls), -1)


async def all_columns(c: Console) -> None:
    await c.press("2", "C", "end", "space", "up", "space", "up", "space", "up", "space", "escape")


SORTED: Final[Look] = lambda c: c.app.desk.panes["fills"].sort is not None  # noqa: E731
LEGS: Final[Callable[[Console], dict[str, int]]] = lambda c: (  # noqa: E731
    dict(c.app.screen._marks.legs) if isinstance(c.app.screen, ChainBox) else {}
)
CHAIN, BASKET, ONE = ":chain ibm", ":basket am", ("2", "C")
CASES: Final[dict[str, Case]] = {
    "kill": Case(lambda c: c.desk.kills),
    "kill_twice": Case(lambda c: c.desk.kills, times=2),
    "keep": msgspec.structs.replace(sent(KeepPositions), before=grace),
    "command": Case(lambda c: c.app.desk.command.active),
    "help": opened(HelpBox),
    "jump": opened(JumpScreen),
    "palette": opened(PaletteBox),
    "ticket": opened(TicketScreen),
    "leave": Case(lambda c: not c.app.desk.zoomed, ("3", "z")),
    "quit": opened(QuitBox),
    "ack": sent(AckAlerts, only=False),
    "ack_one": sent(AckAlerts, "6", "down", "down", only=True),
    "alert_level": Case(lambda c: c.app.desk.panes["alerts"].filter.text, ("6",)),
    "lock": sent(Lock),
    "theme": Case(lambda c: c.app._looks.look.name != "okabe_ito"),
    "zoom": Case(lambda c: c.app.desk.zoomed, ("3",)),
    "filter": Case(lambda c: c.app.desk.filter_line.active, ("3",)),
    "sort_right": Case(SORTED, ("3",)),
    "sort_left": Case(SORTED, ("3",)),
    "sort_reverse": says("by Time, ascending", "3", ">", "s"),
    "sort_now": says("Fills: in their own order", "3"),
    "export": says("wrote", "3"),
    "copy_row": Case(lambda c: "\n" not in c.app._clipboard.strip() and c.app._clipboard, ("3",)),
    "copy_table": Case(lambda c: "\n" in c.app._clipboard.strip(), ("3",)),
    "columns": msgspec.structs.replace(opened(ColumnBox), after=("2",)),
    "layouts": opened(LayoutBox),
    "next_pane": Case(lambda c: c.app.desk.focused_pane == "orders", ("1",)),
    "previous_pane": Case(lambda c: c.app.desk.focused_pane == "positions", ("2",)),
    **{f"pane_{name}": pane(name) for name in (
        "positions", "orders", "fills", "algos", "risk", "alerts", "watch", "breaks", "letters", "performance", "costs",
        "ladder", "curve", "connections", "found",
    )},
    "grid.up": row(0, "2", "home", "down"),
    "grid.down": row(1, "2", "home"),
    "grid.page-up": row(0, "2", "end"),
    "grid.page-down": row(-1, "2", "home"),
    "grid.first": row(0, "2", "end"),
    "grid.last": row(-1, "2", "home"),
    "grid.left": Case(lambda c: c.app.desk.panes["orders"].table.scroll_offset.x == 0, ("right",), all_columns),
    "grid.right": Case(lambda c: c.app.desk.panes["orders"].table.scroll_offset.x > 0, (), all_columns),
    "grid.select": msgspec.structs.replace(opened(OrderBox), after=("2",)),
    "cancel": sent(CancelOrders, "2"),
    "modify": written("mod 31 ", "2", "home"),
    "pause": sent(ControlAlgo, "4", "home", algo_id=3, action="pause"),
    "algo.amend": written("algo 3 amend ", "4", "home"),
    "algo.repace": written("algo 3 repace ", "4", "home"),
    "algo.finish": written("algo 3 finish", "4", "home"),
    "algo.cancel": written("algo 3 cancel", "4", "home"),
    "flat": written("flat bac", "1", "home"),
    "send": sent(CancelOrders, ":", *"cxl 30"),
    "complete": written("twap ", ":", *"tw"),
    "explain": says("the newest working order", ":", *"cxl "),
    "leave_command": Case(lambda c: not c.app.desk.command.active, (":", *"buy")),
    "older": written("cxl 30", ":cxl 30", ":"),
    "newer": written("cxl 30", ":cxl 28", ":cxl 30", ":", "up", "up"),
    "search": written("cxl 30", ":cxl 30", ":", *"30"),
    "filter.keep": Case(
        lambda c: c.app.desk.panes["orders"].filter.text == "ibm" and not c.app.desk.filter_line.active,
        ("2", "/", *"ibm"),
    ),
    "filter.drop": Case(lambda c: not c.app.desk.panes["orders"].filter.text, ("2", "/", *"ibm")),
    "filter.complete": Case(lambda c: c.app.desk.filter_line.input.value == "symbol:", ("2", "/", *"sym")),
    "filter.up": row(0, "2", "home", "down", "/"),
    "filter.down": row(1, "2", "home", "/"),
    "ticket.send": msgspec.structs.replace(sent(PlaceOrder), before=fill_in),
    "ticket.next": field("symbol"),
    "ticket.previous": field("side", "tab"),
    "ticket.right": form("side", "sell", "t"),
    "ticket.left": form("side", "buy", "t", "right"),
    "ticket.clear": form("symbol", "", "t", "tab", *"ibm"),
    "ticket.page-down": Case(lambda c: notes_at(c) > 0, (), many_checks),
    "ticket.page-up": Case(lambda c: notes_at(c) == 0, ("pagedown",), many_checks),
    "ticket.chain": msgspec.structs.replace(opened(ChainBox), after=("t", "tab", *"ibm")),
    "ticket.line": Case(lambda c: value(c).startswith("sell 200 ibm"), (), fill_in),
    "ticket.help": msgspec.structs.replace(opened(HelpBox), after=("t",)),
    "ticket.close": Case(lambda c: c.app.screen is c.app.desk, ("t",)),
    "box.help": says("A digit takes a layout", "w"),
    "basket.release": msgspec.structs.replace(opened(YesBox), after=(BASKET,)),
    "basket.rest": msgspec.structs.replace(opened(WordBox), before=refused, after=(BASKET,)),
    "basket.drop": sent(ControlBasket, BASKET, action="drop"),
    "basket.stop": msgspec.structs.replace(sent(ControlBasket, BASKET, action="stop"), before=releasing),
    "basket.cancel": msgspec.structs.replace(opened(YesBox), before=releasing, after=(BASKET,)),
    "chain.buy": Case(lambda c: list(LEGS(c).values()) == [1], (CHAIN,)),
    "chain.sell": Case(lambda c: list(LEGS(c).values()) == [-1], (CHAIN,)),
    "chain.clear": Case(lambda c: not LEGS(c), (CHAIN, "b")),
    "chain.later": box("_expiry", 1, CHAIN),
    "chain.sooner": box("_expiry", 0, CHAIN, "tab"),
    "chain.calls": box("_right", "C", CHAIN, "right"),
    "chain.puts": box("_right", "P", CHAIN),
    "chain.choose": msgspec.structs.replace(opened(TicketScreen), after=(CHAIN,)),
    "columns.switch": columns("symbol", after=()),
    "columns.down": columns("symbol", "id", after=()),
    "columns.up": columns("symbol", "id", after=("down",)),
    "columns.reset": columns("id", "symbol", after=("+",)),
}  # fmt: skip


def test_every_action_of_a_desk_has_its_case() -> None:
    """Those of time travel: tests/console/past/test_screen.py."""
    assert CASES.keys() == {action.id for action in ACTIONS if action.scope is not Scope.PAST}


def parts() -> dict[str, list[Action]]:
    """The actions of each mode, a handful at a time."""
    found: dict[str, list[Action]] = {}
    for scope in Scope:
        actions = [action for action in ACTIONS if action.scope is scope and scope is not Scope.PAST]
        found |= {f"{scope.value}-{at}": actions[at : at + 10] for at in range(0, len(actions), 10)}
    return found


@pytest.mark.parametrize("actions", parts().values(), ids=parts())
async def test_each_key_does_what_its_action_says(actions: list[Action], tmp_path: Path) -> None:
    """One console for several; between two keys it is as new."""
    async with console(VIEW, (80, 24), tables=TableMemory(tmp_path / "tables.json")) as c:
        for action in actions:
            for key in action.keys.split(","):
                await as_new(c)
                await press(c, action, key)


async def as_new(c: Console) -> None:
    while c.app.screen is not c.app.desk:
        await c.press("escape")
    await c.press("escape", "escape")
    desk = c.app.desk
    desk.command_line.input.value = ""
    desk.command.told(())
    desk._take(Arrangement())
    desk._arrange()
    c.app._looks.choose("okabe_ito")
    c.app._clipboard = ""
    c.desk.commands.clear()
    c.desk.kills.clear()
    c.desk.on_basket, c.desk.on_preview, c.desk.details[3] = check(), preview(), ALGO_3
    c.clock.wait(2_000)
    await c.show(VIEW)


async def press(c: Console, action: Action, key: str) -> None:
    case = CASES[action.id]
    if case.before is not None:
        await case.before(c)
    for typed in case.after:
        if len(typed) > 1 and typed[0] == ":":
            await c.type(f"{typed}\r")
            if c.app.screen is c.app.desk and c.app.desk.command.active:
                await c.type("\x1b")
        elif len(typed) == 1:
            await c.type(typed)
        else:
            await c.press(typed)
    c.clock.wait(2_000)
    c.desk.commands.clear()
    assert not case.then(c), f"{action.id}: so it was before {key}:\n{c.text()}"
    for _ in range(case.times):
        await c.press(key)
        c.clock.wait(10)
    await c.wait_for(lambda: case.then(c), f"{action.id} by {key}")
