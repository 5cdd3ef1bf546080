"""The loop: start the desk, trade, kill it at a random instant, start it again, compare it with its broker."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from random import Random

import msgspec

from engine.journal.latch import KillLatch, was_reset
from engine.model.enums import OrdStatus
from tests.crash.books import differences, in_flight, never_intended, read_books
from tests.crash.journal import FoldedJournal, fold_anew, verify_all
from tests.crash.trader import NEVER_HELD, Callers, Trader
from tests.crash.world import CrashError, World

SETTLE_S = 30.0
#: An aimed kill falls within this time after a request; the broker's answer takes 5 to 50 ms.
AIM_S = 0.030
REQUESTS_PER_S = 60
MODES = ("aimed", "aimed", "random", "aimed", "starting", "aimed", "stopping", "switch", "aimed", "random")
"""How the desk dies, in turn: after a request, any time, while it starts and recovers, while it stops, while the kill
switch works."""

_WORKING = ("NEW", "PARTIALLY_FILLED")
_OVER = ("CANCELED", "EXPIRED")


class Tally(msgspec.Struct):
    """What happened in one world."""

    kills: int = 0
    hits: int = 0
    """Kills that hit a request in flight."""
    modes: Counter[str] = msgspec.field(default_factory=Counter)
    flying: Counter[str] = msgspec.field(default_factory=Counter)
    """What was in flight, by kind, over all kills."""
    starts_s: list[float] = msgspec.field(default_factory=list)
    agreed_s: list[float] = msgspec.field(default_factory=list)
    requests: int = 0
    orders: int = 0
    executions: int = 0
    absent: int = 0
    """Intents that the broker proved never to have got."""
    promised: int = 0
    facts: int = 0
    doubts: int = 0
    replaced: int = 0
    """Accepted versions of orders beyond their first."""
    partly: int = 0
    """Orders that ended when a part of them was filled."""
    stops: int = 0
    """Stop orders that traded."""
    resumed: int = 0
    """Kills that were in force when the desk died, and were resumed after its restart."""


class Loop:
    """Kills one world's desk again and again. Everything random comes from one seed."""

    def __init__(self, world: World, seed: str, say: Callable[[str], None]) -> None:
        self._world = world
        self._seed = seed
        self._say = say
        self._rng = Random(f"{seed}:plan")
        self._trader = Trader(Random(f"{seed}:trader"))
        self._journal = FoldedJournal(world.state.journal)
        self.tally = Tally()

    def run(self, kills: int) -> Tally:
        """Raises CrashError for the first promise that was broken."""
        self._world.start_broker()
        self._start()
        for number in range(kills):
            mode = MODES[number % len(MODES)]
            try:
                self._one(mode)
            except CrashError as error:
                raise CrashError(f"kill {number + 1} ({mode}): {error}") from None
        self._finish()
        return self.tally

    # -- one round --------------------------------------------------------------------------------------------------

    def _one(self, mode: str) -> None:
        world, tally = self._world, self.tally
        world.wait(lambda: world.ask("status").result["trading_state"] == "ACTIVE", "a desk that nobody halted", 2.0)
        if mode == "starting":
            self._die(mode, self._trade(self._rng.uniform(0.05, 0.4)))
            os.close(world.launch_desk())
            time.sleep(self._rng.uniform(0.0, 1.3 * max(tally.starts_s[-5:])))
            world.kill_desk()
            self._after_death()
        else:
            callers = self._trade(self._rng.uniform(0.0 if mode == "random" else 0.1, 0.7))
            if mode == "switch":
                callers.send({"verb": "kill", "flatten": self._rng.random() < 0.5})
                callers.hear(self._rng.uniform(0.0, 0.06))
            elif mode == "stopping":
                callers.send({"verb": "stop", "how": self._rng.choice(("leave", "cancel"))})
                callers.hear(self._rng.uniform(0.0, 0.1))
            elif mode == "aimed":
                callers.send(self._trader.next_order())
                callers.hear(self._rng.uniform(0.0, AIM_S))
            self._die(mode, callers)
        killed = self._is_killed()
        self._start()
        self._agree()
        if killed:
            self._resume()
            self._agree()

    def _is_killed(self) -> bool:
        """Whether a kill is in force after the death: in the journal, or so far only in the latch beside it."""
        latch = KillLatch(self._world.state.latch).read() if self._world.state.latch.exists() else None
        state = self._journal.state
        return state.kill is not None or (latch is not None and not was_reset(latch, state.kill_epoch))

    def _trade(self, seconds: float) -> Callers:
        callers = Callers(self._world.state.socket, self._trader)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            callers.send(self._trader.next_request())
            callers.hear(min(left, self._rng.expovariate(REQUESTS_PER_S)))
        return callers

    def _start(self) -> None:
        self.tally.starts_s.append(self._world.start_desk())

    def _die(self, mode: str, callers: Callers) -> None:
        self._world.kill_desk(may_have_stopped=mode == "stopping")
        callers.close()
        flying = self._after_death()
        tally = self.tally
        tally.kills += 1
        tally.hits += bool(flying)
        tally.modes[mode] += 1
        tally.flying.update(flying)
        self._say(f"{tally.kills:4d} {mode:9s} in flight: {flying or '-'}")

    def _after_death(self) -> dict[str, int]:
        """What stands the moment after: the chain, the promises, and nothing at the broker without its intent."""
        journal = self._journal
        if not self._world.state.journal.exists():
            return {}
        books = read_books(self._world.books)
        journal.catch_up()
        if lost := never_intended(journal, books):
            raise CrashError("; ".join(lost[:5]))
        if broken := self._trader.promised - journal.intended_ns.keys() - self._refused_ids():
            raise CrashError(f"acknowledged to the client and not in the journal: {', '.join(sorted(broken)[:5])}")
        return in_flight(journal.state, books)

    def _refused_ids(self) -> set[str]:
        return {o.cl_ord_id for o in self._journal.state.orders.values() if o.base is OrdStatus.DENIED}

    # -- comparing --------------------------------------------------------------------------------------------------

    def _agree(self) -> None:
        """Wait until the desk, its journal and the broker's books are equal in everything; they must become so."""
        began = time.monotonic()
        found: list[str] = ["never compared"]
        while found:
            if time.monotonic() > began + SETTLE_S:
                raise CrashError(f"not equal to the broker's books after {SETTLE_S} s: " + "; ".join(found[:8]))
            found = self._compare()
            if found:
                time.sleep(0.05)
        self.tally.agreed_s.append(time.monotonic() - began)
        self._say(f"     up after {self.tally.starts_s[-1]:.2f} s, equal after {self.tally.agreed_s[-1]:.2f} s")

    def _compare(self) -> list[str]:
        books = read_books(self._world.books)
        live = self._world.ask("digest").result
        journal = self._journal
        journal.catch_up(live["seq"])
        if (folded := journal.state.digest()) != live["digest"]:
            raise CrashError(f"state digest at fact {live['seq']}: {live['digest']} in the desk, {folded} folded")
        if twice := [doubt for doubt in journal.doubts if "used before" in doubt]:
            raise CrashError(f"sent twice: {'; '.join(twice[:5])}")
        if not journal.reconciled:
            return ["the desk has not reconciled yet"]
        return differences(journal, books)

    def _resume(self) -> None:
        """A kill that the crash interrupted holds: nothing works at the broker, and only an audited resume ends it."""
        world = self._world
        status = world.ask("status").result
        if status["trading_state"] != "HALTED":
            raise CrashError(f"killed before the crash, {status['trading_state']} after it")
        if world.ask("order", line=f"buy 1 {NEVER_HELD} mkt", yes=True).ok:
            raise CrashError("an opening order went out while the desk was killed")

        def working() -> list[str]:
            """What works at the broker and should not: after the pull only reducing orders by hand may be placed."""
            kill, intended = self._journal.state.kill, self._journal.intended_ns
            if kill is None:
                raise CrashError("killed before the crash, and no kill is in the journal after it")
            orders = read_books(world.books).orders.items()
            return [i for i, row in orders if row["status"] in _WORKING and intended.get(i, 0) < kill.at_ns]

        try:
            world.wait(lambda: not working(), "the interrupted kill to cancel every order", SETTLE_S)
        except CrashError as error:
            raise CrashError(f"{error}; working: {', '.join(working())}") from None
        self.tally.resumed += 1
        world.wait(
            lambda: world.ask("resume", line="resume reason crash test", confirm="RESUME").ok, "the resume", SETTLE_S
        )

    def _finish(self) -> None:
        """Compare once more, stop gracefully, and fold and verify everything from the first row on."""
        self._agree()
        world, journal, tally = self._world, self._journal, self.tally
        world.stop_desk()
        journal.catch_up()
        if fold_anew(world.state.journal) != journal.state.digest():
            raise CrashError("two folds of one journal give two states")
        if not journal.state.closed_cleanly:
            raise CrashError("the graceful stop is not in the journal")
        tally.facts = verify_all(world.state.journal, journal.head)
        mirrored = len(world.state.trades.read_text().splitlines()) if world.state.trades.exists() else 0
        if mirrored != len(journal.state.seen_executions):
            raise CrashError(f"trades.jsonl has {mirrored} lines for {len(journal.state.seen_executions)} executions")
        books = read_books(world.books)
        tally.orders, tally.executions = len(books.orders), len(books.executions)
        tally.replaced = books.replaced
        tally.partly = sum(
            0 < Decimal(o["cum_qty"]) < Decimal(o["qty"]) and o["status"] in _OVER for o in books.orders.values()
        )
        tally.stops = sum(o["stop_px"] is not None and Decimal(o["cum_qty"]) > 0 for o in books.orders.values())
        ours = journal.state.orders.items()
        tally.absent = sum("proven absent" in order.text for ident, order in ours if ident == order.cl_ord_id)
        tally.requests, tally.promised, tally.doubts = (
            self._trader.sent,
            len(self._trader.promised),
            len(journal.doubts),
        )
