"""What a desk's screen says to whoever is new to it: the hint, the examples, the help and when a tour may begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from console import actions
from console.grammar.grammar import Grammar
from console.screens.first_steps import NEWCOMER_LINES, first_steps, is_untouched, step_lines
from console.screens.help import HelpPages
from console.screens.help_box import HelpBox
from console.screens.history import History
from console.tour import TourMemory
from engine.views import DeskView
from widgets.lines import Line, Part
from widgets.notation import Notation
from widgets.panes import TablePane


class Guide:
    """One per screen. In the past, read-only and live nothing is taught: there is nothing to practise on."""

    def __init__(
        self,
        grammar: Grammar,
        keys: actions.Keymap,
        notation: Notation,
        clock: Callable[[], int],
        history: History,
        tour: TourMemory | None,
        *,
        past: bool,
        read_only: bool,
    ) -> None:
        self._pages = HelpPages(grammar, keys, clock, past=past)
        self._names: Mapping[str, str] = {action_id: actions.key_name(key) for action_id, key in keys.items()}
        self._notation = notation
        self._history = history
        self._past, self._read_only = past, read_only
        self._memory = tour or TourMemory(None)
        self._offers_tour = self._memory.offers
        self._example: tuple[bool, str] = (False, "")

    def may_learn(self, view: DeskView) -> bool:
        """Whether this is a desk to practise on."""
        return view.status.mode == "paper" and not self._past and not self._read_only

    def hint(self, view: DeskView) -> Sequence[Part]:
        """How to begin, until something was done here today; the tour is offered at the first start of all."""
        if self._past or not is_untouched(view):
            return ()
        more: list[Part] = [("  ", "dim"), (self._names["help"], "key"), (" shows more", "dim")]
        if self._offers_tour and self.may_learn(view):
            self._memory.remember()
            return [(" or ", "dim"), ("tour", "key"), (" for a guided tour", "dim"), *more]
        if not self._example[0]:  # kept once there is a quote: it stands still
            quoted = any(quote.bid is not None for quote in view.quotes)
            self._example = quoted, first_steps(view)[0].line
        return [(": ", "dim"), (self._example[1], "key"), *more]

    def examples(self, view: DeskView) -> Sequence[Line]:
        """For whoever has typed little yet: what a first order, its change and its end look like."""
        teaches = self.may_learn(view) and self._history.length < NEWCOMER_LINES
        return self._steps(view) if teaches else ()

    def begin_tour(self) -> None:
        """It was taken, and needs no offer any more."""
        self._memory.remember()

    def help(self, topic: str, pane: TablePane[Any] | None, view: DeskView) -> HelpBox:
        """Of a verb, of a pane, or of everything."""
        return self._pages.box(topic, pane, () if self._past else self._steps(view))

    def _steps(self, view: DeskView) -> list[Line]:
        return step_lines(first_steps(view), self._notation, self._names["kill"])
