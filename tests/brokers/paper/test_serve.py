"""`python -m brokers.paper.serve` as a real process: it trades, stops cleanly, and loses nothing when it is killed."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from brokers.paper.remote import RemotePaper
from brokers.paper.serve import main
from engine.model.enums import Side
from engine.model.market import MarketEvent, Quote
from engine.protocol import AmbiguousError, BrokerError, NotConnectedError
from tests.brokers.paper.support import ACCOUNT, Reports, cancel, order

PUT = "IBM270115P00182000"


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: a socket's is limited."""
    return tmp_path_factory.mktemp("s")


@contextlib.asynccontextmanager
async def server(folder: Path, *options: str) -> AsyncIterator[Process]:
    """A running server that has said that it listens."""
    command = ["-m", "brokers.paper.serve", "--socket", str(folder / "s"), "--books", str(folder / "b"), *options]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        async with asyncio.timeout(30):
            said = await process.stdout.readline()
        assert said.startswith(b"paper broker: account PAPER"), (await process.stderr.read()).decode()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_trades_its_own_market_and_stops_cleanly(folder: Path) -> None:
    reports, quotes = Reports(), list[MarketEvent]()
    quoted = asyncio.Event()

    def on_event(event: MarketEvent) -> None:
        quotes.append(event)
        quoted.set()

    async with server(folder, "--latency-ms", "0", "--symbols", "IBM,SPY") as process:
        client = RemotePaper(folder / "s", account=ACCOUNT)
        await client.connect(reports)
        await client.subscribe(["IBM"], on_event)
        async with asyncio.timeout(20):
            await quoted.wait()
        assert {event.symbol for event in quotes} == {"IBM"}
        await client.submit(order("o1", qty=1, symbol=PUT))
        await client.submit(order("a1", qty=1))
        await client.submit(order("a2", qty=1, limit="1.00"))
        await reports.count(5)
        assert sorted(reports.kinds) == ["Accepted", "Accepted", "Accepted", "Filled", "Filled"]
        assert {execution.symbol for execution in reports.executions} == {"IBM", PUT}
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
        await reports.until(lambda r: "Disconnected" in r.kinds)
        assert not (folder / "s").exists()
    async with server(folder, "--symbols", "IBM"):
        await client.connect(reports)
        assert [o.cl_ord_id for o in await client.open_orders()] == ["a2"]
        assert await client.executions_since(0) == reports.executions
        await client.submit(order("o2", Side.SELL, qty=1, symbol=PUT))
        await reports.until(lambda r: len(r.executions) == 3)
        await client.disconnect()


async def test_a_sigkill_at_any_instant_loses_no_acknowledged_order_and_no_reported_fill(folder: Path) -> None:
    dice = Random(7)
    taken: set[str] = set()
    asked_to_cancel: set[str] = set()
    cancelled: set[str] = set()
    reports = Reports()
    in_flight = 0
    for turn in range(5):
        async with server(folder, "--latency-ms", "0-4", "--symbols", "IBM") as process:
            client = RemotePaper(folder / "s", account=ACCOUNT)
            await client.connect(reports)
            open_orders = {o.cl_ord_id for o in await client.open_orders()}
            executions = {e.exec_id for e in await client.executions_since(0)}
            assert {e.exec_id for e in reports.executions} <= executions
            assert len(executions) == len(await client.executions_since(0))
            resting = {name for name in taken if "r" in name}
            assert resting - asked_to_cancel <= open_orders
            assert not cancelled & open_orders
            for name in taken:
                assert await client.order_by_cl_ord_id(name) is not None

            async def trade(turn: int = turn, client: RemotePaper = client) -> None:
                for number in range(10_000):
                    name = f"t{turn}n{number}" + ("r" if number % 3 else "")
                    limit = "1.00" if number % 3 else None
                    side = Side.SELL if limit is None and number % 2 else Side.BUY
                    await client.submit(order(name, side, 1, limit))
                    taken.add(name)
                    if number % 5 == 4 and limit is not None:
                        asked_to_cancel.add(name)
                        await client.cancel(cancel(name))
                        cancelled.add(name)

            trading = asyncio.create_task(trade())
            await asyncio.sleep(dice.uniform(0.05, 0.4))
            process.kill()
            with pytest.raises((AmbiguousError, NotConnectedError)) as raised:
                await trading
            in_flight += isinstance(raised.value, AmbiguousError)
            await client.disconnect()
    assert len(taken) > 20
    assert cancelled
    assert in_flight, "no kill hit a request in flight"


async def test_a_replay_is_held_while_nobody_is_connected_and_fills_by_the_tape(
    folder: Path, shared_data: Path
) -> None:
    tape = shared_data / "equities/quotes_1s/BAC_20131007.csv.gz"
    options = ("--market", "replay", str(tape), "--speed", "200", "--latency-ms", "0", "--pause-when-empty")
    async with server(folder, *options):
        client = RemotePaper(folder / "s", account=ACCOUNT)
        events: asyncio.Queue[MarketEvent] = asyncio.Queue()
        await client.subscribe(["BAC"], events.put_nowait)
        reports = Reports()
        await client.connect(reports)
        async with asyncio.timeout(20):
            first = await events.get()
        assert isinstance(first, Quote)
        assert 13 < float(first.bid) < 15
        await client.submit(order("a1", qty=100, symbol="BAC"))
        await reports.until(lambda r: "Filled" in r.kinds)
        await client.disconnect()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--market", "replay"], "--market replay: expected sim, or replay FILE..."),
        (["--market", "moon"], "--market moon: expected sim, or replay FILE..."),
        (["--market", "replay", "nowhere.csv"], "nowhere.csv"),
        (["--symbols", "NOPE"], "NOPE: not in the simulated market"),
        (["--limit-fill-prob", "2"], "limit_fill_prob: 2 is not between 0 and 1"),
        (["--latency-ms", "9-1"], "latency_ms: 9-1 is not a range"),
        (["--faults", "nowhere.json"], "--faults nowhere.json"),
    ],
)
def test_a_start_that_can_t_be_says_why_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main(["--socket", str(folder / "s"), "--books", str(folder / "b"), *options]) == 1
    said = capsys.readouterr().err
    assert said.startswith("paper broker: ")
    assert message in said
    assert said.count("\n") == 1
    assert not (folder / "s").exists()


def test_a_bad_command_line_is_bad_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--socket", "s", "--books", "b", "--latency-ms", "soon"])
    assert left.value.code == 2
    assert "'soon' is not LEAST-MOST in milliseconds" in capsys.readouterr().err


async def test_books_in_use_stop_a_second_server(folder: Path) -> None:
    async with server(folder):
        command = ["-m", "brokers.paper.serve", "--socket", str(folder / "t"), "--books", str(folder / "b")]
        second = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, stderr=PIPE)
        _, said = await second.communicate()
        assert second.returncode == 1
        assert b"another process uses them; stop it first" in said


async def test_the_client_survives_a_server_that_is_gone(folder: Path) -> None:
    async with server(folder) as process:
        client = RemotePaper(folder / "s", account=ACCOUNT)
        await client.connect(Reports())
        process.kill()
        await process.wait()
        with pytest.raises(BrokerError):
            await client.submit(order("a1"))
        with pytest.raises(NotConnectedError):
            await client.connect(Reports())
