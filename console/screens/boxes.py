"""Boxes over the desk. They take all keys; only the kill key goes before them. None of them says yes by accident."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import ClassVar, Final, Generic, Literal, Protocol, TypeVar, runtime_checkable

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Key, Resize
from textual.screen import ModalScreen

from console.screens.layout import TINY, layout_for
from engine.views import DeskView
from widgets.format import countdown, plain
from widgets.lines import Line, Lines, Part, clipped
from widgets.wrap import wrapped

ResultT = TypeVar("ResultT")

DEAD_NS: Final = 300_000_000
"""A box hears nothing until no key came for this long: what was typed before it, and a key held down, are dropped."""
REPEAT_NS: Final = 1_100_000_000
"""The same key again so soon after one that was dropped may be a key held down: terminals wait up to a second before
they repeat one, and send no release."""
EXPIRY_NS: Final = 10_000_000_000
PAINTED_S: Final = 0.5
"""A box is painted long before."""


@runtime_checkable
class KnowsKeys(Protocol):
    """An app that knows how long ago a key was pressed, and what its user's key map makes of it."""

    def key_age_ns(self, event: Key) -> int: ...

    def means(self, event: Key, action_id: str) -> bool: ...


class TextLines(Lines):
    """As many lines as it is given."""

    def __init__(self, lines: Sequence[Line] = ()) -> None:
        super().__init__()
        self._content = lines
        self._extra: Sequence[Line] = ()
        self.styles.height = max(1, len(lines))

    @property
    def explains(self) -> bool:
        return bool(self._extra)

    def explain(self, lines: Sequence[Line]) -> None:
        """Show these below whatever else is shown, until they are taken away by none."""
        self._extra = lines
        content, self._content = self._content, ()
        self.show(content)

    def show(self, lines: Sequence[Line]) -> None:
        if len(lines) != len(self._content):
            self.styles.height = max(1, len(lines) + len(self._extra))
        self._content = lines
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        return [clipped(line, width) for line in (*self._content, *self._extra)]


class WrappedLines(TextLines):
    """What is asked about must be read in full: broken at blanks, never cut."""

    def show(self, lines: Sequence[Line]) -> None:
        self._content = lines
        self._fit()
        self.redraw()

    def on_resize(self, event: Resize) -> None:
        self._fit()  # Textual calls the one of Lines behind it

    def _fit(self) -> None:
        rows = len(self.build(self.size.width or 70))
        if self.styles.height is None or self.styles.height.value != rows:
            self.styles.height = max(1, rows)

    def build(self, width: int) -> Sequence[Line]:
        return [row for line in (*self._content, *self._extra) for row in wrapped(line, width, indent=4)]


class Box(Vertical):
    """The frame; its class says how serious it is."""


class BoxScreen(ModalScreen[ResultT], Generic[ResultT], inherit_bindings=False):
    """Base: a frame with lines in it. `pressed` gets every key after the dead time."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = []
    severity: ClassVar[str] = ""
    dead_ns: ClassVar[int] = 0
    stays_awake: ClassVar[bool] = False
    """Whether one key after the dead time is enough to hear all that follow, as where a word is typed."""
    explanation: ClassVar[Sequence[str]] = ()
    """What F1 says of it, a paragraph each. Every box has one but those that are help themselves."""
    own_keys: Sequence[tuple[str, str]] = ()
    """Keys and what they do, where a box has some of its own in the registry of actions: F1 lists them."""
    needs_room: ClassVar[bool] = False
    """Whether it hears nothing but Esc where the window is too small to show what it asks."""

    def __init__(self, title: str, subtitle: str, lines: Sequence[Line], clock: Callable[[], int]) -> None:
        super().__init__()
        self._box = Box(classes=self.severity)
        self._box.border_title = title
        self._box.border_subtitle = subtitle
        self._text = WrappedLines(lines) if self.severity else TextLines(lines)
        self._clock = clock
        self._quiet_since = clock()
        self._awake = False
        self.in_sight = False
        self._dropped = ""
        self._subtitle: str | None = None
        self._is_answered = False
        self._waits: tuple[ResultT] | None = None

    def compose(self) -> ComposeResult:
        with self._box, VerticalScroll(can_focus=False):
            yield self._text

    def on_mount(self) -> None:
        self._start_anew()
        self.call_after_refresh(self._appeared)
        self.set_timer(PAINTED_S, self._appeared)  # it must not stay deaf, whatever becomes of that callback

    def on_resize(self, event: Resize) -> None:
        """Everything stands elsewhere now: the eyes need their time again."""
        self._start_anew()

    def _appeared(self) -> None:
        """Painted: what is pressed from now on may be about it."""
        if not self.in_sight:
            self.in_sight = True
            self._start_anew()

    def window_changed(self) -> None:
        """The window was left, or is the one in front again: what was pressed on the way is not about the box."""
        self._start_anew()

    def _start_anew(self) -> None:
        """The dead time begins now."""
        self._quiet_since = self._clock()
        self._awake = False

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        app = self.app
        late = app.key_age_ns(event) if isinstance(app, KnowsKeys) else 0
        pressed_ns = self._clock() - late
        quiet, self._quiet_since = pressed_ns - self._quiet_since, max(pressed_ns, self._quiet_since)
        if self.explanation and (app.means(event, "box.help") if isinstance(app, KnowsKeys) else event.key == "f1"):
            self._explain()
        elif event.key == "escape" or (self._is_heard(event, quiet) and self._has_room()):
            self._awake = self.stays_awake
            self._dropped = ""
            if self._subtitle is not None:
                self._box.border_subtitle, self._subtitle = self._subtitle, None
            self.pressed(event)
        else:
            self._dropped = event.key
            if self._subtitle is None:
                self._subtitle = str(self._box.border_subtitle)
            problem = "not heard: wait a second" if self._has_room() else "too small: only Esc is heard"
            self._box.border_subtitle = problem

    def _explain(self) -> None:
        """F1: what the box is about, and again: without it. It answers nothing."""
        self._dropped = ""
        texts = () if self._text.explains else self.explanation
        lines: list[Line] = [[(f" {line}", "dim")] for text in texts for line in ("", *wrap(text, 68))]
        if lines and self.own_keys:
            lines += [[], *([(f" {keys:<12}", "key"), (text, "dim")] for keys, text in self.own_keys)]
        self._text.explain(lines)
        if lines:
            self.call_after_refresh(self.query_one(VerticalScroll).scroll_end, animate=False)

    def _is_heard(self, event: Key, quiet: int) -> bool:
        """Not what was typed before the box was seen, and not a key that is held down."""
        if not self.dead_ns or self._awake:
            return True
        return self.in_sight and quiet >= (REPEAT_NS if event.key == self._dropped else self.dead_ns)

    def _has_room(self) -> bool:
        return not self.needs_room or layout_for(*self.app.size) != TINY

    def pressed(self, event: Key) -> None:
        """One key, after the dead time."""

    def answer(self, result: ResultT) -> None:
        """Close the box with this answer, once. A box that another one covers closes when it is in sight again."""
        if self._is_answered:
            return
        if self.app.screen is not self:
            self._waits = self._waits or (result,)
            return
        self._is_answered = True
        _ = self.dismiss(result)

    @property
    def is_answered(self) -> bool:
        """Whether it is closed, or will be as soon as it is in sight."""
        return self._is_answered or self._waits is not None

    def on_screen_resume(self) -> None:
        self._start_anew()
        if self._waits is not None:
            self.answer(self._waits[0])

    def scroll(self, event: Key) -> bool:
        """Let the arrow and page keys scroll long text; True when this was one of them."""
        scroll = self.query_one(VerticalScroll)
        moves = {
            "up": scroll.scroll_up,
            "down": scroll.scroll_down,
            "pageup": scroll.scroll_page_up,
            "pagedown": scroll.scroll_page_down,
            "home": scroll.scroll_home,
            "end": scroll.scroll_end,
        }
        move = moves.get(event.key)
        if move is not None:
            move(animate=False)
        return move is not None


class YesBox(BoxScreen[bool]):
    """Level 2: `y` sends; Enter, Space, n and Esc do not."""

    explanation = (
        "The lines with ! say why the desk asks. Nothing was sent yet; y sends what the first line says, any other key "
        "named here does not.",
        "Keys are heard from 0.3 s after the box is seen, and never from a key that is held down. When a fill or "
        "another limit changes what was shown, the y sends nothing. Up and Down scroll. F12 stops everything from here "
        "too.",
    )
    severity = "-amber"
    dead_ns = DEAD_NS
    needs_room = True

    def __init__(self, what: str, why: Sequence[str], clock: Callable[[], int]) -> None:
        lines: list[Line] = [[(f" {plain(what)}", "strong")], []]
        lines += [[(" ! ", "warn"), (plain(reason), "warn")] for reason in why]
        lines += [[], [(" y ", "amber"), (" sends it   ", "normal"), ("Enter, Space, Esc", "key"), (" do not", "dim")]]
        super().__init__("Are you sure?", "nothing was sent yet", lines, clock)

    def pressed(self, event: Key) -> None:
        if event.character == "y":
            self.answer(True)
        elif event.key in ("enter", "space", "escape", "n"):
            self.answer(False)
        else:
            self.scroll(event)


class WordBox(BoxScreen[bool]):
    """Level 3: the word, then Enter; anything else is no, and so is ten seconds of silence."""

    explanation = (
        "This changes much at once, so it takes the word in the coloured field, typed, and Enter. Backspace corrects. "
        "Enter with any other word, Esc, and ten seconds without an answer send nothing.",
        "F12 stops everything from here too.",
    )
    severity = "-danger"
    dead_ns = DEAD_NS
    stays_awake = True
    needs_room = True

    def __init__(self, what: str, word: str, why: Sequence[str], clock: Callable[[], int]) -> None:
        self._what = what
        self._word = word
        self._why = why
        self._typed = ""
        self._opened = clock()
        super().__init__("This needs a word", "nothing was sent yet", (), clock)
        self._text.show(self._lines())

    def on_mount(self) -> None:
        super().on_mount()
        self._opened = self._clock()
        self.set_interval(0.1, self._tick)
        self._text.show(self._lines())

    def _lines(self) -> list[Line]:
        left = max(0, self._opened + EXPIRY_NS - self._clock())
        lines: list[Line] = [[(f" {plain(self._what)}", "strong")], []]
        lines += [[(" ! ", "warn"), (plain(reason), "warn")] for reason in self._why]
        typed: Part = (f"{self._typed}_", "strong")
        lines += [
            [],
            [(" Type ", "normal"), (f" {self._word} ", "red"), (" and Enter:  ", "normal"), typed],
            [],
            [(" Esc", "key"), (" sends nothing; closes in ", "dim"), (countdown(left), "dim")],
        ]
        return lines

    @property
    def _expired(self) -> bool:
        return self._clock() - self._opened >= EXPIRY_NS

    def _tick(self) -> None:
        if self._expired:
            self.answer(False)
        else:
            self._text.show(self._lines())

    def pressed(self, event: Key) -> None:
        if event.key == "escape" or self._expired:
            self.answer(False)
        elif event.key == "enter":
            self.answer(self._typed.strip().upper() == self._word.upper())
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        elif self.scroll(event):
            return
        elif event.character is not None and event.is_printable:
            self._typed = (self._typed + event.character)[: len(self._word) + 4]
        self._text.show(self._lines())


Leave = Literal["leave", "cancel", "headless"]
"""How to leave: everything as it is, working orders cancelled first, or the desk going on without a screen."""


def refused_answers(user: str, *, may_stop: bool, read_only: bool) -> dict[Leave, str]:
    """How somebody may not leave the desk, and why: whoever may change nothing lets it go on headless."""
    if not may_stop:
        why = f"ROLE: {user} may not stop the desk (roles.yaml)"
        return {"leave": why, "cancel": why}
    return {"cancel": "this console is read-only"} if read_only else {}


class QuitBox(BoxScreen[Leave | None]):
    """Leaving: lists what is working and asks what to do with it; never silently."""

    explanation = (
        "The console closes with each of the three letters. With l orders stay at the broker, LOCAL stops do nothing "
        "and algos wait until the desk is opened again. With c working orders are cancelled first; positions stay. "
        "With h the desk goes on without a screen, stops and algos with it; `tradedesk` in the same folder takes it "
        "over.",
    )
    severity = "-amber"
    dead_ns = DEAD_NS

    def __init__(self, view: DeskView, clock: Callable[[], int], refused: Mapping[Leave, str]) -> None:
        """`refused`: the answers that this person may not give, and why."""
        self._refused = refused
        super().__init__("Leave the desk", "", leaving_lines(view, refused), clock)

    def show(self, view: DeskView) -> None:
        """What works may change while the user thinks."""
        self._text.show(leaving_lines(view, self._refused))

    def pressed(self, event: Key) -> None:
        choice: dict[str | None, Leave] = {"l": "leave", "c": "cancel", "h": "headless"}
        if event.character in choice:
            self.answer(choice[event.character])
        elif event.key in ("escape", "n"):
            self.answer(None)


def leaving_lines(view: DeskView, refused: Mapping[Leave, str]) -> list[Line]:
    """What is working, and what each answer does to it."""
    orders = [order for order in view.orders if order.is_open]
    local = [order for order in orders if order.status.value == "HELD"]
    algos = [algo for algo in view.algos if algo.status in ("RUNNING", "PAUSED", "STOPPING")]
    held = [position for position in view.positions if position.qty]
    lines: list[Line] = [
        [(f" {len(orders)} working orders   {len(algos)} algos   {len(held)} positions", "strong")],
    ]
    if local:
        lines.append([(" ! ", "alarm"), (f" {len(local)} LOCAL orders die with the desk", "warn")])
    if not orders and not algos:
        lines.append([(" Nothing is working.", "dim")])
    if view.status.unknown_orders:
        lines.append([(" ! ", "alarm"), (f" {view.status.unknown_orders} orders are UNKNOWN", "warn")])
    answers: tuple[tuple[str, Leave, str, str], ...] = (
        ("l", "leave", "leave as it is", "orders stay at the broker, algos wait for the next start"),
        ("c", "cancel", "cancel", "cancel every working order, then stop"),
        ("h", "headless", "headless", "go on without a screen; tradedesk takes it over"),
    )
    lines.append([])
    for key, how, name, text in answers:
        if how in refused:
            lines.append([(f" {key} ", "dim"), (f" {name:<16}", "dim"), (plain(refused[how]), "warn")])
        else:
            lines.append([(f" {key} ", "amber"), (f" {name:<16}", "strong"), (text, "dim")])
    return [*lines, [], [(" Esc", "key"), (" stay", "dim")]]


class ListBox(BoxScreen[None]):
    """Lines to read."""

    explanation = ("A list to read. Up, Down, PgUp and PgDn scroll; Esc, q or Enter close. It sends nothing.",)

    def __init__(self, title: str, lines: Sequence[Line], clock: Callable[[], int]) -> None:
        super().__init__(title, "Esc closes", lines, clock)

    def pressed(self, event: Key) -> None:
        if not self.scroll(event) and event.key in ("escape", "q", "enter"):
            self.answer(None)


class DetailBox(BoxScreen[None]):
    """Everything about one row; goes on showing it while it changes."""

    explanation: ClassVar[Sequence[str]] = (
        "Everything about the row, followed while it changes. Up, Down, PgUp and PgDn scroll; Esc, q or Enter close. "
        "Nothing is done to the row from here but by the keys named at the lower edge.",
    )

    def __init__(self, title: str, content: Callable[[DeskView], Sequence[Line] | None], view: DeskView) -> None:
        """`content` gives the lines for a view, None when the row is gone."""
        self._content = content
        super().__init__(title, "Esc closes", content(view) or (), lambda: 0)

    def show(self, view: DeskView) -> None:
        """Show the row as the newest view has it; one that is gone stays as it was last."""
        lines = self._content(view)
        if lines is not None:
            self._text.show(lines)

    def pressed(self, event: Key) -> None:
        if not self.scroll(event) and event.key in ("escape", "q", "enter"):
            self.answer(None)
