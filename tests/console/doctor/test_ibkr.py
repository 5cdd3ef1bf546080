"""What the doctor says of TWS and the Gateway."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from brokers.ibkr.sdk import Link
from brokers.ibkr.settings import IbkrSettings
from console.config.models import IbkrConfig, Profile
from console.config.paths import Paths
from console.doctor.connections import examine
from tests.emulators.ibkr.server import IbGateway

ACCOUNT = "DU1234567"


@pytest.fixture
async def gateway() -> AsyncIterator[IbGateway]:
    gateway = IbGateway(per_second=100_000)
    await gateway.start()
    await gateway.quote("SPY", Decimal("540.00"), Decimal("540.02"))
    yield gateway
    await gateway.stop()


async def found(home: Path, port: int, *, account: str = ACCOUNT, mode: str = "paper") -> dict[str, tuple[str, str]]:
    """Each check's verdict and words."""
    at = IbkrConfig(port=port, client_id=7)
    profile = Profile.model_validate({"mode": mode, "broker": "ibkr", "account": account, "data": "ibkr", "ibkr": at})
    paths = Paths(home / "config", home / "state")
    findings = await asyncio.to_thread(examine, paths, "mine", profile)
    return {finding.check: (finding.verdict, finding.detail) for finding in findings}


async def test_a_sound_connection_is_ok_in_every_line_and_places_no_order(home: Path, gateway: IbGateway) -> None:
    said = await found(home, gateway.port)
    assert {check: verdict for check, (verdict, _) in said.items()} == dict.fromkeys(
        ("api", "broker", "account", "clock", "calendar", "client id", "market data"), "ok"
    )
    assert said["account"][1] == f"{ACCOUNT}, paper"
    assert said["client id"][1] == "7 is free"
    assert not gateway.books.orders


async def test_nothing_listens_there(home: Path, gateway: IbGateway) -> None:
    await gateway.stop()
    verdict, words = (await found(home, gateway.port))["api"]
    assert verdict == "FAIL"
    assert f"nothing listens at 127.0.0.1:{gateway.port}" in words
    assert "Enable ActiveX and Socket Clients" in words or "is that the one that is meant?" in words


async def test_live_and_paper_ports_swapped(home: Path) -> None:
    other = IbGateway(accounts=("U7654321",), per_second=100_000)
    with socket.socket() as paper:
        try:
            paper.bind(("127.0.0.1", 4002))  # and nobody listens there
            await other.start(4001)
        except OSError:
            pytest.skip("the Gateway's ports are in use on this machine")
    await other.quote("SPY", Decimal("540.00"), Decimal("540.02"))
    try:
        nowhere = await found(home, 4002)
        swapped = await found(home, 4001)
    finally:
        await other.stop()
    assert "nothing listens at 127.0.0.1:4002 (Gateway, paper), but at " in nowhere["api"][1]
    assert "4001 (Gateway, live)" in nowhere["api"][1]
    assert swapped["port"] == (
        "warn",
        "4001 is by default Gateway, live, and the profile says paper: 7497 TWS, paper, 4002 Gateway, paper",
    )
    assert swapped["account"][0] == "FAIL"
    assert "manages U7654321, and not DU1234567" in swapped["account"][1]


async def test_a_live_profile_at_a_paper_account(home: Path, gateway: IbGateway) -> None:
    said = await found(home, gateway.port, mode="live")
    assert said["account"][0] == "FAIL"
    assert f"account {ACCOUNT} is a paper account, the profile says live" in said["account"][1]


async def test_a_client_id_that_somebody_else_has(home: Path, gateway: IbGateway) -> None:
    theirs = Link(IbkrSettings(port=gateway.port, client_id=7), lambda message: None)
    await theirs.open()
    said = await found(home, gateway.port)
    theirs.close()
    assert said["client id"][0] == "FAIL"
    assert said["client id"][1].startswith("7 is in use by another program: give this desk one of its own")
    assert said["account"][0] == "ok"


async def test_an_api_that_is_read_only(home: Path) -> None:
    gateway = IbGateway(read_only=True, per_second=100_000)
    await gateway.start()
    said = await found(home, gateway.port)
    await gateway.stop()
    assert set(said) == {"api"}
    assert said["api"][0] == "FAIL"
    assert "take the tick from 'Read-Only API' in the API settings" in said["api"][1]


async def test_data_that_nobody_pays_for_is_delayed(home: Path, gateway: IbGateway) -> None:
    gateway.data.subscribed = False
    verdict, words = (await found(home, gateway.port))["market data"]
    assert verdict == "warn"
    assert "quotes are delayed: the account has no subscription" in words


async def test_a_package_that_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ib_insync", "ib_async"):
        monkeypatch.setitem(sys.modules, name, None)  # as Python has it where it is not installed
    said = await found(home, 4002)
    assert "ib_insync, which is not installed: .venv/bin/pip install 'tradedesk[ibkr]'" in said["broker"][1]
