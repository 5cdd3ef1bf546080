"""Where the desk's screen opens its ticket, and tells it what came of its commands."""

from __future__ import annotations

from collections.abc import Mapping

from console.ticket.fields import ALGOS
from console.ticket.form import Form
from console.ticket.prefill import prefilled
from console.ticket.screen import TicketScreen, TicketSetup
from engine.views import DeskView, OrderRow


class TicketDoor:
    """One per desk screen; at most one ticket is open."""

    def __init__(self, setup: TicketSetup) -> None:
        self._setup = setup
        self._ticket: TicketScreen | None = None

    def open_for(self, row: object, view: DeskView) -> None:
        """A ticket for the row under the cursor, None for none; or a word about why there is none for it."""
        if isinstance(row, OrderRow) and row.legs:
            self._setup.say(f"order {row.id} has several legs: a ticket has one; use the command line", False)
        else:
            self.open(prefilled(row), view)

    def open(self, given: Mapping[str, str], view: DeskView) -> None:
        """A ticket with these values. Where no side is given that is the first thing to be asked."""
        if self._ticket is not None:
            return
        if view.kill is not None and view.kill.phase == "grace":
            self._setup.say("a kill counts down: no ticket before it has ended", False)
            return
        algos = [name for name in ALGOS if self._setup.grammar.verb(name) is not None]
        form = Form(self._setup.context_of(view).accounts, given, algos)
        self._ticket = TicketScreen(self._setup, form, view.status, "" if "side" in given else "side")
        self._setup.ask(self._ticket, self._closed)

    def tell(self, text: str, good: bool) -> None:
        """What came of a command, to a ticket that is open."""
        if self._ticket is not None:
            self._ticket.tell(text, good)

    def _closed(self, _: None) -> None:
        self._ticket = None
