"""COMMAND mode on the screen: line, echo, history, completion and the boxes that a line may need."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.grammar.parsed import Local
from console.screens.command_line import CommandLine
from console.screens.history import History
from console.screens.ladder import Ask, Ladder
from console.screens.sender import Sender
from console.screens.session import CommandSession, Decision, DoLocal
from engine.views import StatusView
from widgets.echo import EchoLines
from widgets.format import plain
from widgets.lines import Line, Part


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
    ) -> None:
        self._line = line
        self._echo = echo
        self._history = history
        self._local = local
        self._ladder = Ladder(
            sender,
            history,
            ask=ask,
            ask_pin=ask_pin,
            clock=clock,
            sent=lambda text: self._put(""),
            refused=self._put_back,
            not_sent=lambda: self.told([(" not sent", "warn")]),
        )
        self._result: Sequence[Part] = ()
        self._candidates: tuple[list[str], int] = ([], 0)
        self.session: CommandSession | None = None

    @property
    def active(self) -> bool:
        return self._line.active

    def open(self, session: CommandSession, status: StatusView, text: str) -> None:
        """Enter the mode with this text on the line."""
        self.session = session
        self._result = ()
        self._line.open(status, text)
        session.type(text)

    def close(self) -> None:
        """Leave it; what was typed is dropped."""
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
        self._candidates = ([], 0)
        self.session.type(text)

    def enter(self) -> None:
        if self.session is not None:
            self.typed(self._line.input.value)  # its message about the last key may still be on its way
            self.session.enter()

    def explain(self) -> None:
        if self.session is not None:
            self.session.explain()

    def step_history(self, by: int) -> None:
        """An older or newer line that begins with what was typed."""
        self._put(self._history.step(by, self._line.input.value))

    def search_history(self) -> None:
        """The next older line that has the words that were typed."""
        if self.session is None:
            return
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
        """What came of a command: shown above the line until the next one is typed."""
        self._result = parts
        self._line.say(parts)
        self.draw()

    def draw(self) -> None:
        """Show the echo of what stands on the line."""
        if not self.active or self.session is None:
            self._echo.show(())
            return
        lines: list[Line] = self.session.echo(self._echo.app.size.width - 2)  # a live desk frames it
        self._echo.show([self._result, *lines] if self._result else lines)

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
            self._local(local)

    def _put_back(self, text: str) -> None:
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
