"""The PIN field. Nothing of what is typed is ever shown, not even how much of it; nothing of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from textual.events import Key, Paste

from console.pin.rules import LONGEST
from console.pin.vault import Verdict, span
from console.screens.boxes import DEAD_NS, BoxScreen
from engine.model.secret import Secret
from widgets.format import plain
from widgets.lines import Line

#: So many equal signs in a row are a key that is held down, not a PIN.
_HELD: Final = 8
Check = Callable[[Secret], Verdict]


class PinEntry:
    """What was typed so far. `feed` and `paste` say what was wrong with it, "" when nothing was."""

    def __init__(self) -> None:
        self._signs: list[str] = []

    def __repr__(self) -> str:
        return "PinEntry(***)"

    @property
    def is_empty(self) -> bool:
        return not self._signs

    def feed(self, sign: str) -> str:
        """One more sign."""
        self._signs.append(sign)
        if len(self._signs) >= _HELD and len(set(self._signs[-_HELD:])) == 1:
            self.clear()
            return "a key was held down: nothing of it was kept, type the PIN again"
        if len(self._signs) > LONGEST:
            self.clear()
            return f"longer than {LONGEST} signs: nothing of it was kept, type the PIN again"
        return ""

    def paste(self, pasted: Secret) -> str:
        """Pasted text, as a whole: one line that can be a PIN, or nothing of it. It is never sent by itself."""
        signs = list(pasted.reveal().rstrip("\r\n"))
        if not signs or not all(sign.isprintable() for sign in signs) or len(self._signs) + len(signs) > LONGEST:
            self.clear()
            return "what was pasted can't be a PIN: nothing of it was kept"
        self._signs += signs
        return ""

    def back(self) -> None:
        """Backspace takes back all of it: nobody sees how much is left."""
        self.clear()

    def clear(self) -> None:
        self._signs.clear()

    def take(self) -> Secret:
        """What was typed; the field is empty afterwards."""
        secret = Secret("".join(self._signs))
        self.clear()
        return secret


class PinBox(BoxScreen[Verdict | None]):
    """Level 4: the account as its broker reports it, and the PIN. Enter with nothing typed is no, and so is Esc."""

    explanation = (
        "The PIN opens a live desk, or unlocks one. It is never shown, nor how much of it is typed, and after wrong "
        "ones nothing is looked at for a while, longer each time. `tradedesk pin` sets it. Esc is no.",
    )
    severity = "-live"
    dead_ns = DEAD_NS
    stays_awake = True

    def __init__(
        self,
        what: str,
        account: str,
        source: str,
        check: Check,
        left_s: Callable[[], int],
        clock: Callable[[], int],
    ) -> None:
        """`what` is asked for; `source` says where `account` was read. `check` and `left_s` (of a lock-out) block, and
        are called in a thread beside."""
        self._what = what
        self._account = account
        self._source = source
        self._check = check
        self._left_s = left_s
        self._entry = PinEntry()
        self._said: tuple[str, str] = ("", "dim")
        self._checking = False
        self._locked_until = 0
        super().__init__("PIN", "nothing was opened or sent yet", (), clock)
        self._text.show(self._lines())

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(0.25, self._tick)
        self.run_worker(self._look_for_lock_out(), exit_on_error=False)
        self._text.show(self._lines())

    async def _look_for_lock_out(self) -> None:
        self._lock_out(await asyncio.to_thread(self._left_s))
        self._text.show(self._lines())

    def _lock_out(self, seconds: int) -> None:
        self._locked_until = self._clock() + seconds * 1_000_000_000 if seconds else 0

    @property
    def _left(self) -> int:
        """Seconds of the lock-out that are left, rounded up."""
        return max(0, -(-(self._locked_until - self._clock()) // 1_000_000_000))

    def _lines(self) -> list[Line]:
        account = plain(self._account)
        lines: list[Line] = [
            [(" LIVE ", "live"), (f"  account {account}  ", "strong"), (plain(self._source), "dim")],
            [],
            [(f" {plain(self._what)}", "strong")],
            [],
        ]
        if self._checking:
            lines.append([(" PIN  ", "label"), ("checking ...", "dim")])
        elif self._left:
            lines.append([(f" locked out: no PIN is looked at for {span(self._left)}", "down")])
        else:
            typed = ("(typed, not shown)", "strong") if not self._entry.is_empty else ("(nothing typed)", "dim")
            lines.append([(" PIN  ", "label"), typed])
        said, style = self._said
        lines += [[(f" {said}", style)] if said else [], []]
        lines.append([(" Enter", "key"), (" gives it   ", "dim"), ("Backspace", "key"), (" clears it   ", "dim")])
        lines.append([(" Esc", "key"), (", or Enter with nothing typed: no. ", "dim")])
        lines.append([(" Kill, cancel and flat never ask for it.", "dim")])
        return lines

    def _tick(self) -> None:
        if not self._locked_until:
            return
        if not self._left:
            self._locked_until = 0
            self._said = ("a PIN is looked at again", "dim")
        self._text.show(self._lines())

    def pressed(self, event: Key) -> None:
        if self._checking:
            return
        if event.key == "escape":
            self._close()
            return
        if event.key == "enter":
            self._enter()
        elif event.key == "backspace":
            self._entry.back()
            self._said = ("", "dim")
        elif event.character is not None and event.is_printable and not self._left:
            problem = self._entry.feed(event.character)
            self._said = (problem, "warn")
        self._text.show(self._lines())

    def on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        pasted, event.text = Secret(event.text), ""  # a crash report shows its frames' events
        if not self._checking and not self._left:
            self._awake = True
            self._said = (self._entry.paste(pasted), "warn")
            self._text.show(self._lines())

    def _enter(self) -> None:
        if self._entry.is_empty:
            if not self._left:
                self._close()
            return
        if self._left:
            self._entry.clear()
            return
        self._checking = True
        self._said = ("", "dim")
        self.run_worker(self._try(self._entry.take()), exit_on_error=False)

    async def _try(self, pin: Secret) -> None:
        problem = ""
        verdict: Verdict | None = None
        try:
            verdict = await asyncio.to_thread(self._check, pin)
        except Exception as error:  # told to the user; a box that hangs on "checking" would be worse
            problem = str(error) or type(error).__name__
        pin.forget()
        # What was typed meanwhile, and a key held down, are dropped: awake again after a moment without keys.
        self._checking, self._awake, self._quiet_since = False, False, self._clock()
        self._entry.clear()
        if verdict is not None and verdict.ok:
            self.answer(verdict)
            return
        if verdict is not None:
            self._lock_out(verdict.wait_s)
            problem = "wrong PIN" if verdict.looked else "not looked at: locked out after wrong PINs"
        self._said = (problem, "down")
        self._text.show(self._lines())

    def _close(self) -> None:
        self._entry.clear()
        self.answer(None)


def bar(text: str, width: int) -> Sequence[Line]:
    """A full-width bar in the danger colour with LIVE and the account at both ends."""
    end = f" LIVE {plain(text)} "
    return [
        [(end, "live"), (" " * max(0, width - 2 * len(end)), "live"), (end if 2 * len(end) <= width else "", "live")]
    ]
