"""An armed macro going out: line by line, each through the same checks and confirmations as a typed one.

The next line is looked at when the desk has taken the one before. The first that is refused, not confirmed, or not
understood ends it, and what ran by then is said.
"""

from __future__ import annotations

from collections.abc import Callable

from console.grammar.parsed import Local
from console.hotkeys.macro import Macro
from console.screens.boxes import REPEAT_NS
from console.screens.history import History
from console.screens.ladder import Ask, Ladder
from console.screens.sender import Say, Sender
from console.screens.session import CommandSession, Decision, DoLocal

MakeSession = Callable[[Callable[[], None], Callable[[Decision], None]], CommandSession]
"""(changed, decided) -> a session of its own, on the same desk."""


class MacroRunner:
    """One per console; one macro at a time."""

    def __init__(
        self,
        make_session: MakeSession,
        sender: Sender,
        history: History,
        *,
        ask: Ask,
        ask_pin: Callable[[str], None],
        local: Callable[[Local], None],
        say: Say,
        clock: Callable[[], int],
    ) -> None:
        self._session = make_session(self._changed, self._decided)
        self._ladder = Ladder(
            sender,
            history,
            ask=ask,
            ask_pin=ask_pin,
            clock=clock,
            sent=lambda text: None,
            refused=lambda text: None,
            not_sent=lambda why: self._stop(f"not confirmed{why}"),
            recheck=self._session.recheck,
            answered=self._answered,
        )
        self._local = local
        self._say = say
        self._clock = clock
        self._macro: Macro | None = None
        self._lines: tuple[str, ...] = ()
        self._at = 0
        self._called: tuple[str, int] = ("", 0)

    @property
    def busy(self) -> bool:
        """Whether a macro is going out."""
        return self._macro is not None

    def held_down(self, name: str) -> bool:
        """Note a call of that macro: whether it comes so soon after the one before that the key is held down."""
        before, at_ns = self._called
        self._called = (name, self._clock())
        return before == name and self._clock() - at_ns < REPEAT_NS

    def start(self, macro: Macro, lines: tuple[str, ...]) -> None:
        """Send its lines, the first one now."""
        if self._macro is not None:
            self._say(f"macro {macro.name}: {self._macro.name} is still going out", False)
            return
        self._macro, self._lines, self._at = macro, lines, 0
        self._go()

    def refresh(self) -> None:
        """The newest view is there: what a preview waits for may have come."""
        if self._macro is not None:
            self._session.refresh()

    def end(self, why: str) -> None:
        """Stop before the next line (a kill, a lock)."""
        if self._macro is not None:
            self._stop(why)

    def _go(self) -> None:
        self._session.type(self._lines[self._at])
        self._session.enter()

    def _changed(self) -> None:
        if self._macro is not None and self._session.refused:
            self._stop(self._session.refused)

    def _decided(self, decision: Decision) -> None:
        if self._macro is None:
            return
        if isinstance(decision, DoLocal):
            self._local(decision.local)
            self._went()
        else:
            self._ladder.climb(decision)

    def _answered(self, good: bool, text: str) -> None:
        if good:
            self._went()
        else:
            self._stop(text)

    def _went(self) -> None:
        """A line was taken by the desk."""
        macro = self._macro
        if macro is None:
            return
        self._at += 1
        if self._at < len(self._lines):
            self._go()
            return
        self._macro = None
        many = "1 line" if len(self._lines) == 1 else f"{len(self._lines)} lines"
        self._say(f"macro {macro.name}: {many} sent", True)

    def _stop(self, why: str) -> None:
        macro, at, lines = self._macro, self._at, self._lines
        if macro is None:
            return
        self._macro = None
        self._session.type("")
        ran = "; ".join(lines[:at]) or "nothing"
        self._say(f"macro {macro.name} stopped at line {at + 1} of {len(lines)}, {lines[at]}: {why}; ran: {ran}", False)
