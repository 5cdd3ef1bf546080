"""The help page: of the desk, of one verb, of the ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from console import actions
from console.actions import Scope
from console.grammar.grammar import Grammar
from console.screens.boxes import HelpBox

#: What a ticket writes.
_TICKET_VERBS: Final = ("buy", "sell", "short", "oco", "oto")


def help_box(
    grammar: Grammar, keys: actions.Keymap, clock: Callable[[], int], verb: str = "", *, past: bool = False
) -> HelpBox:
    """All keys and verbs; or, with its examples, the one verb that is named and exists."""
    if verb and (found := grammar.verb(verb)) is not None:
        usage = [(found.usage, found.summary), *((example, "for example") for example in found.examples)]
        return HelpBox((), usage, clock, f"Help: {found.name}")
    verbs = [(found.usage, found.summary) for found in grammar.verbs]
    return HelpBox(actions.table(keys, past=past), verbs, clock)


def ticket_help_box(grammar: Grammar, keys: actions.Keymap, clock: Callable[[], int]) -> HelpBox:
    """The ticket's keys, and the verbs that it writes."""
    rows = [row for row in actions.table(keys) if row[0] == Scope.TICKET.value]
    usage = [(verb.usage, verb.summary) for name in _TICKET_VERBS if (verb := grammar.verb(name)) is not None]
    return HelpBox(rows, usage, clock, "Help: order ticket")
