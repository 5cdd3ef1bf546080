"""Textual's bindings, made from the registry of actions."""

from __future__ import annotations

from textual.binding import Binding

from console.actions import ACTIONS, Scope


def bindings(*scopes: Scope) -> list[Binding]:
    """The bindings, with their ids, of all actions in these scopes.

    Kill and keep go before everything else; the keys of the command line and of a filter before the input's own. The
    grid.* actions are the table's own, under the same ids: here, where no table has the focus, their keys give it to
    one.
    """
    return [
        Binding(
            action.keys,
            action.act,
            action.help,
            show=False,
            priority=action.scope in (Scope.EVERYWHERE, Scope.COMMAND, Scope.FILTER),
            id=action.id,
        )
        for action in ACTIONS
        if action.scope in scopes
    ]
