"""What the doctor says of a connection to Alpaca, and of one to a paper broker in a process of its own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from brokers.alpaca.settings import AlpacaSettings
from console.config.models import Profile
from console.config.paths import Paths
from console.doctor.connections import examine
from engine.model.secret import Secret
from tests.emulators.alpaca.server import AlpacaServer

SECOND = 1_000_000_000
ACCOUNT = "PA3EMULATED"


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AlpacaServer]:
    server = AlpacaServer(per_minute=100_000)
    await server.start()
    await server.quote("SPY", Decimal("540.00"), Decimal("540.02"))
    for name, value in {
        "ALPACA_API_KEY": server.key,
        "ALPACA_SECRET_KEY": server.secret,
        "ALPACA_BASE_URL": server.url,
        "ALPACA_STREAM_URL": f"ws://127.0.0.1:{server.port}/stream",
        "ALPACA_DATA_URL": server.url,
    }.items():
        monkeypatch.setenv(name, value)
    yield server
    await server.stop()


async def found(
    home: Path, profile: Profile | None = None, wall_ns: Callable[[], int] = time.time_ns
) -> dict[str, tuple[str, str]]:
    """Each check's verdict and words; of two of one name the last."""
    chosen = profile or Profile(broker="alpaca", account=ACCOUNT, data="alpaca")
    paths = Paths(home / "config", home / "state")
    findings = await asyncio.to_thread(examine, paths, "mine", chosen, wall_ns=wall_ns)
    assert {finding.profile for finding in findings} == {"mine"}
    return {finding.check: (finding.verdict, finding.detail) for finding in findings}


async def test_a_sound_connection_is_ok_in_every_line(home: Path, server: AlpacaServer) -> None:
    said = await found(home)
    assert said.pop("clock")[0] == "ok"
    assert said == {
        "key": ("ok", "from environment"),
        "broker": ("ok", "alpaca answers"),
        "account": ("ok", "PA3EMULATED, paper"),
        "calendar": ("ok", "XNYS is the broker's for the next 14 days"),
        "trading": ("ok", "the account may trade"),
        "trade updates": ("ok", "opens"),
        "market data": ("ok", "feed iex: a quote of SPY came"),
        "data stream": ("ok", "opens"),
    }
    assert {method for method, _ in server.seen} == {"GET"}, "it looks, and changes nothing"


async def test_a_day_that_ends_early_or_is_none_at_the_broker_and_not_in_our_table_is_said(
    home: Path, server: AlpacaServer
) -> None:
    server.hours = {"2026-11-30": {"close": "13:00"}, "2026-12-02": None}
    noon = int(datetime(2026, 11, 27, 17, tzinfo=UTC).timestamp()) * SECOND
    verdict, words = (await found(home, wall_ns=lambda: noon))["calendar"]
    assert verdict == "warn"
    assert words == (
        "XNYS 2026-11-30: the broker says 09:30-13:00, our table 09:30-16:00;"
        " XNYS 2026-12-02: the broker says closed, our table 09:30-16:00; market orders go out only while both are open"
    )


async def test_a_package_that_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "alpaca", None)  # as Python has it where it is not installed
    said = await found(home)
    assert said == {"key": ("FAIL", said["key"][1])}
    assert "alpaca-py, which is not installed: .venv/bin/pip install 'tradedesk[alpaca]'" in said["key"][1]


async def test_no_key_and_a_wrong_one(home: Path, server: AlpacaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPACA_SECRET_KEY", "wrong-sesame")
    wrong = await found(home)
    assert wrong["key"][0] == "FAIL"
    assert "forbidden. (HTTP 403)" in wrong["key"][1]
    assert "wrong-sesame" not in str(wrong)
    assert "market data" not in wrong, "one trouble is told once"
    monkeypatch.delenv("ALPACA_API_KEY")
    assert "ALPACA_API_KEY not set, and ALPACA_SECRET_KEY is" in (await found(home))["key"][1]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "Alpaca can't be reached at http://127.0.0.1:1: nothing listens there"),
        ("http://desk.invalid", "Alpaca can't be reached at http://desk.invalid: its name is not known here"),
    ],
)
async def test_what_can_not_be_reached(
    home: Path, server: AlpacaServer, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("ALPACA_BASE_URL", url)
    verdict, words = (await found(home))["broker"]
    assert (verdict, words.startswith(said)) == ("FAIL", True), words


async def test_another_account_and_the_other_kind_of_money(home: Path, server: AlpacaServer) -> None:
    other = await found(home, Profile(broker="alpaca", account="PA3OTHER", data="alpaca"))
    assert other["account"][0] == "FAIL"
    assert "the broker reports account PA3EMULATED, the profile says PA3OTHER" in other["account"][1]
    live = await found(home, Profile(mode="live", broker="alpaca", account=ACCOUNT, data="alpaca"))
    assert live["account"][0] == "FAIL"
    assert "PA3EMULATED is a paper account, the profile says live" in live["account"][1]


async def test_an_account_that_may_not_trade(home: Path, server: AlpacaServer) -> None:
    server.account_says = {"trading_blocked": True, "status": "ACCOUNT_UPDATED"}
    assert (await found(home))["trading"] == (
        "FAIL",
        "trading is blocked; the account's status is ACCOUNT_UPDATED",
    )


@pytest.mark.parametrize(
    ("seconds", "verdict", "said"),
    [(0.7, "warn", "s ahead of the broker's; 2 s and more stop new orders"), (-3, "FAIL", "s behind the broker's; ")],
)
async def test_a_clock_that_is_wrong(home: Path, server: AlpacaServer, seconds: float, verdict: str, said: str) -> None:
    clock = (await found(home, wall_ns=lambda: time.time_ns() + int(seconds * SECOND)))["clock"]
    assert clock[0] == verdict
    assert said in clock[1]


async def test_streams_that_somebody_else_has_and_data_that_was_not_paid_for(home: Path, server: AlpacaServer) -> None:
    from brokers.alpaca.sdk import Updates  # importing it takes a second

    stream = f"ws://127.0.0.1:{server.port}/stream"
    theirs = Updates(AlpacaSettings(Secret(server.key), Secret(server.secret), server.url, stream))
    await theirs.open()
    server.data.refuses = (406, "connection limit exceeded")
    taken = await found(home)
    server.data.refuses = (409, "insufficient subscription")
    unpaid = await found(home)
    await theirs.close()

    one = "another connection of this key has it (a second desk, or another program): one is all that it gets"
    assert (taken["trade updates"], taken["data stream"]) == (("FAIL", one), ("FAIL", one))
    assert taken["market data"][0] == "ok"
    for check in ("market data", "data stream"):
        assert unpaid[check][0] == "FAIL"
        assert "this key has no right to feed iex" in unpaid[check][1]


async def test_trouble_at_the_broker_is_no_wrong_key(home: Path, server: AlpacaServer) -> None:
    server.faults.unreachable = True
    broken = await found(home)
    assert broken["key"] == ("ok", "from environment")
    assert broken["broker"][0] == "FAIL"
    assert "account" not in broken


async def test_paper_is_inside_the_desk_or_at_its_socket(home: Path, tmp_path: Path) -> None:
    assert await found(home, Profile()) == {"broker": ("ok", "paper, inside the desk")}
    served = await found(home, Profile(broker=f"paper@{tmp_path}/none.sock"))
    assert served["broker"][0] == "FAIL"
    assert f"no paper broker at {tmp_path}/none.sock" in served["broker"][1]
