"""Lines that only the screen is asked about, and what they open. Part of the desk screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from textual.message import Message

from console.basket.door import BasketDoor
from console.eod.door import EodDoor
from console.grammar.parsed import Local
from console.screens.boxes import Leave, ListBox, QuitBox
from console.screens.doors import Doors
from console.screens.first_steps import is_untouched
from console.screens.guide import Guide
from console.screens.layout import ONE, PANES
from console.screens.open_details import rules_box
from console.screens.pane_set import PaneSet
from engine.views import OrderRow
from widgets.notation import Notation

#: Lines of the screen's own that are answered in words.
ANSWERED: Final = frozenset({"theme", "bell", "size"})


class LocalLines(Doors, inherit_bindings=False):
    """`help`, `ladder aapl`, `export` and their kind: nothing of them reaches the engine as a command."""

    class BellAsked(Message):
        """`bell on` or `bell off` was typed."""

        def __init__(self, on: bool) -> None:
            super().__init__()
            self.on = on

    class ThemeAsked(Message):
        """`theme NAME` was typed; "" asks which there are."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    _set: PaneSet
    _notation: Notation
    _baskets: BasketDoor
    _eod: EodDoor
    _guide: Guide
    _no_leave: Mapping[Leave, str]
    _leave: Callable[[Leave], None]
    _watch: Callable[[str], None]

    def _leave_command(self) -> None:
        raise NotImplementedError

    def action_tour(self) -> None:
        """Begin the guided tour; it watches, and sends nothing."""
        raise NotImplementedError

    def _local(self, local: Local) -> None:
        """A line that only the screen is asked about. One that is answered in words leaves the command line open, as a
        command that was sent does: what is typed next is no key."""
        if local.name not in ANSWERED:
            self._leave_command()
        match local.name:
            case "help":
                self.action_help(local.args[0] if local.args else "all")
            case "blotter":
                self.action_pane(local.args[0] if local.args and local.args[0] in PANES else "orders")
            case "algos" | "letters" | "performance" | "costs":
                self.action_pane(local.name)
            case "quit":
                self.action_quit_dialog()
            case "unlock":
                self._ask_pin("Unlock the desk: new orders are taken again.")
            case "size":
                self._say(local.args[0], True)
            case "find":
                self.action_pane("found")
                self._set.found.search(local.args)
            case "watch" | "watch_all" | "unwatch":
                self._set.change_watchlist(local.name, local.args)
                self.action_pane("watch")
            case "ladder":
                self._show_ladder(*local.args)
            case "ticket":
                self._ticket.open(dict(zip(("symbol", "account"), local.args, strict=True)), self._view)
            case "bell":
                self.post_message(self.BellAsked(local.args[0] == "on"))
            case "alerts":
                self._ask(rules_box(self._view, self._notation), lambda _: None)
            case "theme":
                self.post_message(self.ThemeAsked(local.args[0] if local.args else ""))
            case "chain":
                self._show_chain(*local.args)
            case "eod":
                self._eod.open(local.args[0], local.args[1], self._view)
            case "basket":
                self._baskets.open(local.args, self._view)
            case "run":
                self.hotkeys.run(local.args[0], local.args[1:])
            case "hotkeys" if local.args:
                self.hotkeys.reload()
            case "hotkeys":
                self._ask(ListBox("Hotkeys and macros", self.hotkeys.lines(), self._clock), lambda _: None)
            case "arm":
                self.hotkeys.arm()
            case "disarm":
                self.hotkeys.disarm()
            case "export":
                self.export_table(*local.args)
            case "layout":
                self.change_layout(*local.args)
            case "copy":
                self.copy_from_table(*local.args)
            case "tour":
                self.action_tour()
            case "explain":
                return

    def _show_ladder(self, symbol: str = "") -> None:
        """The ladder of an instrument, whose quote is asked for; without one that of the instrument shown last."""
        if symbol:
            self._set.follow(symbol)
        self.action_pane("ladder")

    def action_ladder(self) -> None:
        """The ladder of the instrument of the row under the cursor."""
        pane = self.focused_pane
        row = self.panes[pane].selected if pane else None
        symbol = getattr(row, "symbol", "")
        self._show_ladder("" if isinstance(row, OrderRow) and row.legs else symbol)

    def _show_chain(self, symbol: str, account: str) -> None:
        # Imported when it is wanted: the first picture does not wait for it.
        from console.chain.box import ChainBox

        box = ChainBox(
            symbol,
            account,
            self._view,
            self._watch,
            self._context_of,
            self._notation,
            lambda given: self._ticket.open(given, self._view),
            self.action_command,
            self._keys,
        )
        self._ask(box, lambda _: None)

    def action_help(self, topic: str = "") -> None:
        """Of the verb or pane `topic`, "all", or of the pane in focus (where there is one only: of that)."""
        name = topic if topic in self.panes else None if topic else self._pane_meant()
        pane = None if name is None else self.panes[name]
        _ = self.app.push_screen(self._guide.help(topic, pane, self._view))

    def _pane_meant(self) -> str | None:
        """The pane in focus; before anything has happened here the first steps are what is wanted."""
        if self.focused_pane is not None or is_untouched(self._view) or self._shown_layout != ONE:
            return self.focused_pane
        return self.current

    def action_quit_dialog(self) -> None:
        def answered(how: Leave | None) -> None:
            if how is not None and how in self._no_leave:
                self._sender.note_refusal(f"quit {how}", self._no_leave[how], self._user())
            elif how is not None:
                self._leave(how)

        self._ask(QuitBox(self._view, self._clock, self._no_leave), answered)
