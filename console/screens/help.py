"""What the help key shows: of the focused pane, of everything, of one verb, of the ticket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from console import actions
from console.actions import Scope
from console.grammar.grammar import Grammar
from console.pane_texts import PANE_TEXTS, PaneText
from console.screens.help_box import HelpBox, Page, heading, key_lines, named, paragraph, verb_lines
from widgets.lines import Line
from widgets.panes import TablePane

#: What a ticket writes.
_TICKET_VERBS: Final = ("buy", "sell", "short", "oco", "oto")


class HelpPages:
    """Makes the help of one screen, in its user's keys."""

    def __init__(self, grammar: Grammar, keys: actions.Keymap, clock: Callable[[], int], *, past: bool = False) -> None:
        self._grammar = grammar
        self._keys = keys
        self._clock = clock
        self._past = past

    def box(self, topic: str, pane: TablePane[Any] | None, first: Sequence[Line] = ()) -> HelpBox:
        """Of the verb `topic`; else of the pane, with everything on the next page. `first` stands above everything."""
        if topic and (found := self._grammar.verb(topic)) is not None:
            usage = [(found.usage, found.summary), *((example, "for example") for example in found.examples)]
            return self._box([(f"Help: {found.name}", verb_lines(usage)[2:])])
        everything = ("All keys and commands", [*self._first_steps(first), *self._everything()])
        if pane is None:
            return self._box([everything])
        return self._box([(f"Help: {pane.title}", self._of_pane(pane)), everything])

    def ticket(self) -> HelpBox:
        """The ticket's keys, and the verbs that it writes."""
        rows = [row for row in actions.table(self._keys) if row[0] == Scope.TICKET.value]
        usage = [(v.usage, v.summary) for name in _TICKET_VERBS if (v := self._grammar.verb(name)) is not None]
        return self._box([("Help: order ticket", [*key_lines(rows)[1:], *verb_lines(usage)])])

    def _box(self, pages: Sequence[Page]) -> HelpBox:
        turn = self._keys["help"].split(",")
        return HelpBox(pages, turn, actions.key_name(turn[0]), self._clock)

    def _first_steps(self, first: Sequence[Line]) -> list[Line]:
        if not first:
            return []
        typed: Line = [(" Type these behind ", "dim"), (actions.key_name(self._keys["command"]), "key")]
        return [[(" First steps", "label")], *first, typed]

    def _everything(self) -> list[Line]:
        verbs = [(verb.usage, verb.summary) for verb in self._grammar.verbs]
        return [*key_lines(actions.table(self._keys, past=self._past)), *verb_lines(verbs)]

    def _of_pane(self, pane: TablePane[Any]) -> list[Line]:
        """What it shows, each column, its keys, its commands."""
        text = PANE_TEXTS.get(pane.name_of_pane, PaneText("", {}, ()))
        rows = [
            action
            for action in actions.ACTIONS
            if action.scope is Scope.ROW and pane.name_of_pane in action.panes
            if not (self._past and action.id in actions.NOT_IN_THE_PAST)
        ]
        moves = [action for action in actions.ACTIONS if action.id.startswith("grid.") and action not in rows]
        lines = [*paragraph(text.what), *heading("Columns")]
        for column in pane.columns:
            lines += named(column.title or f"({column.key})", text.columns.get(column.key, ""))
        lines += heading("Keys on the selected row")
        for action in (*rows, *moves):
            lines += named("  ".join(map(actions.key_name, self._keys[action.id].split(","))), action.help)
        verbs = [verb for name in text.verbs if (verb := self._grammar.verb(name)) is not None]
        if verbs and not self._past:
            lines += verb_lines([(verb.usage, verb.summary) for verb in verbs])
        return lines
