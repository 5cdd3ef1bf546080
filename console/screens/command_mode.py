"""COMMAND mode on the screen: line, echo, history, completion and the boxes that a line may need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from console.grammar.parsed import Local
from console.screens.boxes import REPEAT_NS
from console.screens.command_line import CommandLine
from console.screens.history import History
from console.screens.ladder import Ask, Ladder
from console.screens.sender import Sender
from console.screens.session import AskWord, AskYes, CommandSession, Decision, DoLocal
from engine.views import StatusView
from widgets.echo import EchoLines, told
from widgets.format import plain
from widgets.lines import Line, Part, length

#: How long an answer that is longer than the line is shown in full.
_SHOWN_NS: Final = 8_000_000_000


class CommandMode:
    """Glue between the line, the session and the sender. Made once with the screen."""

    def __init__(
        self,
        line: CommandLine,
        echo: EchoLines,
        history: History,
        sender: Sender,
        *,
        ask: Ask,
        local: Callable[[Local], None],
        clock: Callable[[], int],
        ask_pin: Callable[[str], None] = lambda what: None,
        examples: Callable[[], Sequence[Line]] = lambda: (),
    ) -> None:
        """`examples` are shown while nothing stands on the line."""
        self._line = line
        self._echo = echo
        self._history = history
        self._local = local
        self._clock = clock
        self._told_ns = -_SHOWN_NS
        self._examples = examples
        self._ladder = Ladder(
            sender,
            history,
            ask=ask,
            ask_pin=ask_pin,
            clock=clock,
            sent=lambda text: self._put(""),
            refused=self._put_back,
            not_sent=lambda why: self.told([(f" not sent{why}", "warn")]),
            recheck=self._recheck,
            answered=lambda good, text: self._next_line(),
        )
        self._rest: tuple[str, ...] = ()
        """The lines of a macro that come when the one on the line has been taken."""
        self._macro: tuple[str, int] = ("", 0)
        self._result: Sequence[Part] = ()
        self._candidates: tuple[list[str], int] = ([], 0)
        self._entered_ns: int | None = None
        """When Enter was pressed last, with no other key since."""
        self.session: CommandSession | None = None

    @property
    def result(self) -> Sequence[Part]:
        """What came of a command and still stands there."""
        return self._result

    @property
    def active(self) -> bool:
        return self._line.active

    def open(self, session: CommandSession, status: StatusView, text: str) -> None:
        """Enter the mode with this text on the line."""
        self.session = session
        self._result = ()
        self._entered_ns = None
        self._line.open(status, text)
        session.type(text)

    def hold_enter(self) -> None:
        """The text was put there by an Enter: that key, held down, must not send it."""
        self._entered_ns = self._clock()

    def stage(self, name: str, lines: tuple[str, ...]) -> None:
        """The first of these lines of a macro stands on the line; the others follow it one by one."""
        self._macro, self._rest = (name, len(lines)), lines[1:]
        if self._rest:
            self.told([(f" macro {plain(name)}: line 1 of {len(lines)}", "label")])

    def _next_line(self) -> None:
        """The desk has taken a line; with a macro the next one comes, unless something else is being typed."""
        if not self._rest or not self.active or self._line.input.value:
            self._rest = ()
            return
        line, *rest = self._rest
        self._rest = tuple(rest)
        name, count = self._macro
        self._put(line)
        self.told([*self._result, (f"  macro {plain(name)}: line {count - len(rest)} of {count}", "label")])

    def close(self) -> None:
        """Leave it; what was typed is dropped."""
        self._rest = ()
        self._line.close()
        if self.session is not None:
            self.session.type("")
        self._echo.show(())

    def typed(self, text: str) -> None:
        """The input says what stands in it now."""
        if self.session is None or not self.active or text == self.session.text:
            return
        if text:
            self._result = ()
        self._entered_ns = None
        self._candidates = ([], 0)
        self.session.type(text)

    def enter(self) -> None:
        if self.session is not None:
            self.typed(self._line.input.value)  # its message about the last key may still be on its way
            before, self._entered_ns = self._entered_ns, self._clock()
            if before is None or self._entered_ns - before >= REPEAT_NS:
                self.session.enter()  # else it is held down: a refused line that came back must not go out again

    def explain(self) -> None:
        if self.session is not None:
            self.session.explain()

    async def _recheck(self, asked: AskYes | AskWord) -> str:
        return "" if self.session is None else await self.session.recheck(asked)

    def step_history(self, by: int) -> None:
        """An older or newer line that begins with what was typed."""
        self._entered_ns = None
        self._put(self._history.step(by, self._line.input.value))

    def search_history(self) -> None:
        """The next older line that has the words that were typed."""
        if self.session is None:
            return
        self._entered_ns = None
        found = self._history.search(self._line.input.value)
        if found is None:
            self.told([(" history: ", "label"), ("no line has these words", "warn")])
            return
        self._put(found.text)
        words = f" with {found.words}" if found.words else ""
        self.told([(f" history: {found.no} of {found.of}{plain(words)}", "label")])

    def complete(self) -> None:
        """Complete the word; again goes on to the next candidate."""
        if self.session is None:
            return
        self._entered_ns = None
        lines, at = self._candidates
        if lines and self._line.input.value == lines[at]:
            at = (at + 1) % len(lines)
            self._put(lines[at], keep_choices=True)
        else:
            line = self._line.input.value
            found = self.session.complete(self._line.input.cursor_position)
            space = " " if len(found) == 1 else ""
            lines = [f"{line[: c.start]}{c.text}{space}{line[c.end :].lstrip()}" for c in found]
            at = 0
            if lines:
                self._put(lines[0], keep_choices=len(lines) > 1)
        self._candidates = (lines, at)

    def told(self, parts: Sequence[Part]) -> None:
        """What came of a command: shown above the line until the next one is typed; while none is typed on the line
        itself, and for a moment in full above it where the line is too short."""
        self._result = parts
        self._told_ns = self._clock()
        self._line.say(parts)
        self.draw()

    def draw(self) -> None:
        """Show the echo of what stands on the line."""
        width = self._echo.app.size.width - 2  # a live desk frames it
        if not self.active or self.session is None:
            fresh = self._clock() - self._told_ns < _SHOWN_NS
            self._echo.show(_wrapped(self._result, width) if fresh and length(self._result) > width else ())
            return
        lines: list[Line] = self.session.echo(width)
        if not lines and not self._result and not self.session.text.strip():
            lines = list(self._examples())
        self._echo.show([*_wrapped(self._result, width), *lines])

    def hide(self) -> None:
        """Esc: what was told in full is read."""
        self._told_ns = -_SHOWN_NS
        self.draw()

    def decided(self, decision: Decision) -> None:
        """The session says what Enter means."""
        if not isinstance(decision, DoLocal):
            self._ladder.climb(decision)
            return
        local = decision.local
        if local.name != "explain":
            self._history.add(decision.text)
        if local.name == "explain":
            self._put(f"{local.args[0].rstrip()} " if local.args and local.args[0].strip() else "")
            self.explain()
        else:
            self._put("")
            self._local(local)

    def _put_back(self, text: str) -> None:
        self._rest = ()
        if self.active and not self._line.input.value:
            self._put(text)

    def _put(self, text: str, *, keep_choices: bool = False) -> None:
        if self.session is None:
            return
        choices = self.session.choices
        self._line.put(text)
        self.session.type(text)
        if keep_choices:
            self.session.list_choices(choices)


def _wrapped(parts: Sequence[Part], width: int) -> list[Line]:
    """An answer, on as many lines as it takes."""
    if not parts or length(parts) <= width:
        return [parts] if parts else []
    *head, (text, style) = parts
    return told(head, text, style, width)
