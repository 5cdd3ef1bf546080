"""Confirmation by blast radius, the same for the command line and the ticket: from a decision to the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from textual.screen import Screen

from console.screens.boxes import WordBox, YesBox
from console.screens.history import History
from console.screens.sender import Answered, Sender
from console.screens.session import AskPin, AskWord, AskYes, Send
from engine.inputs import Command
from widgets.format import plain

Rung = Send | AskYes | AskWord | AskPin


AnswerT = TypeVar("AnswerT")


class Ask(Protocol):
    """Put a box over the desk and call back with its answer."""

    def __call__(self, box: Screen[AnswerT], answered: Callable[[AnswerT | None], None], /) -> object: ...


async def _as_shown(asked: AskYes | AskWord) -> str:
    """Of what has no preview: it is what it was."""
    return ""


class Ladder:
    """Sends at once, or asks first: for a `y`, a word, or the PIN (which sends nothing by itself)."""

    def __init__(
        self,
        sender: Sender,
        history: History,
        *,
        ask: Ask,
        ask_pin: Callable[[str], None],
        clock: Callable[[], int],
        sent: Callable[[str], None],
        refused: Callable[[str], None],
        not_sent: Callable[[str], None],
        recheck: Callable[[AskYes | AskWord], Awaitable[str]] = _as_shown,
        answered: Answered = lambda good, text: None,
    ) -> None:
        """`sent` is called with the line when it goes out, `refused` with it when the desk said no, before that is
        told; `not_sent` when a box was answered with no, or (": why") when its yes came too late; `answered` with what
        the desk said, when that is told. `recheck` says why what a box showed is no longer so, or ""."""
        self._sender = sender
        self._history = history
        self._ask = ask
        self._ask_pin = ask_pin
        self._clock = clock
        self._sent = sent
        self._refused = refused
        self._not_sent = not_sent
        self._desk_answered = answered
        self._recheck = recheck
        self._tasks: set[asyncio.Task[None]] = set()

    def climb(self, decision: Rung) -> None:
        """Do what the decision asks for."""
        match decision:
            case Send(command=command, text=text):
                self._send(command, text)
            case AskPin(what=what):
                self._ask_pin(what)
            case AskYes(what=what, why=why):
                self._ask(YesBox(what, why, self._clock), lambda yes: self._answered(yes, decision))
            case AskWord(what=what, word=word, why=why):
                self._ask(WordBox(what, word, why, self._clock), lambda yes: self._answered(yes, decision))

    def _answered(self, yes: bool | None, asked: AskYes | AskWord) -> None:
        if not yes:
            self._not_sent("")
        elif asked.shown is None:
            self._send(asked.command, asked.text)
        else:
            task = asyncio.ensure_future(self._send_if_still_so(asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send_if_still_so(self, asked: AskYes | AskWord) -> None:
        """The answer is to what was shown: a fill that came while the box was open makes it no answer."""
        why = await self._recheck(asked)
        if why:
            self._not_sent(f": {plain(why)}")
        else:
            self._send(asked.command, asked.text)

    def _send(self, command: Command, text: str) -> None:
        self._history.add(text)
        self._sent(text)
        self._sender.send(command, text.strip(), lambda: self._refused(text), self._desk_answered)
