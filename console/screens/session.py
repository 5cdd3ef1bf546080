"""COMMAND mode without its widgets: what a typed line means, what would happen, and what Enter may do.

The session parses on every keystroke, asks the desk for a preview, and drops every answer that is not about the text
as it stands. Nothing is sent from here: `enter` says what should happen, the screen does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from console.grammar.context import Context
from console.grammar.echo import beyond_preview
from console.grammar.grammar import Grammar
from console.grammar.parsed import Expect, GrammarError, Local, Parsed, Suggestion
from console.screens.recheck import what_changed
from engine.inputs import Command, LaunchAlgo, ModifyOrder, PlaceGroup, PlaceOrder
from engine.model.order import symbols_of
from engine.risk.asks_pin import needs_pin
from engine.runtime.handle import DeskHandle
from engine.views import AlgoPlan, CommandResult, Denial, DeskView, OrderPreview
from widgets.echo import Colour, order_echo, told, verdict_lines, who
from widgets.format import plain
from widgets.lines import Line, Part
from widgets.notation import Notation
from widgets.plan_echo import plan_echo

ContextOf = Callable[[DeskView], Context]
Preview = OrderPreview | AlgoPlan | CommandResult
_REFRESH_NS: Final = 500_000_000
_MOST_CHOICES: Final = 10


class Send(msgspec.Struct, frozen=True):
    """Send this command now."""

    command: Command
    text: str


class AskYes(msgspec.Struct, frozen=True):
    """Level 2: send only after a typed `y`."""

    command: Command
    text: str
    what: str
    why: tuple[str, ...]
    shown: Preview | None = None
    """What the desk said of it when it was asked about."""


class AskWord(msgspec.Struct, frozen=True):
    """Level 3: send only after the word was typed."""

    command: Command
    text: str
    what: str
    word: str
    why: tuple[str, ...]
    shown: Preview | None = None


class DoLocal(msgspec.Struct, frozen=True):
    """Something for the screen itself."""

    local: Local
    text: str


class AskPin(msgspec.Struct, frozen=True):
    """The desk is locked: nothing of this goes out before the PIN is given; then the line is looked at anew."""

    what: str


Decision = AskPin | Send | AskYes | AskWord | DoLocal


class CommandSession:
    """One per console. `changed` is called whenever the echo should be drawn anew; `decided` with each decision."""

    def __init__(
        self,
        handle: DeskHandle,
        grammar: Grammar,
        context_of: ContextOf,
        notation: Notation,
        *,
        changed: Callable[[], None],
        decided: Callable[[Decision], None],
        clock: Callable[[], int],
        read_only: bool = False,
    ) -> None:
        """`clock`: monotonic ns."""
        self._handle = handle
        self._grammar = grammar
        self._context_of = context_of
        self._notation = notation
        self._changed = changed
        self._decided = decided
        self._clock = clock
        self._read_only = read_only
        self._text = ""
        self._parsed: Parsed | None = None
        self._error: GrammarError | None = None
        self._refused = ""
        self._preview: Preview | None = None
        self._asked = 0
        self._asked_ns = 0
        self._waiting = False
        self._enter_waits = False
        self._choices: Sequence[tuple[str, str]] = ()
        self._first = 0
        """Of the choices that are shown."""
        self._explained = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def text(self) -> str:
        return self._text

    @property
    def error(self) -> GrammarError | None:
        """Why the text means nothing as it stands."""
        return self._error

    @property
    def refused(self) -> str:
        """Why Enter did nothing; "" since the text changed."""
        return self._refused

    @property
    def preview(self) -> Preview | None:
        """What the desk says of the text as it stands; None while it has not said it."""
        return self._preview

    @property
    def parsed(self) -> Parsed | None:
        """What the text means."""
        return self._parsed

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """What `?` or Tab listed: (text, what it is)."""
        return self._choices

    # Typing -------------------------------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """The line now reads `text`."""
        before = self._parsed
        self._text = text
        self._enter_waits = False
        self._refused = ""
        self._list(())
        self._read()
        if self._parsed is None or before is None or before.command != self._parsed.command:
            self._preview = None  # what was shown is not about this line
        self._changed()

    def refresh(self) -> None:
        """The market moves while the user thinks: ask again, at most twice a second."""
        if self._text.strip() and not self._waiting and self._clock() - self._asked_ns >= _REFRESH_NS:
            self._read()

    def explain(self) -> None:
        """List what may follow; again: what the list had no room for."""
        choices = [_described(expect) for expect in self._grammar.explain(self._text, self._context())]
        again = self._explained and choices == self._choices
        self._first = (self._first + _MOST_CHOICES) if again and self._first + _MOST_CHOICES < len(choices) else 0
        self._choices, self._explained = choices, True
        self._changed()

    def complete(self, cursor: int) -> Sequence[Suggestion]:
        """What Tab may put at the cursor, best first; several are listed."""
        found = self._grammar.complete(self._text, cursor, self._context())
        self._list([(choice.text, choice.doc) for choice in found] if len(found) > 1 else ())
        self._changed()
        return found

    def list_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Keep showing what Tab goes through."""
        self._list(choices)
        self._changed()

    def _list(self, choices: Sequence[tuple[str, str]]) -> None:
        self._choices, self._first, self._explained = choices, 0, False

    def enter(self) -> None:
        """Enter was pressed. Decides now, or when the preview of exactly this text arrives."""
        parsed = self._parsed
        if not self._text.strip():
            return
        if parsed is None:
            self._refuse(str(self._error) if self._error is not None else "nothing to send")
        elif isinstance(parsed.command, Local):
            self._decided(DoLocal(parsed.command, self._text))
        elif self._read_only:
            self._refuse("this console is read-only")
        elif _needs_preview(parsed.command) and (self._waiting or self._preview is None):
            self._enter_waits = True
        else:
            self._decide(parsed, parsed.command)

    # Reading and previewing ---------------------------------------------------------------------------------

    def _context(self) -> Context:
        return self._context_of(self._handle.view())

    def _read(self) -> None:
        self._parsed = self._error = None
        self._asked_ns = self._clock()
        if not self._text.strip():
            self._drop_preview()
            return
        try:
            parsed = self._grammar.parse(self._text.strip(), self._context())
        except GrammarError as error:
            self._error = error
            self._drop_preview()
            if error.needs_quote is not None:
                self._handle.watch(error.needs_quote)
            return
        self._parsed = parsed
        match parsed.command:
            case PlaceOrder(request=request):
                for symbol in symbols_of(request):
                    self._handle.watch(symbol)
            case PlaceGroup(requests=requests):
                self._handle.watch(requests[0].symbol)
            case LaunchAlgo(spec=spec):
                self._handle.watch(spec.symbol)
        looked = self._look_at(parsed.command)
        if looked is None:
            self._drop_preview()
        else:
            self._await(looked)

    async def recheck(self, asked: AskYes | AskWord) -> str:
        """Why a yes to this must not count any more; "" when it may."""
        looked = self._look_at(_accepting(asked.command, False))
        if looked is None:
            return ""
        try:
            return what_changed(asked.shown, await looked)
        except Exception as error:  # a desk that can't say is no reason to send what nobody looked at
            return str(error) or type(error).__name__

    def _look_at(self, command: Command | Local) -> Awaitable[Preview] | None:
        """What the desk says of it now; None of what has no preview."""
        match command:
            case PlaceOrder(request=request):
                order: asyncio.Future[OrderPreview] = asyncio.wrap_future(self._handle.preview(request))
                return order
            case PlaceGroup() as group:
                orders: asyncio.Future[OrderPreview] = asyncio.wrap_future(self._handle.preview(group))
                return orders
            case ModifyOrder(target=target, change=change):
                answer = self._handle.preview_replace(target, change)
                replace: asyncio.Future[OrderPreview | CommandResult] = asyncio.wrap_future(answer)
                return replace
            case LaunchAlgo(spec=spec):
                plan: asyncio.Future[AlgoPlan] = asyncio.wrap_future(self._handle.plan(spec))
                return plan
        return None

    def _drop_preview(self) -> None:
        self._asked += 1
        self._preview = None
        self._waiting = False

    def _await(self, future: Awaitable[Preview]) -> None:
        self._asked += 1
        self._waiting = True
        task = asyncio.ensure_future(self._answer(future, self._asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, future: Awaitable[Preview], asked: int) -> None:
        try:
            answer = await future
        except Exception as error:  # the engine refused to look at it: to be read, never to end the console
            answer = CommandResult(ok=False, message=str(error) or type(error).__name__)
        if asked != self._asked:
            return  # about a text that no longer stands there
        self._waiting = False
        self._preview = answer
        self._changed()
        if self._enter_waits and self._parsed is not None and not isinstance(self._parsed.command, Local):
            self._enter_waits = False
            self._decide(self._parsed, self._parsed.command)

    # Deciding -----------------------------------------------------------------------------------------------

    def _decide(self, parsed: Parsed, command: Command) -> None:
        denials = self._denials()
        hard = self._hard()
        if isinstance(self._preview, CommandResult):
            self._refuse(self._preview.message)
        elif any(denial.code == "ROLE" for denial in hard):
            # The desk refuses it, and its audit trail then has who tried.
            self._decided(Send(command, self._text))
        elif hard:
            self._refuse(str(hard[0]))
        elif self._asks_pin(command):
            self._decided(AskPin(parsed.echo))
        elif parsed.level >= 3:
            why = tuple(text for text in (parsed.why, *parsed.notes) if text)
            self._decided(AskWord(command, self._text, parsed.echo, parsed.confirm, why, self._preview))
        elif parsed.level == 2 or denials:
            why = tuple(text for text in (parsed.why, *(str(denial) for denial in denials)) if text)
            asked = _accepting(command) if denials else command
            self._decided(AskYes(asked, self._text, parsed.echo, why, self._preview))
        else:
            self._decided(Send(command, self._text))

    def _denials(self) -> Sequence[Denial]:
        return () if self._preview is None else self._preview.denials

    def _hard(self) -> list[Denial]:
        """What refuses it whatever the user does; the lock does not: it asks for the PIN."""
        return [denial for denial in self._denials() if not denial.soft and denial.code != "LOCKED"]

    def _asks_pin(self, command: Command | Local) -> bool:
        return bool(self._handle.view().status.locked) and needs_pin(command)

    def _refuse(self, why: str) -> None:
        self._refused = why
        self._changed()

    # The echo -----------------------------------------------------------------------------------------------

    @property
    def colour(self) -> Colour | None:
        """The verdict on the text as it stands; None while there is none. What can't be sent from here is refused."""
        checked = self._checked()
        return "red" if checked is not None and self._read_only else checked

    def _checked(self) -> Colour | None:
        """What the desk's checks say of it."""
        if self._parsed is None or isinstance(self._parsed.command, Local):
            return None
        if _needs_preview(self._parsed.command) and self._preview is None:
            return None
        if isinstance(self._preview, CommandResult) or self._hard():
            return "red"
        if self._asks_pin(self._parsed.command):
            return "amber"
        return "amber" if self._parsed.level >= 2 or self._denials() else "green"

    def echo(self, width: int) -> list[Line]:
        """What stands above the command line for a screen of this width."""
        lines = self._choice_lines()
        if not self._text.strip():
            return lines
        if self._parsed is None:
            return [*lines, *self._error_lines(width)]
        return [*lines, *self.order_lines(width), *self.verdict_lines(width)]

    def order_lines(self, width: int) -> list[Line]:
        """What it would do."""
        status = self._handle.view().status
        match self._preview:
            case OrderPreview() as preview:
                more = beyond_preview(self._parsed.command) if self._parsed is not None else ("", "")
                return order_echo(preview, status, width, self._notation, more)
            case AlgoPlan() as plan:
                return plan_echo(plan, status, self._notation)
            case _ if self._parsed is not None:
                return [[*who(status), (f" {plain(self._parsed.echo)}", "strong")]]
        return []

    def verdict_lines(self, width: int) -> list[Line]:
        """What the checks say, each that fails; or why the text means nothing."""
        return self._error_lines(width) if self._parsed is None else self._verdict(self._parsed, width)

    def _verdict(self, parsed: Parsed, width: int) -> list[Line]:
        colour = self.colour
        notes = (*parsed.notes, *(self._preview.notes if isinstance(self._preview, OrderPreview | AlgoPlan) else ()))
        notes = tuple(note for note in dict.fromkeys(notes) if note != parsed.why)
        if isinstance(parsed.command, Local):
            return [[(" Enter shows it", "dim")], *([(f" {plain(note)}", "normal")] for note in parsed.notes)]
        if colour is None:
            return [[(" checking…" if not self._notation.ascii_only else " checking...", "dim")]]
        if isinstance(self._preview, CommandResult):
            return verdict_lines("red", plain(self._preview.message), (), notes, width, self._notation.glyphs)
        if self._read_only:
            says = f"; the checks say {str(self._checked()).upper()}"
            action = f"read-only: nothing can be sent from here{says}"
        elif colour == "red":
            action = "refused"
        elif self._asks_pin(parsed.command):
            action = "LOCKED: Enter asks for the PIN"
        elif parsed.level >= 3:
            action = f"Enter, then type {parsed.confirm}"
        else:
            action = "Enter, then y" if colour == "amber" else "Enter sends"
        if parsed.why and colour == "amber":
            action += f" {self._notation.glyphs.dot} {parsed.why}"
        return verdict_lines(colour, action, self._denials(), notes, width, self._notation.glyphs)

    def _error_lines(self, width: int) -> list[Line]:
        """Red after Enter; while typing an unfinished line is no mistake, only a hint."""
        if self._refused:
            return told([(f" {self._notation.glyphs.no} ", "red"), (" ", "normal")], self._refused, "down", width)
        return told([(" ", "normal")], str(self._error), "dim", width) if self._error is not None else []

    def _choice_lines(self) -> list[Line]:
        lines: list[Line] = []
        end = self._first + _MOST_CHOICES
        for text, doc in self._choices[self._first : end]:
            head: Part = (f" {plain(text):<18}", "key")
            lines.append([head, (plain(doc), "dim")])
        if len(self._choices) > _MOST_CHOICES:
            left = len(self._choices) - end
            more, again = (f"and {left} more", "them") if left > 0 else ("that is all", "the first again")
            lines.append([(f" {more}" + f": ? shows {again}" * self._explained, "dim")])
        return lines


def _needs_preview(command: Command | Local) -> bool:
    return isinstance(command, PlaceOrder | PlaceGroup | ModifyOrder | LaunchAlgo)


def _accepting(command: Command, yes: bool = True) -> Command:
    """The same command, with the user's `y` to the soft limits that were shown, or without one."""
    match command:
        case PlaceOrder(request=request):
            return PlaceOrder(msgspec.structs.replace(request, accept_soft=yes))
        case PlaceGroup(contingency=contingency, requests=requests, partial=partial):
            accepted = tuple(msgspec.structs.replace(request, accept_soft=yes) for request in requests)
            return PlaceGroup(contingency, accepted, partial)
        case ModifyOrder(target=target, change=change):
            return ModifyOrder(target, msgspec.structs.replace(change, accept_soft=yes))
        case _:
            return command


def _described(expect: Expect) -> tuple[str, str]:
    return expect.text, expect.doc
