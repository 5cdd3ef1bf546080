"""Where the desk's screen opens baskets: reads the file, stages it, shows it, and takes its keys up the ladder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Final

import msgspec

from console.actions import Keymap
from console.basket.box import BasketBox
from console.basket.confirm import release_rung
from console.basket.drawing import problem_lines
from console.basket.reading import BasketFileError, Reading, name_of, read_basket, read_file
from console.grammar.grammar import Grammar
from console.screens.boxes import DetailBox
from console.screens.history import History
from console.screens.ladder import Ask, Ladder
from console.screens.sender import Say, Sender
from console.screens.session import AskPin, AskYes, ContextOf, Send
from engine.inputs import CancelOrders, CancelSelector, ControlBasket, StageBasket
from engine.model.counted import counted
from engine.runtime.handle import DeskHandle
from engine.views import BasketCheck, BasketRow, CommandResult, DeskView
from widgets.notation import Notation

#: How long quotes that a line needs are waited for, in steps.
_STEPS: Final = 20
_STEP_S: Final = 0.05


class BasketSetup(msgspec.Struct, frozen=True):
    """What baskets need of their desk."""

    handle: DeskHandle
    grammar: Grammar
    context_of: ContextOf
    notation: Notation
    sender: Sender
    history: History
    ask: Ask
    say: Say
    ask_pin: Callable[[str], None]
    clock: Callable[[], int]
    read_only: bool
    keys: Keymap


class BasketDoor:
    """One per desk screen."""

    def __init__(self, setup: BasketSetup) -> None:
        self._setup = setup
        self._tasks: set[asyncio.Task[None]] = set()
        self._ladder = Ladder(
            setup.sender,
            setup.history,
            ask=setup.ask,
            ask_pin=setup.ask_pin,
            clock=setup.clock,
            sent=lambda text: None,
            refused=lambda text: None,
            not_sent=lambda why: setup.say(f"not sent{why}", False),
        )

    def open(self, args: tuple[str, ...], view: DeskView) -> None:
        """args: nothing (the newest basket), a basket's number, or ("", file, "skip" or "")."""
        if len(args) == 3:
            self._later(self._stage(args[1], skip=bool(args[2])))
        elif args:
            self._show(int(args[0]), view)
        elif view.baskets:
            self._show(view.baskets[0].id, view)
        else:
            self._setup.say("no basket today; basket FILE stages one", False)

    def _show(self, number: int, view: DeskView) -> None:
        setup = self._setup
        box = BasketBox(number, view, setup.handle, setup.notation, self._act, setup.clock, setup.keys)
        setup.ask(box, lambda _: None)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stage(self, path: str, *, skip: bool) -> None:
        try:
            await self._read_and_stage(path, skip=skip)
        except Exception as error:  # told to the user; the console must stay
            self._setup.say(f"basket {path}: {str(error) or type(error).__name__}", False)

    async def _read_and_stage(self, path: str, *, skip: bool) -> None:
        setup = self._setup
        if setup.read_only:
            setup.say("this console is read-only", False)
            return
        try:
            text = await asyncio.to_thread(read_file, path)
        except BasketFileError as error:
            setup.say(str(error), False)
            return
        found = await self._read(text, name_of(path))
        if found.problems and not (skip and found.items):
            lines = problem_lines(path, found.problems, len(found.items))
            self._setup.ask(DetailBox("Basket", lambda _: lines, setup.handle.view()), lambda _: None)
            return
        for symbol in found.symbols:
            setup.handle.watch(symbol)
        user = setup.context_of(setup.handle.view()).user
        answer = await asyncio.wrap_future(setup.handle.send(StageBasket(found.name, found.items, user)))
        if not isinstance(answer, CommandResult) or not answer.ok:
            setup.say(f"basket: {answer.message if isinstance(answer, CommandResult) else 'refused'}", False)
            return
        left = f", {counted(len(found.problems), 'bad row')} left out" if found.problems else ""
        setup.say(f"{answer.message}{left}", True)
        view = await self._with_basket(answer.ids[0])
        self._show(answer.ids[0], view)

    async def _read(self, text: str, name: str) -> Reading:
        """Read it; where lines need a quote, wait a moment for it."""
        setup = self._setup
        found = read_basket(text, name, setup.grammar, setup.context_of(setup.handle.view()))
        for _ in range(_STEPS):
            if not found.quotes:
                break
            for symbol in found.quotes:
                setup.handle.watch(symbol)
            await asyncio.sleep(_STEP_S)
            found = read_basket(text, name, setup.grammar, setup.context_of(setup.handle.view()))
        return found

    async def _with_basket(self, number: int) -> DeskView:
        view = self._setup.handle.view()
        for _ in range(_STEPS):
            if any(row.id == number for row in view.baskets):
                break
            await asyncio.sleep(_STEP_S)
            view = self._setup.handle.view()
        return view

    def _act(self, action: str, row: BasketRow, check: BasketCheck | None) -> None:
        """An action of the basket's screen, by its id."""
        setup = self._setup
        user = setup.context_of(setup.handle.view()).user
        locked = bool(setup.handle.view().status.locked)
        if setup.read_only:
            setup.say("this console is read-only", False)
        elif action in ("basket.release", "basket.rest") and row.status == "STAGED":
            if check is None:
                setup.say("the basket is being checked", False)
            elif locked:
                self._ladder.climb(AskPin(f"release basket {row.name}"))
            else:
                rung, why = release_rung(row, check, user, rest=action == "basket.rest")
                if rung is None:
                    setup.say(why, False)
                else:
                    self._ladder.climb(rung)
        elif action == "basket.drop" and row.status == "STAGED":
            self._ladder.climb(Send(ControlBasket(row.id, "drop", user), f"basket drop {row.name}"))
        elif action == "basket.stop" and row.status == "RELEASING":
            self._ladder.climb(Send(ControlBasket(row.id, "stop", user), f"basket stop {row.name}"))
        elif action == "basket.cancel" and row.status not in ("STAGED", "DROPPED"):
            command = CancelOrders(CancelSelector(basket=row.id), user=user)
            what = f"cxl basket {row.name}"
            self._ladder.climb(
                AskYes(command, what, what, ("cancels every working order of it; the rest is not sent",))
            )
