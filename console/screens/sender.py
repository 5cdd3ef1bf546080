"""Sends commands to the desk and says what came of them, without ever waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from engine.inputs import Command, KeepPositions, Kill, NoteRefusal
from engine.model.scope import DESK, said
from engine.runtime.handle import DeskHandle
from engine.views import CommandResult, OrderResult

Say = Callable[[str, bool], None]
"""A line for the user, and whether it is good news."""
Answered = Callable[[bool, str], None]
"""Whether the desk took it, and its answer."""


class Sender:
    """The one way from keys and lines to the engine."""

    def __init__(
        self,
        handle: DeskHandle,
        say: Say,
        *,
        read_only: bool,
        placed: Callable[[str, OrderResult], None] | None = None,
    ) -> None:
        """`placed` hears of each order that the desk took, behind what was said of it."""
        self._placed = placed
        self._handle = handle
        self._say = say
        self._read_only = read_only
        self._tasks: set[asyncio.Task[None]] = set()

    def send(
        self,
        command: Command,
        what: str,
        refused: Callable[[], None] | None = None,
        answered: Answered | None = None,
    ) -> None:
        """Send it; `what` starts the line that tells the outcome, `refused` is called before a bad one is told,
        `answered` after any.

        A read-only console sends nothing but the kill switch and the decision to keep positions.
        """
        if isinstance(command, Kill):
            self._handle.pull_kill(command.by, command.reason, command.flatten, command.scope)
            self._say(
                f"{what}: the gate{'' if command.scope == DESK else f' of {said(command.scope)}'} is closed", True
            )
            if answered is not None:
                answered(True, "")
        elif self._read_only and not isinstance(command, KeepPositions):
            if refused is not None:
                refused()
            self._say("this console is read-only", False)
            if answered is not None:
                answered(False, "this console is read-only")
        else:
            task = asyncio.ensure_future(self._answer(self._handle.send(command), what, refused, answered))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def note(self, command: Command) -> None:
        """For the audit trail alone: what came of it is not told, as something else is being said."""
        self._handle.send(command)

    def note_refusal(self, what: str, why: str, user: str) -> None:
        """Say what was refused before it was a command of the desk; the audit trail hears of it."""
        self._say(f"{what}: {why}", False)
        self._handle.send(NoteRefusal(what, why, user))

    async def _answer(
        self,
        future: Future[OrderResult | CommandResult],
        what: str,
        refused: Callable[[], None] | None,
        answered: Answered | None,
    ) -> None:
        answer: OrderResult | CommandResult | None = None
        try:
            answer = await asyncio.wrap_future(future)
            good, text = answer_words(answer)
        except Exception as error:  # told to the user, who decides; the console must stay
            good, text = False, str(error) or type(error).__name__
        if not good and refused is not None:
            refused()
        self._say(f"{what}: {text}", good)
        if self._placed is not None and good and isinstance(answer, OrderResult):
            self._placed(what, answer)
        if answered is not None:
            answered(good, text)


def answer_words(answer: OrderResult | CommandResult) -> tuple[bool, str]:
    """Whether the desk accepted, and its answer in one line."""
    if isinstance(answer, CommandResult):
        reasons = "; ".join(str(denial) for denial in answer.denials)
        return answer.ok, " ".join(text for text in (answer.message, reasons) if text)
    if answer.accepted:
        status = "accepted" if answer.status is None else answer.status.value
        notes = "".join(f"; {note}" for note in answer.notes)
        legs = f" with {', '.join(map(str, answer.legs))}" if answer.legs else ""
        return True, f"order {answer.id}{legs} {status}{notes}"
    return False, "; ".join(str(denial) for denial in answer.denials) or "refused"
