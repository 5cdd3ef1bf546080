"""Hotkeys and macros on the desk's screen: a key or `run` calls one; armed it goes out, else it is put on the line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap
from typing import Final

from textual.events import Key

from console.actions import key_name
from console.config.errors import ConfigError
from console.hotkeys.arming import Arming
from console.hotkeys.file import HotkeySetup
from console.hotkeys.macro import Macro, MacroError
from console.hotkeys.runner import MacroRunner
from console.screens.sender import Say, Sender
from engine.inputs import ArmHotkeys, DisarmHotkeys
from engine.views import DeskView
from widgets.format import plain
from widgets.lines import Line

_WHERE: Final = "put on the command line"


class HotkeyDoor:
    """One per screen."""

    def __init__(
        self,
        setup: HotkeySetup,
        runner: MacroRunner,
        arming: Arming,
        *,
        row: Callable[[], object],
        stage: Callable[[str, tuple[str, ...]], None],
        say: Say,
        ask_to_arm: Callable[[], None],
        view: Callable[[], DeskView],
        sender: Sender,
        user: Callable[[], str],
        read_only: bool,
        may_trade: bool,
    ) -> None:
        """`row` gives the selected row (MacroError when it just changed under the cursor); `stage` puts lines on the
        command line, one after the other; `ask_to_arm` asks for the PIN on a live desk and calls `arm_now`. `sender`
        takes the arming to the audit trail, in the name of `user`."""
        self._file = setup.file
        self.macros, self.warnings = setup.macros, setup.warnings
        self._runner = runner
        self._arming = arming
        self._row = row
        self._stage = stage
        self._say = say
        self._ask_to_arm = ask_to_arm
        self._view = view
        self._sender, self._user = sender, user
        self._read_only, self._may_trade = read_only, may_trade

    @property
    def armed(self) -> bool:
        return self._arming.armed

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """(name, what it is for) of every macro."""
        return tuple((macro.name, macro.help or "; ".join(macro.lines)) for macro in self.macros)

    def touch(self) -> None:
        """A key was pressed anywhere."""
        self._arming.touch()

    def pressed(self, event: Key, *, typing: bool) -> bool:
        """Whether the key calls a macro; `typing`: the command line is open, so that it only puts text there."""
        name = event.character if event.character is not None and len(event.key) != 1 and _is_sign(event) else event.key
        macro = next((macro for macro in self.macros if macro.key and macro.key == name), None)
        if macro is None:
            return False
        if macro.send and self._runner.held_down(macro.name):
            return True
        if macro.values:
            self._stage(macro.name, (f"run {macro.name} ",))
        else:
            self._call(macro, (), may_send=not typing)
        return True

    def run(self, name: str, values: Sequence[str]) -> None:
        """`run NAME VALUE...`"""
        macro = next((macro for macro in self.macros if macro.name == name), None)
        if macro is None:
            known = ", ".join(macro.name for macro in self.macros) or "none; hotkeys.toml holds them"
            self._say(f"run: there is no macro {name}; there are: {known}", False)
        else:
            self._call(macro, values, may_send=True)

    def _call(self, macro: Macro, values: Sequence[str], *, may_send: bool) -> None:
        try:
            lines = macro.filled(self._row(), values)
        except MacroError as error:
            self._say(str(error), False)
            return
        if macro.send and may_send and self.armed:
            self._runner.start(macro, lines)
        else:
            self._stage(macro.name, lines)

    # Arming -------------------------------------------------------------------------------------------------

    def arm(self) -> None:
        """`arm`: level 4 on a live desk."""
        why = self._arming.why_not(self._view(), read_only=self._read_only, may_trade=self._may_trade)
        if why:
            self._say(f"arm: {why}", False)
        elif not any(macro.send for macro in self.macros):
            self._say("arm: no macro says send = true, so none would send by itself", False)
        elif self._view().status.mode.lower() == "live":
            self._ask_to_arm()
        else:
            self.arm_now()

    def arm_now(self) -> None:
        """What was to be asked was asked; the desk may have changed while the PIN was typed."""
        why = self._arming.why_not(self._view(), read_only=self._read_only, may_trade=self._may_trade)
        if why:
            self._say(f"arm: {why}", False)
            return
        names = tuple(macro.name for macro in self.macros if macro.send)
        self._sender.send(ArmHotkeys(names, self._user()), "arm", answered=self._recorded)

    def _recorded(self, good: bool, text: str) -> None:
        """Armed when it is in the audit trail, and not before; unless the desk has changed on the way."""
        if not good:
            return
        why = self._arming.why_not(self._view(), read_only=self._read_only, may_trade=self._may_trade)
        if why:
            self._say(f"arm: {why}", False)
            self._sender.note(DisarmHotkeys(why, self._user()))
        else:
            self._arming.arm()

    def disarm(self) -> None:
        """Whatever becomes of the record, nothing sends any more."""
        self._end_arming("by hand")
        self._runner.end("disarmed")
        self._say("disarmed: no macro sends by itself", True)

    def _end_arming(self, why: str) -> None:
        if self._arming.armed:
            self._sender.note(DisarmHotkeys(why, self._user()))
        self._arming.disarm()

    def follow(self, view: DeskView) -> None:
        """The newest view: a lock, a halt or a kill disarms and ends what is going out."""
        why = self._arming.follow(view)
        if why:
            self._sender.note(DisarmHotkeys(why, self._user()))
            self._runner.end(why)
            self._say(f"hotkeys are disarmed: {why}", False)
        self._runner.refresh()

    def leave(self) -> None:
        """Esc: nothing more goes out."""
        self._runner.end("Esc")

    # The file -----------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the file anew. One that is not good changes nothing but the arming."""
        self._end_arming("hotkeys reload")
        self._runner.end("the file was read anew")
        if self._file is None:
            self._say("hotkeys: this console has no file of them", False)
            return
        try:
            read = self._file.load()
        except ConfigError as error:
            more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
            self._say(f"hotkeys: not read: {error}{more}; the old ones stay, disarmed", False)
            return
        self.macros, self.warnings = read.macros, read.warnings
        warned = "".join(f"; {warning}" for warning in self.warnings)
        self._say(f"hotkeys: {len(self.macros)} macros read from {self._file.path.name}; disarmed{warned}", not warned)

    def lines(self) -> list[Line]:
        """The list that `hotkeys` shows."""
        path = self._file.path.name if self._file is not None else "hotkeys.toml"
        state: Line = [(" ARMED ", "alarm"), (" macros with send = true go out by themselves", "normal")]
        if not self.armed:
            state = [(" not armed: every macro is put on the command line; `arm` lets some send", "dim")]
        if not self.macros:
            return [state, [], [(f" no macros: {path} has none; it begins with an example", "normal")]]
        warned: list[Line] = [[(f" {row}", "warn")] for text in self.warnings for row in wrap(plain(text), 70)]
        lines: list[Line] = [state, *warned, []]
        for macro in self.macros:
            key = key_name(macro.key) if macro.key else ""
            sends = ("sends when armed", "warn") if macro.send else (_WHERE, "dim")
            lines.append([(f" {key:<8}", "key"), (f"{macro.name:<20}", "strong"), sends])
            lines += [[(f"   {plain(line)}", "normal")] for line in macro.lines]
            lines += [[(f"   {plain(macro.help)}", "dim")]] if macro.help else []
        return lines


def _is_sign(event: Key) -> bool:
    """Whether the key is a printed sign that Textual calls by a word, such as plus."""
    return event.character is not None and event.character.isprintable() and event.character != " "
