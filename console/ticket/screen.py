"""The order ticket: a modal form over the desk. It sends nothing itself: the line that it writes goes the same way as
one typed into the command line, with the same session, the same boxes and the same sender."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.events import Key, Paste, Resize
from textual.screen import ModalScreen

from console import actions
from console.actions import Scope
from console.grammar.context import Context
from console.grammar.grammar import Grammar
from console.grammar.numbers import amount
from console.screens.bindings import bindings
from console.screens.boxes import DEAD_NS, Box, TextLines
from console.screens.help import HelpPages
from console.screens.history import History
from console.screens.ladder import Ask, Ladder
from console.screens.layout import TINY, layout_for
from console.screens.pasted import first_line
from console.screens.sender import Say, Sender
from console.screens.session import CommandSession, ContextOf, Decision, DoLocal
from console.ticket.compose import compose
from console.ticket.drawing import composed_lines, form_lines, hint_line, market_line, symbols_like
from console.ticket.editor import Editor
from console.ticket.fields import PRICES
from console.ticket.form import Form
from console.ticket.outlook import outlook_lines
from engine.model.money import plain as plain_number
from engine.runtime.handle import DeskHandle
from engine.views import DeskView, StatusView
from widgets.format import plain
from widgets.lines import Line, Lines, Part, clipped
from widgets.notation import Notation
from widgets.strips import FooterLine
from widgets.wrap import wrapped


class TicketSetup(msgspec.Struct, frozen=True):
    """What a ticket needs of its desk. `go_on`: continue with this line on the command line."""

    handle: DeskHandle
    grammar: Grammar
    context_of: ContextOf
    notation: Notation
    keys: actions.Keymap
    sender: Sender
    history: History
    ask: Ask
    say: Say
    ask_pin: Callable[[str], None]
    go_on: Callable[[str], None]
    clock: Callable[[], int]
    read_only: bool
    chain: Callable[[str, str], None]
    """Show the options on an underlying, for an account."""


class TicketScreen(ModalScreen[None], inherit_bindings=False):
    """One ticket. What was sent is the desk's; closing the ticket takes nothing back."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.TICKET)]

    def __init__(self, setup: TicketSetup, form: Form, status: StatusView, field_id: str) -> None:
        """`field_id`: where the cursor begins; "" for the first thing that is missing."""
        super().__init__()
        self._setup = setup
        self._line_made = compose(form)
        self._editor = Editor(form, field_id or self._line_made.missing or "qty")
        self._view = setup.handle.view()
        self._told: Sequence[Part] = ()
        self._sent = ""
        """The line that went out last, while no key has changed the form since."""
        self._watched = ""
        self._heard: tuple[int, bool] = (setup.clock(), True)
        """When the last key came, and whether Enter now would be one that is held down or came by habit."""
        self._open = True
        self._hidden = False
        self._session = CommandSession(
            setup.handle,
            setup.grammar,
            setup.context_of,
            setup.notation,
            changed=self._draw,
            decided=self._decided,
            clock=setup.clock,
            read_only=setup.read_only,
        )
        self._ladder = Ladder(
            setup.sender,
            setup.history,
            ask=setup.ask,
            ask_pin=setup.ask_pin,
            clock=setup.clock,
            sent=self._went_out,
            refused=self._came_back,
            not_sent=lambda why: self._tell([(f" not sent{why}", "warn")]),
            recheck=self._session.recheck,
        )
        self._box = Box(id="ticket")
        self._box.border_title = f"Order ticket  {status.mode.upper()} {plain(status.account)}"
        self._head = TicketHead(self._head_lines)
        self._outlook = TextLines()
        self._footer = FooterLine()
        self._bound = {
            name for action in actions.ACTIONS if action.scope is Scope.TICKET for name in self._keys(action)
        }

    def _keys(self, action: actions.Action) -> list[str]:
        return self._setup.keys[action.id].split(",")

    def compose(self) -> ComposeResult:
        with self._box:
            yield self._head
            with VerticalScroll(can_focus=False):
                yield self._outlook
        yield self._footer

    def on_mount(self) -> None:
        kill = actions.key_name(self._setup.keys["kill"])
        self._footer.show(actions.footer(self._setup.keys, Scope.TICKET), (kill, "KILL"))
        self._changed()

    # What the desk tells -----------------------------------------------------------------------------------------

    def show(self, view: DeskView) -> None:
        """The newest view: quotes and positions move while the user thinks, and what the checks say with them."""
        self._view = view
        self._session.refresh()
        self._draw()

    def tell(self, text: str, good: bool) -> None:
        """What came of a command."""
        glyphs = self._setup.notation.glyphs
        self._tell([(f" {glyphs.yes if good else glyphs.no} ", "up" if good else "down"), (plain(text), "normal")])

    def _tell(self, parts: Sequence[Part]) -> None:
        self._told = parts
        self._draw()

    # Keys ----------------------------------------------------------------------------------------------------------

    def on_key(self, event: Key) -> None:
        if self._hidden or event.key in self._bound:
            return  # a key of the ticket: its binding is next
        self._heard = (self._setup.clock(), False)
        done = self._editor.edit(event.key)
        if done is None and event.character is not None and event.is_printable:
            done = self._nudged(event.character) or self._editor.type(event.character)
        event.stop()
        event.prevent_default()
        self._edited(bool(done))

    def on_paste(self, event: Paste) -> None:
        event.stop()
        event.prevent_default()
        self._edited(self._editor.paste(first_line(event.text)))

    def action_step(self, by: int) -> None:
        self._heard = (self._setup.clock(), False)
        self._editor.step(by)
        self._draw()

    def action_turn(self, by: int) -> None:
        self._heard = (self._setup.clock(), False)
        near = symbols_like(self._editor, self._setup.context_of(self._view)) if by > 0 else []
        if near and self._editor.is_at_end:
            self._edited(self._editor.replace(near[0]))
        else:
            self._edited(self._editor.turn(by))

    def _nudged(self, sign: str) -> bool:
        """+ and - on a price that is a plain number: a tick up or down."""
        editor = self._editor
        instrument = self._setup.context_of(self._view).instrument(editor.form["symbol"].upper())
        price = amount(editor.form[editor.field.id])
        if sign not in ("+", "-") or editor.field.id not in PRICES or instrument is None or price is None:
            return False
        moved = price + (instrument.tick if sign == "+" else -instrument.tick)
        return moved > 0 and editor.replace(plain_number(moved))

    def action_clear(self) -> None:
        self._edited(self._editor.clear())

    def action_page(self, by: int) -> None:
        scroll = self.query_one(VerticalScroll)
        (scroll.scroll_page_down if by > 0 else scroll.scroll_page_up)(animate=False)

    def action_send(self) -> None:
        """Enter: to what is missing, or on with what the verdict allows. One that is held down does nothing."""
        now = self._setup.clock()
        (before, same), self._heard = self._heard, (now, True)
        if same and now - before < DEAD_NS:
            return
        composed = self._line_made
        if composed.missing:
            self._editor.go(composed.missing)
            self._draw()
        elif composed.text != self._sent:
            self._told = ()
            error = self._session.error
            if error is not None:
                self._editor.go(composed.field_at(error.start) or self._editor.field.id)
            self._session.enter()
            self._draw()

    def action_line(self) -> None:
        """The same on the command line."""
        text = self._line_made.text
        self.action_close()
        self._setup.go_on(text)

    def action_chain(self) -> None:
        """Out, and on to the options on its symbol (or beside it, where that is an option)."""
        form = self._editor.form
        instrument = self._setup.context_of(self._view).instrument(form["symbol"].upper())
        if instrument is None:
            self._tell([(" a symbol is needed first: whose options?", "warn")])
            return
        underlying = instrument.option.underlying if instrument.option else instrument.symbol
        account = form["account"]
        self.action_close()
        self._setup.chain(underlying, account)

    def action_help(self) -> None:
        _ = self.app.push_screen(HelpPages(self._setup.grammar, self._setup.keys, self._setup.clock).ticket())

    def action_close(self) -> None:
        """Out. A preview that is still on its way decides nothing any more."""
        self._leave()
        _ = self.dismiss()

    def on_resize(self, event: Resize) -> None:
        """Below the least size there is no room for a form: it waits unseen, and hears nothing but Esc."""
        self._hidden = layout_for(*self.app.size) == TINY
        self.set_class(self._hidden, TINY)
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action == "close" or not self._hidden

    def on_unmount(self) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._open:
            self._open = False
            self._session.type("")

    # The line --------------------------------------------------------------------------------------------------------

    def _edited(self, changed: bool) -> None:
        if changed:
            self._changed()
        else:
            self._draw()

    def _changed(self) -> None:
        self._line_made = compose(self._editor.form)
        self._sent = ""
        self._watch()
        # Not the line as it was typed but as it stands: an answer about an older one is dropped by the session.
        self._session.type(self._line_made.text)

    def _watch(self) -> None:
        """A quote for the symbol as soon as it is one."""
        symbol = self._editor.form["symbol"].upper()
        context = self._setup.context_of(self._view)
        if symbol and symbol != self._watched and context.instrument(symbol) is not None:
            self._watched = symbol
            self._setup.handle.watch(symbol)

    def _decided(self, decision: Decision) -> None:
        if self._open and not isinstance(decision, DoLocal):
            self._ladder.climb(decision)

    def _went_out(self, text: str) -> None:
        self._sent = text

    def _came_back(self, text: str) -> None:
        if self._sent == text:
            self._sent = ""

    # Drawing -------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        if not self._open or not self.is_mounted:
            return
        self._head.show()
        width = self.query_one(VerticalScroll).scrollable_content_region.width
        if not width:
            return
        rows: list[Line] = []
        for line in (*([self._told] if self._told else []), *self._looks(width)):
            rows += wrapped(line, width, indent=4)
        self._outlook.show(rows)

    def _head_lines(self, width: int) -> list[Line]:
        editor, composed = self._editor, self._line_made
        context = self._setup.context_of(self._view)
        return [
            market_line(editor.form, self._view, context, self._setup.notation),
            *form_lines(editor, composed, width),
            hint_line(editor, context, self._follows(context)),
            *composed_lines(composed, width),
        ]

    def _follows(self, context: Context) -> list[str]:
        """In the field of an algo's options, those that may still be given."""
        if self._editor.field.id != "options":
            return []
        expected = self._setup.grammar.explain(f"{self._line_made.text} ", context)
        return [expect.text for expect in expected if expect.kind == "word"]

    def _looks(self, width: int) -> Sequence[Line]:
        setup = self._setup
        if self._sent and self._line_made.text == self._sent:
            return [[(" sent: change something for another order, or leave", "dim")]]
        context = setup.context_of(self._view)
        return outlook_lines(self._session, self._line_made, self._editor.form, context, setup.notation, width)


class TicketHead(Lines):
    """Quote, form and line: as many rows as they take."""

    def __init__(self, make: Callable[[int], list[Line]]) -> None:
        """`make` gives the lines for a width; their number does not depend on it."""
        super().__init__(id="ticket-head")
        self._make = make

    def show(self) -> None:
        """Draw what differs, with the rows that it needs now."""
        rows = len(self._make(self.size.width))
        if self._rows != rows:
            self._rows = rows
            self.styles.height = rows
        self.redraw()

    _rows = 0

    def build(self, width: int) -> Sequence[Line]:
        return [clipped(line, width) for line in self._make(width)]
