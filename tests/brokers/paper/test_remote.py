"""A served paper broker, seen through its client over a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from random import Random

import pytest

from brokers.paper import wire
from brokers.paper.adapter import PaperBroker
from brokers.paper.faults import FaultScript
from brokers.paper.remote import RemotePaper
from brokers.paper.server import PaperServer, SocketError
from brokers.paper.settings import PaperSettings
from engine.market.matching import FillConfig
from engine.model.enums import OrdStatus, Side, TimeInForce
from engine.model.market import MarketEvent
from engine.protocol import (
    AmbiguousError,
    AuthError,
    BrokerAdapter,
    BrokerError,
    DataProvider,
    Disconnected,
    NotConnectedError,
    RefusedError,
)
from tests.brokers.paper.serving import serving
from tests.brokers.paper.support import (
    ACCOUNT,
    FAST,
    IBM,
    START_NS,
    Clock,
    Reports,
    cancel,
    order,
    paper_broker,
    quote,
    replace,
    trade,
)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: a socket's is limited."""
    return tmp_path_factory.mktemp("s")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
async def server(folder: Path, clock: Clock) -> AsyncIterator[PaperServer]:
    async with serving(folder, clock) as server:
        server.deliver(quote(START_NS, "100.00", "100.02"))
        yield server


@pytest.fixture
async def client(folder: Path, server: PaperServer, reports: Reports) -> AsyncIterator[RemotePaper]:
    client = RemotePaper(folder / "s", account=ACCOUNT)
    await client.connect(reports)
    yield client
    await client.disconnect()


async def test_it_is_a_broker_adapter_and_a_data_provider(client: RemotePaper) -> None:
    adapter: BrokerAdapter = client
    data: DataProvider = client
    assert adapter.capabilities() == PaperBroker.capabilities(client)
    assert adapter.name == data.name == "paper"


async def test_orders_fill_and_everything_can_be_asked(client: RemotePaper, reports: Reports) -> None:
    await client.submit(order("a1"))
    await client.submit(order("a2", limit="99.00"))
    await client.replace(replace("a2", "a3", 50, "99.50"))
    await reports.count(4)
    assert reports.kinds == ["Accepted", "Filled", "Accepted", "Replaced"]
    assert await client.executions_since(0) == reports.executions
    assert [o.cl_ord_id for o in await client.open_orders()] == ["a3"]
    found = await client.order_by_cl_ord_id("a1")
    assert found is not None
    assert found.status is OrdStatus.FILLED
    assert await client.order_by_cl_ord_id("zz") is None
    assert [int(p.qty) for p in await client.positions()] == [100]
    assert str((await client.account()).cash["USD"]) == "4989998.00"
    assert await client.instrument("IBM") == IBM
    await client.cancel(cancel("a3"))
    await client.cancel_all()
    assert await client.open_orders() == []


async def test_a_duplicate_id_is_ambiguous_over_the_wire_too(client: RemotePaper) -> None:
    await client.submit(order("a1", limit="99.00"))
    with pytest.raises(AmbiguousError, match="used before"):
        await client.submit(order("a1", limit="99.00"))


async def test_quotes_and_prints_are_streamed_to_who_subscribed(
    client: RemotePaper, server: PaperServer, clock: Clock
) -> None:
    seen: list[MarketEvent] = []
    enough = asyncio.Event()

    def sink(event: MarketEvent) -> None:
        seen.append(event)
        if len(seen) == 2:
            enough.set()

    await client.subscribe(["IBM"], sink)
    await client.account()  # the server has read the subscription before this
    events: Sequence[MarketEvent] = (
        quote(clock.tick(), "100.01", "100.03"),
        quote(clock.tick(), "10.00", "10.01", symbol="BAC"),
        trade(clock.tick(), "100.03", 7),
    )
    for event in events:
        server.deliver(event)
    async with asyncio.timeout(10):
        await enough.wait()
    assert seen == [events[0], events[2]]


async def test_the_subscription_outlives_a_reconnect(client: RemotePaper, server: PaperServer, clock: Clock) -> None:
    seen: asyncio.Queue[MarketEvent] = asyncio.Queue()
    await client.subscribe(["IBM"], seen.put_nowait)
    await client.connect(Reports())
    await client.account()
    server.deliver(quote(clock.tick(), "100.01", "100.03"))
    async with asyncio.timeout(10):
        assert (await seen.get()).symbol == "IBM"


async def test_a_new_session_ends_the_old_one(client: RemotePaper, folder: Path, reports: Reports) -> None:
    second = RemotePaper(folder / "s", account=ACCOUNT)
    await second.connect(Reports())
    await reports.until(lambda r: "Disconnected" in r.kinds)
    (gone,) = [report for report in reports.all if isinstance(report, Disconnected)]
    assert gone.reason == "the paper broker closed the connection: a newer session was opened"
    with pytest.raises(NotConnectedError):
        await client.submit(order("a1"))
    await second.submit(order("a2"))
    await second.disconnect()


async def test_a_welcome_comes_after_everything_the_old_session_had_sent(folder: Path, clock: Clock) -> None:
    """NEW_SESSION: what the new session doesn't find never comes alive."""
    async with serving(folder, clock, PaperSettings(latency_ms=(80, 80))):
        old, new = (RemotePaper(folder / "s", account=ACCOUNT) for _ in range(2))
        await old.connect(Reports())
        names = [f"a{n}" for n in range(20)]
        sending = [asyncio.create_task(old.submit(order(name, limit="90.00"))) for name in names]
        await asyncio.sleep(0.01)
        await new.connect(Reports())
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        assert all(isinstance(outcome, AmbiguousError) for outcome in outcomes)
        found = await asyncio.gather(*map(new.order_by_cl_ord_id, names))
        await asyncio.sleep(0.1)
        assert found == await asyncio.gather(*map(new.order_by_cl_ord_id, names))
        assert None not in found, "the server had read them before the new session"
        await new.disconnect()


async def test_fills_go_on_while_nobody_is_connected_and_are_found_afterwards(
    client: RemotePaper, server: PaperServer, clock: Clock, folder: Path
) -> None:
    await client.submit(order("a1", limit="99.00"))
    await client.disconnect()
    server.deliver(quote(clock.tick(), "98.00", "98.50"))
    reports = Reports()
    await client.connect(reports)
    assert [e.cl_ord_id for e in await client.executions_since(0)] == ["a1"]
    assert reports.all == []


async def test_without_a_server_nothing_is_sent(folder: Path) -> None:
    client = RemotePaper(folder / "s", account=ACCOUNT)
    with pytest.raises(NotConnectedError, match="no paper broker at"):
        await client.connect(Reports())
    with pytest.raises(NotConnectedError):
        await client.submit(order("a1"))


async def test_another_account_is_refused(server: PaperServer, folder: Path) -> None:
    client = RemotePaper(folder / "s", account="OTHER")
    with pytest.raises(AuthError, match="this is account PAPER, not OTHER"):
        await client.connect(Reports())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"kind":"Hello","no":1,"body":{"protocol":99,"account":"PAPER"}}', "expected a hello of protocol 1"),
        (b'{"kind":"Nonsense","no":1,"body":{}}', "kind 'Nonsense' is not known"),
        (b"GET / HTTP/1.1", "JSON is malformed"),
    ],
)
async def test_a_client_that_speaks_otherwise_is_told_so(
    server: PaperServer, folder: Path, line: bytes, reason: str
) -> None:
    reader, writer = await asyncio.open_unix_connection(folder / "s")
    writer.write(line + b"\n")
    _, body = wire.decode(await reader.readline())
    assert isinstance(body, wire.Goodbye)
    assert reason in body.reason
    assert await reader.read() == b""
    writer.close()


async def test_nonsense_after_the_welcome_ends_that_session_only(
    client: RemotePaper, folder: Path, server: PaperServer
) -> None:
    reader, writer = await asyncio.open_unix_connection(folder / "s")
    writer.write(wire.encode(1, wire.Hello(wire.PROTOCOL, ACCOUNT)) + b"[]\n")
    lines = (await reader.read()).splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["Welcome", "Goodbye"]
    writer.close()
    await client.connect(Reports())
    assert await client.open_orders() == []


async def test_the_socket_is_the_owner_s_alone(server: PaperServer, folder: Path) -> None:
    assert stat.S_IMODE((folder / "s").stat().st_mode) == 0o600


async def test_a_stale_socket_is_replaced_and_a_living_one_is_not(folder: Path, clock: Clock) -> None:
    listening = await asyncio.start_unix_server(lambda r, w: w.close(), folder / "s")
    with pytest.raises(SocketError, match="another paper broker listens there"):
        async with serving(folder, clock):
            pass
    listening.close()
    await listening.wait_closed()
    if not (folder / "s").exists():  # Python 3.13 removes it
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(folder / "s"))
    async with serving(folder, clock):
        client = RemotePaper(folder / "s", account=ACCOUNT)
        await client.connect(Reports())
        await client.disconnect()
    assert not (folder / "s").exists()
    (folder / "s").write_text("mine")
    with pytest.raises(SocketError, match="a file that is no socket"):
        async with serving(folder, clock):
            pass
    assert (folder / "s").read_text() == "mine"


# --- faults -------------------------------------------------------------------------------------------------------


async def with_faults(folder: Path, clock: Clock, script: FaultScript, reports: Reports) -> AsyncIterator[RemotePaper]:
    async with serving(folder, clock, FAST, script) as server:
        server.deliver(quote(START_NS, "100.00", "100.02"))
        client = RemotePaper(folder / "s", account=ACCOUNT, timeout_s=0.2)
        await client.connect(reports)
        yield client
        await client.disconnect()


@pytest.mark.parametrize(
    ("fault", "error", "alive"),
    [
        ("lose", AmbiguousError, False),
        ("mute", AmbiguousError, True),
        ("cut", AmbiguousError, False),
        ("cut_after", AmbiguousError, True),
        ("refuse", RefusedError, False),
    ],
)
async def test_a_request_without_an_answer_is_ambiguous_whether_it_lives_or_not(
    folder: Path, clock: Clock, reports: Reports, fault: str, error: type[BrokerError], alive: bool
) -> None:
    script = FaultScript(requests={1: fault})  # type: ignore[dict-item]
    async for client in with_faults(folder, clock, script, reports):
        with pytest.raises(error):
            await client.submit(order("a1", limit="99.00"))
        await client.connect(reports)
        assert (await client.order_by_cl_ord_id("a1") is not None) is alive


async def test_reports_are_lost_repeated_swapped_and_late_as_the_script_says(
    folder: Path, clock: Clock, reports: Reports
) -> None:
    script = FaultScript(reports={1: "drop", 2: "twice", 3: "swap", 5: "late"})
    async for client in with_faults(folder, clock, script, reports):
        for name in ("a1", "a2", "a3"):
            await client.submit(order(name))
        await reports.count(6)
        told = [(type(r).__name__, getattr(r, "cl_ord_id", "")) for r in reports.all]
        assert told == [
            ("Filled", ""),
            ("Filled", ""),
            ("Filled", ""),
            ("Accepted", "a2"),
            ("Filled", ""),
            ("Accepted", "a3"),
        ]
        assert [e.cl_ord_id for e in reports.executions] == ["a1", "a1", "a2", "a3"]


# --- in process and served: the same broker -----------------------------------------------------------------------


def script_of(seed: int) -> list[tuple[str, ...]]:
    """A seeded mix of quotes, prints and requests."""
    dice = Random(seed)
    steps: list[tuple[str, ...]] = []
    for number in range(120):
        bid = dice.randint(9_995, 10_005)
        kind = dice.choice(["quote", "quote", "trade", "submit", "submit", "submit", "cancel", "replace"])
        price = f"{dice.randint(9_994, 10_006) / 100:.2f}"
        size = str(dice.choice([50, 100, 100, 400]))
        target = f"c{dice.randint(0, number)}"
        steps.append((kind, f"c{number}", price, size, target, f"{bid / 100:.2f}", f"{(bid + 1) / 100:.2f}"))
    return steps


async def play(broker: PaperBroker | RemotePaper, feed: PaperBroker | PaperServer, clock: Clock, seed: int) -> str:
    """Everything that a desk could notice, with the id of the books taken out."""
    reports = Reports()
    await broker.connect(reports)
    deliver = feed.on_market if isinstance(feed, PaperBroker) else feed.deliver
    outcomes: list[str] = []
    for kind, name, price, size, target, bid, ask in script_of(seed):
        clock.tick()
        dice = Random(name)
        side = dice.choice(list(Side))
        tif = dice.choice([TimeInForce.GTC, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])
        try:
            if kind == "quote":
                deliver(quote(clock(), bid, ask, int(size), int(size)))
            elif kind == "trade":
                deliver(trade(clock(), price, int(size)))
            elif kind == "submit":
                stop = dice.random() < 0.2
                limit = None if dice.random() < 0.2 else price
                order_tif = TimeInForce.GTC if stop else tif
                await broker.submit(order(name, side, int(size), limit, price if stop else None, order_tif))
            elif kind == "cancel":
                await broker.cancel(cancel(target))
            else:
                await broker.replace(replace(target, name, int(size), price))
        except BrokerError as error:
            outcomes.append(f"{type(error).__name__}: {error}")
    executions = await broker.executions_since(0)
    seen = [
        outcomes,
        await broker.open_orders(),
        await broker.positions(),
        await broker.account(),
        executions,
        reports.all,
    ]
    assert len(executions) > 10
    book_id = executions[0].exec_id[1:].partition("-")[0]
    return "\n".join(map(str, seen)).replace(book_id, "BOOK")


@pytest.mark.parametrize("seed", range(5))
async def test_served_and_in_process_are_the_same_broker(folder: Path, seed: int) -> None:
    settings = PaperSettings(latency_ms=(0, 0), fills=FillConfig(slippage_bps=IBM.tick))
    clock = Clock()
    embedded = paper_broker(folder / "e", clock, settings)
    here = await play(embedded, embedded, clock, seed)
    await embedded.disconnect()
    clock = Clock()
    async with serving(folder, clock, settings) as server:
        client = RemotePaper(folder / "s", account=ACCOUNT)
        there = await play(client, server, clock, seed)
        await client.disconnect()
    assert here == there
