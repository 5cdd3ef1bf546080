"""The one registry of what keys do. Bindings, footer, help, `tradedesk keys` and the documentation come from it.

A key map is a mapping from an action's id to its keys ("f12", "j,down"); `resolve` checks one and lays it over the
defaults. No single unshifted key sends an order: letters cancel, pause and open; orders go through the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

import msgspec


class Scope(Enum):
    """Where an action's keys are heard."""

    EVERYWHERE = "everywhere"
    """Over every screen, box and input."""
    DESK = "desk"
    """NORMAL mode."""
    ROW = "row"
    """NORMAL mode, on the row selected in the focused pane."""
    COMMAND = "command"
    """COMMAND mode: the command line has the keys."""
    FILTER = "filter"
    """The filter's line has the keys."""
    TICKET = "ticket"
    """The order ticket has the keys; what can be printed is text for the field under the cursor."""
    BOX = "box"
    """A box over the desk has the keys; those that answer it are named in it."""
    PAST = "past"
    """Time travel (`tradedesk replay`), where the keys that send something are not heard."""


class Action(msgspec.Struct, frozen=True):
    """One thing that a key can do. `act` is the Textual action; `panes` limits a ROW action to these panes."""

    id: str
    keys: str
    act: str
    label: str
    """A word or two for the footer; empty keeps it out of the footer."""
    help: str
    scope: Scope
    panes: tuple[str, ...] = ()
    line: str = ""
    """What a command line says instead, for an action that sends something: the palette writes this and sends nothing.
    {id} and {symbol} stand for those of the selected row."""


ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "kill",
        "f12",
        "kill",
        "KILL",
        "close the gate, cancel every working order, then flatten after the grace period; again: flatten now",
        Scope.EVERYWHERE,
        line="kill",
    ),
    Action(
        "kill_twice",
        "ctrl+x",
        "kill_twice",
        "",
        "the same as kill, pressed twice within a second",
        Scope.EVERYWHERE,
        line="kill",
    ),
    Action(
        "keep",
        "k",
        "keep",
        "keep positions",
        "while a kill counts down: stay halted, don't flatten",
        Scope.EVERYWHERE,
        line="k",
    ),
    Action("command", ":", "command", "command", "enter the command line", Scope.DESK),
    Action(
        "help",
        "f1,?",
        "help",
        "help",
        "what the focused pane shows, its columns, keys and commands; again: everything",
        Scope.DESK,
    ),
    Action("jump", "',J", "jump", "", "letters on every pane; the next key goes to one", Scope.DESK),
    Action("palette", "ctrl+p,f3", "palette", "find", "find everything there is to do by typing", Scope.DESK),
    Action("ticket", "t", "ticket", "ticket", "open the order ticket, filled in from the selected row", Scope.DESK),
    Action("leave", "escape", "leave", "", "out: close what is open, send nothing", Scope.DESK),
    Action("quit", "q", "quit_dialog", "quit", "leave the desk; asks about what is working", Scope.DESK),
    Action("ack", "a", "ack", "ack", "acknowledge the alerts shown so far", Scope.DESK, line="ack"),
    Action(
        "ack_one",
        "A",
        "ack_one",
        "ack this",
        "acknowledge the selected alert alone",
        Scope.ROW,
        ("alerts",),
        line="ack only {id}",
    ),
    Action(
        "alert_level",
        "v",
        "alert_level",
        "level",
        "leave out the alerts below a level, one more with each press",
        Scope.ROW,
        ("alerts",),
    ),
    Action("lock", "L", "lock", "", "lock a live desk now, or unlock it with the PIN", Scope.DESK, line="lock"),
    Action("theme", "f8", "app.theme", "", "the next colour theme; `theme NAME` chooses one", Scope.DESK, line="theme"),
    Action("zoom", "z", "zoom", "zoom", "give the focused pane the whole screen, and back", Scope.DESK),
    Action("filter", "/", "filter", "", "show only the rows of the pane that words let pass", Scope.DESK),
    Action(
        "sort_right", ">", "sort(1)", "", "sort by the next column; behind the last: the pane's own order", Scope.DESK
    ),
    Action("sort_left", "<", "sort(-1)", "", "sort by the column before", Scope.DESK),
    Action("sort_reverse", "s", "sort_reverse", "", "sort the other way round", Scope.DESK),
    Action("sort_now", "S", "sort_now", "", "put the rows in order now, although the pane has the focus", Scope.DESK),
    Action("export", "E", "export", "", "write the pane's table to a CSV file, as it is shown", Scope.DESK),
    Action("copy_row", "y", "copy('row')", "", "copy the selected row to the terminal's clipboard", Scope.DESK),
    Action("copy_table", "Y", "copy('table')", "", "copy the pane's table to the terminal's clipboard", Scope.DESK),
    Action("columns", "C", "columns", "", "choose the pane's columns and their order", Scope.DESK),
    Action("layouts", "w", "layouts", "", "choose which panes the screen shows", Scope.DESK),
    Action("next_pane", "tab", "next_pane(1)", "", "go to the next pane", Scope.DESK),
    Action("previous_pane", "shift+tab", "next_pane(-1)", "", "go to the previous pane", Scope.DESK),
    Action("pane_positions", "1", "pane('positions')", "", "positions", Scope.DESK),
    Action("pane_orders", "2", "pane('orders')", "", "working orders, then those that ended today", Scope.DESK),
    Action("pane_fills", "3", "pane('fills')", "", "fills", Scope.DESK),
    Action("pane_algos", "4", "pane('algos')", "", "algos", Scope.DESK),
    Action("pane_risk", "5", "pane('risk')", "", "risk: what is halted, tripped or near its limit", Scope.DESK),
    Action("pane_alerts", "6", "pane('alerts')", "", "alerts and the event log", Scope.DESK),
    Action("pane_watch", "7", "pane('watch')", "", "quotes", Scope.DESK),
    Action("pane_breaks", "8", "pane('breaks')", "", "breaks: what differs from the broker", Scope.DESK),
    Action("pane_letters", "9", "pane('letters')", "", "dead letters: orders approved and not sent", Scope.DESK),
    Action(
        "pane_performance", "0", "pane('performance')", "", "performance of the desk, against its targets", Scope.DESK
    ),
    Action("pane_costs", "T", "pane('costs')", "", "what orders cost: slippage, shortfall, mark-outs", Scope.DESK),
    Action("pane_ladder", "d", "ladder", "", "the price ladder of the selected row's instrument", Scope.DESK),
    Action("pane_curve", "e", "pane('curve')", "", "the P&L of the day as a curve", Scope.DESK),
    Action(
        "pane_connections", "i", "pane('connections')", "", "how every connection and the desk itself do", Scope.DESK
    ),
    Action("pane_found", "F", "pane('found')", "", "orders of any day that `find` found", Scope.DESK),
    Action("grid.up", "up,k", "wake", "", "select the row above", Scope.DESK),
    Action("grid.down", "down,j", "wake", "", "select the row below", Scope.DESK),
    Action("grid.page-up", "pageup", "wake", "", "a page up", Scope.DESK),
    Action("grid.page-down", "pagedown", "wake", "", "a page down", Scope.DESK),
    Action("grid.first", "home", "wake", "", "select the first row", Scope.DESK),
    Action("grid.last", "end", "wake", "", "select the last row", Scope.DESK),
    Action("grid.left", "left", "wake", "", "columns further left", Scope.DESK),
    Action("grid.right", "right", "wake", "", "columns further right", Scope.DESK),
    Action(
        "grid.select",
        "enter",
        "wake",
        "details",
        "show everything about the selected row; never does anything to it",
        Scope.ROW,
        ("positions", "orders", "fills", "algos", "alerts", "costs", "watch", "risk", "found"),
    ),
    Action(
        "cancel", "c", "cancel_order", "cancel", "cancel the selected order", Scope.ROW, ("orders",), line="cxl {id}"
    ),
    Action(
        "modify",
        "m",
        "modify_order",
        "modify",
        "write `mod` for it into the command line",
        Scope.ROW,
        ("orders",),
        line="mod {id} ",
    ),
    Action(
        "pause",
        "p",
        "pause_algo",
        "pause",
        "pause or resume the selected algo",
        Scope.ROW,
        ("algos",),
        line="algo {id} ",
    ),
    Action("algo.amend", "m", "algo_line('amend ')", "amend", "write `algo amend` for it", Scope.ROW, ("algos",)),
    Action("algo.repace", "r", "algo_line('repace ')", "repace", "write `algo repace` for it", Scope.ROW, ("algos",)),
    Action("algo.finish", "f", "algo_line('finish')", "finish", "write `algo finish` for it", Scope.ROW, ("algos",)),
    Action("algo.cancel", "c", "algo_line('cancel')", "cancel", "write `algo cancel` for it", Scope.ROW, ("algos",)),
    Action(
        "flat",
        "f",
        "flat_position",
        "flat",
        "write `flat` for it into the command line",
        Scope.ROW,
        ("positions",),
        line="flat {symbol}",
    ),
    Action("send", "enter", "screen.send", "send", "send what is typed, if the verdict is green", Scope.COMMAND),
    Action("complete", "tab", "screen.complete", "complete", "complete the word", Scope.COMMAND),
    Action("explain", "?", "screen.explain", "what next", "list what may follow", Scope.COMMAND),
    Action("leave_command", "escape", "screen.leave", "out", "out, nothing sent", Scope.COMMAND),
    Action(
        "older",
        "up",
        "screen.history(-1)",
        "older",
        "the command before; of those that begin as what is typed",
        Scope.COMMAND,
    ),
    Action("newer", "down", "screen.history(1)", "", "the command after", Scope.COMMAND),
    Action(
        "search",
        "ctrl+r",
        "screen.search_history",
        "search",
        "the last command that has the words typed; again: the one before it",
        Scope.COMMAND,
    ),
    Action("filter.keep", "enter", "screen.filter_keep", "keep", "keep the filter, back to the rows", Scope.FILTER),
    Action("filter.drop", "escape", "screen.filter_drop", "all rows", "all rows again", Scope.FILTER),
    Action("filter.complete", "tab", "screen.filter_complete", "column", "complete a column's name", Scope.FILTER),
    Action("filter.up", "up", "screen.filter_move(-1)", "", "select the row above", Scope.FILTER),
    Action("filter.down", "down", "screen.filter_move(1)", "", "select the row below", Scope.FILTER),
    Action("ticket.send", "enter", "send", "send", "send the order, if the verdict is green", Scope.TICKET),
    Action("ticket.next", "tab,down", "step(1)", "next field", "the next field", Scope.TICKET),
    Action("ticket.previous", "shift+tab,up", "step(-1)", "", "the field before", Scope.TICKET),
    Action("ticket.right", "right", "turn(1)", "change", "the next choice, or the cursor to the right", Scope.TICKET),
    Action("ticket.left", "left", "turn(-1)", "", "the choice before, or the cursor to the left", Scope.TICKET),
    Action("ticket.clear", "ctrl+u", "clear", "", "empty the field", Scope.TICKET),
    Action("ticket.chain", "f4", "chain", "", "the option chain of its symbol, to choose from", Scope.TICKET),
    Action("ticket.line", "f2", "line", "as a line", "go on with this order on the command line", Scope.TICKET),
    Action("ticket.page-down", "pagedown", "page(1)", "", "checks and notes further down", Scope.TICKET),
    Action("ticket.page-up", "pageup", "page(-1)", "", "checks and notes further up", Scope.TICKET),
    Action("ticket.help", "f1", "help", "", "these keys, and what an order may say", Scope.TICKET),
    Action("ticket.close", "escape", "close", "out", "out: what was sent stays sent, nothing else is", Scope.TICKET),
    Action("box.help", "f1", "box_help", "", "in a box: what it asks, and which keys answer it", Scope.BOX),
    Action("past.play", "p,P", "past_play", "play/pause", "play from here, or pause", Scope.PAST),
    Action("past.next", "n,]", "past_step(1)", "next fact", "the next fact of the journal", Scope.PAST),
    Action("past.back", "b,[", "past_step(-1)", "back", "the fact before", Scope.PAST),
    Action("past.next_order", "N,}", "past_order(False)", "next order event", "the next fact of an order", Scope.PAST),
    Action("past.last_order", "B,{", "past_order(True)", "", "the last fact of an order before this one", Scope.PAST),
    Action("past.go", "g,G", "past_go", "go to", "another moment: a time, seq N, start or end of the day", Scope.PAST),
    Action("past.faster", "+,=", "past_speed(True)", "", "play twice as fast", Scope.PAST),
    Action("past.slower", "-,_", "past_speed(False)", "", "play half as fast", Scope.PAST),
)
#: The keys of a live desk that time travel does not have: what they do needs a desk that lives.
NOT_IN_THE_PAST: Final = frozenset({"ack", "ack_one", "cancel", "modify", "pause", "flat", "lock", "ticket"}) | {
    "algo.amend",
    "algo.repace",
    "algo.finish",
    "algo.cancel",
}

#: What acts on rows of some panes only, by the name of the Textual action.
PANES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    action.act.partition("(")[0]: action.panes for action in ACTIONS if action.panes and action.act != "wake"
}

#: What does not survive PuTTY, tmux or a plain terminal, with the reason that is shown.
_UNUSABLE: Final[Mapping[str, str]] = {
    "ctrl+a": "tmux and screen take it",
    "ctrl+b": "tmux takes it",
    "ctrl+c": "it interrupts programs",
    "ctrl+h": "it is Backspace",
    "ctrl+i": "it is Tab",
    "ctrl+j": "it is Enter",
    "ctrl+m": "it is Enter",
    "ctrl+q": "it is flow control",
    "ctrl+s": "it is flow control",
    "ctrl+z": "it suspends programs",
    "ctrl+left_square_bracket": "it is Escape",
    "ctrl+space": "many terminals can't send it",
    "ctrl+enter": "many terminals can't send it",
}
_NAMED: Final = frozenset(
    [
        *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
        *("enter", "escape", "tab", "shift+tab", "backspace", "space"),
    ]
) | {f"f{number}" for number in range(1, 13)}
#: In COMMAND mode and in the ticket every character is text, except these, which a command line has no use for at its
#: start.
_TEXT_KEYS_OF_COMMAND: Final = frozenset({"explain"})
_TYPED: Final[Mapping[Scope, str]] = {
    Scope.COMMAND: "on the command line",
    Scope.FILTER: "in a filter",
    Scope.TICKET: "in the ticket",
    Scope.BOX: "in a box",
}

Keymap = Mapping[str, str]


class KeymapError(ValueError):
    """A key map can't be used; the message names the action, the key and what was expected."""


def by_id(action_id: str) -> Action:
    """The action with this id; KeymapError if there is none."""
    for action in ACTIONS:
        if action.id == action_id:
            return action
    known = ", ".join(action.id for action in ACTIONS)
    raise KeymapError(f"{action_id}: there is no such action; expected one of {known}")


def resolve(overrides: Keymap | None = None) -> dict[str, str]:
    """The keys of every action, with `overrides` laid over the defaults.

    Raises KeymapError for an unknown action, a key that terminals can't send, and two actions on one key in one mode.
    """
    keys = {action.id: action.keys for action in ACTIONS}
    for action_id, wanted in (overrides or {}).items():
        by_id(action_id)
        names = [name.strip() for name in wanted.split(",")]
        for name in names:
            check_key(action_id, name)
        keys[action_id] = ",".join(names)
    _make_room(keys, overrides or {})
    _check_clashes(keys)
    return keys


def key_name(keys: str) -> str:
    """The first key of an action as it is shown: F12, Enter, :, ctrl+x."""
    first = keys.split(",")[0]
    if len(first) == 1 or first.startswith("ctrl+"):
        return first
    return {"escape": "Esc", "pageup": "PgUp", "pagedown": "PgDn", "shift+tab": "Shift+Tab"}.get(
        first, first.capitalize()
    )


def footer(keys: Keymap, scope: Scope, pane: str | None = None, *, past: bool = False) -> list[tuple[str, str]]:
    """(key, label) of what can be done now: row actions of the focused pane first, then the rest of the mode; in the
    past what moves in time before all."""
    shown = [a for a in ACTIONS if a.label and a.id not in ("kill", "keep") and not (past and a.id in NOT_IN_THE_PAST)]
    first = [a for a in shown if past and a.scope is Scope.PAST] if scope is Scope.DESK else []
    rows = [a for a in shown if a.scope is Scope.ROW and pane in a.panes] if scope is Scope.DESK else []
    return [(key_name(keys[a.id]), a.label) for a in (*first, *rows, *(a for a in shown if a.scope is scope))]


def table(keys: Keymap, *, past: bool | None = None) -> list[tuple[str, str, str, str]]:
    """(mode, keys, id, help) for the help page, `tradedesk keys` and the documentation: of the actions of a desk, or
    (`past`) of time travel, or (None) of all."""
    shown = [action for action in ACTIONS if past is None or _is_heard(action, past=past)]
    if past:
        shown.sort(key=lambda action: action.scope is not Scope.PAST)
    return [
        (
            action.scope.value,
            "  ".join(key_name(key) for key in keys[action.id].split(",")),
            action.id,
            action.help,
        )
        for action in shown
    ]


def _is_heard(action: Action, *, past: bool) -> bool:
    """Whether the action does anything on a desk, or in the past."""
    if past:
        return action.scope not in (Scope.EVERYWHERE, Scope.TICKET) and action.id not in NOT_IN_THE_PAST
    return action.scope is not Scope.PAST


def check_key(action_id: str, name: str) -> None:
    """KeymapError for a key that some terminal does not send, or that means something else there."""
    expected = "expected a letter, a digit, a sign, a named key such as f5 or home, or ctrl+ and a letter"
    if name in _UNUSABLE:
        raise KeymapError(f"{action_id}: {name} can't be used, {_UNUSABLE[name]}; {expected}")
    if len(name) == 1 and name.isprintable() and name not in ", ":
        return
    if name in _NAMED or (name.startswith("ctrl+") and len(name) == 6 and name[5].isalpha() and name[5].islower()):
        return
    raise KeymapError(f"{action_id}: {name!r} is no key that every terminal sends; {expected}")


def _make_room(keys: dict[str, str], overrides: Keymap) -> None:
    """What a user gave to an action is no key of time travel any more, where time travel has another one for it."""
    given = {name for action_id in overrides for name in keys[action_id].split(",")}
    for action in ACTIONS:
        if action.scope is Scope.PAST and action.id not in overrides:
            left = [name for name in action.keys.split(",") if name not in given]
            keys[action.id] = ",".join(left) or action.keys


def _check_clashes(keys: Keymap) -> None:
    taken: dict[tuple[str, str, str], str] = {}
    for action in ACTIONS:
        for name in keys[action.id].split(","):
            if action.scope in _TYPED and len(name) == 1 and action.id not in _TEXT_KEYS_OF_COMMAND:
                where = _TYPED[action.scope]
                raise KeymapError(f"{action.id}: {name} is text {where}; expected a named key or ctrl+")
            for mode, pane in _heard_in(action):
                other = taken.setdefault((mode, pane, name), action.id)
                if other != action.id and {other, action.id} != {"keep", "grid.up"}:
                    raise KeymapError(f"{action.id}: {name} is already the key of {other}")


def _heard_in(action: Action) -> list[tuple[str, str]]:
    """(mode, pane) pairs in which an action's keys are heard; two actions may share a key where they never meet."""
    every = (
        "positions", "orders", "fills", "algos", "risk", "alerts", "watch", "breaks", "letters", "performance", "costs",
        "ladder", "curve", "connections", "found",
    )  # fmt: skip
    if action.scope is Scope.COMMAND:
        return [("command", "")]
    if action.scope in (Scope.TICKET, Scope.FILTER, Scope.BOX):
        return [(action.scope.value, "")]
    if action.scope is Scope.PAST:
        return [("past", pane) for pane in every]
    modes = ("normal",) if action.id in NOT_IN_THE_PAST else ("normal", "past")
    panes = [(mode, pane) for mode in modes for pane in (action.panes or every)]
    return [*panes, ("command", ""), ("ticket", ""), ("filter", "")] if action.scope is Scope.EVERYWHERE else panes
