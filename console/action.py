"""What an action of the keyboard is, and where its keys are heard."""

from __future__ import annotations

from enum import Enum

import msgspec


class Scope(Enum):
    """Where an action's keys are heard."""

    EVERYWHERE = "everywhere"
    """Over every screen, box and input."""
    DESK = "desk"
    """NORMAL mode."""
    ROW = "row"
    """NORMAL mode, on the row selected in the focused pane."""
    COMMAND = "command"
    """COMMAND mode: the command line has the keys."""
    FILTER = "filter"
    """The filter's line has the keys."""
    TICKET = "ticket"
    """The order ticket has the keys; what can be printed is text for the field under the cursor."""
    BOX = "box"
    """A box over the desk has the keys; those that answer it are named in it."""
    BASKET = "basket"
    """The box of a basket."""
    CHAIN = "chain"
    """The option chain."""
    COLUMNS = "columns"
    """The choice of a pane's columns."""
    PAST = "past"
    """Time travel (`tradedesk replay`), where the keys that send something are not heard."""


class Action(msgspec.Struct, frozen=True):
    """One thing that a key can do. `act` is the Textual action; `panes` limits a ROW action to these panes."""

    id: str
    keys: str
    act: str
    label: str
    """A word or two for the footer; empty keeps it out of the footer."""
    help: str
    scope: Scope
    panes: tuple[str, ...] = ()
    line: str = ""
    """What a command line says instead, for an action that sends something: the palette writes this and sends nothing.
    {id} and {symbol} stand for those of the selected row."""
