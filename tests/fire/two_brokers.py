"""One desk process, two accounts at two served paper brokers on real sockets, and everything that can happen to them:
cancels that are refused or lost, fills that cross them, a broker that hangs, a desk that is SIGKILLed, a full disk.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from console.client import NoDeskError, SilentDeskError, ask
from console.config.defaults import write_missing
from console.config.paths import Paths
from console.wire import Answer, read_ask
from engine.facts import Fact, Stamped
from engine.journal.codec import FactCodec
from engine.journal.reader import JournalReader
from engine.market.sim_names import US_NAMES
from engine.runtime.lock import is_held
from tests.crash.books import read_books
from tests.fire.limits import write_limits

REPOSITORY: Final = Path(__file__).resolve().parents[2]
ACCOUNTS: Final = ("PAPER", "B")
PATIENCE_S: Final = 60.0
STOCKS: Final = tuple(name.symbol for name in US_NAMES)
PRICES: Final = {name.symbol: name.price for name in US_NAMES}
#: What becomes of the first cancels that a broker hears, again and again: of five, two are taken at once.
FATES: Final = (None, "refuse", "lose", "mute", None)
#: So many cancels meet them; later ones are taken.
FATEFUL: Final = 120
F = TypeVar("F", bound=Fact)


class TwoBrokers:
    """The desk, its two brokers, and what is done to them. Used as a context."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.servers: dict[str, subprocess.Popen[bytes]] = {}
        self._desk: subprocess.Popen[str] | None = None
        self._environment = {**os.environ, "TRADEDESK_HOME": str(home), "PYTHONUNBUFFERED": "1"}
        self.paths = Paths.of({"TRADEDESK_HOME": str(home)})
        self.state = self.paths.state_of("paper", "PAPER")
        write_missing(self.paths)
        write_limits(self.paths.risk_file)
        text = self.paths.desk_file.read_text()
        for old, new in {
            "broker: paper ": f"broker: paper@{home / 'PAPER'} ",
            "request_timeout: 5 ": "request_timeout: 1 ",
            "new_session_after_s: 20 ": "new_session_after_s: 2 ",
            "reconnect_longest: 3\n": "reconnect_longest: 1\n",
        }.items():
            assert old in text, old
            text = text.replace(old, new, 1)
        self.paths.desk_file.write_text(f"{text}    accounts: [{{name: B, broker: 'paper@{home / 'B'}'}}]\n")

    def __enter__(self) -> TwoBrokers:
        for account in ACCOUNTS:
            self._serve(account)
        self.wait(lambda: all((self.home / account).exists() for account in ACCOUNTS), "the brokers' sockets")
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        for process in (self._desk, *self.servers.values()):
            if process is not None:
                _end(process)

    # -- the processes ------------------------------------------------------------------------------------------------

    def _serve(self, account: str) -> None:
        script = self.home / f"{account}.json"
        fates = (FATES * FATEFUL)[:FATEFUL]
        script.write_text(json.dumps({"next_of": {"BrokerCancel": fates}, "crossing": True}))
        command = [
            "-m",
            "brokers.paper.serve",
            "--socket",
            str(self.home / account),
            "--books",
            str(self.books(account)),
        ]
        command += ["--account", account, "--latency-ms", "1-5", "--faults", str(script)]
        with open(self.home / f"{account}.log", "ab") as out:
            self.servers[account] = subprocess.Popen([sys.executable, *command], cwd=REPOSITORY, stdout=out, stderr=out)

    def start(self) -> None:
        """Start the desk."""
        with open(self.home / "desk.log", "ab") as out:
            self._desk = subprocess.Popen(
                [sys.executable, "-m", "tests.fire.desk_child"],
                cwd=REPOSITORY, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out,
                text=True,
            )  # fmt: skip
        assert self._said() == "up", (self.home / "desk.log").read_text()[-2000:]

    def crash(self) -> None:
        """SIGKILL to the desk."""
        assert self._desk is not None
        _end(self._desk)
        self.wait(lambda: not is_held(self.state.lock), "the lock of a dead desk")

    def hang_desk(self) -> None:
        """The desk's process stands still."""
        assert self._desk is not None
        self._desk.send_signal(signal.SIGSTOP)

    def tell(self, word: str) -> str:
        """See desk_child; its answer."""
        assert self._desk is not None
        assert self._desk.stdin is not None
        self._desk.stdin.write(f"{word}\n")
        self._desk.stdin.flush()
        return self._said()

    def last_cancel_ns(self) -> int:
        """When (wall) the last of the cancels was handed over, once none follows: the next tries come after a
        second."""
        found: dict[str, int] = {}
        while not found or not all(found.values()) or found != json.loads(self.tell("handed")):
            time.sleep(0.05)
            found = json.loads(self.tell("handed"))
        return max(found.values())

    def _said(self) -> str:
        assert self._desk is not None
        assert self._desk.stdout is not None
        assert select.select([self._desk.stdout], [], [], PATIENCE_S)[0], "the desk says nothing"
        return self._desk.stdout.readline().strip()

    def hang(self, account: str) -> None:
        """Its broker answers nothing from now on, and its connection stands."""
        self.servers[account].send_signal(signal.SIGSTOP)

    def wake(self, account: str) -> None:
        self.servers[account].send_signal(signal.SIGCONT)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No file of the desk can grow."""
        assert self._desk is not None
        before = resource.prlimit(self._desk.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._desk.pid, resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            yield
        finally:
            if self._desk.poll() is None:
                resource.prlimit(self._desk.pid, resource.RLIMIT_FSIZE, before)

    # -- what a user does and sees ------------------------------------------------------------------------------------

    def ask(self, verb: str, **fields: object) -> Answer:
        return ask(self.state.socket, read_ask({"verb": verb, **fields}), PATIENCE_S)

    def wait(self, done: Callable[[], object], what: str, timeout_s: float = PATIENCE_S) -> float:
        """The seconds that it took."""
        began = time.monotonic()
        while not done():
            assert time.monotonic() - began < timeout_s, f"waited {timeout_s} s for {what}: {self._last_words()}"
            time.sleep(0.02)
        return time.monotonic() - began

    def _last_words(self) -> object:
        try:
            return self.kill() or self.ask("status").result
        except (NoDeskError, SilentDeskError) as error:
            return error

    def place(self, line: str) -> None:
        """Order; what passes by itself (a locked quote, none yet, an account not compared yet) is waited for."""
        deadline = time.monotonic() + PATIENCE_S
        while not (answer := self.ask("order", line=line, yes=True)).ok:
            transient = (
                "UNKNOWN_ACCOUNT",
                "ACCOUNT_UNSEEN",
                "STALE_PRICE",
                "STALE_MARK",
                "THROTTLE",
                "UNCOVERED_OPTION",
                "NOT_RECONCILED",
                "no quote",
            )
            assert any(code in answer.error for code in transient), (line, answer.error)
            assert time.monotonic() < deadline, (line, answer.error)
            time.sleep(0.05)

    def place_all(self, lines: Sequence[str]) -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.place, lines))

    def kill(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.ask("status").result["kill"]
        return found

    def problems(self) -> str:
        """What the kill's proof names, as one text."""
        kill = self.kill()
        return "" if kill is None else "; ".join(kill["problems"])

    def ended(self) -> bool:
        kill = self.kill()
        return kill is not None and kill["phase"] in ("done", "not_flat")

    def facts(self, kind: type[F]) -> list[F]:
        """Of the journal, in order."""
        return [stamped.fact for stamped in self.journaled() if isinstance(stamped.fact, kind)]

    def journaled(self) -> list[Stamped]:
        with JournalReader(self.state.journal) as reader:
            return [stamped for batch, _ in reader.facts(FactCodec()) for stamped in batch]

    # -- what the brokers themselves have -----------------------------------------------------------------------------

    def books(self, account: str) -> Path:
        return self.home / f"{account}.sqlite3"

    def held(self, account: str) -> dict[str, str]:
        return {symbol: str(qty) for symbol, qty in read_books(self.books(account)).positions.items()}

    def working(self, account: str) -> list[str]:
        return [
            ident
            for ident, row in read_books(self.books(account)).orders.items()
            if row["status"] in ("NEW", "PARTIALLY_FILLED")
        ]

    def crossed(self, account: str) -> int:
        """Units that traded of orders far from the market, one for each cancel."""
        rows = read_books(self.books(account)).orders.values()
        return sum(int(row["cum_qty"]) for row in rows if row["time_in_force"] == "gtc")

    # -- the books of the test ----------------------------------------------------------------------------------------

    def fill_the_books(self, orders: int, options: int = 13) -> None:
        """In each account: 12 stocks long and short in turn, so many options long and short, so many orders far from
        the market."""
        self.place_all(
            [f"{'buy' if n % 2 == 0 else 'short'} 100 {s} mkt @{a}" for a in ACCOUNTS for n, s in _numbered()]
        )
        self.wait(lambda: all(len(self.held(a)) == len(STOCKS) for a in ACCOUNTS), "the stocks")
        wanted = [line for account in ACCOUNTS for line in _option_lines(account)[:options]]
        self.place_all(wanted)
        each = len(STOCKS) + options
        self.wait(lambda: all(len(self.held(a)) == each for a in ACCOUNTS), f"{each} positions in each account")
        self.place_all([line for account in ACCOUNTS for line in _resting_lines(account, orders)])
        self.wait(lambda: all(len(self.working(a)) == orders for a in ACCOUNTS), f"{orders} orders in each account")
        self.wait(lambda: self.ask("status").result["working_orders"] == 2 * orders, "the orders in the desk")


def _end(process: subprocess.Popen[Any]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _numbered() -> list[tuple[int, str]]:
    return list(enumerate(STOCKS))


def _option_lines(account: str) -> list[str]:
    """A call is written on each stock that is held, a put is bought on each that is short; and one more."""
    lines = []
    for number, symbol in (*_numbered(), (1, "AAPL")):
        strike = round(PRICES[symbol])
        side, kind = ("short", "c") if number % 2 == 0 else ("buy", "p")
        lines.append(f"{side} 1 {symbol}270115{kind}{strike} mkt @{account}")
    return lines


def _resting_lines(account: str, orders: int) -> list[str]:
    lines = []
    for number in range(orders):
        symbol = STOCKS[number % len(STOCKS)]
        px = PRICES[symbol] * (0.7 - number // len(STOCKS) / 50)
        lines.append(f"buy {2 + number % 3} {symbol} lmt {px:.2f} gtc @{account}")
    return lines
