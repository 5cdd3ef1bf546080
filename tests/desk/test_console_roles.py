"""Every verb and every key that changes something x every role, through the real command line on a real desk."""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from textual.events import Key, Paste
from textual.keys import _character_to_key

from console.actions import ACTIONS
from console.config.defaults import write_missing
from console.config.load import load_config
from console.config.paths import Paths
from console.options import RunOptions
from console.run import _Console
from console.screens.boxes import REPEAT_NS, BoxScreen, QuitBox, WordBox, YesBox
from console.verbs import load_grammar
from console.wiring import open_desk, plan_desk
from engine import facts as f
from engine.inputs import AlgoSpec, Command, LaunchAlgo, PlaceOrder
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.model.enums import OrdType, Side
from engine.model.order import OrderRequest
from engine.risk.roles import ITSELF
from engine.runtime.thread import EngineThread
from engine.views import DeskView

ME: Final = pwd.getpwuid(os.geteuid()).pw_name
ROLES: Final = ("viewer", "trader", "risk_manager", "admin")
ALL, STAFF, TRADE, RISK = " ".join(ROLES), "trader risk_manager admin", "trader admin", "risk_manager admin"
PATIENCE_S: Final = 10.0
SECOND: Final = 1_000_000_000
DESK: Final = f"{ITSELF}test"

#: (line, what a box asks for: y or a word, who may), written from the brief and not from the table of the code. Orders
#: 1 to 4 rest, algo 1 runs, IBM is held. What a role lets through may still be refused for what it is (there is no
#: dead letter 1).
LINES: Final[tuple[tuple[str, str, str], ...]] = (
    ("ack", "", STAFF),
    ("buy 1 aapl lmt 50", "", TRADE),
    ("buy 1 aapl lmt 50 tp 900 sl 20", "", TRADE),
    ("sell 1 ibm lmt 900", "", TRADE),
    ("short 1 xom lmt 900", "y", TRADE),
    ("oco sell 1 ibm lmt 900 / sell 1 ibm stop 20", "", TRADE),
    ("oto buy 1 aapl lmt 51 / sell 1 aapl lmt 900", "", TRADE),
    ("mod 1 qty 2", "", TRADE),
    ("release 1", "y", TRADE),
    ("twap buy 10 aapl duration 30m slices 3", "", TRADE),
    ("vwap buy 10 aapl 30m profile 3,1,2", "", TRADE),
    ("pov buy 10 aapl 30m rate 5%", "", TRADE),
    ("is buy 10 aapl 30m slices 3", "", TRADE),
    ("iceberg buy 10 aapl show 5 at 50", "", TRADE),
    ("scale buy 10 aapl from 52 to 50 steps 2", "", TRADE),
    ("sor buy 1 aapl limit 50", "", TRADE),
    ("algo 1 amend limit 900", "", TRADE),
    ("algo 1 finish", "", TRADE),
    ("algo 1 pause", "", STAFF),
    ("algo 1 resume", "", TRADE),
    ("algo 1 cancel", "", STAFF),
    ("cxl 1", "", STAFF),
    ("dlq replay 1", "", TRADE),
    ("dlq discard 1 reason old", "", STAFF),
    ("resolve 2 dead reason by phone", "DEAD", RISK),
    ("resend 2 reason again", "RESEND", RISK),
    ("book deposit 5 reason found", "BOOK", RISK),
    ("limit risk.max_order_qty 77 reason tighter", "LIMIT", RISK),
    ("alert aapl > 900", "", STAFF),
    ("reconcile", "", STAFF),
    ("flat ibm", "", STAFF),
    ("reduce xom", "", ALL),
    ("lock", "", ALL),
    ("halt", "", ALL),
    ("resume reason go on", "RESUME", RISK),
)
#: Facts that say that somebody did something, and whose doing they are in the lines and keys of this test.
DONE: Final[dict[type[f.Fact], str]] = {
    f.AlertsAcked: STAFF,
    f.AlgoLaunched: TRADE,
    f.Booked: RISK,
    f.CancelIntended: STAFF,
    f.KillKept: STAFF,
    f.KillPulled: ALL,
    f.LimitChanged: RISK,
    f.LiquidationStarted: STAFF,
    f.OrderHeld: TRADE,
    f.OrderIntended: TRADE,
    f.ReplaceIntended: TRADE,
    f.TradingStateSet: ALL,
}
#: Verbs that only show something, or whose commands are asked for in the tests below.
SHOWN: Final = frozenset(
    {
        *("size", "ticket", "blotter", "help", "unlock", "performance", "tca", "watch", "unwatch", "ladder", "find"),
        *("eod", "chain", "basket", "theme", "bell", "run", "hotkeys", "arm", "disarm", "export", "copy", "layout"),
        "tour",
        "reverse",  # an oto, as the lines above have one
    }
)
BELOW: Final = frozenset({"k", "kill", "quit"})
#: Keys that send something by themselves; those of the other actions move, show, or write into the command line.
SENDING: Final = frozenset(
    {"kill", "kill_twice", "keep", "quit", "ack", "lock", "cancel", "pause", "send", "ack_one"}
) | {
    "basket.drop",
    "basket.stop",
}
HARMLESS: Final = frozenset(
    [
        *("command", "ticket", "leave", "help", "zoom", "next_pane", "previous_pane", "modify", "flat"),
        *("complete", "explain", "older", "newer", "leave_command"),
        *("algo.amend", "algo.repace", "algo.finish", "algo.cancel"),
        *("palette", "search", "theme", "alert_level", "filter", "sort_left", "sort_right", "sort_reverse", "sort_now"),
        *("export", "copy_row", "copy_table", "columns", "layouts"),
        *("jump", "box.help"),
        *("basket.release", "basket.rest", "basket.cancel"),  # each asks first
        *("filter.keep", "filter.drop", "filter.complete", "filter.up", "filter.down"),
    ]
)
#: What only moves, shows or chooses: nothing with these ids can send.
NO_SENDERS: Final = ("grid.", "pane_", "past.", "ticket.", "chain.", "columns.")


def allowed(rule: str, role: str) -> bool:
    return role in rule.split()


def test_every_verb_and_every_action_is_in_the_matrix() -> None:
    verbs = {verb.name for verb in load_grammar().verbs}
    assert verbs == {line.split()[0] for line, _, _ in LINES} | SHOWN | BELOW, "write down who may give it"
    keys = {action.id for action in ACTIONS if not action.id.startswith(NO_SENDERS)}
    assert keys == SENDING | HARMLESS, "write down whether its key sends something"


class Seat:
    """One person at the console of a real desk."""

    def __init__(self, console: _Console, thread: EngineThread, journal: Path) -> None:
        self.app, self.thread, self._journal = console._app, thread, journal
        self.refused = 0

    def refusals(self) -> list[f.Fact]:
        """What the journal says that the roles refused."""
        kinds = (f.CommandRefused, f.OrderDenied, f.AlgoRefused, f.ReplaceRefused)
        return [fact for fact in self.facts() if isinstance(fact, kinds) and "ROLE" in str(fact)]

    def facts(self) -> list[f.Fact]:
        with JournalReader(self._journal) as reader:
            return [stamped.fact for batch, _ in reader.facts(FactCodec()) for stamped in batch]

    async def until(self, done: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not done():
            refused = self.app.desk._session._refused
            assert time.monotonic() < deadline, f"waited for {what}: {self.said!r} {refused!r} {self.app.screen!r}"
            await asyncio.sleep(0.02)

    def press(self, *keys: str) -> None:
        """As a fast terminal delivers them."""
        for key in keys:
            name = key if len(key) > 1 else _character_to_key(key)
            self.app.post_message(Key(name, key if len(key) == 1 else None))

    @property
    def said(self) -> str:
        """What came of the last command, as the console tells it."""
        return "".join(text for text, _ in self.app.desk.command._result)

    async def type(self, line: str, ask: str) -> str:
        """Paste a line into the command line, Enter, answer the box; what came of it."""
        command = self.app.desk.command_line
        await self.enter(line)
        if ask:
            await self.until(lambda: self._box() or self.said or self.app.desk._session._refused, "the box")
        while self._box():
            await self.answer(*ask, *(["enter"] if ask != "y" else []))
        refused = self.app.desk._session
        await self.until(lambda: f"{line}: " in self.said or refused._refused, f"what came of {line}")
        said = self.said or refused._refused
        self.press("escape")
        await self.until(lambda: not command.active, "NORMAL mode")
        return said

    async def enter(self, line: str) -> None:
        command = self.app.desk.command_line
        self.press(":")
        await self.until(lambda: command.active, "COMMAND mode")
        command.input.post_message(Paste(line))
        await self.until(lambda: command.input.value == line, "the line")
        self.app.desk.command.told(())
        self.press("enter")

    async def answer(self, *keys: str) -> None:
        """Answer the box in front: some time after it was painted, which may be long after it was opened, and again
        where it says that it did not hear. Until it is closed, as what is pressed later is for what lies behind it."""
        box = self.app.screen
        assert isinstance(box, BoxScreen)
        await self.until(lambda: box.in_sight, "the box to be painted")
        patience_ns = box.dead_ns
        while not box.is_answered:
            await asyncio.sleep(patience_ns / SECOND + 0.05)
            before = box._quiet_since
            self.press(*keys)
            await self.until(lambda at=before: box.is_answered or (box._dropped and box._quiet_since > at), "an answer")
            patience_ns = REPEAT_NS
        await self.until(lambda: self.app.screen is not box, "the box to close")

    def _box(self) -> bool:
        return isinstance(self.app.screen, YesBox | WordBox)

    async def go_to(self, key: str, pane: str) -> None:
        """To the first row of a pane."""
        self.press(key, "home")
        await self.until(lambda: self.app.desk.focused_pane == pane, pane)
        await self.until(lambda: self.app.desk.panes[pane].selected is not None, f"a row of {pane}")
        await asyncio.sleep(0.6)  # a row that has just moved is not meant by a key

    async def key(self, *keys: str) -> str:
        """Press keys of NORMAL mode; what came of it."""
        self.app.desk.command.told(())
        self.press(*keys)
        await self.until(lambda: self.said, f"what came of {keys}")
        return self.said

    async def judge(self, what: str, rule: str, role: str, said: str) -> None:
        """Executed, or refused in words and in the journal."""
        if allowed(rule, role):
            assert not re.search("may not|ROLE", said), (role, what, said)
            return
        assert f"{ME} may not" in said or "ROLE: " in said, (role, what, said)
        await self.until(lambda: len(self.refusals()) > self.refused, f"the refusal of {what} in the journal")
        found = self.refusals()
        assert all(ME in str(fact) for fact in found[self.refused :])
        self.refused = len(found)

    def give(self, command: Command) -> Any:
        """The desk itself does it: whoever sits here may be nobody."""
        return self.thread.send(command).result(PATIENCE_S)


@asynccontextmanager
async def seated(home: Path, role: str) -> AsyncIterator[Seat]:
    """A desk whose owner has this role alone, with something to act on."""
    paths = Paths.of({"TRADEDESK_HOME": str(home)})
    write_missing(paths)
    paths.roles_file.write_text(f"users:\n  {ME}: [{role}]\n")
    paths.desk_file.write_text(paths.desk_file.read_text().replace("flatten_grace: 3 ", "flatten_grace: 60 "))
    paths.risk_file.write_text(paths.risk_file.read_text().replace("duplicate_window_s: 2", "duplicate_window_s: off"))
    config = load_config(paths, None)
    plan = plan_desk(config, RunOptions(slow_link=True))
    thread, lock = open_desk(plan, headless=False)
    console = _Console(plan, thread, lock)
    try:
        async with console._app.run_test(size=(80, 24)):
            seat = Seat(console, thread, config.state.journal)
            await seat.until(lambda: thread.ready().result(PATIENCE_S), "the desk to be ready")
            await _fill(seat)
            yield seat
    finally:
        console._lives.close()
        thread.stop("leave", "test").result(PATIENCE_S)
        thread.join(PATIENCE_S)


async def _fill(seat: Seat) -> None:
    """Orders 1 to 4 rest, IBM is held, algo 1 runs."""

    def placed(symbol: str, qty: int, px: int | None) -> bool:
        kind = OrdType.MARKET if px is None else OrdType.LIMIT
        limit = None if px is None else Decimal(px)
        request = OrderRequest("PAPER", symbol, Side.BUY, Decimal(qty), kind, limit, user=DESK, accept_soft=True)
        return bool(seat.give(PlaceOrder(request)).accepted)

    for qty in range(1, 5):
        await seat.until(lambda qty=qty: placed("AAPL", qty, 50), "a resting order")
    await seat.until(lambda: placed("IBM", 10, None), "the purchase")
    now = seat.thread.view().market_ns
    spec = AlgoSpec("twap", "PAPER", "MSFT", Side.BUY, Decimal(50), now, now + 1800 * SECOND, slices=5, user=DESK)
    assert seat.give(LaunchAlgo(spec)).ok
    await seat.until(lambda: _settled(seat.thread.view()), "a position, an algo and four working orders")


def _settled(view: DeskView) -> bool:
    return bool(view.algos and view.positions) and len(view.orders) == 6 and sum(o.is_open for o in view.orders) == 4


@pytest.mark.parametrize("role", ROLES)
async def test_every_line_and_key_of_every_role_in_the_console(home: Path, role: str) -> None:
    async with seated(home, role) as seat:
        await seat.go_to("4", "algos")
        await seat.judge("pause", STAFF, role, await seat.key("p"))
        await seat.go_to("2", "orders")
        await seat.judge("cancel", STAFF, role, await seat.key("c"))
        await seat.judge("ack", STAFF, role, await seat.key("a"))
        await seat.judge("lock", ALL, role, await seat.key("L"))
        for line, ask, rule in LINES:
            await seat.judge(line, rule, role, await seat.type(line, ask))

        await seat.enter("kill")
        await seat.until(lambda: seat.thread.view().kill is not None, "the kill: anybody may stop")
        await seat.until(lambda: not seat.app.desk.command.active, "a way made for the kill's proof")
        seat.press("f12")
        await seat.until(lambda: seat.app.desk.may_keep, "the grace period of the kill key")
        await seat.judge("k", STAFF, role, await seat.key("k"))
        await asyncio.sleep(0.7)  # a press too soon is the first one still
        seat.press("ctrl+x", "ctrl+x")
        await seat.until(lambda: len([x for x in seat.facts() if isinstance(x, f.KillEscalated)]) == 2, "flatten now")
        await seat.judge("k", STAFF, role, await seat.type("k", ""))

        for answer in "lc":
            seat.press("q")
            await seat.until(lambda: isinstance(seat.app.screen, QuitBox), "the quit box")
            if allowed(STAFF, role):
                await seat.answer("escape")
            else:
                seat.app.desk.command.told(())
                await seat.answer(answer)
                await seat.until(lambda: seat.said, f"what came of {answer}")
                await seat.judge(f"quit {answer}", STAFF, role, seat.said)
            assert seat.app.return_value is None
        assert len(seat.refusals()) == seat.refused, "and nothing else was"
        done = {type(fact) for fact in seat.facts() if ME in person(fact)}
        expected = {kind for kind, rule in DONE.items() if allowed(rule, role)}
        assert done & set(DONE) == expected, "what the roles let through was carried out, and nothing else"


def person(fact: Any) -> tuple[str, ...]:
    """Whom a fact names as the one who did it."""
    inner = getattr(fact, "request", None) or getattr(fact, "spec", None)
    return tuple(str(getattr(of, name, "")) for of in (fact, inner) for name in ("user", "by"))
