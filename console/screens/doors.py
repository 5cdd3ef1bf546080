"""Hotkeys, macros, the palette, and the PIN that some of them need. Part of the desk screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.events import Key
from textual.screen import Screen

from console import actions
from console.grammar.context import Context, with_macros
from console.grammar.grammar import Grammar
from console.hotkeys.door import HotkeyDoor
from console.hotkeys.macro import MacroError
from console.live.consent import ConsentDesk
from console.palette.box import PaletteBox
from console.palette.entries import Entry, entries, line_of
from console.pin.vault import Verdict
from console.screens.command_mode import CommandMode
from console.screens.layout import TINY
from console.screens.pin_box import PinBox
from console.screens.row_acts import JUST_JUMPED_S, RowActs, RowT
from console.ticket.door import TicketDoor
from engine.inputs import Lock, Unlock
from engine.views import DeskView


class Doors(RowActs, inherit_bindings=False):
    """What is found by typing, called by a key of the user's own, or asks for the PIN."""

    hotkeys: HotkeyDoor
    command: CommandMode
    past: ClassVar[bool]
    _pin: ConsentDesk | None
    _grammar: Grammar
    _keys: actions.Keymap
    _ticket: TicketDoor
    _shown_layout: str
    _focus_before: str | None

    def _ask(self, box: Screen[RowT], answered: Callable[[RowT | None], None]) -> object:
        return self.app.push_screen(box, answered)

    def on_key(self, event: Key) -> None:
        """A key that no action has may call a macro."""
        if self._shown_layout != TINY and self.hotkeys.pressed(event, typing=self.command.active):
            event.stop()
            event.prevent_default()

    def _context_with_macros(self, view: DeskView) -> Context:
        return with_macros(self._context_of(view), self.hotkeys.told)

    def _row_of_macro(self) -> object:
        pane = self.focused_pane or (self._focus_before if self.command.active else None)
        if pane is None:
            return None
        jumped = self.panes[pane].table.seconds_since_jump()
        if jumped is not None and jumped < JUST_JUMPED_S:
            raise MacroError("the row under the cursor has just gone; press again if you mean this one")
        return self.panes[pane].selected

    def _stage(self, name: str, lines: tuple[str, ...]) -> None:
        self.action_command(lines[0])
        self.command.stage(name, lines)

    def _ask_to_arm(self) -> None:
        """Level 4: the PIN, which the audit trail then has."""
        if self._pin is None:
            self._say("arm: this desk has no PIN to ask for", False)
            return
        pin = self._pin

        def answered(verdict: Verdict | None) -> None:
            if verdict is not None and verdict.ok:
                self.hotkeys.arm_now()
            else:
                self._say("not armed", False)

        what = "Arm hotkeys: macros with send = true go out without Enter."
        account = self._view.status.account
        box = PinBox(what, account, "", lambda typed: pin.check(typed, "arm hotkeys"), pin.left_s, self._clock)
        _ = self.app.push_screen(box, answered)

    def action_palette(self) -> None:
        """Everything there is to do, found by typing."""
        offered = entries(self._grammar.verbs, self._keys, past=self.past, macros=self.hotkeys.macros)
        self._ask(PaletteBox(offered, self._clock), self._chosen)

    def _chosen(self, entry: Entry | None) -> None:
        if entry is None:
            return
        if entry.panes and self.focused_pane not in entry.panes:
            self.action_pane(entry.panes[0])
        pane = self.focused_pane
        text = line_of(entry, self.panes[pane].selected if pane is not None else None)
        if text is None:
            self._say(f"{entry.name}: there is no row for it in this pane", False)
        elif text:
            self.action_command(text)
            self.command.hold_enter()
        else:
            self.call_later(self.run_action, entry.act)

    def action_ticket(self) -> None:
        """The order ticket, filled in from the row under the cursor."""
        pane = self.focused_pane
        if self._shown_layout != TINY:
            self._ticket.open_for(self.panes[pane].selected if pane else None, self._view)

    def action_lock(self) -> None:
        """Lock it; a locked one asks for the PIN."""
        if self._view.status.locked:
            self._ask_pin("Unlock the desk: new orders are taken again.")
        else:
            self._sender.send(Lock(user=self._user()), "lock")

    def _ask_pin(self, what: str) -> None:
        """The PIN box. What is on the command line stays there, and is looked at anew when the desk is unlocked."""
        if self._pin is None or not self._view.status.locked:
            self._say("nothing to unlock: this desk is not locked", False)
            return
        pin = self._pin

        def answered(verdict: Verdict | None) -> None:
            if verdict is not None and verdict.ok:
                self._sender.send(Unlock(user=self._user()), "unlock")
            else:
                self._say("still locked", False)

        account = self._view.status.account
        source = f"locked: {self._view.status.locked}"
        box = PinBox(what, account, source, lambda typed: pin.check(typed, "console"), pin.left_s, self._clock)
        _ = self.app.push_screen(box, answered)
