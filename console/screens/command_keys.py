"""What keys do while the command line has them. Part of the desk screen."""

from __future__ import annotations

from textual.widgets import Input

from console.screens.local_lines import LocalLines


class CommandKeys(LocalLines, inherit_bindings=False):
    """Each goes to COMMAND mode, which knows what is typed and what the desk says of it."""

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.command.typed(event.value)

    def action_send(self) -> None:
        self.command.enter()

    def action_explain(self) -> None:
        self.command.explain()

    def action_complete(self) -> None:
        self.command.complete()

    def action_history(self, by: int) -> None:
        self.command.step_history(by)

    def action_search_history(self) -> None:
        self.command.search_history()
