"""The desk screen on a past moment: the same panes; keys that move in time instead of keys that send."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from textual.binding import BindingType

from console import actions
from console.actions import NOT_IN_THE_PAST, Scope
from console.grammar.grammar import Grammar
from console.grammar.parsed import Local
from console.past_goal import GoalError
from console.screens.bindings import bindings
from console.screens.desk import DeskScreen
from console.screens.session import ContextOf
from console.time_travel import TimeTravel
from engine.runtime.handle import DeskHandle
from engine.views import DeskView
from widgets.format import plain
from widgets.notation import Notation
from widgets.past_line import PastLine

_NO_KILL: Final = ("", "")
_PROMPT: Final = " PAST "


class PastScreen(DeskScreen, inherit_bindings=False):
    """Draws the moments of time travel. The command line says which fact made the moment."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in bindings(Scope.PAST, Scope.DESK, Scope.ROW) if binding.id not in NOT_IN_THE_PAST
    ]
    past: ClassVar[bool] = True

    def __init__(
        self, handle: DeskHandle, grammar: Grammar, context_of: ContextOf, notation: Notation, **rest: Any
    ) -> None:
        """`handle` is a TimeTravel; `rest` as in DeskScreen."""
        if not isinstance(handle, TimeTravel):
            raise TypeError(f"the past is shown by TimeTravel, not by {type(handle).__name__}")
        super().__init__(handle, grammar, context_of, notation, **rest)
        self._travel = handle
        self._names |= {"kill": "no", "ack": ""}
        self._status = self._past_line = PastLine(notation)
        self._told: tuple[int, int] = (0, 0)
        """(seq, number of the note) that the command line has told."""

    def on_mount(self) -> None:
        # After the desk screen's own, which empties the command line.
        self.call_after_refresh(self._tell_again)

    def _tell_again(self) -> None:
        self._told = (0, 0)
        self.draw(self._view)
        self._travel.screen_is_up()

    def draw(self, view: DeskView, lag_ms: int = 0) -> None:
        moment = self._travel.moment()
        self._past_line.stand_at(moment)
        super().draw(view, lag_ms)
        seq, note_no = self._told
        self._told = (moment.seq, moment.note_no)
        if moment.note_no != note_no:
            self.command.told([(" ! ", "alarm"), (plain(moment.note), "strong")])
        elif moment.seq != seq and not moment.busy:
            self.command_line.say([(f" seq {moment.seq:,} ", "label"), (plain(moment.fact), "normal")])

    def file_stamp(self) -> str:
        """The moment that is shown stands before the time of writing."""
        shown = datetime.fromtimestamp(self._view.market_ns // 1_000_000_000, UTC)
        return f"past-{shown:%Y%m%d-%H%M%S}-written-{super().file_stamp()}"

    def action_command(self, text: str = "") -> None:
        super().action_command(text)
        if self.command.active:
            self.command_line.prompt.styles.width = len(_PROMPT) + 3
            self.command_line.prompt.show([(_PROMPT, "red"), (" : ", "key")])

    def _draw_footer(self) -> None:
        mode = Scope.COMMAND if self.command.active else Scope.FILTER if self.filter_line.active else Scope.DESK
        self._footer.show(actions.footer(self._keys, mode, self.focused_pane, past=True), _NO_KILL)

    def _local(self, local: Local) -> None:
        super()._local(local)
        if local.name == "goto":
            try:
                self._travel.go(local.args[0])
            except GoalError as error:
                self._say(str(error), False)

    def action_past_step(self, by: int) -> None:
        self._travel.step(by)

    def action_past_order(self, back: bool) -> None:
        self._travel.step_order(back=back)

    def action_past_play(self) -> None:
        self._travel.play_or_pause()

    def action_past_speed(self, faster: bool) -> None:
        self._travel.change_speed(faster=faster)

    def action_past_go(self) -> None:
        self.action_command("goto ")

    def action_leave(self) -> None:
        """Out; a way that is being gone is given up first."""
        if self._travel.moment().busy and not self.command.active:
            self._travel.halt()
        else:
            super().action_leave()

    def action_quit_dialog(self) -> None:
        """Nothing is working here that somebody would have to be asked about."""
        self._leave("leave")
