"""`python -m tests.crash.algos --rounds N [--seed S]`: the desk is killed in the middle of an algo of every kind, again
and again; after each restart they go on, and in the end each has done its parent to the share, nothing twice."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from tests.crash.books import Books, differences, never_intended, read_books
from tests.crash.journal import FoldedJournal
from tests.crash.world import CrashError, World

#: One line of each kind: what it trades, and options that put its middle some seconds after its launch.
PARENTS: Final = {
    "twap": (360, "aapl", "duration 7s slices 12"),
    "vwap": (330, "xom", "duration 7s profile 3,1,2,1,1,2,1,3,1,2,1 mid deadline 1s"),
    "pov": (600, "spy", "duration 8s rate 2% passive deadline 1s end sweep"),
    "is": (300, "msft", "duration 7s slices 10 lambda 1e-6 sigma 1.5 eta 1e-4 gamma 1e-6 epsilon 0.01"),
    "iceberg": (320, "bac", "show 40 aggressive delay 1s"),
    # The first rung crosses, the others rest far away.
    "scale": (300, "amzn", "from {} to {} steps 4"),
    # More than the market shows for some seconds.
    "sor": (2400, "ibm", ""),
}
#: What nothing but its own command ends within a round.
PATIENT: Final = ("scale",)
#: What is through so soon that it is launched when the others are in their middle.
HASTY: Final = ("sor",)
MIDDLE_S, END_S, SETTLE_S = 20.0, 60.0, 30.0


class Rounds:
    """Everything random comes from one seed."""

    def __init__(self, world: World, seed: int, say: Callable[[str], None]) -> None:
        self._world = world
        self._rng = Random(seed)
        self._say = say
        self._journal = FoldedJournal(world.state.journal)
        self.kills = 0
        self.caught: Counter[str] = Counter()
        """Kinds of the algos that had done a part, and not all, when their desk was killed."""

    def run(self, rounds: int) -> None:
        """Raises CrashError for the first promise that was broken."""
        world = self._world
        world.start_broker()
        world.start_desk()
        world.wait(lambda: world.ask("status").result["positions"] is not None and self._ready(), "the desk", SETTLE_S)
        for number in range(rounds):
            side = "buy" if number % 2 == 0 else "sell"
            try:
                self._round(side, meddle=number > 0)
            except CrashError as error:
                raise CrashError(f"round {number + 1}: {error}") from None
        world.stop_desk()

    def _ready(self) -> bool:
        self._journal.catch_up()
        return self._journal.reconciled

    def _round(self, side: str, *, meddle: bool) -> None:
        """`meddle`: somebody supervises them meanwhile."""
        world = self._world
        launched: dict[str, int] = {}

        def in_the_middle() -> bool:
            return self._in_the_middle(launched)

        for kinds in ([kind for kind in PARENTS if kind not in HASTY], HASTY):
            launched |= {kind: self._launch(kind, side) for kind in kinds}
            world.wait(in_the_middle, "every algo to have done a part", MIDDLE_S)
        for _ in range(self._rng.choice((1, 1, 2, 3))):
            if meddle:
                self._meddle(launched)
            time.sleep(self._rng.uniform(0.0, 0.6))
            world.kill_desk()
            self.kills += 1
            self._stands_after_death(launched)
            world.start_desk()
        try:
            world.wait(lambda: self._over(launched), "the algos to end", END_S)
        except CrashError as error:
            raise CrashError(f"{error}: {self._told(launched)}") from None
        self._reckon(launched)

    def _launch(self, kind: str, side: str) -> int:
        qty, symbol, options = PARENTS[kind]
        if "{" in options:
            options = options.format(*self._rungs(side, symbol))
        answer = self._world.ask("launch", line=f"{kind} {side} {qty} {symbol} {options}", yes=True)
        if not answer.ok:
            raise CrashError(f"{kind} was not launched: {answer.error}")
        return int(answer.result["id"])

    def _meddle(self, launched: dict[str, int]) -> None:
        """Pause one, or cut the rest of another anew; what is refused, since it is over, is no matter."""
        kind = self._rng.choice(list(launched))
        actions = ["pause", "pause keep", "pause keep"]
        if kind not in (*PATIENT, *HASTY):
            actions += ["repace 5s", "amend style mid", "finish"]
        self._world.ask("algo", line=f"algo {launched[kind]} {self._rng.choice(actions)}", yes=True)

    def _resume(self, number: int) -> None:
        how = self._rng.choice(("catchup", "shift"))
        self._world.ask("algo", line=f"algo {number} resume {how}", yes=True)

    def _rungs(self, side: str, symbol: str) -> tuple[Decimal, Decimal]:
        """From a price that crosses to one that rests."""
        far, sign = ("@ask", 1) if side == "buy" else ("@bid", -1)
        seen = self._world.ask("order", line=f"{side} 1 {symbol} lmt {far}", dry_run=True).result
        touch = Decimal(seen["limit_px"])
        return touch + sign * Decimal("0.05"), touch - sign * Decimal(2)

    # -- what the journal and the broker say ------------------------------------------------------------------------

    def _done(self, books: Books) -> dict[int, Decimal]:
        """What the broker executed for each parent."""
        done: dict[int, Decimal] = {}
        for root, row in books.orders.items():
            order = self._journal.state.orders.get(root)
            if order is not None and order.request.parent is not None:
                parent = order.request.parent
                done[parent] = done.get(parent, Decimal(0)) + Decimal(row["cum_qty"])
        return done

    def _in_the_middle(self, launched: dict[str, int]) -> bool:
        """Whether every algo has done a part. Raises CrashError where one is through: no middle."""
        self._journal.catch_up()
        for kind, number in launched.items():
            algo = self._journal.state.algos[number]
            if not algo.is_live or algo.status == "PAUSED":
                raise CrashError(f"{kind} is {algo.status} before the kill ({algo.reason})")
            if not algo.cum_qty:
                return False
        return True

    def _stands_after_death(self, launched: dict[str, int]) -> None:
        books = read_books(self._world.books)
        self._journal.catch_up()
        if lost := never_intended(self._journal, books):
            raise CrashError("; ".join(lost[:5]))
        done = self._done(books)
        parts = {}
        for kind, number in launched.items():
            parts[kind] = f"{done.get(number, 0)}/{PARENTS[kind][0]}"
            self.caught[kind] += 0 < done.get(number, 0) < PARENTS[kind][0]
        self._say(f"killed at {', '.join(f'{kind} {part}' for kind, part in parts.items())}")

    def _over(self, launched: dict[str, int]) -> bool:
        """Whether all have ended. What somebody had paused goes on; what paused by itself is wrong."""
        self._journal.catch_up()
        live = [algo for number in launched.values() if (algo := self._journal.state.algos[number]).is_live]
        for algo in live:
            if algo.status == "PAUSED" and algo.reason not in ("paused", "command line"):
                raise CrashError(f"{algo.spec.algo} paused by itself: {algo.reason}")
            if algo.status == "PAUSED":
                self._resume(algo.id)
            elif algo.spec.algo in PATIENT and self._journal.reconciled and not algo.spec.end_ns:
                self._world.ask("algo", line=f"algo {algo.id} finish", yes=True)
        return not live

    def _told(self, launched: dict[str, int]) -> str:
        self._journal.catch_up()
        algos = [self._journal.state.algos[number] for number in launched.values()]
        return ", ".join(
            f"{a.spec.algo} {a.status} {a.cum_qty}/{a.spec.qty}, {a.outstanding} out ({a.reason})" for a in algos
        )

    def _reckon(self, launched: dict[str, int]) -> None:
        """Each has done its parent to the share, at the broker too, and all books are equal."""
        deadline = time.monotonic() + SETTLE_S
        while found := self._wrong(launched):
            if time.monotonic() > deadline:
                raise CrashError("; ".join(found[:8]))
            time.sleep(0.05)

    def _wrong(self, launched: dict[str, int]) -> list[str]:
        self._journal.catch_up()
        state = self._journal.state
        books = read_books(self._world.books)
        done = self._done(books)
        found = [] if self._journal.reconciled else ["the desk has not reconciled yet"]
        for kind, number in launched.items():
            algo, qty = state.algos[number], PARENTS[kind][0]
            if (algo.status, algo.cum_qty, done.get(number)) != ("DONE", qty, qty):
                theirs = done.get(number)
                found.append(f"{kind}: {algo.status} ({algo.reason}) {algo.cum_qty} here, {theirs} there, of {qty}")
            numbers = [
                order.request.slice_no
                for root, order in state.orders.items()
                if root == order.cl_ord_id and order.request.parent == number
            ]
            if len(set(numbers)) < len(numbers):
                found.append(f"{kind} sent a child twice: {sorted(n for n in numbers if n is not None)}")
        return found + differences(self._journal, books)


class Tally(msgspec.Struct, frozen=True):
    """What happened."""

    kills: int
    caught: Counter[str]
    """Algos that were killed in their middle, by kind."""


def crash_algos(rounds: int, seed: int, say: Callable[[str], None]) -> Tally:
    """Raises CrashError for the first promise that was broken, with the command that repeats it."""
    with tempfile.TemporaryDirectory(prefix="tda") as base:
        world = World(Path(base), market_seed=seed % 1000 + 1)
        all_rounds = Rounds(world, seed, say)
        try:
            all_rounds.run(rounds)
        except CrashError as error:
            again = f"python -m tests.crash.algos --rounds {rounds} --seed {seed}"
            raise CrashError(f"{error}\n{world.log('desk')}\nrepeat with: {again}") from None
        finally:
            world.close()
    return Tally(all_rounds.kills, all_rounds.caught)


def main() -> int:
    """0 when every promise held."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.algos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=None, help="default: a new one, printed")
    options = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    print(f"python -m tests.crash.algos --rounds {options.rounds} --seed {seed}", flush=True)
    began = time.monotonic()
    try:
        tally = crash_algos(options.rounds, seed, lambda text: print(text, flush=True))
    except CrashError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{options.rounds} rounds in {time.monotonic() - began:.0f} s: {tally.kills} kills, in the middle of"
        f" {', '.join(f'{count} {kind}' for kind, count in tally.caught.items())};"
        " every parent done to the share, nothing sent twice"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
