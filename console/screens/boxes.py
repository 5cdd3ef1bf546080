"""Boxes over the desk. They take all keys; only the kill key goes before them. None of them says yes by accident."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import ClassVar, Final, Generic, Literal, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen

from engine.views import DeskView
from widgets.format import countdown, plain
from widgets.lines import Line, Lines, Part, clipped

ResultT = TypeVar("ResultT")

DEAD_NS: Final = 300_000_000
"""A box hears nothing until no key came for this long: what was typed before it, and a key held down, are dropped."""
EXPIRY_NS: Final = 10_000_000_000


class TextLines(Lines):
    """As many lines as it is given."""

    def __init__(self, lines: Sequence[Line] = ()) -> None:
        super().__init__()
        self._content = lines
        self.styles.height = max(1, len(lines))

    def show(self, lines: Sequence[Line]) -> None:
        if len(lines) != len(self._content):
            self.styles.height = max(1, len(lines))
        self._content = lines
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        return [clipped(line, width) for line in self._content]


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

    def __init__(self, title: str, subtitle: str, lines: Sequence[Line], clock: Callable[[], int]) -> None:
        super().__init__()
        self._box = Box(classes=self.severity)
        self._box.border_title = title
        self._box.border_subtitle = subtitle
        self._text = TextLines(lines)
        self._clock = clock
        self._quiet_since = clock()
        self._awake = False

    def compose(self) -> ComposeResult:
        with self._box, VerticalScroll(can_focus=False):
            yield self._text

    def on_mount(self) -> None:
        self._quiet_since = self._clock()

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()
        now = self._clock()
        quiet, self._quiet_since = now - self._quiet_since, now
        if self._awake or quiet >= self.dead_ns or event.key == "escape":
            self._awake = self.stays_awake
            self.pressed(event)

    def pressed(self, event: Key) -> None:
        """One key, after the dead time."""

    def answer(self, result: ResultT) -> None:
        """Close the box with this answer."""
        _ = self.dismiss(result)

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

    severity = "-amber"
    dead_ns = DEAD_NS

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


class WordBox(BoxScreen[bool]):
    """Level 3: the word, then Enter; anything else is no, and so is ten seconds of silence."""

    severity = "-danger"
    dead_ns = DEAD_NS
    stays_awake = True

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

    def _tick(self) -> None:
        if self._clock() - self._opened >= EXPIRY_NS:
            self.answer(False)
        else:
            self._text.show(self._lines())

    def pressed(self, event: Key) -> None:
        if event.key == "escape":
            self.answer(False)
        elif event.key == "enter":
            self.answer(self._typed.strip().upper() == self._word.upper())
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
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


class HelpBox(BoxScreen[None]):
    """All keys and all commands, from their registries."""

    def __init__(
        self,
        keys: Sequence[tuple[str, str, str, str]],
        verbs: Sequence[tuple[str, str]],
        clock: Callable[[], int],
        title: str = "Help",
    ) -> None:
        super().__init__(title, "Esc closes", help_lines(keys, verbs), clock)

    def pressed(self, event: Key) -> None:
        if not self.scroll(event) and event.key in ("escape", "q", "f1", "enter", "question_mark"):
            self.answer(None)


def help_lines(keys: Sequence[tuple[str, str, str, str]], verbs: Sequence[tuple[str, str]]) -> list[Line]:
    """Keys by mode, then the commands."""
    titles = {
        "everywhere": "Everywhere, over every box",
        "desk": "NORMAL mode",
        "row": "NORMAL mode, on the selected row",
        "command": "COMMAND mode",
        "filter": "Filter",
        "ticket": "The order ticket",
        "past": "Time travel",
    }
    lines: list[Line] = []
    mode = ""
    for scope, names, _, text in keys:
        if scope != mode:
            mode = scope
            lines += [[], [(f" {titles[scope]}", "label")]] if lines else [[(f" {titles[scope]}", "label")]]
        first, *rest = wrap(text, 54)
        lines.append([(f"  {names:<14}", "key"), (first, "normal")])
        lines += [[(f"{'':<16}{line}", "normal")] for line in rest]
    if verbs:
        lines += [[], [(" Commands", "label")]]
        for usage, text in verbs:
            lines += [[(f"  {line}", "key")] for line in wrap(plain(usage), 68)]
            lines += [[(f"      {line}", "normal")] for line in wrap(plain(text), 64)]
    return lines


class ListBox(BoxScreen[None]):
    """Lines to read."""

    def __init__(self, title: str, lines: Sequence[Line], clock: Callable[[], int]) -> None:
        super().__init__(title, "Esc closes", lines, clock)

    def pressed(self, event: Key) -> None:
        if not self.scroll(event) and event.key in ("escape", "q", "enter"):
            self.answer(None)


class DetailBox(BoxScreen[None]):
    """Everything about one row; goes on showing it while it changes."""

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
